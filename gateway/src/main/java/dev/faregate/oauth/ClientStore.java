package dev.faregate.oauth;

import static dev.faregate.storage.tables.Tables.OAUTH_CLIENT;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// The clients that are registered here. Whoever only wants to know a client asks [Clients].
final class ClientStore {
    /// The last use of a client is as exact as this.
    private static final Duration TOUCHED_EVERY = Duration.ofHours(1);

    void insert(Tx tx, OAuthClient client) {
        tx.sql()
                .insertInto(OAUTH_CLIENT)
                .set(OAUTH_CLIENT.CLIENT_ID, client.clientId())
                .set(OAUTH_CLIENT.ORGANIZATION_ID, client.organizationId())
                .set(OAUTH_CLIENT.CREATED_BY, client.createdBy())
                .set(OAUTH_CLIENT.ORIGIN, client.origin().word())
                .set(OAUTH_CLIENT.NAME, client.name())
                .set(OAUTH_CLIENT.CLIENT_URI, client.clientUri())
                .set(OAUTH_CLIENT.REDIRECT_URIS, String.join(" ", client.redirectUris()))
                .set(OAUTH_CLIENT.AUTH_METHOD, client.authMethod().word())
                .set(OAUTH_CLIENT.SECRET_HASH, client.secretHash())
                .set(OAUTH_CLIENT.GRANT_TYPES, String.join(" ", client.grantTypes()))
                .set(OAUTH_CLIENT.SCOPE, client.scope().text())
                .set(OAUTH_CLIENT.CREATED_AT, Micros.of(client.createdAt()))
                .set(OAUTH_CLIENT.LAST_USED_AT, Micros.ofNullable(client.lastUsedAt()))
                .set(OAUTH_CLIENT.EXPIRES_AT, Micros.ofNullable(client.expiresAt()))
                .execute();
    }

    /// The client of that id, if it is there and has not ended.
    Optional<OAuthClient> find(Tx tx, String clientId) {
        return tx.sql()
                .selectFrom(OAUTH_CLIENT)
                .where(OAUTH_CLIENT.CLIENT_ID.eq(clientId))
                .and(lives(tx))
                .fetchOptional(row -> read(row, tx.now()));
    }

    /// The clients that an organization registered, oldest first.
    List<OAuthClient> list(Tx tx, String organizationId, int count) {
        return tx.sql()
                .selectFrom(OAUTH_CLIENT)
                .where(OAUTH_CLIENT.ORGANIZATION_ID.eq(organizationId))
                .and(lives(tx))
                .orderBy(OAUTH_CLIENT.CREATED_AT, OAUTH_CLIENT.CLIENT_ID)
                .limit(count)
                .fetch(row -> read(row, tx.now()));
    }

    int count(Tx tx, OAuthClient.Origin origin) {
        return tx.sql()
                .fetchCount(OAUTH_CLIENT, OAUTH_CLIENT.ORIGIN.eq(origin.word()).and(lives(tx)));
    }

    /// Gives a client of this organization another secret. The one that it had works on for `grace`, and one that was
    /// rotated out before ends; false when there is none of that id with a secret.
    boolean replaceSecret(Tx tx, String organizationId, String clientId, String secretHash, Duration grace) {
        var update = tx.sql().update(OAUTH_CLIENT);
        var old = grace.isZero()
                ? update.setNull(OAUTH_CLIENT.OLD_SECRET_HASH).setNull(OAUTH_CLIENT.OLD_SECRET_ENDS_AT)
                : update.set(OAUTH_CLIENT.OLD_SECRET_HASH, OAUTH_CLIENT.SECRET_HASH)
                        .set(OAUTH_CLIENT.OLD_SECRET_ENDS_AT, Micros.of(tx.now().plus(grace)));
        return old.set(OAUTH_CLIENT.SECRET_HASH, secretHash)
                        .set(OAUTH_CLIENT.UPDATED_AT, Micros.of(tx.now()))
                        .where(of(tx, organizationId, clientId))
                        .and(OAUTH_CLIENT.SECRET_HASH.isNotNull())
                        .execute()
                == 1;
    }

    /// Takes a client of this organization away; false when there is none of that id.
    boolean delete(Tx tx, String organizationId, String clientId) {
        return tx.sql()
                        .update(OAUTH_CLIENT)
                        .set(OAUTH_CLIENT.DELETED_AT, Micros.of(tx.now()))
                        .where(of(tx, organizationId, clientId))
                        .execute()
                == 1;
    }

    /// A client was used: it shows when, and one that registered itself lives on for `idle`.
    void used(Tx tx, OAuthClient client, Duration idle) {
        Instant last = client.lastUsedAt();
        if (client.origin() == OAuthClient.Origin.DOCUMENT
                || (last != null && last.plus(TOUCHED_EVERY).isAfter(tx.now()))) {
            return;
        }
        tx.sql()
                .update(OAUTH_CLIENT)
                .set(OAUTH_CLIENT.LAST_USED_AT, Micros.of(tx.now()))
                .set(
                        OAUTH_CLIENT.EXPIRES_AT,
                        client.expiresAt() == null
                                ? null
                                : (Long) Micros.of(tx.now().plus(idle)))
                .where(OAUTH_CLIENT.CLIENT_ID.eq(client.clientId()))
                .execute();
    }

    /// Takes away clients that ended; the number taken. Grants name a client by its text, so nothing
    /// dangles.
    int removeEnded(Tx tx) {
        return tx.sql()
                .deleteFrom(OAUTH_CLIENT)
                .where(OAUTH_CLIENT.EXPIRES_AT.le(Micros.of(tx.now())))
                .execute();
    }

    private static Condition of(Tx tx, String organizationId, String clientId) {
        return OAUTH_CLIENT
                .CLIENT_ID
                .eq(clientId)
                .and(OAUTH_CLIENT.ORGANIZATION_ID.eq(organizationId))
                .and(lives(tx));
    }

    private static Condition lives(Tx tx) {
        return OAUTH_CLIENT
                .DELETED_AT
                .isNull()
                .and(OAUTH_CLIENT.EXPIRES_AT.isNull().or(OAUTH_CLIENT.EXPIRES_AT.gt(Micros.of(tx.now()))));
    }

    private static OAuthClient read(Record row, Instant now) {
        String oldHash = row.get(OAUTH_CLIENT.OLD_SECRET_HASH);
        Instant oldEnds = Micros.toNullable(row.get(OAUTH_CLIENT.OLD_SECRET_ENDS_AT));
        OAuthClient.OldSecret old = oldHash == null || oldEnds == null || !now.isBefore(oldEnds)
                ? null
                : new OAuthClient.OldSecret(oldHash, oldEnds);
        return new OAuthClient(
                Objects.requireNonNull(row.get(OAUTH_CLIENT.CLIENT_ID)),
                row.get(OAUTH_CLIENT.ORGANIZATION_ID),
                row.get(OAUTH_CLIENT.CREATED_BY),
                OAuthClient.Origin.valueOf(
                        Objects.requireNonNull(row.get(OAUTH_CLIENT.ORIGIN)).toUpperCase(Locale.ROOT)),
                Objects.requireNonNull(row.get(OAUTH_CLIENT.NAME)),
                row.get(OAUTH_CLIENT.CLIENT_URI),
                words(row.get(OAUTH_CLIENT.REDIRECT_URIS)),
                OAuthClient.AuthMethod.ofWord(Objects.requireNonNull(row.get(OAUTH_CLIENT.AUTH_METHOD))),
                row.get(OAUTH_CLIENT.SECRET_HASH),
                words(row.get(OAUTH_CLIENT.GRANT_TYPES)),
                Scopes.ofText(row.get(OAUTH_CLIENT.SCOPE)),
                Micros.toInstant(Objects.requireNonNull(row.get(OAUTH_CLIENT.CREATED_AT))),
                Micros.toNullable(row.get(OAUTH_CLIENT.LAST_USED_AT)),
                Micros.toNullable(row.get(OAUTH_CLIENT.EXPIRES_AT)),
                old);
    }

    private static List<String> words(@Nullable String text) {
        return text == null || text.isEmpty() ? List.of() : List.of(text.split(" "));
    }
}
