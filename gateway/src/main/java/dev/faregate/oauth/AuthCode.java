package dev.faregate.oauth;

import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.identity.Actor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A promise of a key: what was consented to, until the app redeems it. `clientId` is null for an app that
/// is only known by its callback. `resources` are those that the key is for (RFC 8707), none meaning all.
/// `redirectNamed`: the request named the redirect, so the redemption must too. `limitReset` is `TOTAL` for
/// a limit that never starts anew. `usedAt` and `apiKeyId` are set by the one redemption.
record AuthCode(
        String codeHash,
        String organizationId,
        String workspaceId,
        @Nullable String userId,
        Actor.Kind actorKind,
        @Nullable String actorId,
        int appId,
        @Nullable String clientId,
        Scopes scopes,
        List<String> resources,
        @Nullable String callbackUrl,
        boolean redirectNamed,
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

    /// Of a code that only a program carries (RFC 6749 section 4.1.2 allows ten minutes at most).
    static final Duration STANDARD_LIFETIME = Duration.ofSeconds(60);

    AuthCode {
        resources = List.copyOf(resources);
    }

    boolean isExpiredAt(Instant now) {
        return !now.isBefore(expiresAt);
    }

    /// True when the same app, asking anew, gets its new key instead of the old one: it is known by more
    /// than by a text that somebody typed.
    boolean replaces() {
        return userId != null && (clientId != null || callbackUrl != null);
    }
}
