package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.API_KEY_SECRET;
import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.SUSPENDED_KEY;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Keys. Deleted ones stay for history; only by their secrets they are still found, to say why the door
/// is shut ([KeySecretStore]).
public final class KeyStore {
    /// Which keys a list shows: those of a workspace (null: all of the organization), of one environment
    /// if it is given, disabled ones only when asked for.
    record Filter(
            KeyKind kind,
            @Nullable String workspaceId,
            @Nullable String environment,
            boolean includeDisabled) {}

    /// People in one statement; databases have a limit on the parameters of one.
    private static final int PEOPLE_AT_ONCE = 1_000;

    private static final Pattern HASH_BEGINNING = Pattern.compile("[0-9a-f]{6,63}");

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
                .set(API_KEY.EXPIRES_AT, Micros.ofNullable(key.expiresAt()))
                .set(API_KEY.CREATOR_USER_ID, key.creatorUserId())
                .set(API_KEY.EXTERNAL_USER, key.externalUser())
                .set(API_KEY.CREATED_AT, Micros.of(key.createdAt()))
                .set(KeyRulesRow.of(key.rules()))
                .execute();
    }

    /// One living inference key of an organization by its id, its hash, or the hash of any of its live
    /// secrets (design D4, rulings 2). Management keys are invisible here (D14).
    public Optional<ApiKey> find(Tx tx, String organizationId, String reference) {
        return find(tx, organizationId, KeyKind.INFERENCE, reference);
    }

    Optional<ApiKey> find(Tx tx, String organizationId, KeyKind kind, String reference) {
        return referTo(tx, reference)
                .flatMap(
                        condition -> select(tx, organizationId, kind, condition).fetchOptional(KeyStore::read));
    }

    /// As [#find], and nobody else changes the key until this transaction ends. SQLite has one writer
    /// anyway.
    Optional<ApiKey> findForUpdate(Tx tx, String organizationId, KeyKind kind, String reference) {
        return switch (tx.kind()) {
            case SQLITE -> find(tx, organizationId, kind, reference);
            case POSTGRESQL ->
                referTo(tx, reference)
                        .flatMap(condition -> select(tx, organizationId, kind, condition)
                                .forUpdate()
                                .fetchOptional(KeyStore::read));
        };
    }

    private static SelectConditionStep<Record> select(Tx tx, String organizationId, KeyKind kind, Condition condition) {
        return tx.sql()
                .select(API_KEY.fields())
                .from(API_KEY)
                .where(living(organizationId, kind))
                .and(condition);
    }

    /// A page of the living keys, oldest first, so that a key made while somebody pages through cannot
    /// shift the pages; `offset` of them are passed over.
    List<ApiKey> list(Tx tx, String organizationId, Filter filter, int offset, int count) {
        return page(tx, organizationId, filter, DSL.noCondition(), offset, count);
    }

    /// The living keys that come behind this one, whether it lives or not; none when there is no such
    /// key.
    List<ApiKey> listAfter(Tx tx, String organizationId, Filter filter, String lastKeyId, int count) {
        Long created = tx.sql()
                .select(API_KEY.CREATED_AT)
                .from(API_KEY)
                .where(API_KEY.ID.eq(lastKeyId))
                .fetchOne(API_KEY.CREATED_AT);
        if (created == null) {
            return List.of();
        }
        Condition behind =
                API_KEY.CREATED_AT.gt(created).or(API_KEY.CREATED_AT.eq(created).and(API_KEY.ID.gt(lastKeyId)));
        return page(tx, organizationId, filter, API_KEY.CREATED_AT.ge(created).and(behind), 0, count);
    }

    private static List<ApiKey> page(
            Tx tx, String organizationId, Filter filter, Condition which, int offset, int count) {
        return tx.sql()
                .select(API_KEY.fields())
                .from(API_KEY)
                .where(living(organizationId, filter.kind()))
                .and(filter.workspaceId() == null ? DSL.noCondition() : API_KEY.WORKSPACE_ID.eq(filter.workspaceId()))
                .and(filter.environment() == null ? DSL.noCondition() : API_KEY.ENVIRONMENT.eq(filter.environment()))
                .and(filter.includeDisabled() ? DSL.noCondition() : DSL.not(DSL.condition(API_KEY.DISABLED)))
                .and(which)
                .orderBy(API_KEY.CREATED_AT, API_KEY.ID)
                .limit(count)
                .offset(offset)
                .fetch(KeyStore::read);
    }

    /// The id of the key of that kind with this hash, deleted ones too: where a list goes on.
    Optional<String> place(Tx tx, String organizationId, KeyKind kind, KeyHash hash) {
        return tx.sql()
                .select(API_KEY.ID)
                .from(API_KEY)
                .where(API_KEY.ORGANIZATION_ID.eq(organizationId))
                .and(API_KEY.KIND.eq(kind.word()))
                .and(API_KEY.HASH.eq(hash.hex()))
                .fetchOptional(API_KEY.ID);
    }

    /// Hashes of living keys that begin like this, two at most; none for a beginning that is too short.
    List<String> beginningWith(Tx tx, String organizationId, String beginning) {
        if (!HASH_BEGINNING.matcher(beginning).matches()) {
            return List.of();
        }
        return tx.sql()
                .select(API_KEY.HASH)
                .from(API_KEY)
                .where(API_KEY.ORGANIZATION_ID.eq(organizationId))
                .and(API_KEY.DELETED_AT.isNull())
                .and(API_KEY.HASH.startsWith(beginning))
                .orderBy(API_KEY.HASH)
                .limit(2)
                .fetch(API_KEY.HASH);
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
                .set(API_KEY.UPDATED_AT, Micros.ofNullable(key.updatedAt()))
                .set(API_KEY.DELETED_AT, Micros.ofNullable(key.deletedAt()))
                .set(API_KEY.LABEL, key.label())
                .set(KeyRulesRow.of(key.rules()))
                .where(API_KEY.ID.eq(key.id()))
                .execute();
    }

    /// Makes a person the creator of the living keys that were made together with their organization, and answers
    /// their ids: the keys of the first start.
    List<String> adoptFirst(Tx tx, String organizationId, String userId) {
        List<String> ids = tx.sql()
                .select(API_KEY.ID)
                .from(API_KEY)
                .join(ORGANIZATION)
                .on(ORGANIZATION.ID.eq(API_KEY.ORGANIZATION_ID))
                .where(API_KEY.ORGANIZATION_ID.eq(organizationId))
                .and(API_KEY.CREATED_AT.eq(ORGANIZATION.CREATED_AT))
                .and(API_KEY.CREATOR_USER_ID.isNull())
                .and(API_KEY.DELETED_AT.isNull())
                .orderBy(API_KEY.ID)
                .fetch(API_KEY.ID);
        tx.sql()
                .update(API_KEY)
                .set(API_KEY.CREATOR_USER_ID, userId)
                .where(API_KEY.ID.in(ids))
                .execute();
        return ids;
    }

    /// The living keys of both kinds that a person made in an organization, oldest first.
    public List<String> createdBy(Tx tx, String organizationId, String userId) {
        return tx.sql()
                .select(API_KEY.ID)
                .from(API_KEY)
                .where(API_KEY.ORGANIZATION_ID.eq(organizationId))
                .and(API_KEY.CREATOR_USER_ID.eq(userId))
                .and(API_KEY.DELETED_AT.isNull())
                .orderBy(API_KEY.ID)
                .fetch(API_KEY.ID);
    }

    /// The living keys for inference that these people made in a workspace, by their makers.
    public Map<String, List<String>> createdIn(Tx tx, String workspaceId, Collection<String> userIds) {
        List<String> all = List.copyOf(userIds);
        Map<String, List<String>> ids = new TreeMap<>();
        for (int from = 0; from < all.size(); from += PEOPLE_AT_ONCE) {
            tx.sql()
                    .select(API_KEY.CREATOR_USER_ID, API_KEY.ID)
                    .from(API_KEY)
                    .where(API_KEY.WORKSPACE_ID.eq(workspaceId))
                    .and(API_KEY.KIND.eq(KeyKind.INFERENCE.word()))
                    .and(API_KEY.CREATOR_USER_ID.in(all.subList(from, Math.min(all.size(), from + PEOPLE_AT_ONCE))))
                    .and(API_KEY.DELETED_AT.isNull())
                    .orderBy(API_KEY.ID)
                    .forEach(row -> ids.computeIfAbsent(row.value1(), _ -> new ArrayList<>())
                            .add(row.value2()));
        }
        return ids;
    }

    /// A key that was disabled with its maker is not enabled with them any more: somebody decided otherwise.
    void endWaiting(Tx tx, String id) {
        tx.sql()
                .deleteFrom(SUSPENDED_KEY)
                .where(SUSPENDED_KEY.API_KEY_ID.eq(id))
                .execute();
    }

    private static Condition living(String organizationId, KeyKind kind) {
        return API_KEY.ORGANIZATION_ID
                .eq(organizationId)
                .and(API_KEY.KIND.eq(kind.word()))
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
                            .and(KeySecretStore.livesNow(tx)))));
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
                Micros.toNullable(row.get(API_KEY.EXPIRES_AT)),
                row.get(API_KEY.CREATOR_USER_ID),
                row.get(API_KEY.EXTERNAL_USER),
                Micros.toInstant(get(row, API_KEY.CREATED_AT)),
                Micros.toNullable(row.get(API_KEY.UPDATED_AT)),
                Micros.toNullable(row.get(API_KEY.DELETED_AT)),
                KeyRulesRow.read(row));
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

    private static @Nullable Long nanos(@Nullable Usd amount) {
        return amount == null ? null : amount.nanos();
    }
}
