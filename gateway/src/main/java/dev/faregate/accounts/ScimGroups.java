package dev.faregate.accounts;

import dev.faregate.accounts.MappedMemberStore.Scope;
import dev.faregate.base.Ids;
import dev.faregate.storage.Tx;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// How a directory changes its groups, and what that changes about their members. Every method works in the transaction
/// of its caller, who calls [#finish] after the commit.
final class ScimGroups {
    private final ScimStore store;
    private final ScimPeople people;
    private final GroupMappings mappings;

    /// A group as a request leaves it.
    record Wanted(@Nullable String name, @Nullable String externalId, Set<String> members) {}

    /// A group as it is stored now, and what its change did to keys; null for nothing.
    record Saved(ScimStore.Group group, Departures.@Nullable Done keys) {}

    ScimGroups(ScimPeople people, GroupMappings mappings) {
        this.store = people.store();
        this.people = people;
        this.mappings = mappings;
    }

    void finish(Departures.@Nullable Done keys) {
        mappings.finish(keys);
    }

    Saved create(Tx tx, ScimStore.Directory directory, Wanted wanted, String requestId) {
        mappings.lock(tx, directory.organizationId());
        ScimStore.Group fresh = new ScimStore.Group(Ids.next().toString(), "", null, tx.now(), tx.now());
        return save(tx, directory, fresh, Set.of(), wanted, "scim.group.create", requestId);
    }

    /// `wanted` is told the group and the ids of its members. Two changes at once come one after the other, so neither
    /// takes back what the other did.
    Saved change(
            Tx tx,
            ScimStore.Directory directory,
            String id,
            BiFunction<ScimStore.Group, Set<String>, Wanted> wanted,
            String requestId) {
        mappings.lock(tx, directory.organizationId());
        ScimStore.Group before = store.group(tx, directory.organizationId(), id).orElseThrow(ScimProblem::absent);
        Set<String> members = members(tx, id);
        return save(tx, directory, before, members, wanted.apply(before, members), "scim.group.update", requestId);
    }

    /// A group goes, with the mappings that name it.
    Departures.@Nullable Done delete(Tx tx, ScimStore.Directory directory, String id, String requestId) {
        String organization = directory.organizationId();
        mappings.lock(tx, organization);
        ScimStore.Group group = store.group(tx, organization, id).orElseThrow(ScimProblem::absent);
        Set<String> members = members(tx, id);
        int mapped = mappings.store().deleteOfGroup(tx, id);
        store.deleteGroup(tx, id);
        people.applyRoles(tx, directory, members);
        Departures.Done keys = mapped == 0 ? null : sync(tx, organization, members, requestId);
        people.record(
                tx,
                organization,
                "scim.group.delete",
                id,
                Map.of("name", group.displayName(), "mappings", mapped),
                requestId);
        return keys;
    }

    private Departures.@Nullable Done sync(Tx tx, String organizationId, Set<String> userIds, String requestId) {
        return userIds.isEmpty()
                ? null
                : mappings.sync(tx, organizationId, Scope.users(userIds), ScimPeople.author(requestId));
    }

    private Set<String> members(Tx tx, String groupId) {
        Set<String> ids = new LinkedHashSet<>();
        store.members(tx, groupId).forEach(member -> ids.add(member.id()));
        return ids;
    }

    private Saved save(
            Tx tx,
            ScimStore.Directory directory,
            ScimStore.Group old,
            Set<String> before,
            Wanted wanted,
            String action,
            String requestId) {
        String organization = directory.organizationId();
        String name = wanted.name();
        if (name == null) {
            throw ScimProblem.wrong("invalidValue", "displayName is required.");
        }
        ScimStore.Group same = store.groupByName(tx, organization, name).orElse(null);
        if (same != null && !same.id().equals(old.id())) {
            throw ScimProblem.taken("There is a group with that displayName.");
        }
        ScimStore.Group group = new ScimStore.Group(old.id(), name, wanted.externalId(), old.createdAt(), tx.now());
        store.saveGroup(tx, organization, group);
        Set<String> added = new HashSet<>(wanted.members());
        added.removeAll(before);
        if (store.known(tx, organization, added).size() < added.size()) {
            throw ScimProblem.wrong("invalidValue", "A member is nobody whom this directory has made here.");
        }
        added.forEach(member -> store.addMember(tx, group.id(), member));
        Set<String> removed = new HashSet<>(before);
        removed.removeAll(wanted.members());
        removed.forEach(member -> store.removeMember(tx, group.id(), member));
        Set<String> all = new HashSet<>(before);
        all.addAll(added);
        // All of them: the name may have changed, and with it the role that the group means.
        people.applyRoles(tx, directory, all);
        Set<String> moved = new HashSet<>(added);
        moved.addAll(removed);
        Departures.Done keys =
                mappings.store().isMapped(tx, group.id()) ? sync(tx, organization, moved, requestId) : null;
        people.record(
                tx,
                organization,
                action,
                group.id(),
                Map.of("name", name, "members", wanted.members().size()),
                requestId);
        return new Saved(group, keys);
    }
}
