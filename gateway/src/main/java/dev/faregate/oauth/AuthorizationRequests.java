package dev.faregate.oauth;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a request for authorization (RFC 6749 section 4.1.1), in two steps: until it is certain who asks
/// and where an answer may go, a refusal is told to the person and nobody else; after that it is told to
/// the client. Blocks.
final class AuthorizationRequests {
    private final Clients clients;
    private final Resources resources;

    AuthorizationRequests(Clients clients, Resources resources) {
        this.clients = clients;
        this.resources = resources;
    }

    /// Who asks, and where the answer goes. `named`: the request named the redirect.
    record Destination(OAuthClient client, Callback callback, boolean named) {}

    /// All that was asked for, checked.
    record Wanted(
            Destination destination,
            Scopes scopes,
            List<String> resources,
            @Nullable Pkce pkce) {
        Asker asker() {
            return new Asker(destination.client(), destination.callback(), null);
        }
    }

    /// "If the request fails due to a missing, invalid, or mismatching redirection URI, or if the client
    /// identifier is missing or invalid, the authorization server SHOULD inform the resource owner of the
    /// error and MUST NOT automatically redirect the user-agent to the invalid redirection URI." (section
    /// 4.1.2.1)
    Destination destination(Parameters parameters) {
        String id = parameters.get("client_id");
        OAuthClient client = clients.find(id)
                .orElseThrow(() -> new OAuthException("invalid_client", "No client of this id is known here"));
        String asked = parameters.find("redirect_uri");
        if (asked == null) {
            if (client.redirectUris().size() != 1) {
                throw OAuthException.invalidRequest("redirect_uri is missing");
            }
            return new Destination(
                    client,
                    Callback.registrable("redirect_uri", client.redirectUris().getFirst()),
                    false);
        }
        boolean registered = client.redirectUris().stream().anyMatch(one -> Callback.isSame(one, asked));
        if (!registered) {
            throw OAuthException.invalidRequest("redirect_uri is not one that the client registered");
        }
        return new Destination(client, Callback.registrable("redirect_uri", asked), true);
    }

    /// The rest. What it throws is for the client.
    Wanted wanted(Parameters parameters, Destination destination) {
        List<String> repeated = parameters.repeated("resource");
        if (!repeated.isEmpty()) {
            throw OAuthException.invalidRequest("given more than once: " + String.join(", ", repeated));
        }
        String type = parameters.get("response_type");
        if (!type.equals("code")) {
            throw new OAuthException("unsupported_response_type", "The only response_type is code");
        }
        String mode = parameters.find("response_mode");
        if (mode != null && !mode.equals("query")) {
            throw OAuthException.invalidRequest("The only response_mode is query");
        }
        if (parameters.find("request") != null) {
            throw new OAuthException("request_not_supported", "Request objects are not read here");
        }
        OAuthClient client = destination.client();
        if (!client.mayUse(OAuthClient.CODE)) {
            throw new OAuthException("unauthorized_client", "The client is not registered for this grant");
        }
        Scopes scopes = Scopes.asked(parameters.find("scope"), client.scope());
        if (!client.scope().includes(scopes)) {
            throw new OAuthException(
                    "invalid_scope",
                    "The client is registered for " + client.scope().text());
        }
        return new Wanted(destination, scopes, resources.checked(parameters.all("resource")), pkce(parameters, client));
    }

    /// RFC 7636 section 4.4.1, RFC 9700 section 2.1.1: public clients must use it, and in no other way than
    /// S256. A client with a secret may do without (design D3).
    private static @Nullable Pkce pkce(Parameters parameters, OAuthClient client) {
        String challenge = parameters.find("code_challenge");
        String method = parameters.find("code_challenge_method");
        if (challenge == null && method == null && !client.isPublic()) {
            return null;
        }
        if (challenge == null) {
            throw OAuthException.invalidRequest("code challenge required");
        }
        if (!"S256".equals(method)) {
            throw OAuthException.invalidRequest(
                    "transform algorithm not supported: code_challenge_method must be S256");
        }
        if (!Pkce.isS256Challenge(challenge)) {
            throw OAuthException.invalidRequest("code_challenge must be 43 characters of base64url");
        }
        return new Pkce(challenge, Pkce.Method.S256);
    }
}
