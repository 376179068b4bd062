package dev.faregate.accounts;

import dev.faregate.byok.Sealed;
import dev.faregate.identity.Role;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An identity provider of an organization. `secret` is null for a public client; `roles` says what groups make of
/// people, and while there are any, they are asked at each sign-in. `fallback` is for whoever is in none of them, null
/// for nothing at all.
record SsoIssuer(
        String id,
        String organizationId,
        String name,
        String issuer,
        String clientId,
        @Nullable Sealed secret,
        String groupClaim,
        Map<String, Role> roles,
        @Nullable Role fallback,
        boolean joins,
        boolean listed,
        boolean enabled,
        Instant createdAt) {

    /// What the client secret is sealed for.
    String[] place() {
        return new String[] {"sso_issuer", id, organizationId};
    }

    /// Where the provider sends people back to. One for each provider, so that an answer of one cannot be taken for
    /// another's (RFC 9700 section 4.4.2.2).
    String callback(String publicUrl) {
        return publicUrl + "/sign-in/sso/" + id + "/callback";
    }
}
