package dev.faregate.oauth;

import dev.faregate.http.FormFields;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The token endpoint (RFC 6749 section 3.2): a grant for a key, which is the access token. Blocks.
public final class TokenEndpoint {
    private final ClientAuth auth;
    private final Clients clients;
    private final Map<String, TokenGrant> grants;

    TokenEndpoint(ClientAuth auth, Clients clients, Map<String, TokenGrant> grants) {
        this.auth = auth;
        this.clients = clients;
        this.grants = Map.copyOf(grants);
    }

    /// The grants that there are.
    Set<String> grantTypes() {
        return grants.keySet();
    }

    /// `POST /oauth/token`, with a form.
    public Response handle(Request request) {
        Parameters parameters = Parameters.ofForm(request);
        return OAuthErrors.answering(_ -> exchange(request, parameters, parameters.get("grant_type"), false))
                .handle(request);
    }

    /// `POST /api/v1/oauth/token` (page 003): with JSON too, a code where nothing else is said, and the key
    /// also as `api_key`.
    public Response handleEither(Request request) {
        return OAuthErrors.answering(_ -> {
                    Parameters parameters =
                            FormFields.isForm(request.head()) ? Parameters.ofForm(request) : Parameters.ofJson(request);
                    String type = parameters.find("grant_type");
                    return exchange(request, parameters, type == null ? OAuthClient.CODE : type, true);
                })
                .handle(request);
    }

    private Response exchange(Request request, Parameters parameters, String type, boolean twin) {
        List<String> repeated = parameters.repeated("resource");
        if (!repeated.isEmpty()) {
            throw OAuthException.invalidRequest("given more than once: " + String.join(", ", repeated));
        }
        TokenGrant grant = grants.get(type);
        if (grant == null) {
            throw new OAuthException(
                    "unsupported_grant_type",
                    "The grants are "
                            + String.join(
                                    ", ", grants.keySet().stream().sorted().toList()));
        }
        ClientAuth.Authenticated sender = auth.authenticate(request, parameters);
        if (!sender.client().mayUse(type)) {
            throw new OAuthException("unauthorized_client", "The client is not registered for this grant");
        }
        Grants.Outcome outcome =
                grant.exchange(parameters, sender, request.head().requestId());
        return switch (outcome) {
            case Grants.Outcome.Granted(Grants.Issued issued) -> {
                clients.used(sender.client());
                yield answer(issued, twin);
            }
            case Grants.Outcome.Refused(String error, String message) -> throw new OAuthException(error, message);
        };
    }

    /// RFC 6749 section 5.1.
    private static Response answer(Grants.Issued issued, boolean twin) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeStringProperty("access_token", issued.key().reveal());
            json.writeStringProperty("token_type", "Bearer");
            if (issued.ends() != null) {
                long seconds = Duration.between(issued.now(), issued.ends()).toSeconds();
                json.writeNumberProperty("expires_in", seconds);
            }
            if (issued.refresh() != null) {
                json.writeStringProperty("refresh_token", issued.refresh().reveal());
            }
            json.writeStringProperty("scope", issued.scopes().text());
            if (twin) {
                json.writeStringProperty("api_key", issued.key().reveal());
            }
            json.writeEndObject();
        });
    }
}
