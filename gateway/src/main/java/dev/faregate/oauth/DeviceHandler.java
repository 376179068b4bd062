package dev.faregate.oauth;

import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.pages.Pages;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/// `POST /oauth/device_authorization`: a device asks for its two codes (RFC 8628 section 3.1). Open to
/// everybody who names a client, so an address may ask only so often.
public final class DeviceHandler {
    static final int PER_WINDOW = 60;
    static final Duration WINDOW = Duration.ofMinutes(10);

    private final ClientAuth auth;
    private final DeviceCodes codes;
    private final Pages pages;
    private final Resources resources;
    private final Attempts attempts;

    DeviceHandler(ClientAuth auth, DeviceCodes codes, Pages pages, Resources resources, InstantSource clock) {
        this.auth = auth;
        this.codes = codes;
        this.pages = pages;
        this.resources = resources;
        this.attempts = new Attempts(PER_WINDOW, WINDOW, clock);
    }

    /// "The client authentication requirements of Section 3.2.1 of RFC 6749 apply to requests on this
    /// endpoint" (section 3.1).
    public Response authorize(Request request) {
        if (!attempts.take(request.head().remote().getHostAddress())) {
            return refusal(429, "slow_down", "Too many devices ask from this address; try again later")
                    .withHeader("Retry-After", Integer.toString(attempts.retryAfterSeconds()))
                    .withHeader("Cache-Control", "no-store");
        }
        return OAuthErrors.answering(_ -> {
                    Parameters parameters = Parameters.ofForm(request);
                    List<String> repeated = parameters.repeated("resource");
                    if (!repeated.isEmpty()) {
                        throw OAuthException.invalidRequest("given more than once: " + String.join(", ", repeated));
                    }
                    return made(auth.authenticate(request, parameters).client(), parameters);
                })
                .handle(request);
    }

    private Response made(OAuthClient client, Parameters parameters) {
        if (!client.mayUse(OAuthClient.DEVICE)) {
            throw new OAuthException("unauthorized_client", "This client is not registered for devices");
        }
        Scopes scopes = Scopes.asked(parameters.find("scope"), client.scope());
        if (!client.scope().includes(scopes)) {
            throw new OAuthException(
                    "invalid_scope", "This client may ask for " + client.scope().text() + " at most");
        }
        List<String> asked = resources.checked(parameters.all("resource"));
        DeviceCodes.Made made = codes.make(client, scopes, asked).orElse(null);
        if (made == null) {
            return refusal(503, "temporarily_unavailable", "Too many devices wait for an answer; try again later");
        }
        String page = pages.publicUrl() + DevicePage.PATH;
        String shown = DeviceCode.shown(made.userCode());
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeStringProperty("device_code", made.deviceCode().reveal());
            json.writeStringProperty("user_code", shown);
            json.writeStringProperty("verification_uri", page);
            json.writeStringProperty("verification_uri_complete", page + "?user_code=" + shown);
            json.writeNumberProperty("expires_in", DeviceCode.LIFETIME.toSeconds());
            json.writeNumberProperty("interval", DeviceCode.INTERVAL_SECONDS);
            json.writeEndObject();
        });
    }

    private static Response refusal(int status, String error, String description) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeStringProperty("error", error);
            json.writeStringProperty("error_description", description);
            json.writeEndObject();
        });
    }
}
