package dev.faregate.oauth;

import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.node.ObjectNode;

/// `POST /oauth/register`: a client registers itself (RFC 7591). Open to everybody, so it is bounded in
/// every way: how often an address may, how many there are, and that what nobody uses ends.
public final class RegistrationHandler {
    /// A client that nobody used for so long after its registration is gone.
    static final Duration UNUSED = Duration.ofHours(24);

    /// One that was used lives on for so long after its last use.
    static final Duration IDLE = Duration.ofDays(180);

    static final int PER_HOUR = 20;
    static final int MAX_CLIENTS = 20_000;
    private static final int MAX_BODY = 64 * 1024;

    private final Database database;
    private final ClientStore store;
    private final Attempts attempts;
    private final boolean open;

    /// `open`: the setting `oauth.registration`.
    RegistrationHandler(Database database, ClientStore store, boolean open, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.open = open;
        this.attempts = new Attempts(PER_HOUR, Duration.ofHours(1), clock);
    }

    boolean isOpen() {
        return open;
    }

    public Response register(Request request) {
        if (!open) {
            return refusal(403, "access_denied", "Clients do not register themselves here; ask an owner or an admin");
        }
        if (!attempts.take(request.head().remote().getHostAddress())) {
            return refusal(429, "temporarily_unavailable", "Too many registrations from this address; try again later")
                    .withHeader("Retry-After", Integer.toString(attempts.retryAfterSeconds()));
        }
        try {
            return registered(RegistrationFields.of(body(request), OAuthClient.AuthMethod.BASIC));
        } catch (OAuthException e) {
            return refusal(400, e.error(), e.description());
        }
    }

    private static ObjectNode body(Request request) {
        if (request.body().length > MAX_BODY) {
            throw new OAuthException(RegistrationFields.BAD_METADATA, "the metadata is too large");
        }
        ObjectNode body;
        try {
            body = Json.readObject(request.body());
        } catch (ApiException e) {
            throw new OAuthException(RegistrationFields.BAD_METADATA, "the body must be a JSON object");
        }
        // RFC 7591 section 2.3: whoever is not known to us vouches for nothing.
        if (body.hasNonNull("software_statement")) {
            throw new OAuthException("invalid_software_statement", "no issuer of software statements is trusted here");
        }
        return body;
    }

    private Response registered(RegistrationFields fields) {
        boolean isPublic = fields.authMethod() == OAuthClient.AuthMethod.NONE;
        Secret secret = isPublic ? null : Tokens.generate();
        OAuthClient client = database.write(tx -> {
            store.removeEnded(tx);
            if (store.count(tx, OAuthClient.Origin.DYNAMIC) >= MAX_CLIENTS) {
                return null;
            }
            Instant now = tx.now();
            OAuthClient made = client(fields, secret, now);
            store.insert(tx, made);
            return made;
        });
        return client == null
                ? refusal(503, "temporarily_unavailable", "There is no room for a further client; try again tomorrow")
                : noStore(201, json -> write(json, client, secret));
    }

    private static OAuthClient client(RegistrationFields fields, @Nullable Secret secret, Instant now) {
        return new OAuthClient(
                Ids.next().toString(),
                null,
                null,
                OAuthClient.Origin.DYNAMIC,
                fields.name(),
                fields.clientUri(),
                fields.redirectUris(),
                fields.authMethod(),
                secret == null ? null : Tokens.hash(secret.reveal()),
                fields.grantTypes(),
                fields.scope(),
                now,
                null,
                now.plus(UNUSED),
                null);
    }

    /// "The authorization server MUST return all registered metadata about this client, including any
    /// fields provisioned by the authorization server itself" (RFC 7591 section 3.2.1).
    private static void write(JsonGenerator json, OAuthClient client, @Nullable Secret secret) {
        json.writeStartObject();
        json.writeStringProperty("client_id", client.clientId());
        json.writeNumberProperty("client_id_issued_at", client.createdAt().getEpochSecond());
        if (secret != null) {
            json.writeStringProperty("client_secret", secret.reveal());
            json.writeNumberProperty("client_secret_expires_at", 0);
        }
        json.writeStringProperty("client_name", client.name());
        if (client.clientUri() != null) {
            json.writeStringProperty("client_uri", client.clientUri());
        }
        list(json, "redirect_uris", client.redirectUris());
        list(json, "grant_types", client.grantTypes());
        list(json, "response_types", client.mayUse(OAuthClient.CODE) ? List.of("code") : List.of());
        json.writeStringProperty(
                "token_endpoint_auth_method", client.authMethod().word());
        json.writeStringProperty("scope", client.scope().text());
        json.writeEndObject();
    }

    private static void list(JsonGenerator json, String name, List<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
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
        return Response.json(status, body)
                .withHeader("Cache-Control", "no-store")
                .withHeader("Pragma", "no-cache");
    }
}
