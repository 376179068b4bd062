package dev.faregate.credits;

import java.util.List;
import java.util.UUID;

/// Asks to set money aside for one generation. The first claim is on the `TOTAL` limit of the calling key, which
/// carries the gates: closed, expired, and `policySeq`, the version of the key's rules that the plan was made with.
public record HoldRequest(UUID generation, List<Claim> claims, long policySeq, String priceVersion) {
    public HoldRequest {
        if (claims.isEmpty()) {
            throw new IllegalArgumentException("a hold claims at least the key's own limit");
        }
    }
}
