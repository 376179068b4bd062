package dev.faregate.credits;

import dev.faregate.base.Usd;
import dev.faregate.storage.Tx;

/// What providers billed and no caller was charged: usage reported beyond a hold that could not be raised, and
/// failed attempts that were billed all the same. A posting is its entry: of the provider's cost, `charged` is
/// the customer's and the rest is debited to the house account `overrun`, so the sides balance by
/// themselves and nothing can be lost between two writes.
public final class HouseCosts {
    private HouseCosts() {}

    /// The balance of the house account `overrun`, in sum.
    public static Usd overrun(Tx tx) {
        return Usd.ofNanos(WholeNumber.of(
                tx,
                "SELECT coalesce(sum(real_cost - charged), 0) FROM posting WHERE real_cost > charged "
                        + "AND source <> 'ORPHAN'"));
    }
}
