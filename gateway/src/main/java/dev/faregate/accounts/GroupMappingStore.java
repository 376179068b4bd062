package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.SCIM_DIRECTORY;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP_MAPPING;
import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.base.Micros;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.WorkspaceRole;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Which groups of directories mean which workspaces.
final class GroupMappingStore {
    /// A mapping with what its ends are called.
    record Named(GroupMapping mapping, String group, String workspace) {}

    /// Makes everything else that changes groups, mappings or memberships of the organization wait until this
    /// transaction ends. First step of each of these; false where there is no directory, and nothing to wait
    /// for. The order is that of everywhere: workspaces, organization. `also` is a workspace that gets a mapping.
    boolean lock(Tx tx, String organizationId, @Nullable String also) {
        var directory = tx.sql()
                .select(SCIM_DIRECTORY.ORGANIZATION_ID)
                .from(SCIM_DIRECTORY)
                .where(SCIM_DIRECTORY.ORGANIZATION_ID.eq(organizationId));
        if (tx.kind() != Database.Kind.POSTGRESQL) {
            return directory.fetchOne() != null;
        }
        if (directory.forUpdate().fetchOne() == null) {
            return false;
        }
        Condition mapped = WORKSPACE.ID.in(tx.sql()
                .select(SCIM_GROUP_MAPPING.WORKSPACE_ID)
                .from(SCIM_GROUP_MAPPING)
                .where(SCIM_GROUP_MAPPING.ORGANIZATION_ID.eq(organizationId)));
        tx.sql()
                .select(WORKSPACE.ID)
                .from(WORKSPACE)
                .where(WORKSPACE.ORGANIZATION_ID.eq(organizationId))
                .and(also == null ? mapped : mapped.or(WORKSPACE.ID.eq(also)))
                .orderBy(WORKSPACE.ID)
                .forShare()
                .fetch();
        OrganizationStore.lock(tx, organizationId);
        return true;
    }

    /// A page of them, oldest first.
    List<GroupMapping> list(Tx tx, String organizationId, int offset, int count) {
        return tx.sql()
                .selectFrom(SCIM_GROUP_MAPPING)
                .where(SCIM_GROUP_MAPPING.ORGANIZATION_ID.eq(organizationId))
                .orderBy(SCIM_GROUP_MAPPING.CREATED_AT, SCIM_GROUP_MAPPING.ID)
                .limit(count)
                .offset(offset)
                .fetch(GroupMappingStore::read);
    }

    int count(Tx tx, String organizationId) {
        return tx.sql().fetchCount(SCIM_GROUP_MAPPING, SCIM_GROUP_MAPPING.ORGANIZATION_ID.eq(organizationId));
    }

    /// By the names of groups, then of workspaces.
    List<Named> named(Tx tx, String organizationId, int most) {
        return tx.sql()
                .select(SCIM_GROUP_MAPPING.fields())
                .select(SCIM_GROUP.DISPLAY_NAME, WORKSPACE.NAME)
                .from(SCIM_GROUP_MAPPING)
                .join(SCIM_GROUP)
                .on(SCIM_GROUP.ID.eq(SCIM_GROUP_MAPPING.GROUP_ID))
                .join(WORKSPACE)
                .on(WORKSPACE.ID.eq(SCIM_GROUP_MAPPING.WORKSPACE_ID))
                .where(SCIM_GROUP_MAPPING.ORGANIZATION_ID.eq(organizationId))
                .orderBy(SCIM_GROUP.DISPLAY_NAME, WORKSPACE.NAME, SCIM_GROUP_MAPPING.ID)
                .limit(most)
                .fetch(row -> new Named(
                        read(row),
                        Objects.requireNonNull(row.get(SCIM_GROUP.DISPLAY_NAME)),
                        Objects.requireNonNull(row.get(WORKSPACE.NAME))));
    }

    Optional<GroupMapping> find(Tx tx, String organizationId, String id) {
        return tx.sql()
                .selectFrom(SCIM_GROUP_MAPPING)
                .where(SCIM_GROUP_MAPPING.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_GROUP_MAPPING.ID.eq(id))
                .fetchOptional(GroupMappingStore::read);
    }

    boolean isMapped(Tx tx, String groupId) {
        return tx.sql().fetchExists(SCIM_GROUP_MAPPING, SCIM_GROUP_MAPPING.GROUP_ID.eq(groupId));
    }

    boolean isMapped(Tx tx, String groupId, String workspaceId) {
        return tx.sql()
                .fetchExists(
                        SCIM_GROUP_MAPPING,
                        SCIM_GROUP_MAPPING.GROUP_ID.eq(groupId).and(SCIM_GROUP_MAPPING.WORKSPACE_ID.eq(workspaceId)));
    }

    void insert(Tx tx, GroupMapping mapping) {
        tx.sql()
                .insertInto(SCIM_GROUP_MAPPING)
                .set(SCIM_GROUP_MAPPING.ID, mapping.id())
                .set(SCIM_GROUP_MAPPING.ORGANIZATION_ID, mapping.organizationId())
                .set(SCIM_GROUP_MAPPING.GROUP_ID, mapping.groupId())
                .set(SCIM_GROUP_MAPPING.WORKSPACE_ID, mapping.workspaceId())
                .set(SCIM_GROUP_MAPPING.ROLE, mapping.role().word())
                .set(SCIM_GROUP_MAPPING.CREATED_AT, Micros.of(mapping.createdAt()))
                .set(SCIM_GROUP_MAPPING.UPDATED_AT, Micros.of(mapping.updatedAt()))
                .execute();
    }

    /// Another role, from now on.
    void setRole(Tx tx, String id, WorkspaceRole role) {
        tx.sql()
                .update(SCIM_GROUP_MAPPING)
                .set(SCIM_GROUP_MAPPING.ROLE, role.word())
                .set(SCIM_GROUP_MAPPING.UPDATED_AT, Micros.of(tx.now()))
                .where(SCIM_GROUP_MAPPING.ID.eq(id))
                .execute();
    }

    void delete(Tx tx, String id) {
        delete(tx, SCIM_GROUP_MAPPING.ID.eq(id));
    }

    /// How many there were.
    int deleteOfGroup(Tx tx, String groupId) {
        return delete(tx, SCIM_GROUP_MAPPING.GROUP_ID.eq(groupId));
    }

    void deleteOfWorkspace(Tx tx, String workspaceId) {
        delete(tx, SCIM_GROUP_MAPPING.WORKSPACE_ID.eq(workspaceId));
    }

    void deleteOfOrganization(Tx tx, String organizationId) {
        delete(tx, SCIM_GROUP_MAPPING.ORGANIZATION_ID.eq(organizationId));
    }

    private static int delete(Tx tx, Condition which) {
        return tx.sql().deleteFrom(SCIM_GROUP_MAPPING).where(which).execute();
    }

    private static GroupMapping read(Record row) {
        return new GroupMapping(
                Objects.requireNonNull(row.get(SCIM_GROUP_MAPPING.ID)),
                Objects.requireNonNull(row.get(SCIM_GROUP_MAPPING.ORGANIZATION_ID)),
                Objects.requireNonNull(row.get(SCIM_GROUP_MAPPING.GROUP_ID)),
                Objects.requireNonNull(row.get(SCIM_GROUP_MAPPING.WORKSPACE_ID)),
                WorkspaceRole.ofWord(Objects.requireNonNull(row.get(SCIM_GROUP_MAPPING.ROLE))),
                Micros.toInstant(Objects.requireNonNull(row.get(SCIM_GROUP_MAPPING.CREATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(SCIM_GROUP_MAPPING.UPDATED_AT))));
    }
}
