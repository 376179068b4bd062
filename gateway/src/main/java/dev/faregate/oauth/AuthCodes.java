package dev.faregate.oauth;

import dev.faregate.apps.AppStore;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.keys.KeyHash;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyRules;
import dev.faregate.keys.KeyText;
import dev.faregate.keys.Keys;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The one store of codes, whichever door they are redeemed at: made at consent, redeemed once, and a second redemption
/// takes back what the first one gave (RFC 6749 section 4.1.2). Safe to share between threads; blocks.
public final class AuthCodes {
    /// So that a code is known for what it is in a log or a chat.
    private static final String PREFIX = "auth_code_";

    /// A client that proves itself and asks again so soon has lost its answer or asked twice at once; a thief of the
    /// code
    /// could not prove itself. Anybody else who redeems a used code ends its key.
    static final Duration RETRIES = Duration.ofSeconds(10);

    private static final int RANDOM_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    /// What somebody consented to. `keyName` null means the app's name; `limitReset` is `TOTAL` for a limit that never
    /// starts anew.
    record Consent(
            Actor actor,
            String workspaceId,
            Callback callback,
            @Nullable Pkce pkce,
            @Nullable String keyName,
            @Nullable Usd limit,
            Window limitReset,
            @Nullable Instant keyExpiresAt) {}

    /// A code just made, and its text: the only moment it is known.
    record Made(AuthCode code, Secret text) {}

    /// The key that a code was exchanged for.
    record Redeemed(Secret key, @Nullable String userId) {}

    private final Database database;
    private final AuthCodeStore store = new AuthCodeStore();
    private final AppStore apps;
    private final Keys keys;
    private final AuditLog audit;

    public AuthCodes(Database database, AppStore apps, Keys keys, AuditLog audit) {
        this.database = database;
        this.apps = apps;
        this.keys = keys;
        this.audit = audit;
    }

    Made make(Consent consent, String requestId) {
        Secret text = text();
        Actor actor = consent.actor();
        return database.write(tx -> {
            int app = apps.register(tx, consent.callback().app())
                    .orElseThrow(() -> new ApiException(
                            new ApiError.Conflict("There is no room for a further app on this installation.")));
            AuthCode code = new AuthCode(
                    hash(text.reveal()),
                    actor.organizationId(),
                    consent.workspaceId(),
                    actor.userId(),
                    actor.actorKind(),
                    actor.actorId(),
                    app,
                    consent.callback().uri().toString(),
                    consent.pkce(),
                    consent.keyName() == null ? consent.callback().name() : consent.keyName(),
                    consent.limit(),
                    consent.limitReset(),
                    consent.keyExpiresAt(),
                    tx.now(),
                    tx.now().plus(AuthCode.LIFETIME),
                    null,
                    null);
            store.insert(tx, code);
            record(tx, code, requestId, "app.consent", "app " + app, detail(code));
            return new Made(code, text);
        });
    }

    /// Exchanges a code for a key. `verifier` is null when none was sent. Throws a 403 for a code that is not there,
    /// was
    /// used, is over, or is not the sender's; a used one loses the key that it gave.
    Redeemed redeem(String codeText, @Nullable String verifier, Pkce.@Nullable Method method, String requestId) {
        Secret key = KeyText.generate(KeyKind.INFERENCE);
        String id = Ids.next().toString();
        List<String> ended = new ArrayList<>();
        // A refusal is an outcome, not an exception: what it takes back must be committed.
        Object outcome = database.write(tx -> {
            ended.clear();
            return redeem(tx, codeText, verifier, method, requestId, key, id, ended);
        });
        ended.forEach(keys::closed);
        if (outcome instanceof ApiException refusal) {
            throw refusal;
        }
        keys.opened(key);
        return new Redeemed(key, ((AuthCode) outcome).userId());
    }

    private Object redeem(
            Tx tx,
            String codeText,
            @Nullable String verifier,
            Pkce.@Nullable Method method,
            String requestId,
            Secret key,
            String id,
            List<String> ended) {
        AuthCode code = store.find(tx, hash(codeText)).orElse(null);
        if (code == null) {
            return refusal("Invalid code or code_verifier");
        }
        ApiException unproven = unproven(code, verifier, method);
        if (unproven != null) {
            return unproven;
        }
        if (code.usedAt() == null && code.isExpiredAt(tx.now())) {
            return refusal("Authorization code expired");
        }
        if (!store.use(tx, code.codeHash(), id)) {
            takeBack(tx, code, requestId, ended);
            return refusal("Invalid code or code_verifier");
        }
        for (String former : store.keysOf(tx, code.organizationId(), code.userId(), code.appId())) {
            end(tx, code, former, requestId, ended);
        }
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
                        KeyRules.NONE),
                id,
                key);
        store.grant(tx, code, id);
        record(tx, code, requestId, "key.create", id, detail(code));
        return code;
    }

    /// Somebody redeems a code again: one of the two stole it, so the key dies.
    private void takeBack(Tx tx, AuthCode code, String requestId, List<String> ended) {
        AuthCode used = store.find(tx, code.codeHash()).orElseThrow();
        Instant at = used.usedAt();
        boolean retried = used.pkce() != null && at != null && tx.now().isBefore(at.plus(RETRIES));
        if (!retried && used.apiKeyId() != null) {
            end(tx, code, used.apiKeyId(), requestId, ended);
        }
    }

    private void end(Tx tx, AuthCode code, String keyId, String requestId, List<String> ended) {
        store.revoke(tx, keyId);
        if (keys.delete(tx, code.organizationId(), keyId)) {
            record(tx, code, requestId, "key.delete", keyId, Map.of("app", code.appId()));
            ended.add(keyId);
        }
    }

    /// Downgrades are refused both ways (RFC 9700 section 4.8.2): a challenge without verifier, and a verifier where no
    /// challenge was made.
    private static @Nullable ApiException unproven(
            AuthCode code, @Nullable String verifier, Pkce.@Nullable Method method) {
        Pkce pkce = code.pkce();
        if (pkce == null) {
            return verifier == null && method == null ? null : refusal("Invalid code or code_verifier");
        }
        if (method != null && method != pkce.method()) {
            return new ApiException(new ApiError.BadRequest("Invalid code_challenge_method", "code_challenge_method"));
        }
        return verifier != null && pkce.isProvenBy(verifier) ? null : refusal("Invalid code or code_verifier");
    }

    private static ApiException refusal(String message) {
        return new ApiException(new ApiError.Forbidden(message, "invalid_grant", Map.of()));
    }

    private void record(Tx tx, AuthCode code, String requestId, String action, String subject, Map<String, ?> detail) {
        audit.append(
                tx,
                code.organizationId(),
                new AuditLog.Author(code.actorKind(), code.actorId(), requestId),
                new AuditLog.Event(action, subject, detail));
    }

    private static Map<String, ?> detail(AuthCode code) {
        return Map.of(
                "app", code.appId(),
                "name", code.keyName(),
                "limit", code.limit() == null ? "none" : code.limit().dollars(),
                "workspace_id", code.workspaceId());
    }

    private static Secret text() {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        return Secret.of(PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random));
    }

    private static String hash(String text) {
        return KeyHash.of(text).hex();
    }
}
