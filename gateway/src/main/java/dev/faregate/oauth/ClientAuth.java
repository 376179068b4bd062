package dev.faregate.oauth;

import dev.faregate.http.FormFields;
import dev.faregate.http.Request;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which client sends a request to an endpoint for programs (RFC 6749 sections 2.3 and 3.2.1): by HTTP
/// Basic or in the body, or by its id alone where it has no secret. "The client MUST NOT use more than one
/// authentication method in each request." Blocks.
final class ClientAuth {
    private static final String BASIC = "basic ";
    private static final int MAX_SECRET_LENGTH = 500;

    /// A client, and whether it showed a secret.
    record Authenticated(OAuthClient client, boolean proven) {}

    private record Shown(String id, @Nullable String secret, boolean basic) {}

    private final Clients clients;

    ClientAuth(Clients clients) {
        this.clients = clients;
    }

    /// The client of this request. Throws `invalid_client`, or `invalid_request` where it shows two of
    /// anything.
    Authenticated authenticate(Request request, Parameters parameters) {
        Shown shown = shown(request, parameters);
        OAuthClient client = clients.find(shown.id()).orElse(null);
        String secret = shown.secret();
        // A public client is trusted no secret, so it may not send one either (RFC 8252 section 8.5).
        boolean good =
                client != null && (client.isPublic() ? secret == null : secret != null && client.isProvenBy(secret));
        if (client == null || !good) {
            throw OAuthException.invalidClient(shown.basic());
        }
        return new Authenticated(client, !client.isPublic());
    }

    /// The same for what only a client with a secret may ask.
    Authenticated authenticateProven(Request request, Parameters parameters) {
        Authenticated found = authenticate(request, parameters);
        if (!found.proven()) {
            throw OAuthException.invalidClient(false);
        }
        return found;
    }

    private static Shown shown(Request request, Parameters parameters) {
        List<String> headers = request.head().headers().getAll("authorization").stream()
                .filter(value -> value.toLowerCase(Locale.ROOT).startsWith(BASIC))
                .toList();
        String id = parameters.find("client_id");
        String secret = parameters.find("client_secret");
        if (headers.isEmpty()) {
            if (id == null) {
                throw OAuthException.invalidRequest("client_id is missing");
            }
            return new Shown(id, secret, false);
        }
        if (headers.size() > 1 || secret != null) {
            throw OAuthException.invalidRequest("The client shows itself in more than one way");
        }
        Shown basic = basic(headers.getFirst().substring(BASIC.length()).strip());
        if (id != null && !id.equals(basic.id())) {
            throw OAuthException.invalidRequest("client_id is not the one of the Authorization header");
        }
        return basic;
    }

    /// "The client identifier is encoded using the application/x-www-form-urlencoded encoding algorithm
    /// [...] and the encoded value is used as the username" (section 2.3.1).
    private static Shown basic(String encoded) {
        String pair;
        try {
            pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw OAuthException.invalidClient(true);
        }
        int colon = pair.indexOf(':');
        if (colon < 0 || pair.length() > Clients.MAX_ID_LENGTH + MAX_SECRET_LENGTH) {
            throw OAuthException.invalidClient(true);
        }
        String secret = FormFields.decode(pair.substring(colon + 1));
        return new Shown(FormFields.decode(pair.substring(0, colon)), secret.isEmpty() ? null : secret, true);
    }
}
