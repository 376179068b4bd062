package dev.faregate.oauth;

import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.MemberStore;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyRules;
import dev.faregate.keys.KeyText;
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

/// Gives apps their keys, renews them, and takes them back. The access token of an app is a secret of its
/// key, so limits, guardrails and the cutting of running streams need nothing of their own; a refresh gives
/// the key another secret, and what it spent stays spent. Safe to share between threads; blocks.
final class Grants {
    /// How long an access token lives that can be renewed.
    static final Duration ACCESS = Duration.ofHours(1);

    /// How long a refresh token waits to be used; each use starts anew.
    static final Duration REFRESH = Duration.ofDays(90);

    /// What was sent with the old access token may arrive so long after its renewal.
    static final Duration OVERLAP = Duration.ofMinutes(1);

    /// Keys ended in one transaction.
    private static final int AT_ONCE = 100;

    /// A key given to an app: `ends` is when the secret stops to open it, null for never.
    record Issued(
            Secret key,
            @Nullable Instant ends,
            @Nullable Secret refresh,
            Scopes scopes,
            @Nullable String userId,
            Instant now) {}

    /// How an exchange ends. A refusal is an outcome, not an exception: what it takes back must be
    /// committed.
    sealed interface Outcome {
        record Granted(Issued issued) implements Outcome {}

        /// `error` is a word of RFC 6749 section 5.2.
        record Refused(String error, String message) implements Outcome {}
    }

    private final Database database;
    private final GrantStore store = new GrantStore();
    private final MemberStore members = new MemberStore();
    private final Keys keys;
    private final AuditLog audit;

    Grants(Database database, Keys keys, AuditLog audit) {
        this.database = database;
        this.keys = keys;
        this.audit = audit;
    }

    /// Who does something, for the audit log.
    record Doer(
            String organizationId,
            Actor.Kind kind,
            @Nullable String id,
            String requestId) {
        static Doer of(AuthCode code, String requestId) {
            return new Doer(code.organizationId(), code.actorKind(), code.actorId(), requestId);
        }
    }

    /// Whether who gave a code may still give a key: codes wait for minutes, and much can be taken away meanwhile.
    boolean stands(Tx tx, AuthCode code) {
        String actor = code.actorId();
        return switch (code.actorKind()) {
            case USER -> actor != null && members.mayMakeKeys(tx, code.organizationId(), code.workspaceId(), actor);
            case KEY -> actor != null && keys.isOpen(tx, actor);
            case OPERATOR -> true;
        };
    }

    static final Outcome.Refused STANDS_NO_MORE =
            new Outcome.Refused("invalid_grant", "Whoever gave this may not give keys there any more");

    /// Makes the key that a code promised, in the transaction of the caller. `renewable`: with a refresh
    /// token, and an access token that is short. The keys that it takes the place of are put into `ended`.
    Issued issue(
            Tx tx,
            AuthCode code,
            String keyId,
            boolean renewable,
            List<String> resources,
            String requestId,
            List<String> ended) {
        Doer doer = Doer.of(code, requestId);
        if (code.replaces()) {
            for (String former :
                    store.keysOf(tx, code.organizationId(), code.userId(), code.clientId(), code.appId())) {
                end(tx, former, doer, code.appId(), ended);
            }
        }
        Secret text = KeyText.generate(KeyKind.INFERENCE);
        keys.create(
                tx,
                new Keys.NewKey(
                        code.organizationId(),
                        code.workspaceId(),
                        KeyKind.INFERENCE,
                        code.keyName(),
                        code.limit(),
                        code.limitReset(),
                        false,
                        code.keyExpiresAt(),
                        null,
                        null,
                        code.userId(),
                        KeyRules.NONE.withReadOnly(!code.scopes().mayWrite())),
                keyId,
                text);
        store.insert(
                tx,
                new GrantStore.Grant(
                        keyId,
                        code.organizationId(),
                        code.userId(),
                        code.appId(),
                        code.clientId(),
                        code.scopes(),
                        resources,
                        tx.now(),
                        false));
        audit(tx, doer, "key.create", keyId, AuthCodes.detail(code));
        Instant ends = code.keyExpiresAt();
        Secret refresh = null;
        if (renewable) {
            ends = earlier(tx.now().plus(ACCESS), ends);
            keys.endSecret(tx, text, ends);
            refresh = addRefresh(tx, keyId);
        }
        return new Issued(text, ends, refresh, code.scopes(), code.userId(), tx.now());
    }

    /// Renews the key of a refresh token (RFC 6749 section 6). `client` is who showed to be itself; `scope`
    /// null asks for what was granted. One use each: a second one ends the whole family (RFC 9700 section
    /// 4.14.2).
    Outcome refresh(
            String tokenText, OAuthClient client, @Nullable String scope, List<String> resources, String requestId) {
        List<String> ended = new ArrayList<>();
        List<String> changed = new ArrayList<>();
        Outcome outcome = database.write(tx -> {
            ended.clear();
            changed.clear();
            return refresh(tx, tokenText, client, scope, resources, requestId, ended, changed);
        });
        ended.forEach(keys::closed);
        changed.forEach(keys::changed);
        if (outcome instanceof Outcome.Granted(Issued issued)) {
            keys.opened(issued.key());
        }
        return outcome;
    }

    private Outcome refresh(
            Tx tx,
            String tokenText,
            OAuthClient client,
            @Nullable String scope,
            List<String> resources,
            String requestId,
            List<String> ended,
            List<String> changed) {
        String hash = Tokens.hash(tokenText);
        GrantStore.Refresh token = store.findRefresh(tx, hash).orElse(null);
        GrantStore.Grant grant =
                token == null ? null : store.find(tx, token.apiKeyId()).orElse(null);
        if (token == null || grant == null || !client.clientId().equals(grant.clientId())) {
            return UNKNOWN_REFRESH;
        }
        Doer doer = new Doer(grant.organizationId(), Actor.Kind.USER, grant.userId(), requestId);
        if (token.used()) {
            end(tx, grant.apiKeyId(), doer, grant.appId(), ended);
            return new Outcome.Refused(
                    "invalid_grant", "This refresh token was used before; what it renewed has been revoked");
        }
        if (!tx.now().isBefore(token.expiresAt())) {
            return new Outcome.Refused("invalid_grant", "This refresh token has expired");
        }
        Scopes wanted = Scopes.asked(scope, grant.scopes());
        if (!grant.scopes().includes(wanted)) {
            return new Outcome.Refused("invalid_scope", "A refresh may narrow the scope and never widen it");
        }
        if (!grant.resources().isEmpty() && !grant.resources().containsAll(resources)) {
            return new Outcome.Refused("invalid_target", "The resource was not granted");
        }
        // A key that is disabled may come back, and so may its token: using it up now would end the key then.
        if (!keys.isOpen(tx, grant.apiKeyId())) {
            return UNKNOWN_REFRESH;
        }
        if (!store.useRefresh(tx, hash)) {
            end(tx, grant.apiKeyId(), doer, grant.appId(), ended);
            return UNKNOWN_REFRESH;
        }
        Secret text = KeyText.generate(KeyKind.INFERENCE);
        Keys.Renewed renewed = keys.renew(
                        tx,
                        grant.organizationId(),
                        grant.apiKeyId(),
                        text,
                        tx.now().plus(ACCESS),
                        OVERLAP,
                        !wanted.mayWrite())
                .orElse(null);
        if (renewed == null) {
            return UNKNOWN_REFRESH;
        }
        changed.add(grant.apiKeyId());
        Secret next = addRefresh(tx, grant.apiKeyId());
        audit(tx, doer, "key.rotate", grant.apiKeyId(), Map.of("app", grant.appId(), "by", "refresh token"));
        return new Outcome.Granted(new Issued(text, renewed.ends(), next, wanted, grant.userId(), tx.now()));
    }

    private static final Outcome.Refused UNKNOWN_REFRESH =
            new Outcome.Refused("invalid_grant", "This refresh token is not good, or not yours");

    /// Ends a key that an app has, and all that renews it. What is ended is put into `ended`.
    void end(Tx tx, String keyId, Doer doer, int appId, List<String> ended) {
        store.revoke(tx, keyId);
        if (keys.delete(tx, doer.organizationId(), keyId)) {
            audit(tx, doer, "key.delete", keyId, Map.of("app", appId));
            ended.add(keyId);
        }
    }

    /// Ends every key that a client was given, in whatever organization, some at a time; the number ended.
    int endAllOf(String clientId, Actor actor, String requestId) {
        int sum = 0;
        int found = AT_ONCE;
        while (found == AT_ONCE) {
            List<String> ended = new ArrayList<>();
            found = database.write(tx -> {
                ended.clear();
                List<GrantStore.Grant> some = store.ofClient(tx, clientId, AT_ONCE);
                some.forEach(
                        grant -> end(tx, grant.apiKeyId(), endedBy(grant, actor, requestId), grant.appId(), ended));
                return some.size();
            });
            ended.forEach(keys::closed);
            sum += ended.size();
        }
        return sum;
    }

    /// Who is of another organization has no name in the log of this one.
    private static Doer endedBy(GrantStore.Grant grant, Actor actor, String requestId) {
        return grant.organizationId().equals(actor.organizationId())
                ? new Doer(grant.organizationId(), actor.actorKind(), actor.actorId(), requestId)
                : new Doer(grant.organizationId(), Actor.Kind.OPERATOR, null, requestId);
    }

    private Secret addRefresh(Tx tx, String keyId) {
        Secret token = Tokens.generate();
        store.addRefresh(tx, Tokens.hash(token.reveal()), keyId, tx.now().plus(REFRESH));
        return token;
    }

    void audit(Tx tx, Doer doer, String action, String subject, Map<String, ?> detail) {
        audit.append(
                tx,
                doer.organizationId(),
                new AuditLog.Author(doer.kind(), doer.id(), doer.requestId()),
                new AuditLog.Event(action, subject, detail));
    }

    static Instant earlier(Instant one, @Nullable Instant other) {
        return other == null || one.isBefore(other) ? one : Objects.requireNonNull(other);
    }
}
