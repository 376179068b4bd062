package dev.faregate.oauth;

import dev.faregate.apps.AppStore;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.identity.Actor;
import dev.faregate.keys.Keys;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The one store of codes, whichever door they are redeemed at: made at consent, redeemed once, and a
/// second redemption takes back what the first one gave (RFC 6749 section 4.1.2). Safe to share between
/// threads; blocks.
final class AuthCodes {
    /// So that a code is known for what it is in a log or a chat.
    private static final String PREFIX = "auth_code_";

    /// A client that proves itself and asks again so soon has lost its answer or asked twice at once; a
    /// thief of the code could not prove itself. Anybody else who redeems a used code ends its key.
    static final Duration RETRIES = Duration.ofSeconds(10);

    /// What somebody consented to. `redirectNamed`: the request named its redirect, so the redemption must
    /// too (RFC 6749 section 4.1.3).
    record Consent(
            Actor actor,
            Asker asker,
            Terms terms,
            Scopes scopes,
            List<String> resources,
            boolean redirectNamed,
            @Nullable Pkce pkce,
            Duration lifetime) {}

    /// A code just made, and its text: the only moment it is known.
    record Made(AuthCode code, Secret text) {}

    /// What an app shows to redeem a code. `client` is who showed to be itself, null for an app that is
    /// none; `proves`: by a secret. `verifier` and `redirect` are null when none was sent. `renewable`: it
    /// wants a refresh token.
    record Redemption(
            String code,
            @Nullable OAuthClient client,
            boolean proves,
            @Nullable String verifier,
            Pkce.@Nullable Method method,
            @Nullable String redirect,
            List<String> resources,
            boolean renewable) {}

    private final Database database;
    private final AuthCodeStore store = new AuthCodeStore();
    private final AppStore apps;
    private final Grants grants;
    private final Keys keys;

    AuthCodes(Database database, AppStore apps, Keys keys, Grants grants) {
        this.database = database;
        this.apps = apps;
        this.keys = keys;
        this.grants = grants;
    }

    Made make(Consent consent, String requestId) {
        Secret text = text();
        Asker asker = consent.asker();
        Callback callback = asker.callback();
        Terms terms = consent.terms();
        Actor actor = consent.actor();
        return database.write(tx -> {
            int app = apps.register(tx, asker.attribution())
                    .orElseThrow(() -> new ApiException(
                            new ApiError.Conflict("There is no room for a further app on this installation.")));
            AuthCode code = new AuthCode(
                    Tokens.hash(text.reveal()),
                    actor.organizationId(),
                    terms.workspaceId(),
                    actor.userId(),
                    actor.actorKind(),
                    actor.actorId(),
                    app,
                    asker.clientId(),
                    consent.scopes(),
                    consent.resources(),
                    callback == null ? null : callback.uri().toString(),
                    consent.redirectNamed(),
                    consent.pkce(),
                    terms.keyName() == null ? asker.name() : terms.keyName(),
                    terms.limit(),
                    terms.limitReset(),
                    terms.keyExpiresAt(),
                    tx.now(),
                    tx.now().plus(consent.lifetime()),
                    null,
                    null);
            store.insert(tx, code);
            grants.audit(tx, Grants.Doer.of(code, requestId), "app.consent", "app " + app, detail(code));
            return new Made(code, text);
        });
    }

    /// Exchanges a code for a key. Refuses one that is not there, was used, is over, or is not the
    /// sender's; a used one loses the key that it gave.
    Grants.Outcome redeem(Redemption wanted, String requestId) {
        String id = Ids.next().toString();
        List<String> ended = new ArrayList<>();
        Grants.Outcome outcome = database.write(tx -> {
            ended.clear();
            return redeem(tx, wanted, requestId, id, ended);
        });
        ended.forEach(keys::closed);
        if (outcome instanceof Grants.Outcome.Granted(Grants.Issued issued)) {
            keys.opened(issued.key());
        }
        return outcome;
    }

    private Grants.Outcome redeem(Tx tx, Redemption wanted, String requestId, String id, List<String> ended) {
        AuthCode code = store.find(tx, Tokens.hash(wanted.code())).orElse(null);
        if (code == null) {
            return UNKNOWN;
        }
        Grants.Outcome.Refused no = notTheirs(code, wanted);
        if (no != null) {
            return no;
        }
        if (code.usedAt() == null && code.isExpiredAt(tx.now())) {
            return new Grants.Outcome.Refused("invalid_grant", EXPIRED);
        }
        if (code.usedAt() == null && !grants.stands(tx, code)) {
            return Grants.STANDS_NO_MORE;
        }
        if (!store.use(tx, code.codeHash(), id)) {
            takeBack(tx, code, wanted.proves(), requestId, ended);
            return UNKNOWN;
        }
        List<String> resources = wanted.resources().isEmpty() ? code.resources() : wanted.resources();
        return new Grants.Outcome.Granted(grants.issue(tx, code, id, wanted.renewable(), resources, requestId, ended));
    }

    /// Somebody redeems a code again: one of the two stole it, so the key dies.
    private void takeBack(Tx tx, AuthCode code, boolean proves, String requestId, List<String> ended) {
        AuthCode used = store.find(tx, code.codeHash()).orElseThrow();
        Instant at = used.usedAt();
        boolean proven = proves || used.pkce() != null;
        boolean retried = proven && at != null && tx.now().isBefore(at.plus(RETRIES));
        if (!retried && used.apiKeyId() != null) {
            grants.end(tx, used.apiKeyId(), Grants.Doer.of(code, requestId), code.appId(), ended);
        }
    }

    /// Whether the code is the sender's: bound to the client, the redirect, the verifier and the resources
    /// that it was made for. Null when it is.
    private static Grants.Outcome.@Nullable Refused notTheirs(AuthCode code, Redemption wanted) {
        OAuthClient client = wanted.client();
        if (!Objects.equals(code.clientId(), client == null ? null : client.clientId())) {
            return UNKNOWN;
        }
        boolean redirectFits = wanted.redirect() == null
                ? !code.redirectNamed()
                : wanted.redirect().equals(code.callbackUrl());
        if (!redirectFits) {
            return new Grants.Outcome.Refused(
                    "invalid_grant", "redirect_uri is not the one that the code was asked for with");
        }
        if (!code.resources().isEmpty() && !code.resources().containsAll(wanted.resources())) {
            return new Grants.Outcome.Refused("invalid_target", "The resource was not granted");
        }
        return unproven(code, wanted.verifier(), wanted.method());
    }

    /// Downgrades are refused both ways (RFC 9700 section 4.8.2): a challenge without verifier, and a
    /// verifier where no challenge was made.
    private static Grants.Outcome.@Nullable Refused unproven(
            AuthCode code, @Nullable String verifier, Pkce.@Nullable Method method) {
        Pkce pkce = code.pkce();
        if (pkce == null) {
            return verifier == null && method == null ? null : UNKNOWN;
        }
        if (method != null && method != pkce.method()) {
            return OTHER_METHOD;
        }
        return verifier != null && pkce.isProvenBy(verifier) ? null : UNKNOWN;
    }

    static final String EXPIRED = "Authorization code expired";

    static final Grants.Outcome.Refused UNKNOWN =
            new Grants.Outcome.Refused("invalid_grant", "Invalid code or code_verifier");

    static final Grants.Outcome.Refused OTHER_METHOD =
            new Grants.Outcome.Refused("invalid_grant", "Invalid code_challenge_method");

    static Map<String, ?> detail(AuthCode code) {
        return Map.of(
                "app", code.appId(),
                "name", code.keyName(),
                "limit", code.limit() == null ? "none" : code.limit().dollars(),
                "scope", code.scopes().text(),
                "workspace_id", code.workspaceId());
    }

    private static Secret text() {
        return Secret.of(PREFIX + Tokens.generate().reveal());
    }
}
