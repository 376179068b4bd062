package dev.faregate.oauth;

import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.identity.Actor;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A promise of a key: what was consented to, until the app redeems it. `limitReset` is `TOTAL` for a limit that never
/// starts anew. `usedAt` and `apiKeyId` are set by the one redemption.
record AuthCode(
        String codeHash,
        String organizationId,
        String workspaceId,
        @Nullable String userId,
        Actor.Kind actorKind,
        @Nullable String actorId,
        int appId,
        @Nullable String callbackUrl,
        @Nullable Pkce pkce,
        String keyName,
        @Nullable Usd limit,
        Window limitReset,
        @Nullable Instant keyExpiresAt,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant usedAt,
        @Nullable String apiKeyId) {
    /// Contract 3.4: long enough to copy a code by hand.
    static final Duration LIFETIME = Duration.ofMinutes(10);

    boolean isExpiredAt(Instant now) {
        return !now.isBefore(expiresAt);
    }
}
