package dev.faregate.accounts;

import dev.faregate.accounts.MappedMemberStore.Held;
import dev.faregate.accounts.MappedMemberStore.Membership;
import dev.faregate.accounts.MappedMemberStore.Scope;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.BodyFields;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.WorkspaceEnd;
import dev.faregate.identity.WorkspaceRole;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the groups of a directory mean for workspaces (ADR 48). A membership that a mapping says exists exactly while
/// the mapping does, the directory has the person in the group and active, and they are in the organization. Whoever
/// changes one of these calls [#lock] first and [#sync] last, in its transaction, and [#finish] after the commit: so
/// there is no moment in which the two differ, and nothing that runs later could be lost. Safe to share between
/// threads; blocks.
public final class GroupMappings implements WorkspaceEnd {
    /// Mappings of one organization.
    static final int MAX_MAPPINGS = 500;

    /// Memberships that one change may make. What takes memberships away is never refused.
    private static final int MAX_ADDED = 20_000;

    /// People whom one event of the audit log names; it has the number of all.
    private static final int MAX_NAMED = 100;

    private final GroupMappingStore store = new GroupMappingStore();
    private final MappedMemberStore members = new MappedMemberStore();
    private final ScimStore directory = new ScimStore();
    private final OrganizationStore organizations = new OrganizationStore();
    private final AuditLog audit = new AuditLog();
    private final Departures departures;
    private final int maxAdded;

    /// A mapping as it is now, and what its change did to keys; null for nothing.
    record Saved(GroupMapping mapping, Departures.@Nullable Done keys) {}

    GroupMappings(Departures departures) {
        this(departures, MAX_ADDED);
    }

    GroupMappings(Departures departures, int maxAdded) {
        this.departures = departures;
        this.maxAdded = maxAdded;
    }

    GroupMappingStore store() {
        return store;
    }

    /// See [GroupMappingStore#lock].
    void lock(Tx tx, String organizationId) {
        store.lock(tx, organizationId, null);
    }

    /// To be called after the commit.
    void finish(Departures.@Nullable Done done) {
        if (done != null) {
            departures.finish(done);
        }
    }

    /// The workspace is locked with the rest. Throws a 404 where the group or the workspace is none of the
    /// organization, and a 409 where they are mapped already.
    Saved create(
            Tx tx,
            String id,
            String organizationId,
            String groupId,
            String workspaceId,
            WorkspaceRole role,
            AuditLog.Author author) {
        if (directory.group(tx, organizationId, groupId).isEmpty()) {
            throw new ApiException(
                    new ApiError.NotFound("`scim_group_id` names no group of this organization's directory."));
        }
        if (organizations.findWorkspace(tx, organizationId, workspaceId).isEmpty()) {
            throw new ApiException(new ApiError.NotFound("`workspace_id` names no workspace of this organization."));
        }
        if (organizations.defaultWorkspace(tx, organizationId).id().equals(workspaceId)) {
            throw BodyFields.wrong("workspace_id", "names the default workspace, which everybody is in");
        }
        if (store.isMapped(tx, groupId, workspaceId)) {
            throw new ApiException(new ApiError.Conflict("This group is mapped to this workspace already."));
        }
        if (store.count(tx, organizationId) >= MAX_MAPPINGS) {
            throw new ApiException(new ApiError.BadRequest(
                    "An organization can have at most " + MAX_MAPPINGS + " group mappings.", null));
        }
        GroupMapping mapping = new GroupMapping(id, organizationId, groupId, workspaceId, role, tx.now(), tx.now());
        store.insert(tx, mapping);
        return new Saved(mapping, sync(tx, organizationId, Scope.workspace(workspaceId), author));
    }

    /// Gives a mapping another role.
    Saved change(Tx tx, GroupMapping mapping, WorkspaceRole role, AuditLog.Author author) {
        store.setRole(tx, mapping.id(), role);
        GroupMapping after = get(tx, mapping.organizationId(), mapping.id());
        return new Saved(after, sync(tx, mapping.organizationId(), Scope.workspace(mapping.workspaceId()), author));
    }

    /// Ends a mapping. `keep`: those whom it made members are from now on as if somebody had added them by hand.
    Departures.@Nullable Done delete(Tx tx, GroupMapping mapping, boolean keep, AuditLog.Author author) {
        if (keep) {
            members.keep(tx, mapping);
        }
        store.delete(tx, mapping.id());
        return sync(tx, mapping.organizationId(), Scope.workspace(mapping.workspaceId()), author);
    }

    /// A mapping of the organization; else a 404.
    GroupMapping get(Tx tx, String organizationId, String id) {
        return store.find(tx, organizationId, id)
                .orElseThrow(() -> new ApiException(new ApiError.NotFound("Group mapping not found")));
    }

    /// The directory is given up: whom its groups put somewhere stays there.
    void forget(Tx tx, String organizationId) {
        members.keepAll(tx, organizationId);
        store.deleteOfOrganization(tx, organizationId);
    }

    @Override
    public void end(Tx tx, String organizationId, String workspaceId) {
        store.deleteOfWorkspace(tx, workspaceId);
        members.endAll(tx, workspaceId);
    }

    @Override
    public void ended(String organizationId) {
        // Nothing of it is remembered.
    }

    /// Somebody became a member of the organization in another way than by its directory, which may know them.
    Departures.@Nullable Done arrive(Tx tx, String organizationId, String personId, AuditLog.Author author) {
        return store.lock(tx, organizationId, null) ? sync(tx, organizationId, Scope.person(personId), author) : null;
    }

    /// What a change does to one workspace.
    private static final class Moves {
        final Map<WorkspaceRole, List<String>> added = new EnumMap<>(WorkspaceRole.class);
        final Map<WorkspaceRole, List<String>> changed = new EnumMap<>(WorkspaceRole.class);
        final List<String> removed = new ArrayList<>();

        /// Who was added by hand too, and stays with that alone.
        final List<String> left = new ArrayList<>();

        static List<String> all(Map<WorkspaceRole, List<String>> people) {
            return people.values().stream().flatMap(List::stream).sorted().toList();
        }
    }

    /// Makes the memberships of that scope what groups and mappings say now. Whoever loses a workspace by it has their
    /// keys there disabled until they have it again. An event of the audit log tells it for each workspace; so
    /// it is among the last steps of a transaction.
    Departures.@Nullable Done sync(Tx tx, String organizationId, Scope scope, AuditLog.Author author) {
        Map<String, Moves> moves =
                moves(members.wanted(tx, organizationId, scope), members.held(tx, organizationId, scope));
        if (moves.isEmpty()) {
            return null;
        }
        moves.forEach((workspace, move) -> {
            move.added.forEach((role, people) -> members.add(tx, workspace, role, people));
            move.changed.forEach((role, people) -> members.setRole(tx, workspace, role, people));
            members.end(tx, workspace, move.removed);
            members.end(tx, workspace, move.left);
        });
        List<String> arrived = new ArrayList<>();
        List<String> closed = new ArrayList<>();
        moves.forEach((workspace, move) -> {
            arrived.addAll(Moves.all(move.added));
            closed.addAll(departures.withdraw(tx, organizationId, workspace, move.removed));
        });
        List<String> opened = departures.readmit(tx, organizationId, arrived);
        moves.forEach((workspace, move) -> {
            record(tx, organizationId, author, "workspace_member.add", workspace, Moves.all(move.added));
            List<String> changed = new ArrayList<>(Moves.all(move.changed));
            changed.addAll(move.left);
            record(tx, organizationId, author, "workspace_member.update", workspace, changed);
            record(tx, organizationId, author, "workspace_member.remove", workspace, move.removed);
        });
        return closed.isEmpty() && opened.isEmpty() ? null : new Departures.Done(organizationId, closed, opened);
    }

    private Map<String, Moves> moves(Map<Membership, WorkspaceRole> wanted, Map<Membership, Held> held) {
        Map<String, Moves> moves = new TreeMap<>();
        int added = 0;
        for (Map.Entry<Membership, WorkspaceRole> each : wanted.entrySet()) {
            Membership membership = each.getKey();
            Held now = held.get(membership);
            if (now == null || now.mapped() != each.getValue()) {
                Moves move = moves.computeIfAbsent(membership.workspaceId(), _ -> new Moves());
                (now == null ? move.added : move.changed)
                        .computeIfAbsent(each.getValue(), _ -> new ArrayList<>())
                        .add(membership.personId());
                added += now == null ? 1 : 0;
            }
        }
        if (added > maxAdded) {
            throw new ApiException(new ApiError.BadRequest(
                    "This would make " + added + " members of workspaces at once; at most " + maxAdded
                            + " are possible. Use smaller groups, or fill them in steps.",
                    null));
        }
        held.forEach((membership, now) -> {
            if (now.mapped() != null && !wanted.containsKey(membership)) {
                Moves move = moves.computeIfAbsent(membership.workspaceId(), _ -> new Moves());
                (now.byHand() ? move.left : move.removed).add(membership.personId());
            }
        });
        return moves;
    }

    private void record(
            Tx tx,
            String organizationId,
            AuditLog.Author author,
            String action,
            String workspaceId,
            Collection<String> people) {
        if (people.isEmpty()) {
            return;
        }
        Map<String, Object> detail = new HashMap<>();
        detail.put("by", "scim_group");
        detail.put("count", people.size());
        detail.put("user_ids", people.stream().sorted().limit(MAX_NAMED).toList());
        audit.append(tx, organizationId, author, new AuditLog.Event(action, workspaceId, detail));
    }
}
