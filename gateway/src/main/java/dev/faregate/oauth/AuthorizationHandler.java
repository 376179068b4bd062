package dev.faregate.oauth;

import dev.faregate.http.FormFields;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Page 003's first step (S48): an app's server says what it wants, and is told where to send the person.
/// The request is checked at once, so a mistake is the program's to read. Blocks.
public final class AuthorizationHandler {
    private final AuthorizationRequests requests;
    private final LodgedRequests lodged;
    private final Supplier<String> publicUrl;

    AuthorizationHandler(AuthorizationRequests requests, LodgedRequests lodged, Supplier<String> publicUrl) {
        this.requests = requests;
        this.lodged = lodged;
        this.publicUrl = publicUrl;
    }

    /// `POST /api/v1/oauth/authorization`, with JSON or a form.
    public Response handle(Request request) {
        return OAuthErrors.answering(_ -> lodge(request)).handle(request);
    }

    private Response lodge(Request request) {
        Parameters sent = FormFields.isForm(request.head()) ? Parameters.ofForm(request) : Parameters.ofJson(request);
        if (sent.find("client_secret") != null || sent.find("request_uri") != null) {
            throw OAuthException.invalidRequest("Neither a client_secret nor a request_uri belongs here");
        }
        Map<String, List<String>> all = new HashMap<>(sent.values());
        all.putIfAbsent("response_type", List.of("code"));
        Parameters parameters = new Parameters(all);
        AuthorizationRequests.Destination destination;
        try {
            destination = requests.destination(parameters);
        } catch (OAuthException e) {
            // No credential was asked for, so none failed.
            throw e.error().equals("invalid_client") ? new OAuthException("unauthorized_client", e.description()) : e;
        }
        requests.wanted(parameters, destination);
        String clientId = destination.client().clientId();
        LodgedRequests.Lodged made = lodged.lodge(clientId, all);
        String uri = LodgedRequests.URN + made.id().reveal();
        return Response.json(201, json -> {
            json.writeStartObject();
            json.writeStringProperty(
                    "authorization_url",
                    publicUrl.get() + "/oauth/authorize?client_id=" + encoded(clientId) + "&request_uri="
                            + encoded(uri));
            json.writeStringProperty("request_id", made.id().reveal());
            json.writeStringProperty("request_uri", uri);
            json.writeNumberProperty("expires_in", LodgedRequests.LIFETIME.toSeconds());
            json.writeStringProperty("expires_at", made.expiresAt().toString());
            json.writeEndObject();
        });
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
