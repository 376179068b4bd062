package dev.faregate.credits;

import static dev.faregate.storage.tables.Tables.ACCOUNT;
import static dev.faregate.storage.tables.Tables.LIMIT_DEFINITION;
import static dev.faregate.storage.tables.Tables.LIMIT_WINDOW;
import static dev.faregate.storage.tables.Tables.TRANSFER;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.storage.Tx;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jooq.Record;
import org.jooq.impl.DSL;

/// The books on either database. An organization's account bears its id; house accounts bear their kind.
/// The cap of a prepaid balance is the sum of its transfers and moves with them; a postpaid one has no cap.
public final class JooqBooks implements Books {
    private static final String CUSTOMER = "customer";

    @Override
    public boolean transfer(
            Tx tx, String organization, TransferKind kind, Usd amount, String reference, String actor, String reason) {
        if (amount.isZero()) {
            throw new ApiException(new ApiError.BadRequest("The amount must not be zero.", "amount"));
        }
        // The balance's lock first: it orders transfers of one organization among themselves and with
        // admission.
        Optional<Record> balance = JooqLimits.find(tx, Scope.BALANCE, organization, Window.TOTAL);
        openAccount(tx, organization);
        String house = houseAccount(kind);
        String debit = amount.isNegative() ? organization : house;
        String credit = amount.isNegative() ? house : organization;
        long positive = Math.absExact(amount.nanos());
        int inserted = tx.sql()
                .insertInto(TRANSFER)
                .set(TRANSFER.ID, Ids.next().toString())
                .set(TRANSFER.AT, Micros.of(tx.now()))
                .set(TRANSFER.ORGANIZATION_ID, organization)
                .set(TRANSFER.KIND, kind.name())
                .set(TRANSFER.DEBIT, debit)
                .set(TRANSFER.CREDIT, credit)
                .set(TRANSFER.AMOUNT, positive)
                .set(TRANSFER.REFERENCE, reference)
                .set(TRANSFER.ACTOR, actor)
                .set(TRANSFER.REASON, reason)
                .onConflictDoNothing()
                .execute();
        if (inserted == 0) {
            requireSame(tx, organization, reference, kind, debit, positive);
            return false;
        }
        balance.filter(row -> row.get(LIMIT_DEFINITION.CAP) != null)
                .ifPresent(row -> JooqLimits.setCap(tx, row.get(LIMIT_DEFINITION.ID), credited(tx, organization)));
        return true;
    }

    @Override
    public Usd credited(Tx tx, String organization) {
        BigDecimal sum = tx.sql()
                .select(DSL.coalesce(
                        DSL.sum(DSL.when(TRANSFER.CREDIT.eq(organization), TRANSFER.AMOUNT)
                                .otherwise(TRANSFER.AMOUNT.neg())),
                        BigDecimal.ZERO))
                .from(TRANSFER)
                .where(TRANSFER.ORGANIZATION_ID.eq(organization))
                .fetchSingle()
                .value1();
        return Usd.ofNanos(sum.longValueExact());
    }

    @Override
    public Usd spent(Tx tx, String organization) {
        Long used = tx.sql()
                .select(LIMIT_WINDOW.USED)
                .from(LIMIT_WINDOW)
                .join(LIMIT_DEFINITION)
                .on(LIMIT_DEFINITION.ID.eq(LIMIT_WINDOW.DEFINITION_ID))
                .where(LIMIT_DEFINITION
                        .SCOPE
                        .eq(Scope.BALANCE.name())
                        .and(LIMIT_DEFINITION.OWNER.eq(organization))
                        .and(LIMIT_DEFINITION.WINDOW_KIND.eq(Window.TOTAL.name())))
                .fetchOne(LIMIT_WINDOW.USED);
        return used == null ? Usd.ZERO : Usd.ofNanos(used);
    }

    @Override
    public List<String> audit(Tx tx) {
        List<String> faults = new ArrayList<>();
        auditWindows(tx, faults);
        auditPostings(tx, faults);
        auditBalances(tx, faults);
        auditAccounts(tx, faults);
        return faults;
    }

    /// Each window: `used` is its seed and its postings, `held` its holds.
    private static void auditWindows(Tx tx, List<String> faults) {
        tx.sql()
                .fetch("""
                SELECT a.definition_id, a.window_start, sum(a.used), sum(a.posted), sum(a.held), sum(a.holds)
                FROM (
                    SELECT definition_id, window_start, used, seed AS posted, held, 0 AS holds FROM limit_window
                    UNION ALL
                    SELECT definition_id, window_start, 0, sum(amount), 0, 0 FROM posting_line
                    GROUP BY definition_id, window_start
                    UNION ALL
                    SELECT definition_id, window_start, 0, 0, 0, sum(amount) FROM hold_line
                    GROUP BY definition_id, window_start
                ) a
                GROUP BY a.definition_id, a.window_start
                HAVING sum(a.used) <> sum(a.posted) OR sum(a.held) <> sum(a.holds)
                ORDER BY a.definition_id, a.window_start""")
                .forEach(row -> faults.add("limit " + row.get(0) + ", window "
                        + Micros.toInstant(row.get(1, Long.class)) + ": used "
                        + usd(row, 2) + " but posted " + usd(row, 3) + ", held " + usd(row, 4) + " but holds of "
                        + usd(row, 5)));
    }

    /// Each posting: what it charges to the customer is what stands on the balance.
    private static void auditPostings(Tx tx, List<String> faults) {
        tx.sql()
                .fetch("""
                SELECT p.generation, p.charged, coalesce(sum(l.amount), 0)
                FROM posting p
                LEFT JOIN (
                    SELECT x.generation, x.amount FROM posting_line x
                    JOIN limit_definition f ON f.id = x.definition_id WHERE f.scope = 'BALANCE') l
                ON l.generation = p.generation
                GROUP BY p.generation, p.charged
                HAVING p.charged <> coalesce(sum(l.amount), 0)
                ORDER BY p.generation""")
                .forEach(row -> faults.add("posting of generation " + row.get(0) + ": charged " + usd(row, 1) + " but "
                        + usd(row, 2) + " stands on the balance"));
    }

    /// Each prepaid balance: its cap is the sum of its transfers.
    private void auditBalances(Tx tx, List<String> faults) {
        tx.sql()
                .select(LIMIT_DEFINITION.OWNER, LIMIT_DEFINITION.CAP)
                .from(LIMIT_DEFINITION)
                .where(LIMIT_DEFINITION.SCOPE.eq(Scope.BALANCE.name()).and(LIMIT_DEFINITION.CAP.isNotNull()))
                .orderBy(LIMIT_DEFINITION.OWNER)
                .forEach(row -> {
                    Usd credited = credited(tx, row.value1());
                    if (credited.nanos() != row.value2()) {
                        faults.add("balance of organization " + row.value1() + ": cap " + Usd.ofNanos(row.value2())
                                + " but credited " + credited);
                    }
                });
    }

    /// All accounts: what customers owe is what the house earned, and each transfer is between a customer
    /// and a house account that exist.
    private static void auditAccounts(Tx tx, List<String> faults) {
        Record row = tx.sql().fetchSingle("""
                SELECT (SELECT coalesce(sum(w.used), 0) FROM limit_window w
                        JOIN limit_definition f ON f.id = w.definition_id WHERE f.scope = 'BALANCE'),
                       (SELECT coalesce(sum(p.charged), 0) FROM posting p)""");
        if (row.get(0, BigDecimal.class).compareTo(row.get(1, BigDecimal.class)) != 0) {
            faults.add(
                    "all accounts: customers were debited " + usd(row, 0) + " but revenue was credited " + usd(row, 1));
        }
        tx.sql()
                .fetch("""
                SELECT t.id FROM transfer t
                LEFT JOIN account d ON d.id = t.debit
                LEFT JOIN account c ON c.id = t.credit
                WHERE d.id IS NULL OR c.id IS NULL OR t.amount <= 0
                   OR coalesce(d.organization_id, c.organization_id) <> t.organization_id
                   OR (d.organization_id IS NULL) = (c.organization_id IS NULL)
                ORDER BY t.id""")
                .forEach(bad ->
                        faults.add("transfer " + bad.get(0) + ": not between a customer of it and a house account"));
    }

    private static Usd usd(Record row, int field) {
        return Usd.ofNanos(row.get(field, BigDecimal.class).longValueExact());
    }

    private static String houseAccount(TransferKind kind) {
        return switch (kind) {
            case TOPUP, REFUND, GRANT, ADJUST, CHARGEBACK -> "funding";
            case FEE -> "revenue";
            case OVERRUN -> "overrun";
        };
    }

    private static void openAccount(Tx tx, String organization) {
        tx.sql()
                .insertInto(ACCOUNT)
                .set(ACCOUNT.ID, organization)
                .set(ACCOUNT.ORGANIZATION_ID, organization)
                .set(ACCOUNT.KIND, CUSTOMER)
                .onConflictDoNothing()
                .execute();
    }

    private static void requireSame(
            Tx tx, String organization, String reference, TransferKind kind, String debit, long amount) {
        boolean same = tx.sql()
                .fetchExists(tx.sql()
                        .selectOne()
                        .from(TRANSFER)
                        .where(TRANSFER.ORGANIZATION_ID
                                .eq(organization)
                                .and(TRANSFER.REFERENCE.eq(reference))
                                .and(TRANSFER.KIND.eq(kind.name()))
                                .and(TRANSFER.DEBIT.eq(debit))
                                .and(TRANSFER.AMOUNT.eq(amount))));
        if (!same) {
            throw new ApiException(
                    new ApiError.Conflict("The reference " + reference + " was used for another transfer."));
        }
    }
}
