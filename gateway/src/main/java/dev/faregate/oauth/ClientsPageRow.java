package dev.faregate.oauth;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A client as its page shows it; never its secret.
public record ClientsPageRow(
        String id,
        String name,
        boolean isPublic,
        boolean device,
        String scope,
        List<String> redirectUris,
        Instant createdAt,
        @Nullable Instant lastUsedAt,
        @Nullable Instant oldSecretEnds) {
    public ClientsPageRow {
        redirectUris = List.copyOf(redirectUris);
    }

    static ClientsPageRow of(OAuthClient client) {
        return new ClientsPageRow(
                client.clientId(),
                client.name(),
                client.isPublic(),
                client.mayUse(OAuthClient.DEVICE),
                client.scope().text(),
                client.redirectUris(),
                client.createdAt(),
                client.lastUsedAt(),
                client.oldSecret() == null ? null : client.oldSecret().ends());
    }
}
