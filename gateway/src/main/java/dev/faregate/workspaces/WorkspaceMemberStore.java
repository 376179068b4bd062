package dev.faregate.workspaces;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;
import static dev.faregate.storage.tables.Tables.WORKSPACE_MEMBER;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.identity.Role;
import dev.faregate.identity.Workspace;
import dev.faregate.identity.WorkspaceRole;
import dev.faregate.storage.Tx;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.impl.DSL;

/// Who is in which workspace. The role is that in the organization, looked up each time, so it cannot be an
/// old one, unless a mapping of a group gives a stronger one; whoever left the organization is in none of its
/// workspaces.
final class WorkspaceMemberStore {
    /// A page of a workspace's members, longest first.
    List<WorkspaceMember> list(Tx tx, Workspace workspace, int offset, int count) {
        return members(tx, workspace, DSL.noCondition())
                .orderBy(WORKSPACE_MEMBER.CREATED_AT, WORKSPACE_MEMBER.ID)
                .limit(count)
                .offset(offset)
                .fetch(WorkspaceMemberStore::read);
    }

    int count(Tx tx, Workspace workspace) {
        return tx.sql().fetchCount(members(tx, workspace, DSL.noCondition()));
    }

    /// Those of these people that are members, in the order of `userIds`.
    List<WorkspaceMember> find(Tx tx, Workspace workspace, List<String> userIds) {
        List<WorkspaceMember> found =
                members(tx, workspace, WORKSPACE_MEMBER.PERSON_ID.in(userIds)).fetch(WorkspaceMemberStore::read);
        return userIds.stream()
                .flatMap(id -> found.stream().filter(member -> member.userId().equals(id)))
                .toList();
    }

    /// Makes a person a member by hand; one who is a member stays so, whatever mappings say later.
    void add(Tx tx, String workspaceId, String userId) {
        tx.sql()
                .insertInto(WORKSPACE_MEMBER)
                .set(WORKSPACE_MEMBER.ID, Ids.next().toString())
                .set(WORKSPACE_MEMBER.WORKSPACE_ID, workspaceId)
                .set(WORKSPACE_MEMBER.PERSON_ID, userId)
                .set(WORKSPACE_MEMBER.CREATED_AT, Micros.of(tx.now()))
                .onConflict(WORKSPACE_MEMBER.WORKSPACE_ID, WORKSPACE_MEMBER.PERSON_ID)
                .doUpdate()
                .set(WORKSPACE_MEMBER.BY_HAND, true)
                .execute();
    }

    /// How many of them were members.
    int remove(Tx tx, String workspaceId, Collection<String> userIds) {
        return tx.sql()
                .deleteFrom(WORKSPACE_MEMBER)
                .where(WORKSPACE_MEMBER.WORKSPACE_ID.eq(workspaceId))
                .and(WORKSPACE_MEMBER.PERSON_ID.in(userIds))
                .execute();
    }

    /// Those of these people who are members because a group of the directory is mapped to the workspace.
    List<String> mapped(Tx tx, String workspaceId, Collection<String> userIds) {
        return tx.sql()
                .select(WORKSPACE_MEMBER.PERSON_ID)
                .from(WORKSPACE_MEMBER)
                .where(WORKSPACE_MEMBER.WORKSPACE_ID.eq(workspaceId))
                .and(WORKSPACE_MEMBER.PERSON_ID.in(userIds))
                .and(WORKSPACE_MEMBER.MAPPED_ROLE.isNotNull())
                .orderBy(WORKSPACE_MEMBER.PERSON_ID)
                .fetch(WORKSPACE_MEMBER.PERSON_ID);
    }

    /// Those of these people who have keys in the workspace that are not deleted.
    List<String> withKeys(Tx tx, String workspaceId, Collection<String> userIds) {
        return tx.sql()
                .selectDistinct(API_KEY.CREATOR_USER_ID)
                .from(API_KEY)
                .where(API_KEY.WORKSPACE_ID.eq(workspaceId))
                .and(API_KEY.CREATOR_USER_ID.in(userIds))
                .and(API_KEY.DELETED_AT.isNull())
                .orderBy(API_KEY.CREATOR_USER_ID)
                .fetch(API_KEY.CREATOR_USER_ID);
    }

    private static SelectConditionStep<Record> members(Tx tx, Workspace workspace, Condition which) {
        return tx.sql()
                .select(WORKSPACE_MEMBER.fields())
                .select(ORGANIZATION_MEMBER.ROLE)
                .from(WORKSPACE_MEMBER)
                .join(ORGANIZATION_MEMBER)
                .on(ORGANIZATION_MEMBER
                        .PERSON_ID
                        .eq(WORKSPACE_MEMBER.PERSON_ID)
                        .and(ORGANIZATION_MEMBER.ORGANIZATION_ID.eq(workspace.organizationId())))
                .where(WORKSPACE_MEMBER.WORKSPACE_ID.eq(workspace.id()))
                .and(which);
    }

    /// The stronger of the role in the organization and of that which mappings give.
    private static WorkspaceRole role(Role role, Record row) {
        return WorkspaceRole.ADMIN.word().equals(row.get(WORKSPACE_MEMBER.MAPPED_ROLE))
                ? WorkspaceRole.ADMIN
                : role.inWorkspaces();
    }

    private static WorkspaceMember read(Record row) {
        return new WorkspaceMember(
                Objects.requireNonNull(row.get(WORKSPACE_MEMBER.ID)),
                Objects.requireNonNull(row.get(WORKSPACE_MEMBER.WORKSPACE_ID)),
                Objects.requireNonNull(row.get(WORKSPACE_MEMBER.PERSON_ID)),
                role(Role.ofWord(Objects.requireNonNull(row.get(ORGANIZATION_MEMBER.ROLE))), row),
                Micros.toInstant(Objects.requireNonNull(row.get(WORKSPACE_MEMBER.CREATED_AT))));
    }
}
