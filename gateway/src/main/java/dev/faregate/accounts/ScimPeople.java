package dev.faregate.accounts;

import dev.faregate.accounts.MappedMemberStore.Scope;
import dev.faregate.base.Ids;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a directory's people and groups mean for the organization: who is a member, and as what. Every method works in
/// the transaction of its caller.
///
/// A directory speaks for its organization only. It brings nobody in who is a member elsewhere and was not invited,
/// renames no such person, and gives them no other address.
final class ScimPeople {
    private final ScimStore store = new ScimStore();
    private final SsoStore roles = new SsoStore();
    private final MemberStore members = new MemberStore();
    private final PersonStore persons = new PersonStore();
    private final AuditLog audit = new AuditLog();
    private final Departures departures;
    private final GroupMappings mappings;

    /// Somebody as they are stored now, and what came of it for their keys; null for nothing.
    record Saved(ScimUser user, Departures.@Nullable Done departure) {}

    ScimPeople(Departures departures, GroupMappings mappings) {
        this.departures = departures;
        this.mappings = mappings;
    }

    ScimStore store() {
        return store;
    }

    /// To be called after the commit.
    void finish(Departures.@Nullable Done departure) {
        if (departure != null) {
            departures.finish(departure);
        }
    }

    Saved create(Tx tx, ScimStore.Directory directory, ScimUser.Draft draft, String requestId) {
        String organization = directory.organizationId();
        mappings.lock(tx, organization);
        ScimUser asked = draft.finish(Ids.next().toString(), "", tx.now(), tx.now());
        if (store.userByKey(tx, organization, asked.key()).isPresent()) {
            throw ScimProblem.taken("There is somebody with that userName.");
        }
        String personId = persons.findByEmail(tx, asked.email())
                .map(PersonStore.Person::id)
                .orElse(null);
        if (personId != null && store.userOfPerson(tx, organization, personId).isPresent()) {
            throw ScimProblem.taken("There is somebody with that e-mail address.");
        }
        if (personId == null) {
            personId = persons.create(tx, asked.email(), PersonName.of(asked.givenName(), asked.familyName()), false)
                    .orElseThrow(() -> ScimProblem.taken("There is somebody with that e-mail address."));
        }
        ScimUser user = draft.finish(asked.id(), personId, tx.now(), tx.now());
        store.saveUser(tx, organization, user);
        Departures.Done departure = applyMembership(tx, directory, user, true, requestId);
        record(tx, organization, "scim.user.create", user.id(), detail(user, departure), requestId);
        return new Saved(user, departure);
    }

    /// Somebody of the directory, to be changed or removed: another change of them waits until this transaction ends,
    /// so
    /// it cannot write back what it read before.
    ScimUser locked(Tx tx, ScimStore.Directory directory, String id) {
        mappings.lock(tx, directory.organizationId());
        return store.user(tx, directory.organizationId(), id).orElseThrow(ScimProblem::absent);
    }

    /// `before` is [#locked].
    Saved change(Tx tx, ScimStore.Directory directory, ScimUser before, ScimUser.Draft draft, String requestId) {
        String organization = directory.organizationId();
        ScimUser after = draft.finish(before.id(), before.personId(), before.createdAt(), tx.now());
        ScimUser sameName = store.userByKey(tx, organization, after.key()).orElse(null);
        if (sameName != null && !sameName.id().equals(before.id())) {
            throw ScimProblem.taken("There is somebody else with that userName.");
        }
        boolean named = !after.email().equals(before.email())
                || !Objects.equals(after.givenName(), before.givenName())
                || !Objects.equals(after.familyName(), before.familyName());
        if (named && !SsoAdmission.isElsewhere(tx, before.personId(), organization)) {
            String owner = persons.findByEmail(tx, after.email())
                    .map(PersonStore.Person::id)
                    .orElse(before.personId());
            if (!owner.equals(before.personId())) {
                throw ScimProblem.taken("There is somebody else with that e-mail address.");
            }
            store.renamePerson(tx, after, !after.email().equals(before.email()));
        }
        store.saveUser(tx, organization, after);
        // Whoever came back another way while they are inactive is put out again; an active one who was removed here is
        // not brought back by a change of something else.
        Departures.Done departure = before.active() && after.active()
                ? null
                : applyMembership(tx, directory, after, before.active(), requestId);
        record(tx, organization, "scim.user.update", after.id(), detail(after, departure), requestId);
        return new Saved(after, departure);
    }

    /// Whoever is deleted from the directory is out for good, and so are their keys. `user` is [#locked].
    Departures.Done remove(Tx tx, ScimStore.Directory directory, ScimUser user, String requestId) {
        String organization = directory.organizationId();
        findLeaving(tx, organization, user);
        Departures.Done departure = departures.leave(tx, organization, user.personId(), true);
        store.deleteUser(tx, user.id());
        record(
                tx,
                organization,
                "scim.user.delete",
                user.id(),
                Map.of("keys_deleted", departure.closed().size()),
                requestId);
        return departure;
    }

    private static Map<String, ?> detail(ScimUser user, Departures.@Nullable Done departure) {
        return Map.of(
                "active",
                user.active(),
                "keys_disabled",
                departure == null ? 0 : departure.closed().size(),
                "keys_enabled",
                departure == null ? 0 : departure.opened().size());
    }

    private Departures.@Nullable Done applyMembership(
            Tx tx, ScimStore.Directory directory, ScimUser user, boolean wasActive, String requestId) {
        String organization = directory.organizationId();
        if (!user.active()) {
            Member member = findLeaving(tx, organization, user);
            if (member == null && !wasActive) {
                return null;
            }
            if (member != null) {
                store.setFormerRole(tx, user.id(), member.role());
            }
            // Their keys are disabled before they lose the workspaces of their groups: so they wait for the person.
            Departures.Done out = departures.suspend(tx, organization, user.personId());
            return out.and(mappings.sync(tx, organization, Scope.person(user.personId()), author(requestId)));
        }
        Role former = store.formerRole(tx, user.id()).orElse(null);
        if (members.find(tx, organization, user.personId()).isEmpty()) {
            // Nobody is made a member of a second organization without being asked.
            if (former == null && SsoAdmission.isElsewhere(tx, user.personId(), organization)) {
                throw new ScimProblem(
                        409,
                        null,
                        "That person is a member of another organization on this server; invite them here first.");
            }
            Role role =
                    former != null && roles.roles(tx, organization).isEmpty() ? former : roleOf(tx, directory, user);
            members.join(tx, organization, user.personId(), role);
        }
        store.setFormerRole(tx, user.id(), null);
        Departures.Done back = departures.restore(tx, organization, user.personId());
        return back.and(mappings.sync(tx, organization, Scope.person(user.personId()), author(requestId)));
    }

    /// The membership of somebody who is to be out; null for none. Throws where they are the last owner.
    private @Nullable Member findLeaving(Tx tx, String organizationId, ScimUser user) {
        Member member = members.find(tx, organizationId, user.personId()).orElse(null);
        if (member != null && SsoAdmission.isLastOwner(tx, member, organizationId)) {
            throw new ScimProblem(
                    409, null, "The last owner of the organization stays; make somebody else an owner first.");
        }
        return member;
    }

    /// The directory's organization keeps no directory any more. Whom it made stays a member; whom it deactivated stays
    /// out, with keys that are disabled until somebody enables them. In several transactions, because there may be
    /// many.
    void forget(Database database, String organizationId) {
        for (String person : database.read(tx -> store.inactivePersons(tx, organizationId))) {
            finish(database.write(tx -> members.find(tx, organizationId, person).isPresent()
                    ? null
                    : departures.leave(tx, organizationId, person, false)));
        }
    }

    private Role roleOf(Tx tx, ScimStore.Directory directory, ScimUser user) {
        List<String> groups = store.groupsOf(tx, user.id()).stream()
                .map(ScimStore.Reference::display)
                .toList();
        Role role = SsoRoles.of(roles.roles(tx, directory.organizationId()), groups, directory.fallback());
        return role == null ? directory.fallback() : role;
    }

    /// Gives these people the roles of their groups, where groups mean roles at all.
    void applyRoles(Tx tx, ScimStore.Directory directory, Collection<String> userIds) {
        String organization = directory.organizationId();
        if (roles.roles(tx, organization).isEmpty()) {
            return;
        }
        for (String id : userIds) {
            ScimUser user = store.user(tx, organization, id).orElse(null);
            Member member = user == null
                    ? null
                    : members.find(tx, organization, user.personId()).orElse(null);
            if (user == null || member == null || !user.active()) {
                continue;
            }
            Role role = roleOf(tx, directory, user);
            if (role != member.role() && !SsoAdmission.isLastOwner(tx, member, organization)) {
                members.join(tx, organization, user.personId(), role);
            }
        }
    }

    void record(
            Tx tx,
            String organizationId,
            String action,
            String subject,
            Map<String, ? extends @Nullable Object> detail,
            String requestId) {
        audit.append(tx, organizationId, author(requestId), new AuditLog.Event(action, subject, detail));
    }

    /// The directory, as the audit log names it.
    static AuditLog.Author author(String requestId) {
        return new AuditLog.Author(Actor.Kind.KEY, null, requestId);
    }
}
