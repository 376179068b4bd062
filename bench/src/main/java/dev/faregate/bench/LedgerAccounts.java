package dev.faregate.bench;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.credits.Claim;
import dev.faregate.credits.JooqLimits;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import dev.faregate.usage.Generation;
import java.util.ArrayList;
import java.util.List;

/// Organizations with one key each, and the limits that a request of the key claims: 2 (key and balance,
/// the least there is) or 10 (two guardrails for member and key, four budgets of the workspace too).
final class LedgerAccounts {
    static final int FEW = 2;
    static final int MANY = 10;

    /// What a request holds on each limit, and what it is charged in the end.
    static final Usd HELD = Usd.ofNanos(1_000_000);

    static final Usd CHARGED = Usd.ofNanos(700_000);

    /// So high that nothing is ever refused: what is measured is the work of saying yes.
    private static final Usd CAP = Usd.ofDollars(1_000_000);

    private static final int PER_TRANSACTION = 200;

    private static final Limits LIMITS = new JooqLimits();

    /// One key and what it claims.
    record Account(Generation.Owner owner, List<Claim> claims) {
        Account {
            claims = List.copyOf(claims);
        }
    }

    private LedgerAccounts() {}

    static List<Account> make(Database database, int count, int rows) {
        List<Account> accounts = new ArrayList<>(count);
        while (accounts.size() < count) {
            int more = Math.min(PER_TRANSACTION, count - accounts.size());
            accounts.addAll(database.write(tx -> {
                List<Account> made = new ArrayList<>(more);
                for (int i = 0; i < more; i++) made.add(account(tx, rows));
                return made;
            }));
        }
        return accounts;
    }

    private static Account account(Tx tx, int rows) {
        Generation.Owner owner = new Generation.Owner(id(), id(), id(), null);
        List<Claim> claims = new ArrayList<>(rows);
        claims.add(claim(tx, Scope.KEY, owner.apiKeyId(), Window.TOTAL));
        claims.add(claim(tx, Scope.BALANCE, owner.organizationId(), Window.TOTAL));
        if (rows == MANY) {
            for (String guardrail : List.of("g1", "g2")) {
                claims.add(claim(tx, Scope.GUARDRAIL_MEMBER, guardrail + ":" + owner.workspaceId(), Window.DAILY));
                claims.add(claim(tx, Scope.GUARDRAIL_KEY, guardrail + ":" + owner.apiKeyId(), Window.DAILY));
            }
            for (Window window : Window.values()) {
                claims.add(claim(tx, Scope.WORKSPACE, owner.workspaceId(), window));
            }
        }
        return new Account(owner, claims);
    }

    private static Claim claim(Tx tx, Scope scope, String owner, Window window) {
        return new Claim(LIMITS.define(tx, scope, owner, window, CAP), HELD);
    }

    private static String id() {
        return Ids.nextFast().toString();
    }
}
