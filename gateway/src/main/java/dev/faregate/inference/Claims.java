package dev.faregate.inference;

import dev.faregate.base.Usd;
import dev.faregate.credits.Claim;
import dev.faregate.credits.Hold;
import dev.faregate.keys.Caller;
import java.util.ArrayList;
import java.util.List;

/// What a request sets aside on each limit, and what each is charged in the end. The one place where the
/// amounts of one request may differ between its limits: today each takes the same; a request on a
/// caller's own provider key will take its fee from the balance and its list price from the key.
final class Claims {
    private Claims() {}

    /// Claims of `amount` on every limit of the caller, the key's total first.
    static List<Claim> of(Caller caller, Usd amount) {
        List<Long> limits = caller.limits();
        List<Claim> claims = new ArrayList<>(limits.size());
        for (Long limit : limits) {
            claims.add(new Claim(limit, amount));
        }
        return claims;
    }

    /// What must be added to a hold so that each of its limits has at least `amount`; empty when each has.
    static List<Claim> missing(Hold hold, Usd amount) {
        List<Claim> missing = new ArrayList<>(hold.claims().size());
        boolean any = false;
        for (Claim claim : hold.claims()) {
            Usd more = amount.minus(claim.amount()).max(Usd.ZERO);
            any |= !more.isZero();
            missing.add(new Claim(claim.limitId(), more));
        }
        return any ? missing : List.of();
    }

    /// What each claim is charged for a request that cost `charged`: never more than it holds.
    static List<Usd> charges(List<Claim> held, Usd charged) {
        List<Usd> charges = new ArrayList<>(held.size());
        for (Claim claim : held) {
            charges.add(charged.min(claim.amount()));
        }
        return charges;
    }
}
