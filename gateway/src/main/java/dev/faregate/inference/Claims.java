package dev.faregate.inference;

import dev.faregate.base.Usd;
import dev.faregate.credits.Claim;
import dev.faregate.credits.Hold;
import dev.faregate.keys.Caller;
import java.util.ArrayList;
import java.util.List;

/// What a request sets aside on each limit, and what each is charged in the end. The one place where the
/// amounts of one request differ between its limits, as its [Tariff] says.
final class Claims {
    private Claims() {}

    /// Claims for a request of that list price on every limit of the caller, the key's total first. `more` is what
    /// earlier attempts cost: it must fit everywhere beside it.
    static List<Claim> of(Caller caller, Tariff tariff, Usd listPrice, Usd more) {
        List<Long> limits = caller.limits();
        List<Claim> claims = new ArrayList<>(limits.size());
        for (Long limit : limits) {
            claims.add(new Claim(limit, tariff.on(limit, listPrice).plus(more)));
        }
        return claims;
    }

    /// What must be added to a hold so that each of its limits has enough for such a request; empty when each has.
    static List<Claim> missing(Hold hold, Tariff tariff, Usd listPrice, Usd more) {
        List<Claim> missing = new ArrayList<>(hold.claims().size());
        boolean any = false;
        for (Claim claim : hold.claims()) {
            Usd wanted = tariff.on(claim.limitId(), listPrice).plus(more);
            Usd lacking = wanted.minus(claim.amount()).max(Usd.ZERO);
            any |= !lacking.isZero();
            missing.add(new Claim(claim.limitId(), lacking));
        }
        return any ? missing : List.of();
    }

    /// What each claim is charged for a request of that list price: never more than it holds.
    static List<Usd> charges(List<Claim> held, Tariff tariff, Usd listPrice) {
        List<Usd> charges = new ArrayList<>(held.size());
        for (Claim claim : held) {
            charges.add(tariff.on(claim.limitId(), listPrice).min(claim.amount()));
        }
        return charges;
    }

    /// By how much such a request is beyond what is held, where it is most.
    static Usd beyond(List<Claim> held, Tariff tariff, Usd listPrice) {
        Usd beyond = Usd.ZERO;
        for (Claim claim : held) {
            beyond = beyond.max(tariff.on(claim.limitId(), listPrice).minus(claim.amount()));
        }
        return beyond;
    }

    /// What is held on a limit; nothing where there is no claim on it.
    static Usd on(List<Claim> held, long limit) {
        for (Claim claim : held) {
            if (claim.limitId() == limit) {
                return claim.amount();
            }
        }
        return Usd.ZERO;
    }
}
