package dev.faregate.oauth;

import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.pages.Pages;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// `POST /oauth/device_authorization`: a device asks for its two codes (RFC 8628 section 3.1). Open to
/// everybody who names a client, so an address may ask only so often.
public final class DeviceHandler {
    static final int PER_WINDOW = 60;
    static final Duration WINDOW = Duration.ofMinutes(10);

    private final Clients clients;
    private final DeviceCodes codes;
    private final Pages pages;
    private final Resources resources;
    private final Attempts attempts;

    DeviceHandler(Clients clients, DeviceCodes codes, Pages pages, Resources resources, InstantSource clock) {
        this.clients = clients;
        this.codes = codes;
        this.pages = pages;
        this.resources = resources;
        this.attempts = new Attempts(PER_WINDOW, WINDOW, clock);
    }

    public Response authorize(Request request) {
        if (!attempts.take(request.head().remote().getHostAddress())) {
            return refusal(429, "slow_down", "Too many devices ask from this address; try again later")
                    .withHeader("Retry-After", Integer.toString(attempts.retryAfterSeconds()));
        }
        try {
            Parameters parameters = Parameters.ofForm(request);
            List<String> repeated = parameters.repeated("resource");
            if (!repeated.isEmpty()) {
                throw OAuthException.invalidRequest(repeated.getFirst() + " is given more than once");
            }
            OAuthClient client = clients.find(parameters.get("client_id"))
                    .orElseThrow(() -> new OAuthException("invalid_client", "There is no such client"));
            return made(client, parameters);
        } catch (OAuthException e) {
            return refusal(e.error().equals("invalid_client") ? 401 : 400, e.error(), e.description());
        }
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
        return noStore(200, json -> {
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
        return noStore(status, json -> {
            json.writeStartObject();
            json.writeStringProperty("error", error);
            json.writeStringProperty("error_description", description);
            json.writeEndObject();
        });
    }

    private static Response noStore(int status, Consumer<JsonGenerator> body) {
        return Response.json(status, body).withHeader("Cache-Control", "no-store");
    }
}
