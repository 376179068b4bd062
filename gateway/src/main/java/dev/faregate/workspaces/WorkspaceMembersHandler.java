package dev.faregate.workspaces;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Workspace;
import dev.faregate.identity.Writes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;

/// `/workspaces/{id}/members` (contract 2.4). Everybody in the organization is in its default workspace.
public final class WorkspaceMembersHandler {
    /// People named in one call.
    static final int MAX_USERS = 100;

    private static final int MAX_USER_LENGTH = 100;

    private record Page(List<WorkspaceMember> members, int total) {}

    private final Database database;
    private final MemberStore people;
    private final Writes writes;
    private final WorkspaceMemberStore store = new WorkspaceMemberStore();

    public WorkspaceMembersHandler(Database database, MemberStore people, Writes writes) {
        this.database = database;
        this.people = people;
        this.writes = writes;
    }

    /// `GET /workspaces/{id}/members`
    public Response list(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(Workspaces.PAGE, Workspaces.MAX_PAGE);
        Page page = database.read(tx -> page(tx, Workspaces.named(tx, request), offset, limit));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.members().forEach(member -> member.write(json));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    private Page page(Tx tx, Workspace workspace, int offset, int limit) {
        if (!Workspaces.isDefault(tx, workspace)) {
            return new Page(store.list(tx, workspace, offset, limit), store.count(tx, workspace));
        }
        List<WorkspaceMember> everybody = people.list(tx, workspace.organizationId(), offset, limit).stream()
                .map(member -> WorkspaceMember.implied(workspace.id(), member.userId(), member.role(), member.since()))
                .toList();
        return new Page(everybody, people.count(tx, workspace.organizationId()));
    }

    /// `POST /workspaces/{id}/members/add`: all of them or none; who is a member already counts too.
    public Response add(Request request) {
        List<String> users = users(request);
        List<WorkspaceMember> added = database.write(tx -> {
            Workspace workspace = changeable(tx, request);
            if (writes.claim(tx, request, workspace.id()).isEmpty()) {
                int known = people.find(tx, workspace.organizationId(), users).size();
                if (known < users.size()) {
                    throw BodyFields.wrong("user_ids", "names users who are not members of the organization");
                }
                users.forEach(user -> store.add(tx, workspace.id(), user));
                writes.record(tx, request, "workspace_member.add", workspace.id(), Map.of("user_ids", users));
            }
            return store.find(tx, workspace, users);
        });
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeNumberProperty("added_count", added.size());
            json.writeArrayPropertyStart("data");
            added.forEach(member -> member.write(json));
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /// `POST /workspaces/{id}/members/remove`: who is none counts for nothing.
    public Response remove(Request request) {
        List<String> users = users(request);
        int removed = database.write(tx -> {
            Workspace workspace = changeable(tx, request);
            if (writes.claim(tx, request, workspace.id()).isPresent()) {
                return 0;
            }
            List<String> mapped = store.mapped(tx, workspace.id(), users);
            if (!mapped.isEmpty()) {
                throw new ApiException(new ApiError.BadRequest(
                        "The following members are in this workspace by a group of your directory and cannot be removed: "
                                + String.join(", ", mapped)
                                + ". Take them out of the group, or delete its mapping.",
                        "user_ids"));
            }
            List<String> busy = store.withKeys(tx, workspace.id(), users);
            if (!busy.isEmpty()) {
                throw new ApiException(new ApiError.BadRequest(
                        "The following members have active API keys in this workspace and cannot be removed: "
                                + String.join(", ", busy) + ". Their keys must be deleted first.",
                        "user_ids"));
            }
            int count = store.remove(tx, workspace.id(), users);
            if (count > 0) {
                writes.record(tx, request, "workspace_member.remove", workspace.id(), Map.of("user_ids", users));
            }
            return count;
        });
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeNumberProperty("removed_count", removed);
            json.writeEndObject();
        });
    }

    private static Workspace changeable(Tx tx, Request request) {
        Workspace workspace = Workspaces.locked(tx, request);
        if (Workspaces.isDefault(tx, workspace)) {
            throw new ApiException(new ApiError.Forbidden(
                    "Cannot modify members of the default workspace: everybody in the organization is in it.",
                    "default_workspace",
                    Map.of()));
        }
        return workspace;
    }

    /// Each once, in order.
    private static List<String> users(Request request) {
        BodyFields body = BodyFields.of(request.body());
        List<String> users = body.findTexts("user_ids", MAX_USERS, MAX_USER_LENGTH);
        if (users == null || users.isEmpty()) {
            throw body.bad("user_ids", "is required and must name 1 to " + MAX_USERS + " users");
        }
        return users.stream().distinct().toList();
    }
}
