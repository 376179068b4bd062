package dev.faregate.keys;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;

/// Brings a limit in line when it begins, or ceases, to count requests on own provider keys with their list price
/// (contract 3.1: what counts in the current window is credit usage, plus BYOK usage when it is included). What
/// was used before is taken from the roll-ups; a request that is running then counts as it was held.
final class ByokCounting {
    private ByokCounting() {}

    /// The key's own limit, after the limit rows of `after` were made.
    static void align(Tx tx, Limits limits, ApiKey before, ApiKey after) {
        boolean was = before.includeByokInLimit();
        boolean is = after.includeByokInLimit();
        boolean moved = before.limitReset() != after.limitReset() || before.hasWindow() != after.hasWindow();
        if (was == is && !(is && moved)) {
            return;
        }
        KeyUsage usage = KeyUsage.of(tx, List.of(after.id())).getOrDefault(after.id(), KeyUsage.NONE);
        move(tx, limits, Scope.KEY, after.id(), Window.TOTAL, is, usage);
        if (after.hasWindow()) {
            move(tx, limits, Scope.KEY, after.id(), after.limitReset(), is, usage);
        }
    }

    /// A budget that binds `keys` together.
    static void change(
            Tx tx, Limits limits, Scope scope, String owner, Window window, boolean counts, List<ApiKey> keys) {
        Limits.State state = limits.states(tx, scope, owner).get(window);
        if (state == null || (!counts && !state.countsByok())) {
            return;
        }
        List<String> ids = keys.stream().map(ApiKey::id).toList();
        if (state.countsByok() != counts) {
            limits.countByok(tx, scope, owner, window, counts, ids);
        }
        // One that counts already may be new again, and then began without what was used before.
        Map<String, KeyUsage> used = KeyUsage.of(tx, ids);
        KeyUsage.Sums credit = KeyUsage.Sums.ZERO;
        KeyUsage.Sums byok = KeyUsage.Sums.ZERO;
        for (KeyUsage each : used.values()) {
            credit = credit.plus(each.credit());
            byok = byok.plus(each.byok());
        }
        move(tx, limits, scope, owner, window, counts, new KeyUsage(credit, byok));
    }

    private static void move(
            Tx tx, Limits limits, Scope scope, String owner, Window window, boolean counts, KeyUsage usage) {
        Usd credit = usage.credit().in(window);
        Usd byok = usage.byok().in(window);
        if (counts) {
            limits.raise(tx, scope, owner, window, credit.plus(byok));
        } else {
            limits.lower(tx, scope, owner, window, byok, credit);
        }
    }
}
