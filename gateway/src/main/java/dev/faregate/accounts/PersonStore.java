package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;
import static dev.faregate.storage.tables.Tables.PERSON;
import static dev.faregate.storage.tables.Tables.PERSON_PASSWORD;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.identity.Role;
import dev.faregate.storage.Tx;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// People as they sign in. Addresses come and go in the form of [EmailAddress].
final class PersonStore {
    /// `passwordHash` is null for somebody who signs in another way.
    record Person(
            String id,
            String email,
            @Nullable String firstName,
            @Nullable String lastName,
            boolean emailVerified,
            @Nullable String passwordHash) {
        @Override
        public String toString() {
            return "Person[" + id + "]";
        }
    }

    /// An organization that a person is in.
    record Membership(String organizationId, String organizationName, Role role) {}

    Optional<Person> findByEmail(Tx tx, String email) {
        return find(tx, PERSON.EMAIL.eq(email));
    }

    Optional<Person> find(Tx tx, String id) {
        return find(tx, PERSON.ID.eq(id));
    }

    private static Optional<Person> find(Tx tx, Condition which) {
        return tx.sql()
                .select(PERSON.fields())
                .select(PERSON_PASSWORD.HASH)
                .from(PERSON)
                .leftJoin(PERSON_PASSWORD)
                .on(PERSON_PASSWORD.PERSON_ID.eq(PERSON.ID))
                .where(which)
                .fetchOptional(PersonStore::read);
    }

    /// Makes a person; empty when somebody has the address already.
    Optional<String> create(Tx tx, String email, PersonName name, boolean emailVerified) {
        String id = Ids.next().toString();
        long now = Micros.of(tx.now());
        int made = tx.sql()
                .insertInto(PERSON)
                .set(PERSON.ID, id)
                .set(PERSON.EMAIL, email)
                .set(PERSON.FIRST_NAME, name.first())
                .set(PERSON.LAST_NAME, name.last())
                .set(PERSON.CREATED_AT, now)
                .set(PERSON.EMAIL_VERIFIED_AT, emailVerified ? now : null)
                .onConflict(PERSON.EMAIL)
                .doNothing()
                .execute();
        return made == 0 ? Optional.empty() : Optional.of(id);
    }

    void setName(Tx tx, String id, PersonName name) {
        tx.sql()
                .update(PERSON)
                .set(PERSON.FIRST_NAME, name.first())
                .set(PERSON.LAST_NAME, name.last())
                .where(PERSON.ID.eq(id))
                .execute();
    }

    /// Gives a person an address that they have shown to be theirs; false when somebody else has it.
    boolean setEmail(Tx tx, String id, String email) {
        if (tx.sql().fetchExists(PERSON, PERSON.EMAIL.eq(email).and(PERSON.ID.ne(id)))) {
            return false;
        }
        tx.sql()
                .update(PERSON)
                .set(PERSON.EMAIL, email)
                .set(PERSON.EMAIL_VERIFIED_AT, Micros.of(tx.now()))
                .where(PERSON.ID.eq(id))
                .execute();
        return true;
    }

    void setPassword(Tx tx, String id, String hash) {
        long now = Micros.of(tx.now());
        tx.sql()
                .insertInto(PERSON_PASSWORD)
                .set(PERSON_PASSWORD.PERSON_ID, id)
                .set(PERSON_PASSWORD.HASH, hash)
                .set(PERSON_PASSWORD.CHANGED_AT, now)
                .onConflict(PERSON_PASSWORD.PERSON_ID)
                .doUpdate()
                .set(PERSON_PASSWORD.HASH, hash)
                .set(PERSON_PASSWORD.CHANGED_AT, now)
                .execute();
    }

    /// Addresses, shown to be theirs, of a member (`personId`, if it is one) and of those who manage the organization;
    /// the member first, then who has been there longest.
    List<String> confirmedManagers(Tx tx, String organizationId, @Nullable String personId, int count) {
        Condition wanted = ORGANIZATION_MEMBER.ROLE.in(Arrays.stream(Role.values())
                .filter(Role::managesOrganization)
                .map(Role::word)
                .toList());
        Condition one = personId == null ? DSL.falseCondition() : PERSON.ID.eq(personId);
        return tx.sql()
                .select(PERSON.EMAIL)
                .from(ORGANIZATION_MEMBER)
                .join(PERSON)
                .on(PERSON.ID.eq(ORGANIZATION_MEMBER.PERSON_ID))
                .where(ORGANIZATION_MEMBER.ORGANIZATION_ID.eq(organizationId))
                .and(PERSON.EMAIL_VERIFIED_AT.isNotNull())
                .and(wanted.or(one))
                .orderBy(DSL.when(one, 0).otherwise(1), ORGANIZATION_MEMBER.CREATED_AT, PERSON.ID)
                .limit(count)
                .fetch(PERSON.EMAIL);
    }

    /// The organizations of a person, the one they joined first in front.
    List<Membership> memberships(Tx tx, String id) {
        return tx.sql()
                .select(ORGANIZATION.ID, ORGANIZATION.NAME, ORGANIZATION_MEMBER.ROLE)
                .from(ORGANIZATION_MEMBER)
                .join(ORGANIZATION)
                .on(ORGANIZATION.ID.eq(ORGANIZATION_MEMBER.ORGANIZATION_ID))
                .where(ORGANIZATION_MEMBER.PERSON_ID.eq(id))
                .orderBy(ORGANIZATION_MEMBER.CREATED_AT, ORGANIZATION.ID)
                .fetch(row -> new Membership(row.value1(), row.value2(), Role.ofWord(row.value3())));
    }

    private static Person read(Record row) {
        return new Person(
                Objects.requireNonNull(row.get(PERSON.ID)),
                Objects.requireNonNull(row.get(PERSON.EMAIL)),
                row.get(PERSON.FIRST_NAME),
                row.get(PERSON.LAST_NAME),
                row.get(PERSON.EMAIL_VERIFIED_AT) != null,
                row.get(PERSON_PASSWORD.HASH));
    }
}
