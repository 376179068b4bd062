package dev.faregate.workspaces;

import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.http.Handler;
import dev.faregate.identity.AuditEventsHandler;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// The handlers of workspaces over a shared store, called without a server.
final class SpacesRig {
    final Rig rig;
    final WorkspacesHandler workspaces;
    final WorkspaceBudgetsHandler budgets;
    final WorkspaceMembersHandler members;
    final OrganizationHandler organization;
    final AuditEventsHandler audit;
    final MemberStore people = new MemberStore();

    SpacesRig(Database.Kind kind) {
        rig = new Rig(kind);
        Writes writes = new Writes(new AuditLog());
        workspaces =
                new WorkspacesHandler(rig.database, rig.limits, rig.directory, rig.organizations, writes, List.of());
        budgets = new WorkspaceBudgetsHandler(rig.database, rig.limits, rig.directory, writes);
        members = new WorkspaceMembersHandler(rig.database, people, writes);
        organization = new OrganizationHandler(rig.database, people, rig.directory, writes);
        audit = new AuditEventsHandler(rig.database);
    }

    /// A person in the organization.
    String person(String organizationId, Role role) {
        String id = Ids.next().toString();
        rig.database.write(tx -> {
            people.createPerson(tx, id, id + "@example.com", "First", null);
            people.join(tx, organizationId, id, role);
            return null;
        });
        return id;
    }

    /// Calls a handler with path parameters (`{id}`, `{interval}`) and a query, both as name and value.
    JsonNode call(
            Handler.Blocking handler,
            Secret key,
            Map<String, String> path,
            Map<String, String> query,
            String body,
            String... headers) {
        Map<String, List<String>> parameters = new HashMap<>();
        query.forEach((name, value) -> parameters.put(name, List.of(value)));
        return rig.call(handler, key, Rig.head("POST", "/" + path, path, parameters, headers), body);
    }

    JsonNode call(Handler.Blocking handler, Map<String, String> path, String body) {
        return call(handler, rig.management, path, Map.of(), body);
    }

    JsonNode create(String body) {
        return call(workspaces::create, Map.of(), body).path("data");
    }

    JsonNode get(String reference) {
        return call(workspaces::get, Map.of("id", reference), "").path("data");
    }

    JsonNode patch(String reference, String body) {
        return call(workspaces::update, Map.of("id", reference), body).path("data");
    }

    JsonNode putBudget(String reference, String interval, String body) {
        return call(budgets::put, Map.of("id", reference, "interval", interval), body);
    }
}
