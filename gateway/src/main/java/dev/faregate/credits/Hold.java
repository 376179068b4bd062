package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.util.List;
import java.util.UUID;

/// Money set aside, durably. It ends exactly once: settled, voided, or charged in full as an orphan.
public record Hold(UUID generation, List<Claim> claims) {
    /// The largest amount held on any one limit: what the request may cost at most.
    public Usd ceiling() {
        return claims.stream().map(Claim::amount).reduce(Usd.ZERO, Usd::max);
    }
}
