package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.http.Access;
import dev.faregate.http.AddressList;
import dev.faregate.identity.Actor;
import dev.faregate.identity.RequestDefaults;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An authenticated key and where it belongs. Immutable and shared between requests; it holds no
/// amounts, only the ids of the limits they stand on, so a changed cap needs no new caller.
///
/// `secretHash` is the secret that was shown, `key.hash()` the key's public name; they differ after a
/// rotation. `limits` are those that every paid request of this key claims on: first the key's total, which
/// carries the gates, then its window if its limit starts anew, the balance of its organization, and the
/// budgets of its workspace and of the guardrails that apply to it. `policySeq` is the version of the key's
/// rules; a hold planned with an old one is answered `Stale` and the caller must be
/// [KeyDirectory#reload reloaded]. `clampsUnaffordable`: an explicit output limit that is not affordable is
/// lowered, not refused. `defaults` apply to requests that say nothing themselves. `byokLimits` are those of the
/// limits on which a request on an own provider key counts with its list price; on the others it counts with its
/// fee alone. `prepaid`: the balance is a cap, and the free tier has limits. `overdrawn`: its prepaid organization
/// spent more than it was credited, as after a correction; then
/// free models stop too (contract 3.3). `heldByApp`: nobody made this key by hand: an app got it for its user
/// by OAuth, or the Playground uses it.
public record Caller(
        ApiKey key,
        KeyHash secretHash,
        @Nullable Instant expiresAt,
        List<Long> limits,
        long balanceLimit,
        long policySeq,
        boolean clampsUnaffordable,
        RequestDefaults defaults,
        Set<Long> byokLimits,
        boolean prepaid,
        boolean overdrawn,
        boolean heldByApp)
        implements Actor {

    public Caller {
        limits = List.copyOf(limits);
        byokLimits = Set.copyOf(byokLimits);
    }

    static final ApiError ONLY_MANAGEMENT = new ApiError.Forbidden(
            "Only management keys can perform this operation", "management_key_required", Map.of());
    static final ApiError NO_INFERENCE = new ApiError.Forbidden(
            "Management keys cannot run inference; use an inference key", "inference_key_required", Map.of());

    public String keyId() {
        return key.id();
    }

    @Override
    public String organizationId() {
        return key.organizationId();
    }

    @Override
    public String workspaceId() {
        return key.workspaceId();
    }

    @Override
    public Kind actorKind() {
        return Kind.KEY;
    }

    @Override
    public String actorId() {
        return key.id();
    }

    /// The member whose key this is.
    @Override
    public @Nullable String userId() {
        return key.creatorUserId();
    }

    @Override
    public boolean seesOnlyUsableModels() {
        return defaults.onlyUsableModels();
    }

    public KeyKind kind() {
        return key.kind();
    }

    /// The key's total, which carries its gates.
    public long totalLimit() {
        return limits.getFirst();
    }

    /// The window of the key's own limit, or null when that never starts anew.
    public @Nullable Long windowLimit() {
        return key.hasWindow() ? limits.get(1) : null;
    }

    /// Design D7: management keys manage, inference keys infer, and either may look at itself.
    @Override
    public @Nullable ApiError refusal(Access access) {
        return switch (access) {
            case PUBLIC, OPTIONAL_KEY, ANY_KEY, SESSION -> null;
            case INFERENCE -> kind() == KeyKind.INFERENCE ? null : NO_INFERENCE;
            case MANAGEMENT -> kind() == KeyKind.MANAGEMENT ? null : ONLY_MANAGEMENT;
        };
    }

    /// Why this caller may not come from that address, or null when it may.
    @Nullable
    ApiError refusal(InetAddress address) {
        AddressList allowed = key.rules().allowedIps();
        if (allowed == null || allowed.contains(address)) {
            return null;
        }
        String text = address.getHostAddress();
        return new ApiError.Forbidden(
                "This API key may not be used from the address " + text + ": it is not in the key's allowed_ips.",
                "address_not_allowed",
                Map.of("address", text));
    }

    boolean expiredAt(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }
}
