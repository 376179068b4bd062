package dev.faregate.oauth;

import static dev.faregate.storage.tables.Tables.DEVICE_CODE;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.identity.Actor;
import dev.faregate.identity.Session;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;

/// Codes of devices, and what people decided.
final class DeviceCodeStore {
    /// A code is remembered for this time after its end, so that its device hears what became of it.
    static final Duration REMEMBERED = Duration.ofHours(1);

    void insert(Tx tx, DeviceCode code) {
        tx.sql()
                .deleteFrom(DEVICE_CODE)
                .where(DEVICE_CODE.EXPIRES_AT.lt(Micros.of(tx.now().minus(REMEMBERED))))
                .execute();
        tx.sql()
                .insertInto(DEVICE_CODE)
                .set(DEVICE_CODE.DEVICE_HASH, code.deviceHash())
                .set(DEVICE_CODE.USER_HASH, code.userHash())
                .set(DEVICE_CODE.CLIENT_ID, code.clientId())
                .set(DEVICE_CODE.SCOPE, code.scopes().text())
                .set(DEVICE_CODE.RESOURCE, GrantStore.joined(code.resources()))
                .set(DEVICE_CODE.CREATED_AT, Micros.of(code.createdAt()))
                .set(DEVICE_CODE.EXPIRES_AT, Micros.of(code.expiresAt()))
                .set(DEVICE_CODE.INTERVAL_SECONDS, code.intervalSeconds())
                .execute();
    }

    /// Codes that are not over.
    int count(Tx tx) {
        return tx.sql().fetchCount(DEVICE_CODE, DEVICE_CODE.EXPIRES_AT.gt(Micros.of(tx.now())));
    }

    Optional<DeviceCode> find(Tx tx, String deviceHash) {
        return tx.sql()
                .selectFrom(DEVICE_CODE)
                .where(DEVICE_CODE.DEVICE_HASH.eq(deviceHash))
                .fetchOptional(DeviceCodeStore::read);
    }

    /// The code that a person typed, if it waits for an answer.
    Optional<DeviceCode> findOpen(Tx tx, String userHash) {
        return tx.sql().selectFrom(DEVICE_CODE).where(isOpen(tx, userHash)).fetchOptional(DeviceCodeStore::read);
    }

    boolean isTaken(Tx tx, String userHash) {
        return tx.sql().fetchExists(DEVICE_CODE, DEVICE_CODE.USER_HASH.eq(userHash));
    }

    private static Condition isOpen(Tx tx, String userHash) {
        return DEVICE_CODE
                .USER_HASH
                .eq(userHash)
                .and(DEVICE_CODE.ANSWER.isNull())
                .and(DEVICE_CODE.EXPIRES_AT.gt(Micros.of(tx.now())));
    }

    /// The device asked; it has to wait so long before the next time.
    void polled(Tx tx, String deviceHash, int intervalSeconds) {
        tx.sql()
                .update(DEVICE_CODE)
                .set(DEVICE_CODE.POLLED_AT, Micros.of(tx.now()))
                .set(DEVICE_CODE.INTERVAL_SECONDS, intervalSeconds)
                .where(DEVICE_CODE.DEVICE_HASH.eq(deviceHash))
                .execute();
    }

    /// A person says yes; false when somebody has answered before, or it is over.
    boolean allow(Tx tx, String userHash, Session session, Terms terms, String keyName, int appId) {
        return tx.sql()
                        .update(DEVICE_CODE)
                        .set(DEVICE_CODE.ANSWER, "allowed")
                        .set(DEVICE_CODE.ORGANIZATION_ID, session.organizationId())
                        .set(DEVICE_CODE.WORKSPACE_ID, terms.workspaceId())
                        .set(DEVICE_CODE.USER_ID, session.userId())
                        .set(DEVICE_CODE.APP_ID, appId)
                        .set(DEVICE_CODE.KEY_NAME, keyName)
                        .set(
                                DEVICE_CODE.LIMIT_NANOS,
                                terms.limit() == null ? null : terms.limit().nanos())
                        .set(DEVICE_CODE.LIMIT_RESET, terms.limitReset().wireName())
                        .set(DEVICE_CODE.KEY_EXPIRES_AT, Micros.ofNullable(terms.keyExpiresAt()))
                        .where(isOpen(tx, userHash))
                        .execute()
                == 1;
    }

    /// A person says no; false as above.
    boolean deny(Tx tx, String userHash) {
        return tx.sql()
                        .update(DEVICE_CODE)
                        .set(DEVICE_CODE.ANSWER, "denied")
                        .where(isOpen(tx, userHash))
                        .execute()
                == 1;
    }

    /// Takes the code; false when somebody else has. Of any number at once, one gets true.
    boolean use(Tx tx, String deviceHash, String apiKeyId) {
        return tx.sql()
                        .update(DEVICE_CODE)
                        .set(DEVICE_CODE.USED_AT, Micros.of(tx.now()))
                        .set(DEVICE_CODE.API_KEY_ID, apiKeyId)
                        .where(DEVICE_CODE.DEVICE_HASH.eq(deviceHash))
                        .and(DEVICE_CODE.USED_AT.isNull())
                        .execute()
                == 1;
    }

    private static DeviceCode read(Record row) {
        String answer = row.get(DEVICE_CODE.ANSWER);
        return new DeviceCode(
                Objects.requireNonNull(row.get(DEVICE_CODE.DEVICE_HASH)),
                Objects.requireNonNull(row.get(DEVICE_CODE.USER_HASH)),
                Objects.requireNonNull(row.get(DEVICE_CODE.CLIENT_ID)),
                Scopes.ofText(row.get(DEVICE_CODE.SCOPE)),
                GrantStore.parts(row.get(DEVICE_CODE.RESOURCE)),
                Micros.toInstant(Objects.requireNonNull(row.get(DEVICE_CODE.CREATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(DEVICE_CODE.EXPIRES_AT))),
                Objects.requireNonNull(row.get(DEVICE_CODE.INTERVAL_SECONDS)),
                Micros.toNullable(row.get(DEVICE_CODE.POLLED_AT)),
                "denied".equals(answer),
                "allowed".equals(answer) ? promise(row) : null,
                row.get(DEVICE_CODE.USED_AT) != null);
    }

    /// What was allowed, as the code that a browser would have carried.
    private static AuthCode promise(Record row) {
        String user = Objects.requireNonNull(row.get(DEVICE_CODE.USER_ID));
        String reset = row.get(DEVICE_CODE.LIMIT_RESET);
        Long limit = row.get(DEVICE_CODE.LIMIT_NANOS);
        return new AuthCode(
                Objects.requireNonNull(row.get(DEVICE_CODE.DEVICE_HASH)),
                Objects.requireNonNull(row.get(DEVICE_CODE.ORGANIZATION_ID)),
                Objects.requireNonNull(row.get(DEVICE_CODE.WORKSPACE_ID)),
                user,
                Actor.Kind.USER,
                user,
                Objects.requireNonNull(row.get(DEVICE_CODE.APP_ID)),
                row.get(DEVICE_CODE.CLIENT_ID),
                Scopes.ofText(row.get(DEVICE_CODE.SCOPE)),
                GrantStore.parts(row.get(DEVICE_CODE.RESOURCE)),
                null,
                false,
                null,
                Objects.requireNonNull(row.get(DEVICE_CODE.KEY_NAME)),
                limit == null ? null : Usd.ofNanos(limit),
                reset == null ? Window.TOTAL : Window.valueOf(reset.toUpperCase(Locale.ROOT)),
                Micros.toNullable(row.get(DEVICE_CODE.KEY_EXPIRES_AT)),
                Micros.toInstant(Objects.requireNonNull(row.get(DEVICE_CODE.CREATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(DEVICE_CODE.EXPIRES_AT))),
                Micros.toNullable(row.get(DEVICE_CODE.USED_AT)),
                row.get(DEVICE_CODE.API_KEY_ID));
    }
}
