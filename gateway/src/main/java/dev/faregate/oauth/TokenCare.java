package dev.faregate.oauth;

import dev.faregate.base.Tokens;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.Keys;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// What clients may do with tokens they have: end them (RFC 7009) and ask whether they are good (RFC 7662).
/// A client meets its own tokens only. Blocks.
public final class TokenCare {
    private final Database database;
    private final ClientAuth auth;
    private final Grants grants;
    private final GrantStore store = new GrantStore();
    private final Keys keys;
    private final Resources resources;
    private final Supplier<String> issuer;

    TokenCare(
            Database database,
            ClientAuth auth,
            Grants grants,
            Keys keys,
            Resources resources,
            Supplier<String> issuer) {
        this.database = database;
        this.auth = auth;
        this.grants = grants;
        this.keys = keys;
        this.resources = resources;
        this.issuer = issuer;
    }

    /// A token that we know. `ends` is null for one that has no end of its own; `active`: it is good now.
    private record Found(
            GrantStore.Grant grant,
            Scopes scopes,
            boolean isRefresh,
            boolean active,
            Instant since,
            @Nullable Instant ends) {}

    /// `POST /oauth/revoke`. "The authorization server responds with HTTP status code 200 if the token has
    /// been revoked successfully or if the client submitted an invalid token." (RFC 7009 section 2.2)
    public Response revoke(Request request) {
        return OAuthErrors.answering(_ -> {
                    Parameters parameters = once(Parameters.ofForm(request));
                    ClientAuth.Authenticated sender = auth.authenticate(request, parameters);
                    revoke(
                            parameters.get("token"),
                            sender.client(),
                            request.head().requestId());
                    return Response.json(200, json -> {
                        json.writeStartObject();
                        json.writeEndObject();
                    });
                })
                .handle(request);
    }

    /// Whichever of the two is revoked, the key ends, and with it all that it opens and what renews it
    /// (section 2.1).
    private void revoke(String token, OAuthClient client, String requestId) {
        if (token.startsWith(KeyKind.MANAGEMENT.prefix())) {
            throw new OAuthException("unsupported_token_type", "Management keys are not revoked here");
        }
        List<String> ended = new ArrayList<>();
        boolean foreign = database.write(tx -> {
            ended.clear();
            Found found = find(tx, token);
            if (found == null) {
                return false;
            }
            GrantStore.Grant grant = found.grant();
            if (!client.clientId().equals(grant.clientId())) {
                return true;
            }
            Grants.Doer doer = new Grants.Doer(grant.organizationId(), Actor.Kind.USER, grant.userId(), requestId);
            grants.end(tx, grant.apiKeyId(), doer, grant.appId(), ended);
            return false;
        });
        ended.forEach(keys::closed);
        if (foreign) {
            throw new OAuthException("invalid_grant", "The token was issued to another client");
        }
    }

    /// `POST /oauth/introspect`, for clients with a secret: "the authorization server MUST also require
    /// some form of authorization to access this endpoint" (RFC 7662 section 2.1).
    public Response introspect(Request request) {
        return OAuthErrors.answering(_ -> {
                    Parameters parameters = once(Parameters.ofForm(request));
                    ClientAuth.Authenticated sender = auth.authenticateProven(request, parameters);
                    String token = parameters.get("token");
                    Found found = database.read(tx -> find(tx, token));
                    boolean theirs = found != null
                            && sender.client().clientId().equals(found.grant().clientId());
                    return Response.json(200, json -> write(json, theirs ? found : null));
                })
                .handle(request);
    }

    /// A token that is not good, or not theirs, says nothing of itself (section 2.2).
    private void write(JsonGenerator json, @Nullable Found found) {
        json.writeStartObject();
        json.writeBooleanProperty("active", found != null && found.active());
        if (found != null && found.active()) {
            GrantStore.Grant grant = found.grant();
            json.writeStringProperty("scope", found.scopes().text());
            json.writeStringProperty("client_id", String.valueOf(grant.clientId()));
            if (!found.isRefresh()) {
                json.writeStringProperty("token_type", "Bearer");
            }
            if (grant.userId() != null) {
                json.writeStringProperty("sub", grant.userId());
            }
            json.writeArrayPropertyStart("aud");
            for (String audience : grant.resources().isEmpty() ? List.of(resources.usual()) : grant.resources()) {
                json.writeString(audience);
            }
            json.writeEndArray();
            json.writeStringProperty("iss", issuer.get());
            json.writeNumberProperty("iat", found.since().getEpochSecond());
            if (found.ends() != null) {
                json.writeNumberProperty("exp", found.ends().getEpochSecond());
            }
        }
        json.writeEndObject();
    }

    private @Nullable Found find(Tx tx, String token) {
        GrantStore.Refresh refresh = store.findRefresh(tx, Tokens.hash(token)).orElse(null);
        if (refresh != null) {
            return store.find(tx, refresh.apiKeyId())
                    .map(grant -> new Found(
                            grant,
                            grant.scopes(),
                            true,
                            !grant.revoked()
                                    && !refresh.used()
                                    && tx.now().isBefore(refresh.expiresAt())
                                    && keys.isOpen(tx, grant.apiKeyId()),
                            refresh.createdAt(),
                            refresh.expiresAt()))
                    .orElse(null);
        }
        Keys.Opened opened = keys.find(tx, token).orElse(null);
        if (opened == null) {
            return null;
        }
        Instant keyEnds = opened.key().expiresAt();
        Instant secretEnds = opened.secretEnds();
        Instant ends = secretEnds == null ? keyEnds : Grants.earlier(secretEnds, keyEnds);
        return store.find(tx, opened.key().id())
                .map(grant -> new Found(
                        grant,
                        opened.key().rules().readOnly() ? Scopes.READ : Scopes.READ_WRITE,
                        false,
                        opened.isOpenAt(tx.now()),
                        opened.secretSince(),
                        ends))
                .orElse(null);
    }

    private static Parameters once(Parameters parameters) {
        List<String> repeated = parameters.repeated();
        if (!repeated.isEmpty()) {
            throw OAuthException.invalidRequest("given more than once: " + String.join(", ", repeated));
        }
        return parameters;
    }
}
