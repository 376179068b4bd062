package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.API_KEY_SECRET;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Keys and the hashes of their secrets. Deleted keys stay for history; only [#findBySecret] still finds
/// them, to say why the door is shut.
public final class KeyStore {
    /// What a secret opens. The secret may end before its key does (rotation).
    record Opened(ApiKey key, @Nullable Instant secretExpiresAt) {}

    void insert(Tx tx, ApiKey key) {
        tx.sql()
                .insertInto(API_KEY)
                .set(API_KEY.ID, key.id())
                .set(API_KEY.ORGANIZATION_ID, key.organizationId())
                .set(API_KEY.WORKSPACE_ID, key.workspaceId())
                .set(API_KEY.HASH, key.hash())
                .set(API_KEY.KIND, key.kind().word())
                .set(API_KEY.NAME, key.name())
                .set(API_KEY.LABEL, key.label())
                .set(API_KEY.LIMIT_NANOS, nanos(key.limit()))
                .set(API_KEY.LIMIT_RESET, key.limitReset().wireName())
                .set(API_KEY.INCLUDE_BYOK_IN_LIMIT, key.includeByokInLimit())
                .set(API_KEY.DISABLED, key.disabled())
                .set(API_KEY.EXPIRES_AT, micros(key.expiresAt()))
                .set(API_KEY.CREATOR_USER_ID, key.creatorUserId())
                .set(API_KEY.EXTERNAL_USER, key.externalUser())
                .set(API_KEY.CREATED_AT, Micros.of(key.createdAt()))
                .set(API_KEY.UNAFFORDABLE, word(key.unaffordable()))
                .execute();
    }

    /// Lets a secret open a key; false, and nothing done, when the secret opens one already.
    boolean addSecret(Tx tx, KeyHash secret, String keyId, String label, @Nullable Instant expiresAt) {
        return tx.sql()
                        .insertInto(API_KEY_SECRET)
                        .set(API_KEY_SECRET.HASH, secret.hex())
                        .set(API_KEY_SECRET.API_KEY_ID, keyId)
                        .set(API_KEY_SECRET.LABEL, label)
                        .set(API_KEY_SECRET.CREATED_AT, Micros.of(tx.now()))
                        .set(API_KEY_SECRET.EXPIRES_AT, micros(expiresAt))
                        .onConflict(API_KEY_SECRET.HASH)
                        .doNothing()
                        .execute()
                == 1;
    }

    Optional<Opened> findBySecret(Tx tx, KeyHash secret) {
        return tx.sql()
                .select(API_KEY.fields())
                .select(API_KEY_SECRET.EXPIRES_AT)
                .from(API_KEY_SECRET)
                .join(API_KEY)
                .on(API_KEY.ID.eq(API_KEY_SECRET.API_KEY_ID))
                .where(API_KEY_SECRET.HASH.eq(secret.hex()))
                .fetchOptional(row -> new Opened(read(row), instant(row.get(API_KEY_SECRET.EXPIRES_AT))));
    }

    /// One living inference key of an organization by its id, its hash, or the hash of any of its live
    /// secrets (design D4, rulings 2). Management keys are invisible here (D14).
    public Optional<ApiKey> find(Tx tx, String organizationId, String reference) {
        return referTo(tx, reference)
                .flatMap(condition -> select(tx, organizationId, condition).fetchOptional(KeyStore::read));
    }

    /// As [#find], and nobody else changes the key until this transaction ends. SQLite has one writer
    /// anyway.
    Optional<ApiKey> findForUpdate(Tx tx, String organizationId, String reference) {
        return switch (tx.kind()) {
            case SQLITE -> find(tx, organizationId, reference);
            case POSTGRESQL ->
                referTo(tx, reference)
                        .flatMap(condition -> select(tx, organizationId, condition)
                                .forUpdate()
                                .fetchOptional(KeyStore::read));
        };
    }

    private static SelectConditionStep<Record> select(Tx tx, String organizationId, Condition condition) {
        return tx.sql()
                .select(API_KEY.fields())
                .from(API_KEY)
                .where(manageable(organizationId))
                .and(condition);
    }

    /// The living inference keys of a workspace, oldest first, so that a key made while somebody pages
    /// through cannot shift the pages.
    List<ApiKey> list(
            Tx tx, String organizationId, String workspaceId, boolean includeDisabled, int offset, int count) {
        return tx.sql()
                .select(API_KEY.fields())
                .from(API_KEY)
                .where(manageable(organizationId))
                .and(API_KEY.WORKSPACE_ID.eq(workspaceId))
                .and(includeDisabled ? DSL.noCondition() : DSL.not(DSL.condition(API_KEY.DISABLED)))
                .orderBy(API_KEY.CREATED_AT, API_KEY.ID)
                .limit(count)
                .offset(offset)
                .fetch(KeyStore::read);
    }

    /// Those of the keys that are deleted, disabled or not there.
    List<String> closed(Tx tx, Collection<String> ids) {
        Set<String> open = tx.sql()
                .select(API_KEY.ID)
                .from(API_KEY)
                .where(API_KEY.ID.in(ids))
                .and(API_KEY.DELETED_AT.isNull())
                .and(DSL.not(DSL.condition(API_KEY.DISABLED)))
                .fetchSet(API_KEY.ID);
        return ids.stream().filter(id -> !open.contains(id)).toList();
    }

    /// Stores what a management call may change of a key, and nothing else.
    void update(Tx tx, ApiKey key) {
        tx.sql()
                .update(API_KEY)
                .set(API_KEY.NAME, key.name())
                .set(API_KEY.LIMIT_NANOS, nanos(key.limit()))
                .set(API_KEY.LIMIT_RESET, key.limitReset().wireName())
                .set(API_KEY.INCLUDE_BYOK_IN_LIMIT, key.includeByokInLimit())
                .set(API_KEY.DISABLED, key.disabled())
                .set(API_KEY.UPDATED_AT, micros(key.updatedAt()))
                .set(API_KEY.DELETED_AT, micros(key.deletedAt()))
                .set(API_KEY.UNAFFORDABLE, word(key.unaffordable()))
                .where(API_KEY.ID.eq(key.id()))
                .execute();
    }

    private static Condition manageable(String organizationId) {
        return API_KEY.ORGANIZATION_ID
                .eq(organizationId)
                .and(API_KEY.KIND.eq(KeyKind.INFERENCE.word()))
                .and(API_KEY.DELETED_AT.isNull());
    }

    private static Optional<Condition> referTo(Tx tx, String reference) {
        Optional<KeyHash> hash = KeyHash.parse(reference);
        if (hash.isPresent()) {
            String hex = hash.get().hex();
            return Optional.of(API_KEY.HASH
                    .eq(hex)
                    .or(API_KEY.ID.in(tx.sql()
                            .select(API_KEY_SECRET.API_KEY_ID)
                            .from(API_KEY_SECRET)
                            .where(API_KEY_SECRET.HASH.eq(hex))
                            .and(API_KEY_SECRET
                                    .EXPIRES_AT
                                    .isNull()
                                    .or(API_KEY_SECRET.EXPIRES_AT.gt(Micros.of(tx.now())))))));
        }
        try {
            return Optional.of(API_KEY.ID.eq(UUID.fromString(reference).toString()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    static ApiKey read(Record row) {
        Long limit = row.get(API_KEY.LIMIT_NANOS);
        return new ApiKey(
                get(row, API_KEY.ID),
                get(row, API_KEY.ORGANIZATION_ID),
                get(row, API_KEY.WORKSPACE_ID),
                get(row, API_KEY.HASH),
                KeyKind.ofWord(get(row, API_KEY.KIND)),
                get(row, API_KEY.NAME),
                get(row, API_KEY.LABEL),
                limit == null ? null : Usd.ofNanos(limit),
                window(row.get(API_KEY.LIMIT_RESET)),
                get(row, API_KEY.INCLUDE_BYOK_IN_LIMIT),
                get(row, API_KEY.DISABLED),
                instant(row.get(API_KEY.EXPIRES_AT)),
                row.get(API_KEY.CREATOR_USER_ID),
                row.get(API_KEY.EXTERNAL_USER),
                Micros.toInstant(get(row, API_KEY.CREATED_AT)),
                instant(row.get(API_KEY.UPDATED_AT)),
                instant(row.get(API_KEY.DELETED_AT)),
                Unaffordable.find(row.get(API_KEY.UNAFFORDABLE)));
    }

    /// The value of a column that the schema declares NOT NULL.
    private static <T> T get(Record row, Field<T> field) {
        T value = row.get(field);
        if (value == null) {
            throw new IllegalStateException(field + " is null");
        }
        return value;
    }

    private static Window window(@Nullable String word) {
        return word == null ? Window.TOTAL : Window.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private static @Nullable String word(@Nullable Unaffordable value) {
        return value == null ? null : value.word();
    }

    private static @Nullable Instant instant(@Nullable Long micros) {
        return micros == null ? null : Micros.toInstant(micros);
    }

    private static @Nullable Long micros(@Nullable Instant instant) {
        return instant == null ? null : Micros.of(instant);
    }

    private static @Nullable Long nanos(@Nullable Usd amount) {
        return amount == null ? null : amount.nanos();
    }
}
