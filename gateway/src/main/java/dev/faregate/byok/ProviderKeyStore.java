package dev.faregate.byok;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.PROVIDER_KEY;

import dev.faregate.base.Json;
import dev.faregate.base.Micros;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Keys of providers that organizations brought, sealed.
final class ProviderKeyStore {
    void insert(Tx tx, ProviderKey key) {
        tx.sql()
                .insertInto(PROVIDER_KEY)
                .set(PROVIDER_KEY.ID, key.id())
                .set(PROVIDER_KEY.ORGANIZATION_ID, key.organizationId())
                .set(PROVIDER_KEY.WORKSPACE_ID, key.workspaceId())
                .set(PROVIDER_KEY.PROVIDER, key.provider())
                .set(PROVIDER_KEY.NAME, key.name())
                .set(PROVIDER_KEY.LABEL, key.label())
                .set(PROVIDER_KEY.DISABLED, key.use().disabled())
                .set(PROVIDER_KEY.IS_FALLBACK, key.use().fallback())
                .set(PROVIDER_KEY.IS_REQUIRED, key.use().required())
                .set(PROVIDER_KEY.IS_BYOK_ONLY, key.use().byokOnly())
                .set(PROVIDER_KEY.DECLARED_ZDR, key.use().declaredZdr())
                .set(PROVIDER_KEY.ALLOWED_MODELS, Json.ofTexts(key.use().allowedModels()))
                .set(PROVIDER_KEY.ALLOWED_API_KEY_HASHES, Json.ofTexts(key.use().allowedKeyHashes()))
                .set(PROVIDER_KEY.ALLOWED_USER_IDS, Json.ofTexts(key.use().allowedUserIds()))
                .set(PROVIDER_KEY.SORT_ORDER, key.sortOrder())
                .set(PROVIDER_KEY.SEALING_KEY_ID, key.sealed().keyId())
                .set(PROVIDER_KEY.SEALED, key.sealed().text())
                .set(PROVIDER_KEY.CREATED_AT, Micros.of(key.createdAt()))
                .execute();
    }

    /// Stores what a management call may change; a new secret takes the place of the old one.
    void update(Tx tx, ProviderKey key) {
        tx.sql()
                .update(PROVIDER_KEY)
                .set(PROVIDER_KEY.NAME, key.name())
                .set(PROVIDER_KEY.LABEL, key.label())
                .set(PROVIDER_KEY.DISABLED, key.use().disabled())
                .set(PROVIDER_KEY.IS_FALLBACK, key.use().fallback())
                .set(PROVIDER_KEY.IS_REQUIRED, key.use().required())
                .set(PROVIDER_KEY.IS_BYOK_ONLY, key.use().byokOnly())
                .set(PROVIDER_KEY.DECLARED_ZDR, key.use().declaredZdr())
                .set(PROVIDER_KEY.ALLOWED_MODELS, Json.ofTexts(key.use().allowedModels()))
                .set(PROVIDER_KEY.ALLOWED_API_KEY_HASHES, Json.ofTexts(key.use().allowedKeyHashes()))
                .set(PROVIDER_KEY.ALLOWED_USER_IDS, Json.ofTexts(key.use().allowedUserIds()))
                .set(PROVIDER_KEY.SORT_ORDER, key.sortOrder())
                .set(PROVIDER_KEY.SEALING_KEY_ID, key.sealed().keyId())
                .set(PROVIDER_KEY.SEALED, key.sealed().text())
                .set(PROVIDER_KEY.UPDATED_AT, Micros.of(tx.now()))
                .where(PROVIDER_KEY.ID.eq(key.id()))
                .execute();
    }

    /// Wipes the secret; the record stays for history, seen by nobody.
    void delete(Tx tx, ProviderKey key) {
        tx.sql()
                .update(PROVIDER_KEY)
                .setNull(PROVIDER_KEY.SEALED)
                .set(PROVIDER_KEY.DELETED_AT, Micros.of(tx.now()))
                .where(PROVIDER_KEY.ID.eq(key.id()))
                .execute();
    }

    /// Deletes the keys of one workspace, with their secrets.
    void deleteOf(Tx tx, String organizationId, String workspaceId) {
        tx.sql()
                .update(PROVIDER_KEY)
                .setNull(PROVIDER_KEY.SEALED)
                .set(PROVIDER_KEY.DELETED_AT, Micros.of(tx.now()))
                .where(living(organizationId))
                .and(PROVIDER_KEY.WORKSPACE_ID.eq(workspaceId))
                .execute();
    }

    Optional<ProviderKey> find(Tx tx, String organizationId, String id) {
        return tx.sql()
                .select(PROVIDER_KEY.fields())
                .from(PROVIDER_KEY)
                .where(living(organizationId))
                .and(PROVIDER_KEY.ID.eq(id))
                .fetchOptional(ProviderKeyStore::read);
    }

    /// As [#find], and nobody else changes it until this transaction ends.
    Optional<ProviderKey> findForUpdate(Tx tx, String organizationId, String id) {
        if (tx.kind() == Database.Kind.SQLITE) {
            return find(tx, organizationId, id);
        }
        return tx.sql()
                .select(PROVIDER_KEY.fields())
                .from(PROVIDER_KEY)
                .where(living(organizationId))
                .and(PROVIDER_KEY.ID.eq(id))
                .forUpdate()
                .fetchOptional(ProviderKeyStore::read);
    }

    /// What a workspace can use: its own keys and those of every workspace, oldest first.
    List<ProviderKey> list(
            Tx tx, String organizationId, String workspaceId, @Nullable String provider, int offset, int count) {
        return tx.sql()
                .select(PROVIDER_KEY.fields())
                .from(PROVIDER_KEY)
                .where(inWorkspace(organizationId, workspaceId, provider))
                .orderBy(PROVIDER_KEY.CREATED_AT, PROVIDER_KEY.ID)
                .limit(count)
                .offset(offset)
                .fetch(ProviderKeyStore::read);
    }

    /// The same, by provider, and there in the order in which they are tried.
    List<ProviderKey> listByProvider(Tx tx, String organizationId, String workspaceId, int offset, int count) {
        return tx.sql()
                .select(PROVIDER_KEY.fields())
                .from(PROVIDER_KEY)
                .where(inWorkspace(organizationId, workspaceId, null))
                .orderBy(PROVIDER_KEY.PROVIDER, PROVIDER_KEY.SORT_ORDER, PROVIDER_KEY.CREATED_AT, PROVIDER_KEY.ID)
                .limit(count)
                .offset(offset)
                .fetch(ProviderKeyStore::read);
    }

    int count(Tx tx, String organizationId, String workspaceId, @Nullable String provider) {
        return tx.sql().fetchCount(PROVIDER_KEY, inWorkspace(organizationId, workspaceId, provider));
    }

    int count(Tx tx, String organizationId) {
        return tx.sql().fetchCount(PROVIDER_KEY, living(organizationId));
    }

    /// The place after the last of the same provider and workspace.
    int nextPlace(Tx tx, String organizationId, @Nullable String workspaceId, String provider) {
        Condition same =
                workspaceId == null ? PROVIDER_KEY.WORKSPACE_ID.isNull() : PROVIDER_KEY.WORKSPACE_ID.eq(workspaceId);
        Integer last = tx.sql()
                .select(DSL.max(PROVIDER_KEY.SORT_ORDER))
                .from(PROVIDER_KEY)
                .where(living(organizationId))
                .and(PROVIDER_KEY.PROVIDER.eq(provider))
                .and(same)
                .fetchSingle()
                .value1();
        return last == null ? 0 : last + 1;
    }

    /// The keys that can be used, of one organization or (null) of all.
    List<ProviderKey> enabled(Tx tx, @Nullable String organizationId) {
        return tx.sql()
                .select(PROVIDER_KEY.fields())
                .from(PROVIDER_KEY)
                .where(PROVIDER_KEY.DELETED_AT.isNull())
                .and(DSL.not(DSL.condition(PROVIDER_KEY.DISABLED)))
                .and(organizationId == null ? DSL.noCondition() : PROVIDER_KEY.ORGANIZATION_ID.eq(organizationId))
                .orderBy(PROVIDER_KEY.SORT_ORDER, PROVIDER_KEY.CREATED_AT, PROVIDER_KEY.ID)
                .fetch(ProviderKeyStore::read);
    }

    /// Those of the hashes that are no living API key of the organization.
    List<String> strangers(Tx tx, String organizationId, Collection<String> hashes) {
        Set<String> own = tx.sql()
                .select(API_KEY.HASH)
                .from(API_KEY)
                .where(API_KEY.ORGANIZATION_ID.eq(organizationId))
                .and(API_KEY.DELETED_AT.isNull())
                .and(API_KEY.HASH.in(hashes))
                .fetchSet(API_KEY.HASH);
        return hashes.stream().filter(hash -> !own.contains(hash)).toList();
    }

    private static Condition living(String organizationId) {
        return PROVIDER_KEY.ORGANIZATION_ID.eq(organizationId).and(PROVIDER_KEY.DELETED_AT.isNull());
    }

    private static Condition inWorkspace(String organizationId, String workspaceId, @Nullable String provider) {
        return living(organizationId)
                .and(PROVIDER_KEY.WORKSPACE_ID.eq(workspaceId).or(PROVIDER_KEY.WORKSPACE_ID.isNull()))
                .and(provider == null ? DSL.noCondition() : PROVIDER_KEY.PROVIDER.eq(provider));
    }

    private static ProviderKey read(Record row) {
        return new ProviderKey(
                get(row.get(PROVIDER_KEY.ID)),
                get(row.get(PROVIDER_KEY.ORGANIZATION_ID)),
                row.get(PROVIDER_KEY.WORKSPACE_ID),
                get(row.get(PROVIDER_KEY.PROVIDER)),
                row.get(PROVIDER_KEY.NAME),
                get(row.get(PROVIDER_KEY.LABEL)),
                new ProviderKey.Use(
                        get(row.get(PROVIDER_KEY.DISABLED)),
                        get(row.get(PROVIDER_KEY.IS_FALLBACK)),
                        get(row.get(PROVIDER_KEY.IS_REQUIRED)),
                        get(row.get(PROVIDER_KEY.IS_BYOK_ONLY)),
                        row.get(PROVIDER_KEY.DECLARED_ZDR),
                        Json.toTexts(row.get(PROVIDER_KEY.ALLOWED_MODELS)),
                        Json.toTexts(row.get(PROVIDER_KEY.ALLOWED_API_KEY_HASHES)),
                        Json.toTexts(row.get(PROVIDER_KEY.ALLOWED_USER_IDS))),
                get(row.get(PROVIDER_KEY.SORT_ORDER)),
                new Sealed(get(row.get(PROVIDER_KEY.SEALING_KEY_ID)), get(row.get(PROVIDER_KEY.SEALED))),
                Micros.toInstant(get(row.get(PROVIDER_KEY.CREATED_AT))));
    }

    private static <T> T get(@Nullable T value) {
        return Objects.requireNonNull(value);
    }
}
