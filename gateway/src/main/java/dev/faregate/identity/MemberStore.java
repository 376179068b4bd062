package dev.faregate.identity;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;
import static dev.faregate.storage.tables.Tables.PENDING_SIGN_IN;
import static dev.faregate.storage.tables.Tables.PERSON;
import static dev.faregate.storage.tables.Tables.SESSION;
import static dev.faregate.storage.tables.Tables.WORKSPACE;
import static dev.faregate.storage.tables.Tables.WORKSPACE_MEMBER;

import dev.faregate.base.Micros;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jspecify.annotations.Nullable;

/// People and their organizations.
public final class MemberStore {
    /// Makes a person; the address must be free.
    public void createPerson(Tx tx, String id, String email, @Nullable String firstName, @Nullable String lastName) {
        tx.sql()
                .insertInto(PERSON)
                .set(PERSON.ID, id)
                .set(PERSON.EMAIL, email)
                .set(PERSON.FIRST_NAME, firstName)
                .set(PERSON.LAST_NAME, lastName)
                .set(PERSON.CREATED_AT, Micros.of(tx.now()))
                .execute();
    }

    /// Makes a person a member, or gives a member another role.
    public void join(Tx tx, String organizationId, String userId, Role role) {
        tx.sql()
                .insertInto(ORGANIZATION_MEMBER)
                .set(ORGANIZATION_MEMBER.ORGANIZATION_ID, organizationId)
                .set(ORGANIZATION_MEMBER.PERSON_ID, userId)
                .set(ORGANIZATION_MEMBER.ROLE, role.word())
                .set(ORGANIZATION_MEMBER.CREATED_AT, Micros.of(tx.now()))
                .onConflict(ORGANIZATION_MEMBER.ORGANIZATION_ID, ORGANIZATION_MEMBER.PERSON_ID)
                .doUpdate()
                .set(ORGANIZATION_MEMBER.ROLE, role.word())
                .execute();
    }

    /// Takes a person out of an organization and its workspaces, and ends their sessions in it; false when they are no
    /// member. Another owner must be left.
    public boolean leave(Tx tx, String organizationId, String userId) {
        boolean was = suspend(tx, organizationId, userId);
        tx.sql()
                .deleteFrom(WORKSPACE_MEMBER)
                .where(WORKSPACE_MEMBER.PERSON_ID.eq(userId))
                .and(WORKSPACE_MEMBER.WORKSPACE_ID.in(tx.sql()
                        .select(WORKSPACE.ID)
                        .from(WORKSPACE)
                        .where(WORKSPACE.ORGANIZATION_ID.eq(organizationId))))
                .execute();
        return was;
    }

    /// As [#leave], but the workspaces that the person was put into wait for them to come back.
    public boolean suspend(Tx tx, String organizationId, String userId) {
        tx.sql()
                .deleteFrom(SESSION)
                .where(SESSION.ORGANIZATION_ID.eq(organizationId))
                .and(SESSION.PERSON_ID.eq(userId))
                .execute();
        tx.sql()
                .deleteFrom(PENDING_SIGN_IN)
                .where(PENDING_SIGN_IN.ORGANIZATION_ID.eq(organizationId))
                .and(PENDING_SIGN_IN.PERSON_ID.eq(userId))
                .execute();
        return tx.sql()
                        .deleteFrom(ORGANIZATION_MEMBER)
                        .where(ORGANIZATION_MEMBER.ORGANIZATION_ID.eq(organizationId))
                        .and(ORGANIZATION_MEMBER.PERSON_ID.eq(userId))
                        .execute()
                > 0;
    }

    public Optional<Member> find(Tx tx, String organizationId, String userId) {
        return members(tx, organizationId, PERSON.ID.eq(userId)).fetchOptional(MemberStore::read);
    }

    /// Those of these ids that are members.
    public List<Member> find(Tx tx, String organizationId, Collection<String> userIds) {
        return members(tx, organizationId, PERSON.ID.in(userIds))
                .orderBy(PERSON.ID)
                .fetch(MemberStore::read);
    }

    /// Whether somebody of that role may look at a workspace now: whoever sees everything at any, a
    /// member at the default one, which everybody is in, and at those they were put into (contract
    /// 2.4).
    public static boolean maySee(Tx tx, String organizationId, String workspaceId, String userId, Role role) {
        OrganizationStore organizations = new OrganizationStore();
        if (organizations.findWorkspace(tx, organizationId, workspaceId).isEmpty()) {
            return false;
        }
        return role.seesEverything()
                || tx.sql()
                        .fetchExists(
                                WORKSPACE_MEMBER,
                                WORKSPACE_MEMBER
                                        .WORKSPACE_ID
                                        .eq(workspaceId)
                                        .and(WORKSPACE_MEMBER.PERSON_ID.eq(userId)))
                || organizations.defaultWorkspace(tx, organizationId).id().equals(workspaceId);
    }

    /// Whether somebody may make keys of their own in a workspace. It stays so until this transaction
    /// ends: whoever takes a membership or a workspace away locks the organization or the workspace
    /// first, and then finds the key.
    public boolean mayMakeKeys(Tx tx, String organizationId, String workspaceId, String userId) {
        if (tx.kind() == Database.Kind.POSTGRESQL) {
            tx.sql()
                    .selectOne()
                    .from(WORKSPACE)
                    .where(WORKSPACE.ID.eq(workspaceId))
                    .forShare()
                    .fetch();
            tx.sql()
                    .selectOne()
                    .from(ORGANIZATION)
                    .where(ORGANIZATION.ID.eq(organizationId))
                    .forKeyShare()
                    .fetch();
        }
        return find(tx, organizationId, userId)
                .map(Member::role)
                .filter(role -> role.usesKeys() && maySee(tx, organizationId, workspaceId, userId, role))
                .isPresent();
    }

    /// A page of the members, longest first.
    public List<Member> list(Tx tx, String organizationId, int offset, int count) {
        return members(tx, organizationId, org.jooq.impl.DSL.noCondition())
                .orderBy(ORGANIZATION_MEMBER.CREATED_AT, PERSON.ID)
                .limit(count)
                .offset(offset)
                .fetch(MemberStore::read);
    }

    public int count(Tx tx, String organizationId) {
        return tx.sql().fetchCount(ORGANIZATION_MEMBER, ORGANIZATION_MEMBER.ORGANIZATION_ID.eq(organizationId));
    }

    private static SelectConditionStep<Record> members(Tx tx, String organizationId, Condition which) {
        return tx.sql()
                .select(PERSON.fields())
                .select(ORGANIZATION_MEMBER.ROLE, ORGANIZATION_MEMBER.CREATED_AT.as("since"))
                .from(ORGANIZATION_MEMBER)
                .join(PERSON)
                .on(PERSON.ID.eq(ORGANIZATION_MEMBER.PERSON_ID))
                .where(ORGANIZATION_MEMBER.ORGANIZATION_ID.eq(organizationId))
                .and(which);
    }

    private static Member read(Record row) {
        return new Member(
                Objects.requireNonNull(row.get(PERSON.ID)),
                Objects.requireNonNull(row.get(PERSON.EMAIL)),
                row.get(PERSON.FIRST_NAME),
                row.get(PERSON.LAST_NAME),
                Role.ofWord(Objects.requireNonNull(row.get(ORGANIZATION_MEMBER.ROLE))),
                Micros.toInstant(Objects.requireNonNull(row.get("since", Long.class))));
    }
}
