package dev.faregate.oauth;

import dev.faregate.base.Ids;
import dev.faregate.base.Tokens;
import dev.faregate.storage.Database;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Registers clients without the page for it: for tests of what comes after.
public final class TestClients {
    /// `secret` is empty for a public client.
    public record Made(String id, String secret) {}

    private TestClients() {}

    /// One that uses codes and refresh tokens.
    public static Made make(Database database, @Nullable String organizationId, boolean secret, String... redirects) {
        return make(database, organizationId, secret, List.of(OAuthClient.CODE, OAuthClient.REFRESH), redirects);
    }

    /// `organizationId` null: it registered itself.
    public static Made make(
            Database database,
            @Nullable String organizationId,
            boolean secret,
            List<String> grants,
            String... redirects) {
        Made made = new Made(Ids.next().toString(), secret ? Tokens.generate().reveal() : "");
        database.write(tx -> {
            new ClientStore()
                    .insert(
                            tx,
                            new OAuthClient(
                                    made.id(),
                                    organizationId,
                                    null,
                                    organizationId == null ? OAuthClient.Origin.DYNAMIC : OAuthClient.Origin.PAGE,
                                    "Test <b>client</b>",
                                    null,
                                    List.of(redirects),
                                    secret ? OAuthClient.AuthMethod.BASIC : OAuthClient.AuthMethod.NONE,
                                    secret ? Tokens.hash(made.secret()) : null,
                                    grants,
                                    Scopes.READ_WRITE,
                                    tx.now(),
                                    null,
                                    organizationId == null ? tx.now().plus(RegistrationHandler.IDLE) : null,
                                    null));
            return null;
        });
        return made;
    }
}
