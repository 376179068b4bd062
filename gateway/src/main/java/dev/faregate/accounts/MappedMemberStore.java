package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP_MAPPING;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP_MEMBER;
import static dev.faregate.storage.tables.Tables.SCIM_USER;
import static dev.faregate.storage.tables.Tables.WORKSPACE;
import static dev.faregate.storage.tables.Tables.WORKSPACE_MEMBER;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.identity.WorkspaceRole;
import dev.faregate.storage.Tx;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// The memberships of workspaces that mappings say, and how they stand in `workspace_member` beside those that
/// somebody made by hand. Which rows there must be follows from groups and mappings alone.
final class MappedMemberStore {
    /// Rows in one statement; databases have a limit on the parameters of one.
    private static final int AT_ONCE = 1_000;

    /// A person in a workspace.
    record Membership(String workspaceId, String personId) {}

    /// As what a membership stands there: the role that mappings give it, if any, and whether it was made by hand too.
    record Held(@Nullable WorkspaceRole mapped, boolean byHand) {}

    /// Which memberships are looked at.
    interface Scope {
        Condition of(Tx tx, Field<String> workspace, Field<String> person);

        static Scope workspace(String id) {
            return (_, workspace, _) -> workspace.eq(id);
        }

        static Scope person(String id) {
            return (_, _, person) -> person.eq(id);
        }

        /// People by their ids in the directory.
        static Scope users(Collection<String> userIds) {
            return (tx, _, person) -> person.in(
                    tx.sql().select(SCIM_USER.PERSON_ID).from(SCIM_USER).where(SCIM_USER.ID.in(userIds)));
        }
    }

    /// The memberships that there must be: of everybody who is active, in a mapped group, and in the organization. Of
    /// several mappings the strongest role counts.
    Map<Membership, WorkspaceRole> wanted(Tx tx, String organizationId, Scope scope) {
        // 'admin' comes before 'member' by the alphabet too.
        Field<String> role = DSL.min(SCIM_GROUP_MAPPING.ROLE);
        Map<Membership, WorkspaceRole> wanted = new HashMap<>();
        tx.sql()
                .select(SCIM_GROUP_MAPPING.WORKSPACE_ID, SCIM_USER.PERSON_ID, role)
                .from(SCIM_GROUP_MAPPING)
                .join(SCIM_GROUP_MEMBER)
                .on(SCIM_GROUP_MEMBER.GROUP_ID.eq(SCIM_GROUP_MAPPING.GROUP_ID))
                .join(SCIM_USER)
                .on(SCIM_USER.ID.eq(SCIM_GROUP_MEMBER.USER_ID))
                .join(ORGANIZATION_MEMBER)
                .on(ORGANIZATION_MEMBER
                        .ORGANIZATION_ID
                        .eq(SCIM_GROUP_MAPPING.ORGANIZATION_ID)
                        .and(ORGANIZATION_MEMBER.PERSON_ID.eq(SCIM_USER.PERSON_ID)))
                .where(SCIM_GROUP_MAPPING.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_USER.ACTIVE.isTrue())
                .and(scope.of(tx, SCIM_GROUP_MAPPING.WORKSPACE_ID, SCIM_USER.PERSON_ID))
                .groupBy(SCIM_GROUP_MAPPING.WORKSPACE_ID, SCIM_USER.PERSON_ID)
                .forEach(row ->
                        wanted.put(new Membership(row.value1(), row.value2()), WorkspaceRole.ofWord(row.get(role))));
        return wanted;
    }

    /// The memberships that there are.
    Map<Membership, Held> held(Tx tx, String organizationId, Scope scope) {
        Map<Membership, Held> held = new HashMap<>();
        tx.sql()
                .select(
                        WORKSPACE_MEMBER.WORKSPACE_ID,
                        WORKSPACE_MEMBER.PERSON_ID,
                        WORKSPACE_MEMBER.MAPPED_ROLE,
                        WORKSPACE_MEMBER.BY_HAND)
                .from(WORKSPACE_MEMBER)
                .where(inOrganization(tx, organizationId))
                .and(scope.of(tx, WORKSPACE_MEMBER.WORKSPACE_ID, WORKSPACE_MEMBER.PERSON_ID))
                .forEach(row -> held.put(
                        new Membership(row.value1(), row.value2()),
                        new Held(row.value3() == null ? null : WorkspaceRole.ofWord(row.value3()), row.value4())));
        return held;
    }

    private static Condition inOrganization(Tx tx, String organizationId) {
        return WORKSPACE_MEMBER.WORKSPACE_ID.in(
                tx.sql().select(WORKSPACE.ID).from(WORKSPACE).where(WORKSPACE.ORGANIZATION_ID.eq(organizationId)));
    }

    /// Makes people members, who are none yet.
    void add(Tx tx, String workspaceId, WorkspaceRole role, Collection<String> personIds) {
        inParts(personIds, part -> {
            var insert = tx.sql()
                    .insertInto(
                            WORKSPACE_MEMBER,
                            WORKSPACE_MEMBER.ID,
                            WORKSPACE_MEMBER.WORKSPACE_ID,
                            WORKSPACE_MEMBER.PERSON_ID,
                            WORKSPACE_MEMBER.CREATED_AT,
                            WORKSPACE_MEMBER.BY_HAND,
                            WORKSPACE_MEMBER.MAPPED_ROLE);
            for (String person : part) {
                insert = insert.values(
                        Ids.next().toString(), workspaceId, person, Micros.of(tx.now()), false, role.word());
            }
            insert.execute();
        });
    }

    /// Gives members the role that mappings say.
    void setRole(Tx tx, String workspaceId, WorkspaceRole role, Collection<String> personIds) {
        inParts(
                personIds,
                part -> tx.sql()
                        .update(WORKSPACE_MEMBER)
                        .set(WORKSPACE_MEMBER.MAPPED_ROLE, role.word())
                        .where(theirs(workspaceId, part))
                        .execute());
    }

    /// No mapping says anything of these members any more: who was added by hand stays, the others go.
    void end(Tx tx, String workspaceId, Collection<String> personIds) {
        inParts(personIds, part -> end(tx, theirs(workspaceId, part)));
    }

    /// The same of everybody in a workspace.
    void endAll(Tx tx, String workspaceId) {
        end(tx, WORKSPACE_MEMBER.WORKSPACE_ID.eq(workspaceId));
    }

    private static void end(Tx tx, Condition which) {
        tx.sql()
                .deleteFrom(WORKSPACE_MEMBER)
                .where(which)
                .and(WORKSPACE_MEMBER.BY_HAND.isFalse())
                .execute();
        tx.sql()
                .update(WORKSPACE_MEMBER)
                .setNull(WORKSPACE_MEMBER.MAPPED_ROLE)
                .where(which)
                .execute();
    }

    /// The members that a mapping gave its workspace are from now on as if somebody had added them by hand.
    void keep(Tx tx, GroupMapping mapping) {
        var users = tx.sql()
                .select(SCIM_USER.PERSON_ID)
                .from(SCIM_GROUP_MEMBER)
                .join(SCIM_USER)
                .on(SCIM_USER.ID.eq(SCIM_GROUP_MEMBER.USER_ID))
                .where(SCIM_GROUP_MEMBER.GROUP_ID.eq(mapping.groupId()));
        tx.sql()
                .update(WORKSPACE_MEMBER)
                .set(WORKSPACE_MEMBER.BY_HAND, true)
                .where(WORKSPACE_MEMBER.WORKSPACE_ID.eq(mapping.workspaceId()))
                .and(WORKSPACE_MEMBER.MAPPED_ROLE.isNotNull())
                .and(WORKSPACE_MEMBER.PERSON_ID.in(users))
                .execute();
    }

    /// The same of all mappings of an organization, which end.
    void keepAll(Tx tx, String organizationId) {
        tx.sql()
                .update(WORKSPACE_MEMBER)
                .set(WORKSPACE_MEMBER.BY_HAND, true)
                .setNull(WORKSPACE_MEMBER.MAPPED_ROLE)
                .where(inOrganization(tx, organizationId))
                .and(WORKSPACE_MEMBER.MAPPED_ROLE.isNotNull())
                .execute();
    }

    private static Condition theirs(String workspaceId, Collection<String> personIds) {
        return WORKSPACE_MEMBER.WORKSPACE_ID.eq(workspaceId).and(WORKSPACE_MEMBER.PERSON_ID.in(personIds));
    }

    private static void inParts(Collection<String> ids, Consumer<List<String>> work) {
        List<String> all = List.copyOf(ids);
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            work.accept(all.subList(from, Math.min(all.size(), from + AT_ONCE)));
        }
    }
}
