package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Money set aside, durably. It ends exactly once: settled, voided, or charged in full as an orphan.
///
/// `tightest` tells how the limit with the least left stood when the hold was taken, for whoever wants to
/// show it; null when no limit has a cap or the store did not say. It is no part of what a hold is.
public record Hold(
        UUID generation, List<Claim> claims, @Nullable Standing tightest) {
    public Hold(UUID generation, List<Claim> claims) {
        this(generation, claims, null);
    }

    /// The largest amount held on any one limit: what the request may cost at most.
    public Usd ceiling() {
        Usd most = Usd.ZERO;
        for (Claim claim : claims) {
            most = most.max(claim.amount());
        }
        return most;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Hold hold && generation.equals(hold.generation) && claims.equals(hold.claims);
    }

    @Override
    public int hashCode() {
        return generation.hashCode();
    }
}
