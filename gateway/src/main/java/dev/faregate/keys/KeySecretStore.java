package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.API_KEY_SECRET;
import static dev.faregate.storage.tables.Tables.APP_GRANT;
import static dev.faregate.storage.tables.Tables.SETTING;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.impl.DSL;

/// The hashes of the secrets that open keys. Ended ones stay for a time ([EndedSecretStore]), and for good where
/// they are of other systems: their text must never open another key.
final class KeySecretStore {
    /// What a secret opens. It may end before its key does (rotation). `heldByApp`: an app got the key for its user, by
    /// OAuth, or it is the one of the Playground.
    record Opened(ApiKey key, KeySecret secret, boolean heldByApp) {}

    /// Lets a secret open a key; false, and nothing done, when the secret opens one already.
    boolean add(Tx tx, KeyHash secret, String keyId, String label, boolean external) {
        return tx.sql()
                        .insertInto(API_KEY_SECRET)
                        .set(API_KEY_SECRET.HASH, secret.hex())
                        .set(API_KEY_SECRET.API_KEY_ID, keyId)
                        .set(API_KEY_SECRET.LABEL, label)
                        .set(API_KEY_SECRET.EXTERNAL, external)
                        .set(API_KEY_SECRET.CREATED_AT, Micros.of(tx.now()))
                        .onConflict(API_KEY_SECRET.HASH)
                        .doNothing()
                        .execute()
                == 1;
    }

    /// The key that a secret opens, deleted or disabled ones too, to say why the door is shut.
    Optional<Opened> find(Tx tx, KeyHash secret) {
        return tx.sql()
                .select(API_KEY.fields())
                .select(
                        API_KEY_SECRET.HASH.as("secret_hash"),
                        API_KEY_SECRET.LABEL.as("secret_label"),
                        API_KEY_SECRET.EXTERNAL,
                        API_KEY_SECRET.CREATED_AT.as("secret_created_at"),
                        API_KEY_SECRET.EXPIRES_AT.as("secret_expires_at"),
                        API_KEY_SECRET.EXPOSED_AT)
                .select(APP_GRANT.API_KEY_ID.as("granted_key_id"), SETTING.VALUE.as("playground_key_id"))
                .from(API_KEY_SECRET)
                .join(API_KEY)
                .on(API_KEY.ID.eq(API_KEY_SECRET.API_KEY_ID))
                .leftJoin(APP_GRANT)
                .on(APP_GRANT.API_KEY_ID.eq(API_KEY.ID))
                .leftJoin(SETTING)
                .on(PlaygroundKeyStore.uses())
                .where(API_KEY_SECRET.HASH.eq(secret.hex()))
                .fetchOptional(row -> new Opened(
                        KeyStore.read(row),
                        new KeySecret(
                                Objects.requireNonNull(row.get("secret_hash", String.class)),
                                Objects.requireNonNull(row.get("secret_label", String.class)),
                                Objects.requireNonNull(row.get(API_KEY_SECRET.EXTERNAL)),
                                Micros.toInstant(Objects.requireNonNull(row.get("secret_created_at", Long.class))),
                                Micros.toNullable(row.get("secret_expires_at", Long.class)),
                                Micros.toNullable(row.get(API_KEY_SECRET.EXPOSED_AT))),
                        row.get("granted_key_id", String.class) != null
                                || row.get("playground_key_id", String.class) != null));
    }

    /// Whether one of these secrets opens a key now, in one look-up.
    boolean anyOpens(Tx tx, Collection<KeyHash> asked) {
        Condition keyLives = API_KEY.EXPIRES_AT.isNull().or(API_KEY.EXPIRES_AT.gt(Micros.of(tx.now())));
        return tx.sql()
                .fetchExists(DSL.selectOne()
                        .from(API_KEY_SECRET)
                        .join(API_KEY)
                        .on(API_KEY.ID.eq(API_KEY_SECRET.API_KEY_ID))
                        .where(API_KEY_SECRET.HASH.in(
                                asked.stream().map(KeyHash::hex).toList()))
                        .and(livesNow(tx))
                        .and(keyLives)
                        .and(API_KEY.DISABLED.isFalse())
                        .and(API_KEY.DELETED_AT.isNull()));
    }

    /// Ends a secret; the time is exclusive.
    void end(Tx tx, String hash, Instant at) {
        tx.sql()
                .update(API_KEY_SECRET)
                .set(API_KEY_SECRET.EXPIRES_AT, Micros.of(at))
                .where(API_KEY_SECRET.HASH.eq(hash))
                .execute();
    }

    /// The secrets that open each of these keys now, oldest first.
    Map<String, List<KeySecret>> live(Tx tx, Collection<String> keyIds) {
        Map<String, List<KeySecret>> live = new HashMap<>();
        tx.sql()
                .selectFrom(API_KEY_SECRET)
                .where(API_KEY_SECRET.API_KEY_ID.in(keyIds))
                .and(livesNow(tx))
                .orderBy(API_KEY_SECRET.CREATED_AT, API_KEY_SECRET.HASH)
                .forEach(row -> live.computeIfAbsent(
                                Objects.requireNonNull(row.get(API_KEY_SECRET.API_KEY_ID)), _ -> new ArrayList<>(1))
                        .add(read(row)));
        return live;
    }

    /// That a row of keys has a secret which opens it now.
    static Condition opened(Tx tx) {
        return DSL.exists(tx.sql()
                .selectOne()
                .from(API_KEY_SECRET)
                .where(API_KEY_SECRET.API_KEY_ID.eq(API_KEY.ID))
                .and(livesNow(tx)));
    }

    static Condition livesNow(Tx tx) {
        return API_KEY_SECRET.EXPIRES_AT.isNull().or(API_KEY_SECRET.EXPIRES_AT.gt(Micros.of(tx.now())));
    }

    private static KeySecret read(Record row) {
        return new KeySecret(
                Objects.requireNonNull(row.get(API_KEY_SECRET.HASH)),
                Objects.requireNonNull(row.get(API_KEY_SECRET.LABEL)),
                Objects.requireNonNull(row.get(API_KEY_SECRET.EXTERNAL)),
                Micros.toInstant(Objects.requireNonNull(row.get(API_KEY_SECRET.CREATED_AT))),
                Micros.toNullable(row.get(API_KEY_SECRET.EXPIRES_AT)),
                Micros.toNullable(row.get(API_KEY_SECRET.EXPOSED_AT)));
    }
}
