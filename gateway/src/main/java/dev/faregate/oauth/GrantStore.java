package dev.faregate.oauth;

import static dev.faregate.storage.tables.Tables.APP_GRANT;
import static dev.faregate.storage.tables.Tables.REFRESH_TOKEN;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// What apps were given: which key, for whom, with which rights; and what renews it.
final class GrantStore {
    /// A used refresh token is remembered for this time after its end, so that a replay is known for what
    /// it is.
    static final Duration REMEMBERED = Duration.ofDays(30);

    /// What an app was given. `clientId` is null for an app that is known by its callback.
    record Grant(
            String apiKeyId,
            String organizationId,
            @Nullable String userId,
            int appId,
            @Nullable String clientId,
            Scopes scopes,
            List<String> resources,
            Instant createdAt,
            boolean revoked) {}

    /// A refresh token and the key that it renews.
    record Refresh(String apiKeyId, Instant createdAt, Instant expiresAt, boolean used) {}

    void insert(Tx tx, Grant grant) {
        tx.sql()
                .insertInto(APP_GRANT)
                .set(APP_GRANT.API_KEY_ID, grant.apiKeyId())
                .set(APP_GRANT.ORGANIZATION_ID, grant.organizationId())
                .set(APP_GRANT.USER_ID, grant.userId())
                .set(APP_GRANT.APP_ID, grant.appId())
                .set(APP_GRANT.CLIENT_ID, grant.clientId())
                .set(APP_GRANT.SCOPE, grant.scopes().text())
                .set(APP_GRANT.RESOURCE, joined(grant.resources()))
                .set(APP_GRANT.CREATED_AT, Micros.of(grant.createdAt()))
                .execute();
    }

    /// What a key was given for, if an app has it.
    Optional<Grant> find(Tx tx, String apiKeyId) {
        return tx.sql()
                .selectFrom(APP_GRANT)
                .where(APP_GRANT.API_KEY_ID.eq(apiKeyId))
                .fetchOptional(GrantStore::read);
    }

    /// The keys that an app holds for a user: by its id where it is a client, else by its number. Without a
    /// user nobody's former consent is meant: a program that hands out keys for many people has one
    /// management key.
    List<String> keysOf(Tx tx, String organizationId, @Nullable String userId, @Nullable String clientId, int appId) {
        if (userId == null) {
            return List.of();
        }
        Condition app = clientId == null
                ? APP_GRANT.CLIENT_ID.isNull().and(APP_GRANT.APP_ID.eq(appId))
                : APP_GRANT.CLIENT_ID.eq(clientId);
        return tx.sql()
                .select(APP_GRANT.API_KEY_ID)
                .from(APP_GRANT)
                .where(APP_GRANT.ORGANIZATION_ID.eq(organizationId))
                .and(APP_GRANT.REVOKED_AT.isNull())
                .and(APP_GRANT.USER_ID.eq(userId))
                .and(app)
                .fetch(row -> Objects.requireNonNull(row.value1()));
    }

    /// Some of what a client was given and still has.
    List<Grant> ofClient(Tx tx, String clientId, int count) {
        return tx.sql()
                .selectFrom(APP_GRANT)
                .where(APP_GRANT.CLIENT_ID.eq(clientId))
                .and(APP_GRANT.REVOKED_AT.isNull())
                .orderBy(APP_GRANT.API_KEY_ID)
                .limit(count)
                .fetch(GrantStore::read);
    }

    void revoke(Tx tx, String apiKeyId) {
        tx.sql()
                .update(APP_GRANT)
                .set(APP_GRANT.REVOKED_AT, Micros.of(tx.now()))
                .where(APP_GRANT.API_KEY_ID.eq(apiKeyId))
                .and(APP_GRANT.REVOKED_AT.isNull())
                .execute();
        tx.sql()
                .deleteFrom(REFRESH_TOKEN)
                .where(REFRESH_TOKEN.API_KEY_ID.eq(apiKeyId))
                .execute();
    }

    void addRefresh(Tx tx, String tokenHash, String apiKeyId, Instant expiresAt) {
        tx.sql()
                .deleteFrom(REFRESH_TOKEN)
                .where(REFRESH_TOKEN.EXPIRES_AT.lt(Micros.of(tx.now().minus(REMEMBERED))))
                .execute();
        tx.sql()
                .insertInto(REFRESH_TOKEN)
                .set(REFRESH_TOKEN.TOKEN_HASH, tokenHash)
                .set(REFRESH_TOKEN.API_KEY_ID, apiKeyId)
                .set(REFRESH_TOKEN.CREATED_AT, Micros.of(tx.now()))
                .set(REFRESH_TOKEN.EXPIRES_AT, Micros.of(expiresAt))
                .execute();
    }

    Optional<Refresh> findRefresh(Tx tx, String tokenHash) {
        return tx.sql()
                .selectFrom(REFRESH_TOKEN)
                .where(REFRESH_TOKEN.TOKEN_HASH.eq(tokenHash))
                .fetchOptional(row -> new Refresh(
                        Objects.requireNonNull(row.get(REFRESH_TOKEN.API_KEY_ID)),
                        Micros.toInstant(Objects.requireNonNull(row.get(REFRESH_TOKEN.CREATED_AT))),
                        Micros.toInstant(Objects.requireNonNull(row.get(REFRESH_TOKEN.EXPIRES_AT))),
                        row.get(REFRESH_TOKEN.USED_AT) != null));
    }

    /// Takes the token; false when somebody else has. Of any number at once, one gets true.
    boolean useRefresh(Tx tx, String tokenHash) {
        return tx.sql()
                        .update(REFRESH_TOKEN)
                        .set(REFRESH_TOKEN.USED_AT, Micros.of(tx.now()))
                        .where(REFRESH_TOKEN.TOKEN_HASH.eq(tokenHash))
                        .and(REFRESH_TOKEN.USED_AT.isNull())
                        .execute()
                == 1;
    }

    /// Addresses have no space in them.
    static @Nullable String joined(List<String> resources) {
        return resources.isEmpty() ? null : String.join(" ", resources);
    }

    static List<String> parts(@Nullable String joined) {
        return joined == null || joined.isEmpty() ? List.of() : List.of(joined.split(" "));
    }

    private static Grant read(Record row) {
        return new Grant(
                Objects.requireNonNull(row.get(APP_GRANT.API_KEY_ID)),
                Objects.requireNonNull(row.get(APP_GRANT.ORGANIZATION_ID)),
                row.get(APP_GRANT.USER_ID),
                Objects.requireNonNull(row.get(APP_GRANT.APP_ID)),
                row.get(APP_GRANT.CLIENT_ID),
                Scopes.ofText(row.get(APP_GRANT.SCOPE)),
                parts(row.get(APP_GRANT.RESOURCE)),
                Micros.toInstant(Objects.requireNonNull(row.get(APP_GRANT.CREATED_AT))),
                row.get(APP_GRANT.REVOKED_AT) != null);
    }
}
