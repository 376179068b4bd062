package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.PERSON;
import static dev.faregate.storage.tables.Tables.SCIM_DIRECTORY;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP_MEMBER;
import static dev.faregate.storage.tables.Tables.SCIM_USER;

import dev.faregate.base.Micros;
import dev.faregate.base.Tokens;
import dev.faregate.identity.Role;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// What directories keep here: people and groups of their organization.
final class ScimStore {
    private static final Duration TOUCHED_EVERY = Duration.ofMinutes(1);

    /// The directory of an organization. Everybody it brings has this role, unless their groups give another.
    record Directory(
            String organizationId,
            Role fallback,
            Instant createdAt,
            @Nullable Instant lastUsedAt) {}

    /// A group; its members are read apart.
    record Group(String id, String displayName, @Nullable String externalId, Instant createdAt, Instant updatedAt) {}

    /// A member of a group, or a group of a member: its id and what it is called.
    record Reference(String id, String display) {}

    record Page<T>(List<T> items, int total) {}

    // Directories

    Optional<Directory> byToken(Tx tx, String token) {
        return directory(tx, SCIM_DIRECTORY.TOKEN_HASH.eq(Tokens.hash(token)));
    }

    Optional<Directory> of(Tx tx, String organizationId) {
        return directory(tx, SCIM_DIRECTORY.ORGANIZATION_ID.eq(organizationId));
    }

    private static Optional<Directory> directory(Tx tx, Condition which) {
        return tx.sql()
                .selectFrom(SCIM_DIRECTORY)
                .where(which)
                .fetchOptional(row -> new Directory(
                        Objects.requireNonNull(row.get(SCIM_DIRECTORY.ORGANIZATION_ID)),
                        Role.ofWord(Objects.requireNonNull(row.get(SCIM_DIRECTORY.DEFAULT_ROLE))),
                        Micros.toInstant(Objects.requireNonNull(row.get(SCIM_DIRECTORY.CREATED_AT))),
                        Micros.toNullable(row.get(SCIM_DIRECTORY.LAST_USED_AT))));
    }

    /// Gives the organization's directory a token, and takes the former one away.
    void setToken(Tx tx, String organizationId, String token, Role fallback) {
        tx.sql()
                .insertInto(SCIM_DIRECTORY)
                .set(SCIM_DIRECTORY.ORGANIZATION_ID, organizationId)
                .set(SCIM_DIRECTORY.TOKEN_HASH, Tokens.hash(token))
                .set(SCIM_DIRECTORY.DEFAULT_ROLE, fallback.word())
                .set(SCIM_DIRECTORY.CREATED_AT, Micros.of(tx.now()))
                .onConflict(SCIM_DIRECTORY.ORGANIZATION_ID)
                .doUpdate()
                .set(SCIM_DIRECTORY.TOKEN_HASH, Tokens.hash(token))
                .set(SCIM_DIRECTORY.CREATED_AT, Micros.of(tx.now()))
                .setNull(SCIM_DIRECTORY.LAST_USED_AT)
                .execute();
    }

    void setFallback(Tx tx, String organizationId, Role fallback) {
        tx.sql()
                .update(SCIM_DIRECTORY)
                .set(SCIM_DIRECTORY.DEFAULT_ROLE, fallback.word())
                .where(SCIM_DIRECTORY.ORGANIZATION_ID.eq(organizationId))
                .execute();
    }

    /// Ends the directory; the people it brought stay what they are.
    void forget(Tx tx, String organizationId) {
        var groups =
                tx.sql().select(SCIM_GROUP.ID).from(SCIM_GROUP).where(SCIM_GROUP.ORGANIZATION_ID.eq(organizationId));
        tx.sql()
                .deleteFrom(SCIM_GROUP_MEMBER)
                .where(SCIM_GROUP_MEMBER.GROUP_ID.in(groups))
                .execute();
        tx.sql()
                .deleteFrom(SCIM_GROUP)
                .where(SCIM_GROUP.ORGANIZATION_ID.eq(organizationId))
                .execute();
        tx.sql()
                .deleteFrom(SCIM_USER)
                .where(SCIM_USER.ORGANIZATION_ID.eq(organizationId))
                .execute();
        tx.sql()
                .deleteFrom(SCIM_DIRECTORY)
                .where(SCIM_DIRECTORY.ORGANIZATION_ID.eq(organizationId))
                .execute();
    }

    /// Whether a look at it would be worth a write: its last use is as exact as a minute.
    boolean isUseOld(Directory directory, Instant now) {
        Instant used = directory.lastUsedAt();
        return used == null || used.plus(TOUCHED_EVERY).isBefore(now);
    }

    void touch(Tx tx, String organizationId) {
        tx.sql()
                .update(SCIM_DIRECTORY)
                .set(SCIM_DIRECTORY.LAST_USED_AT, Micros.of(tx.now()))
                .where(SCIM_DIRECTORY.ORGANIZATION_ID.eq(organizationId))
                .execute();
    }

    // People

    Optional<ScimUser> user(Tx tx, String organizationId, String id) {
        return tx.sql()
                .selectFrom(SCIM_USER)
                .where(SCIM_USER.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_USER.ID.eq(id))
                .fetchOptional(ScimStore::readUser);
    }

    Page<ScimUser> users(Tx tx, String organizationId, List<ScimFilter.Term> filter, int offset, int count) {
        Condition which = SCIM_USER.ORGANIZATION_ID.eq(organizationId);
        for (ScimFilter.Term term : filter) {
            which = which.and(userCondition(term));
        }
        List<ScimUser> page = count == 0
                ? List.of()
                : tx.sql()
                        .selectFrom(SCIM_USER)
                        .where(which)
                        .orderBy(SCIM_USER.CREATED_AT, SCIM_USER.ID)
                        .limit(count)
                        .offset(offset)
                        .fetch(ScimStore::readUser);
        return new Page<>(page, tx.sql().fetchCount(SCIM_USER, which));
    }

    private static Condition userCondition(ScimFilter.Term term) {
        String value = term.value();
        return switch (term.attribute()) {
            case "id" -> SCIM_USER.ID.eq(value);
            case "username" -> SCIM_USER.USER_NAME_KEY.eq(value.toLowerCase(Locale.ROOT));
            case "externalid" -> SCIM_USER.EXTERNAL_ID.eq(value);
            case "emails", "emails.value" ->
                SCIM_USER.EMAIL.eq(Objects.requireNonNullElse(EmailAddress.normal(value), value));
            case "name.givenname" -> DSL.lower(SCIM_USER.GIVEN_NAME).eq(value.toLowerCase(Locale.ROOT));
            case "name.familyname" -> DSL.lower(SCIM_USER.FAMILY_NAME).eq(value.toLowerCase(Locale.ROOT));
            case "active" -> SCIM_USER.ACTIVE.eq(value.equalsIgnoreCase("true"));
            default -> throw ScimProblem.wrong("invalidFilter", "People cannot be found by " + term.attribute() + ".");
        };
    }

    Optional<ScimUser> userByKey(Tx tx, String organizationId, String key) {
        return tx.sql()
                .selectFrom(SCIM_USER)
                .where(SCIM_USER.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_USER.USER_NAME_KEY.eq(key))
                .fetchOptional(ScimStore::readUser);
    }

    Optional<ScimUser> userOfPerson(Tx tx, String organizationId, String personId) {
        return tx.sql()
                .selectFrom(SCIM_USER)
                .where(SCIM_USER.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_USER.PERSON_ID.eq(personId))
                .fetchOptional(ScimStore::readUser);
    }

    /// Whether the directory knows the person and says that they are out.
    boolean isInactive(Tx tx, String organizationId, String personId) {
        return userOfPerson(tx, organizationId, personId)
                .filter(user -> !user.active())
                .isPresent();
    }

    List<String> activeIds(Tx tx, String organizationId) {
        return tx.sql()
                .select(SCIM_USER.ID)
                .from(SCIM_USER)
                .where(SCIM_USER.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_USER.ACTIVE.isTrue())
                .fetch(row -> Objects.requireNonNull(row.get(SCIM_USER.ID)));
    }

    void saveUser(Tx tx, String organizationId, ScimUser user) {
        tx.sql()
                .insertInto(SCIM_USER)
                .set(SCIM_USER.ID, user.id())
                .set(SCIM_USER.ORGANIZATION_ID, organizationId)
                .set(SCIM_USER.PERSON_ID, user.personId())
                .set(SCIM_USER.USER_NAME, user.userName())
                .set(SCIM_USER.USER_NAME_KEY, user.key())
                .set(SCIM_USER.EXTERNAL_ID, user.externalId())
                .set(SCIM_USER.EMAIL, user.email())
                .set(SCIM_USER.GIVEN_NAME, user.givenName())
                .set(SCIM_USER.FAMILY_NAME, user.familyName())
                .set(SCIM_USER.ACTIVE, user.active())
                .set(SCIM_USER.CREATED_AT, Micros.of(user.createdAt()))
                .set(SCIM_USER.UPDATED_AT, Micros.of(user.updatedAt()))
                .onConflict(SCIM_USER.ID)
                .doUpdate()
                .set(SCIM_USER.USER_NAME, user.userName())
                .set(SCIM_USER.USER_NAME_KEY, user.key())
                .set(SCIM_USER.EXTERNAL_ID, user.externalId())
                .set(SCIM_USER.EMAIL, user.email())
                .set(SCIM_USER.GIVEN_NAME, user.givenName())
                .set(SCIM_USER.FAMILY_NAME, user.familyName())
                .set(SCIM_USER.ACTIVE, user.active())
                .set(SCIM_USER.UPDATED_AT, Micros.of(user.updatedAt()))
                .execute();
    }

    void deleteUser(Tx tx, String id) {
        tx.sql()
                .deleteFrom(SCIM_GROUP_MEMBER)
                .where(SCIM_GROUP_MEMBER.USER_ID.eq(id))
                .execute();
        tx.sql().deleteFrom(SCIM_USER).where(SCIM_USER.ID.eq(id)).execute();
    }

    /// Names a person as the directory does. A new address is one that they have not shown to be theirs.
    void renamePerson(Tx tx, ScimUser user, boolean newAddress) {
        var update = tx.sql()
                .update(PERSON)
                .set(PERSON.FIRST_NAME, user.givenName())
                .set(PERSON.LAST_NAME, user.familyName());
        (newAddress ? update.set(PERSON.EMAIL, user.email()).setNull(PERSON.EMAIL_VERIFIED_AT) : update)
                .where(PERSON.ID.eq(user.personId()))
                .execute();
    }

    /// The role of somebody when they were deactivated; empty for one who was no member then, or is back.
    Optional<Role> formerRole(Tx tx, String id) {
        return tx.sql()
                .select(SCIM_USER.FORMER_ROLE)
                .from(SCIM_USER)
                .where(SCIM_USER.ID.eq(id))
                .fetchOptional(SCIM_USER.FORMER_ROLE)
                .map(Role::ofWord);
    }

    void setFormerRole(Tx tx, String id, @Nullable Role role) {
        tx.sql()
                .update(SCIM_USER)
                .set(SCIM_USER.FORMER_ROLE, role == null ? null : role.word())
                .where(SCIM_USER.ID.eq(id))
                .execute();
    }

    /// The people whom the directory says to be out.
    List<String> inactivePersons(Tx tx, String organizationId) {
        return tx.sql()
                .select(SCIM_USER.PERSON_ID)
                .from(SCIM_USER)
                .where(SCIM_USER.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_USER.ACTIVE.isFalse())
                .fetch(row -> Objects.requireNonNull(row.value1()));
    }

    private static ScimUser readUser(Record row) {
        return new ScimUser(
                Objects.requireNonNull(row.get(SCIM_USER.ID)),
                Objects.requireNonNull(row.get(SCIM_USER.PERSON_ID)),
                Objects.requireNonNull(row.get(SCIM_USER.USER_NAME)),
                row.get(SCIM_USER.EXTERNAL_ID),
                Objects.requireNonNull(row.get(SCIM_USER.EMAIL)),
                row.get(SCIM_USER.GIVEN_NAME),
                row.get(SCIM_USER.FAMILY_NAME),
                Objects.requireNonNull(row.get(SCIM_USER.ACTIVE)),
                Micros.toInstant(Objects.requireNonNull(row.get(SCIM_USER.CREATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(SCIM_USER.UPDATED_AT))));
    }

    // Groups

    Optional<Group> group(Tx tx, String organizationId, String id) {
        return tx.sql()
                .selectFrom(SCIM_GROUP)
                .where(SCIM_GROUP.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_GROUP.ID.eq(id))
                .fetchOptional(ScimStore::readGroup);
    }

    Optional<Group> groupByName(Tx tx, String organizationId, String name) {
        return tx.sql()
                .selectFrom(SCIM_GROUP)
                .where(SCIM_GROUP.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_GROUP.DISPLAY_NAME.eq(name))
                .fetchOptional(ScimStore::readGroup);
    }

    Page<Group> groups(Tx tx, String organizationId, List<ScimFilter.Term> filter, int offset, int count) {
        Condition which = SCIM_GROUP.ORGANIZATION_ID.eq(organizationId);
        for (ScimFilter.Term term : filter) {
            which = which.and(groupCondition(tx, term));
        }
        List<Group> page = count == 0
                ? List.of()
                : tx.sql()
                        .selectFrom(SCIM_GROUP)
                        .where(which)
                        .orderBy(SCIM_GROUP.CREATED_AT, SCIM_GROUP.ID)
                        .limit(count)
                        .offset(offset)
                        .fetch(ScimStore::readGroup);
        return new Page<>(page, tx.sql().fetchCount(SCIM_GROUP, which));
    }

    private static Condition groupCondition(Tx tx, ScimFilter.Term term) {
        String value = term.value();
        return switch (term.attribute()) {
            case "id" -> SCIM_GROUP.ID.eq(value);
            case "displayname" -> DSL.lower(SCIM_GROUP.DISPLAY_NAME).eq(value.toLowerCase(Locale.ROOT));
            case "externalid" -> SCIM_GROUP.EXTERNAL_ID.eq(value);
            case "members", "members.value" ->
                SCIM_GROUP.ID.in(tx.sql()
                        .select(SCIM_GROUP_MEMBER.GROUP_ID)
                        .from(SCIM_GROUP_MEMBER)
                        .where(SCIM_GROUP_MEMBER.USER_ID.eq(value)));
            default -> throw ScimProblem.wrong("invalidFilter", "Groups cannot be found by " + term.attribute() + ".");
        };
    }

    void saveGroup(Tx tx, String organizationId, Group group) {
        tx.sql()
                .insertInto(SCIM_GROUP)
                .set(SCIM_GROUP.ID, group.id())
                .set(SCIM_GROUP.ORGANIZATION_ID, organizationId)
                .set(SCIM_GROUP.DISPLAY_NAME, group.displayName())
                .set(SCIM_GROUP.EXTERNAL_ID, group.externalId())
                .set(SCIM_GROUP.CREATED_AT, Micros.of(group.createdAt()))
                .set(SCIM_GROUP.UPDATED_AT, Micros.of(group.updatedAt()))
                .onConflict(SCIM_GROUP.ID)
                .doUpdate()
                .set(SCIM_GROUP.DISPLAY_NAME, group.displayName())
                .set(SCIM_GROUP.EXTERNAL_ID, group.externalId())
                .set(SCIM_GROUP.UPDATED_AT, Micros.of(group.updatedAt()))
                .execute();
    }

    void deleteGroup(Tx tx, String id) {
        tx.sql()
                .deleteFrom(SCIM_GROUP_MEMBER)
                .where(SCIM_GROUP_MEMBER.GROUP_ID.eq(id))
                .execute();
        tx.sql().deleteFrom(SCIM_GROUP).where(SCIM_GROUP.ID.eq(id)).execute();
    }

    List<Reference> members(Tx tx, String groupId) {
        return tx.sql()
                .select(SCIM_USER.ID, SCIM_USER.USER_NAME)
                .from(SCIM_GROUP_MEMBER)
                .join(SCIM_USER)
                .on(SCIM_USER.ID.eq(SCIM_GROUP_MEMBER.USER_ID))
                .where(SCIM_GROUP_MEMBER.GROUP_ID.eq(groupId))
                .orderBy(SCIM_USER.ID)
                .fetch(row -> new Reference(
                        Objects.requireNonNull(row.get(SCIM_USER.ID)),
                        Objects.requireNonNull(row.get(SCIM_USER.USER_NAME))));
    }

    List<Reference> groupsOf(Tx tx, String userId) {
        return tx.sql()
                .select(SCIM_GROUP.ID, SCIM_GROUP.DISPLAY_NAME)
                .from(SCIM_GROUP_MEMBER)
                .join(SCIM_GROUP)
                .on(SCIM_GROUP.ID.eq(SCIM_GROUP_MEMBER.GROUP_ID))
                .where(SCIM_GROUP_MEMBER.USER_ID.eq(userId))
                .orderBy(SCIM_GROUP.DISPLAY_NAME)
                .fetch(row -> new Reference(
                        Objects.requireNonNull(row.get(SCIM_GROUP.ID)),
                        Objects.requireNonNull(row.get(SCIM_GROUP.DISPLAY_NAME))));
    }

    /// Those of these ids that are people of the organization.
    List<String> known(Tx tx, String organizationId, Collection<String> ids) {
        return tx.sql()
                .select(SCIM_USER.ID)
                .from(SCIM_USER)
                .where(SCIM_USER.ORGANIZATION_ID.eq(organizationId))
                .and(SCIM_USER.ID.in(ids))
                .fetch(row -> Objects.requireNonNull(row.get(SCIM_USER.ID)));
    }

    void addMember(Tx tx, String groupId, String userId) {
        tx.sql()
                .insertInto(SCIM_GROUP_MEMBER)
                .set(SCIM_GROUP_MEMBER.GROUP_ID, groupId)
                .set(SCIM_GROUP_MEMBER.USER_ID, userId)
                .onConflictDoNothing()
                .execute();
    }

    void removeMember(Tx tx, String groupId, String userId) {
        tx.sql()
                .deleteFrom(SCIM_GROUP_MEMBER)
                .where(SCIM_GROUP_MEMBER.GROUP_ID.eq(groupId))
                .and(SCIM_GROUP_MEMBER.USER_ID.eq(userId))
                .execute();
    }

    private static Group readGroup(Record row) {
        return new Group(
                Objects.requireNonNull(row.get(SCIM_GROUP.ID)),
                Objects.requireNonNull(row.get(SCIM_GROUP.DISPLAY_NAME)),
                row.get(SCIM_GROUP.EXTERNAL_ID),
                Micros.toInstant(Objects.requireNonNull(row.get(SCIM_GROUP.CREATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(SCIM_GROUP.UPDATED_AT))));
    }
}
