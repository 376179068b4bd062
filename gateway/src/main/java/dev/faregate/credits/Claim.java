package dev.faregate.credits;

import dev.faregate.base.Usd;

/// What a request sets aside on one limit: the limit's id and the amount.
public record Claim(long limitId, Usd amount) {
    public Claim {
        if (amount.isNegative()) {
            throw new IllegalArgumentException("a claim is never negative");
        }
    }
}
