package dev.faregate.accounts;

import dev.faregate.base.Ids;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
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

    ScimStore store() {
        return store;
    }

    ScimUser create(Tx tx, ScimStore.Directory directory, ScimUser.Draft draft, String requestId) {
        String organization = directory.organizationId();
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
        applyMembership(tx, directory, user);
        record(tx, organization, "scim.user.create", user.id(), Map.of("active", user.active()), requestId);
        return user;
    }

    ScimUser change(Tx tx, ScimStore.Directory directory, ScimUser before, ScimUser.Draft draft, String requestId) {
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
        if (before.active() != after.active()) {
            applyMembership(tx, directory, after);
        }
        record(tx, organization, "scim.user.update", after.id(), Map.of("active", after.active()), requestId);
        return after;
    }

    void remove(Tx tx, ScimStore.Directory directory, ScimUser user, String requestId) {
        leave(tx, directory, user);
        store.deleteUser(tx, user.id());
        record(tx, directory.organizationId(), "scim.user.delete", user.id(), Map.of(), requestId);
    }

    private void applyMembership(Tx tx, ScimStore.Directory directory, ScimUser user) {
        if (!user.active()) {
            leave(tx, directory, user);
            return;
        }
        Member member =
                members.find(tx, directory.organizationId(), user.personId()).orElse(null);
        if (member == null) {
            // Nobody is made a member of a second organization without being asked.
            if (SsoAdmission.isElsewhere(tx, user.personId(), directory.organizationId())) {
                throw new ScimProblem(
                        409,
                        null,
                        "That person is a member of another organization on this server; invite them here first.");
            }
            members.join(tx, directory.organizationId(), user.personId(), roleOf(tx, directory, user));
        }
    }

    private void leave(Tx tx, ScimStore.Directory directory, ScimUser user) {
        Member member =
                members.find(tx, directory.organizationId(), user.personId()).orElse(null);
        if (member != null && SsoAdmission.isLastOwner(tx, member, directory.organizationId())) {
            throw new ScimProblem(
                    409, null, "The last owner of the organization stays; make somebody else an owner first.");
        }
        members.leave(tx, directory.organizationId(), user.personId());
        store.forgetPending(tx, directory.organizationId(), user.personId());
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
        audit.append(
                tx,
                organizationId,
                new AuditLog.Author(Actor.Kind.KEY, null, requestId),
                new AuditLog.Event(action, subject, detail));
    }
}
