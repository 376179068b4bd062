package dev.faregate.inference;

import dev.faregate.base.Usd;
import dev.faregate.keys.Caller;
import dev.faregate.routing.Candidate;
import java.math.BigInteger;
import java.util.Set;

/// What a request of some list price takes from each of its limits (contract 3.1, 3.5). On shared capacity it is
/// the list price, everywhere. With a provider key of the caller's own the caller owes the fee alone; limits that
/// include such requests count the list price as well, because the contract adds both up.
///
/// @param own sent with the caller's own provider key
/// @param feeMillionths of the list price
/// @param counting limits that count the list price of such requests
/// @param balance the limit on which the organization is charged
record Tariff(boolean own, long feeMillionths, Set<Long> counting, long balance) {
    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

    static Tariff of(Candidate candidate, Caller caller, long feeMillionths) {
        return candidate.own() == null
                ? new Tariff(false, 0, Set.of(), caller.balanceLimit())
                : new Tariff(true, feeMillionths, caller.byokLimits(), caller.balanceLimit());
    }

    /// What a request of that list price takes from a limit; rounded up to a nano-dollar.
    Usd on(long limit, Usd listPrice) {
        if (!own) {
            return listPrice;
        }
        Usd fee = fee(listPrice);
        return counting.contains(limit) ? fee.plus(listPrice) : fee;
    }

    /// What the organization is charged.
    Usd charge(Usd listPrice) {
        return on(balance, listPrice);
    }

    /// The most that any limit could be charged.
    Usd most(Usd listPrice) {
        return own ? fee(listPrice).plus(listPrice) : listPrice;
    }

    /// What the house pays a provider for it: nothing, where the caller's own key is billed.
    Usd houseCost(Usd listPrice) {
        return own ? Usd.ZERO : listPrice;
    }

    /// The list price that `available` on a limit pays for; rounded down.
    Usd affordable(long limit, Usd available) {
        if (!own || available.isNegative()) {
            return available;
        }
        long share = feeMillionths + (counting.contains(limit) ? MILLION.longValueExact() : 0);
        if (share == 0) {
            return Usd.ofNanos(Long.MAX_VALUE);
        }
        return scaled(available, MILLION, BigInteger.valueOf(share), false);
    }

    private Usd fee(Usd listPrice) {
        return scaled(listPrice, BigInteger.valueOf(feeMillionths), MILLION, true);
    }

    private static Usd scaled(Usd amount, BigInteger times, BigInteger by, boolean up) {
        BigInteger[] parts = BigInteger.valueOf(amount.nanos()).multiply(times).divideAndRemainder(by);
        BigInteger whole = up && parts[1].signum() > 0 ? parts[0].add(BigInteger.ONE) : parts[0];
        return Usd.ofNanos(whole.min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact());
    }
}
