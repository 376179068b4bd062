package dev.faregate.credits;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Asks to set money aside for one generation. The first claim is on the `TOTAL` limit of the calling key,
/// which carries the gates: closed, expired, and `policySeq`, the version of the key's rules that the plan
/// was made with. Each limit is claimed at most once. `context` is kept with the hold, opaque to the
/// ledger, and comes back in [OrphanRecords.Orphan] when the node dies before it settles.
public record HoldRequest(
        UUID generation,
        List<Claim> claims,
        long policySeq,
        String priceVersion,
        @Nullable String context) {
    /// Limits that one request can claim: a balance, a key, guardrails and workspace budgets.
    public static final int MAX_CLAIMS = 64;

    public HoldRequest {
        if (claims.isEmpty() || claims.size() > MAX_CLAIMS) {
            throw new IllegalArgumentException("a hold claims at least the key's own limit, and at most " + MAX_CLAIMS);
        }
        for (int i = 1; i < claims.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (claims.get(i).limitId() == claims.get(j).limitId()) {
                    throw new IllegalArgumentException("a hold claims each limit once");
                }
            }
        }
    }
}
