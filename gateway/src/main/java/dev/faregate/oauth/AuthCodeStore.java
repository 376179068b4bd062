package dev.faregate.oauth;

import static dev.faregate.storage.tables.Tables.AUTH_CODE;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.identity.Actor;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Record;

/// Codes: which there are, and which are used.
final class AuthCodeStore {
    /// A code is remembered for this time after its end, so that a late replay still revokes what it gave.
    static final Duration REMEMBERED = Duration.ofDays(1);

    void insert(Tx tx, AuthCode code) {
        tx.sql()
                .deleteFrom(AUTH_CODE)
                .where(AUTH_CODE.EXPIRES_AT.lt(Micros.of(tx.now().minus(REMEMBERED))))
                .execute();
        Pkce pkce = code.pkce();
        tx.sql()
                .insertInto(AUTH_CODE)
                .set(AUTH_CODE.CODE_HASH, code.codeHash())
                .set(AUTH_CODE.ORGANIZATION_ID, code.organizationId())
                .set(AUTH_CODE.WORKSPACE_ID, code.workspaceId())
                .set(AUTH_CODE.USER_ID, code.userId())
                .set(AUTH_CODE.ACTOR_KIND, code.actorKind().word())
                .set(AUTH_CODE.ACTOR_ID, code.actorId())
                .set(AUTH_CODE.APP_ID, code.appId())
                .set(AUTH_CODE.CLIENT_ID, code.clientId())
                .set(AUTH_CODE.SCOPE, code.scopes().text())
                .set(AUTH_CODE.RESOURCE, GrantStore.joined(code.resources()))
                .set(AUTH_CODE.REDIRECT_NAMED, code.redirectNamed())
                .set(AUTH_CODE.CALLBACK_URL, code.callbackUrl())
                .set(AUTH_CODE.CHALLENGE, pkce == null ? null : pkce.challenge())
                .set(
                        AUTH_CODE.CHALLENGE_METHOD,
                        pkce == null ? null : pkce.method().name())
                .set(AUTH_CODE.KEY_NAME, code.keyName())
                .set(
                        AUTH_CODE.LIMIT_NANOS,
                        code.limit() == null ? null : code.limit().nanos())
                .set(AUTH_CODE.LIMIT_RESET, code.limitReset().wireName())
                .set(AUTH_CODE.KEY_EXPIRES_AT, Micros.ofNullable(code.keyExpiresAt()))
                .set(AUTH_CODE.CREATED_AT, Micros.of(code.createdAt()))
                .set(AUTH_CODE.EXPIRES_AT, Micros.of(code.expiresAt()))
                .execute();
    }

    Optional<AuthCode> find(Tx tx, String codeHash) {
        return tx.sql()
                .selectFrom(AUTH_CODE)
                .where(AUTH_CODE.CODE_HASH.eq(codeHash))
                .fetchOptional(AuthCodeStore::read);
    }

    /// Takes the code; false when somebody else has. Of any number at once, one gets true.
    boolean use(Tx tx, String codeHash, String apiKeyId) {
        return tx.sql()
                        .update(AUTH_CODE)
                        .set(AUTH_CODE.USED_AT, Micros.of(tx.now()))
                        .set(AUTH_CODE.API_KEY_ID, apiKeyId)
                        .where(AUTH_CODE.CODE_HASH.eq(codeHash))
                        .and(AUTH_CODE.USED_AT.isNull())
                        .execute()
                == 1;
    }

    private static AuthCode read(Record row) {
        String challenge = row.get(AUTH_CODE.CHALLENGE);
        String method = row.get(AUTH_CODE.CHALLENGE_METHOD);
        String reset = row.get(AUTH_CODE.LIMIT_RESET);
        Long limit = row.get(AUTH_CODE.LIMIT_NANOS);
        return new AuthCode(
                Objects.requireNonNull(row.get(AUTH_CODE.CODE_HASH)),
                Objects.requireNonNull(row.get(AUTH_CODE.ORGANIZATION_ID)),
                Objects.requireNonNull(row.get(AUTH_CODE.WORKSPACE_ID)),
                row.get(AUTH_CODE.USER_ID),
                Actor.Kind.valueOf(
                        Objects.requireNonNull(row.get(AUTH_CODE.ACTOR_KIND)).toUpperCase(Locale.ROOT)),
                row.get(AUTH_CODE.ACTOR_ID),
                Objects.requireNonNull(row.get(AUTH_CODE.APP_ID)),
                row.get(AUTH_CODE.CLIENT_ID),
                Scopes.ofText(row.get(AUTH_CODE.SCOPE)),
                GrantStore.parts(row.get(AUTH_CODE.RESOURCE)),
                row.get(AUTH_CODE.CALLBACK_URL),
                Objects.requireNonNull(row.get(AUTH_CODE.REDIRECT_NAMED)),
                challenge == null || method == null ? null : new Pkce(challenge, Pkce.Method.valueOf(method)),
                Objects.requireNonNull(row.get(AUTH_CODE.KEY_NAME)),
                limit == null ? null : Usd.ofNanos(limit),
                reset == null ? Window.TOTAL : Window.valueOf(reset.toUpperCase(Locale.ROOT)),
                Micros.toNullable(row.get(AUTH_CODE.KEY_EXPIRES_AT)),
                Micros.toInstant(Objects.requireNonNull(row.get(AUTH_CODE.CREATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(AUTH_CODE.EXPIRES_AT))),
                Micros.toNullable(row.get(AUTH_CODE.USED_AT)),
                row.get(AUTH_CODE.API_KEY_ID));
    }
}
