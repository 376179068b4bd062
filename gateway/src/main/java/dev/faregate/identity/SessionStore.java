package dev.faregate.identity;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;
import static dev.faregate.storage.tables.Tables.PERSON;
import static dev.faregate.storage.tables.Tables.SESSION;
import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jspecify.annotations.Nullable;

/// Sessions by the hash of what the browser carries. One whose person is no member of its organization any more is not
/// there.
final class SessionStore {
    /// A session about to be made.
    record NewSession(
            String tokenHash,
            String id,
            String personId,
            String organizationId,
            String workspaceId,
            Session.Method method,
            boolean secondFactor,
            String address,
            @Nullable String userAgent) {}

    void insert(Tx tx, NewSession session) {
        long now = Micros.of(tx.now());
        tx.sql().deleteFrom(SESSION).where(SESSION.EXPIRES_AT.le(now)).execute();
        tx.sql()
                .insertInto(SESSION)
                .set(SESSION.TOKEN_HASH, session.tokenHash())
                .set(SESSION.ID, session.id())
                .set(SESSION.PERSON_ID, session.personId())
                .set(SESSION.ORGANIZATION_ID, session.organizationId())
                .set(SESSION.WORKSPACE_ID, session.workspaceId())
                .set(SESSION.METHOD, session.method().word())
                .set(SESSION.SECOND_FACTOR, session.secondFactor())
                .set(SESSION.CREATED_AT, now)
                .set(SESSION.AUTHENTICATED_AT, now)
                .set(SESSION.LAST_SEEN_AT, now)
                .set(SESSION.EXPIRES_AT, Micros.of(tx.now().plus(Session.LIFETIME)))
                .set(SESSION.ADDRESS, session.address())
                .set(SESSION.USER_AGENT, session.userAgent())
                .execute();
    }

    Optional<Session> find(Tx tx, String tokenHash) {
        return live(tx, SESSION.TOKEN_HASH.eq(tokenHash))
                .fetchOptional(SessionStore::read)
                .map(session -> placed(tx, session));
    }

    /// Whoever may not look any more where the session looks, looks at the default workspace.
    private static Session placed(Tx tx, Session session) {
        if (MemberStore.maySee(tx, session.organizationId(), session.workspaceId(), session.userId(), session.role())) {
            return session;
        }
        return session.at(new OrganizationStore().defaultWorkspace(tx, session.organizationId()));
    }

    /// The live sessions of a person, the one used last first.
    List<Session> list(Tx tx, String personId, int most) {
        return live(tx, SESSION.PERSON_ID.eq(personId))
                .orderBy(SESSION.LAST_SEEN_AT.desc(), SESSION.ID)
                .limit(most)
                .fetch(SessionStore::read);
    }

    void touch(Tx tx, String id, String address) {
        tx.sql()
                .update(SESSION)
                .set(SESSION.LAST_SEEN_AT, Micros.of(tx.now()))
                .set(SESSION.ADDRESS, address)
                .where(SESSION.ID.eq(id))
                .execute();
    }

    void proved(Tx tx, String id, boolean secondFactor) {
        var update = tx.sql().update(SESSION).set(SESSION.AUTHENTICATED_AT, Micros.of(tx.now()));
        (secondFactor ? update.set(SESSION.SECOND_FACTOR, true) : update)
                .where(SESSION.ID.eq(id))
                .execute();
    }

    void look(Tx tx, String id, String organizationId, String workspaceId) {
        tx.sql()
                .update(SESSION)
                .set(SESSION.ORGANIZATION_ID, organizationId)
                .set(SESSION.WORKSPACE_ID, workspaceId)
                .where(SESSION.ID.eq(id))
                .execute();
    }

    /// Ends one session of a person; false when there is none.
    boolean delete(Tx tx, String personId, String id) {
        return tx.sql()
                        .deleteFrom(SESSION)
                        .where(SESSION.ID.eq(id))
                        .and(SESSION.PERSON_ID.eq(personId))
                        .execute()
                > 0;
    }

    /// Ends all sessions of a person but one, or all where `but` is null; the number ended.
    int deleteAll(Tx tx, String personId, @Nullable String but) {
        var delete = tx.sql().deleteFrom(SESSION).where(SESSION.PERSON_ID.eq(personId));
        return (but == null ? delete : delete.and(SESSION.ID.ne(but))).execute();
    }

    private static SelectConditionStep<Record> live(Tx tx, Condition which) {
        Instant now = tx.now();
        return tx.sql()
                .select(SESSION.fields())
                .select(
                        PERSON.EMAIL,
                        PERSON.FIRST_NAME,
                        PERSON.LAST_NAME,
                        ORGANIZATION_MEMBER.ROLE,
                        ORGANIZATION.SLUG,
                        ORGANIZATION.NAME.as("organization_name"),
                        WORKSPACE.NAME.as("workspace_name"))
                .from(SESSION)
                .join(PERSON)
                .on(PERSON.ID.eq(SESSION.PERSON_ID))
                .join(ORGANIZATION)
                .on(ORGANIZATION.ID.eq(SESSION.ORGANIZATION_ID))
                .join(WORKSPACE)
                .on(WORKSPACE.ID.eq(SESSION.WORKSPACE_ID))
                .join(ORGANIZATION_MEMBER)
                .on(ORGANIZATION_MEMBER.ORGANIZATION_ID.eq(SESSION.ORGANIZATION_ID))
                .and(ORGANIZATION_MEMBER.PERSON_ID.eq(SESSION.PERSON_ID))
                .where(SESSION.EXPIRES_AT.gt(Micros.of(now)))
                .and(SESSION.LAST_SEEN_AT.gt(Micros.of(now.minus(Session.IDLE))))
                .and(which);
    }

    private static Session read(Record row) {
        Role role = Role.ofWord(Objects.requireNonNull(row.get(ORGANIZATION_MEMBER.ROLE)));
        return new Session(
                Objects.requireNonNull(row.get(SESSION.ID)),
                Objects.requireNonNull(row.get(SESSION.PERSON_ID)),
                Objects.requireNonNull(row.get(PERSON.EMAIL)),
                row.get(PERSON.FIRST_NAME),
                row.get(PERSON.LAST_NAME),
                Objects.requireNonNull(row.get(SESSION.ORGANIZATION_ID)),
                Objects.requireNonNull(row.get("organization_name", String.class)),
                Objects.requireNonNull(row.get(SESSION.WORKSPACE_ID)),
                Objects.requireNonNull(row.get("workspace_name", String.class)),
                role,
                role == Role.OWNER && OrganizationStore.DEFAULT_SLUG.equals(row.get(ORGANIZATION.SLUG)),
                Session.Method.valueOf(
                        Objects.requireNonNull(row.get(SESSION.METHOD)).toUpperCase(Locale.ROOT)),
                Objects.requireNonNull(row.get(SESSION.SECOND_FACTOR)),
                Micros.toInstant(Objects.requireNonNull(row.get(SESSION.CREATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(SESSION.AUTHENTICATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(SESSION.LAST_SEEN_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(SESSION.EXPIRES_AT))),
                Objects.requireNonNull(row.get(SESSION.ADDRESS)),
                row.get(SESSION.USER_AGENT));
    }
}
