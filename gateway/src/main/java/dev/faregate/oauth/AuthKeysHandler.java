package dev.faregate.oauth;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Workspace;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// OpenRouter's PKCE on the side of the API (contract 3.4): a code for what was consented to, and the
/// exchange.
public final class AuthKeysHandler {
    private static final int MAX_LABEL_LENGTH = 100;
    private static final int MAX_CODE_LENGTH = 200;
    private static final int MAX_VERIFIER_LENGTH = 200;
    private static final int MAX_REFERENCE_LENGTH = 50;
    private static final List<String> RESETS = List.of("daily", "weekly", "monthly");

    private final Database database;
    private final OrganizationStore organizations;
    private final AuthCodes codes;

    AuthKeysHandler(Database database, OrganizationStore organizations, AuthCodes codes) {
        this.database = database;
        this.organizations = organizations;
        this.codes = codes;
    }

    /// `POST /auth/keys/code`: the code is in `data.id`, this once.
    public Response code(Request request) {
        Actor actor = request.principal(Actor.class);
        BodyFields fields = BodyFields.of(request.body());
        String callback = fields.text("callback_url", Callback.MAX_LENGTH);
        Usd limit = fields.findUsd("limit", ", or null for no limit");
        String reset = fields.findWord("usage_limit_type", RESETS);
        String reference = fields.findText("workspace_id", MAX_REFERENCE_LENGTH);
        Workspace workspace = database.read(tx -> organizations.referredTo(tx, actor.organizationId(), reference));
        Terms terms = new Terms(
                workspace.id(),
                fields.findText("key_label", MAX_LABEL_LENGTH),
                limit,
                reset == null ? Window.TOTAL : Window.valueOf(reset.toUpperCase(Locale.ROOT)),
                end(fields));
        AuthCodes.Made made = codes.make(
                new AuthCodes.Consent(
                        actor,
                        new Asker(null, Callback.of("callback_url", callback), null),
                        terms,
                        Scopes.READ_WRITE,
                        List.of(),
                        false,
                        Pkce.of(fields),
                        AuthCode.LIFETIME),
                request.head().requestId());
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeStringProperty("id", made.text().reveal());
            json.writeNumberProperty("app_id", made.code().appId());
            json.writeStringProperty("created_at", made.code().createdAt().toString());
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /// `POST /auth/keys`: public, because the code is the credential.
    public Response exchange(Request request) {
        BodyFields fields = BodyFields.of(request.body());
        String method = fields.findWord("code_challenge_method", Pkce.Method.WORDS);
        Grants.Outcome outcome = codes.redeem(
                new AuthCodes.Redemption(
                        fields.text("code", MAX_CODE_LENGTH),
                        null,
                        false,
                        fields.findText("code_verifier", MAX_VERIFIER_LENGTH),
                        method == null ? null : Pkce.Method.valueOf(method),
                        null,
                        List.of(),
                        false),
                request.head().requestId());
        return switch (outcome) {
            case Grants.Outcome.Granted(Grants.Issued issued) -> key(issued);
            case Grants.Outcome.Refused refused -> throw new ApiException(refusal(refused));
        };
    }

    private static ApiError refusal(Grants.Outcome.Refused refused) {
        return refused.equals(AuthCodes.OTHER_METHOD)
                ? new ApiError.BadRequest(refused.message(), "code_challenge_method")
                : new ApiError.Forbidden(refused.message(), refused.error(), Map.of());
    }

    private static Response key(Grants.Issued issued) {
        byte[] body = Json.write(json -> {
            json.writeStartObject();
            json.writeStringProperty("key", issued.key().reveal());
            if (issued.userId() == null) {
                json.writeNullProperty("user_id");
            } else {
                json.writeStringProperty("user_id", issued.userId());
            }
            json.writeEndObject();
        });
        // RFC 6749 section 5.1: no cache may keep a credential.
        return Response.json(200, body).withHeader("Cache-Control", "no-store");
    }

    private static @Nullable Instant end(BodyFields fields) {
        Instant end = fields.findTime("expires_at");
        if (end != null && !end.isAfter(Instant.now())) {
            throw fields.bad("expires_at", "must be in the future");
        }
        return end;
    }
}
