package dev.faregate.workspaces;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.credits.Limits;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Workspace;
import dev.faregate.identity.WorkspaceEnd;
import dev.faregate.identity.Writes;
import dev.faregate.keys.BudgetStore;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `/workspaces` (contract 2.4).
public final class WorkspacesHandler {
    /// Workspaces of one organization.
    static final int MAX_WORKSPACES = 1_000;

    private record Page(List<WorkspaceView> workspaces, int total) {}

    private final Database database;
    private final KeyDirectory directory;
    private final OrganizationStore organizations;
    private final Writes writes;
    private final WorkspaceStore store = new WorkspaceStore();
    private final WorkspaceBudgetStore budgets;
    private final List<WorkspaceEnd> ends;

    /// `ends`: what else belongs to a workspace and goes with it.
    public WorkspacesHandler(
            Database database,
            Limits limits,
            KeyDirectory directory,
            OrganizationStore organizations,
            Writes writes,
            List<WorkspaceEnd> ends) {
        this.ends = List.copyOf(ends);
        this.database = database;
        this.directory = directory;
        this.organizations = organizations;
        this.writes = writes;
        this.budgets = new WorkspaceBudgetStore(new BudgetStore(limits));
    }

    /// `GET /workspaces`: a page, oldest first; the first one is the default workspace.
    public Response list(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(Workspaces.PAGE, Workspaces.MAX_PAGE);
        String organization = Workspaces.organization(request);
        Page page = database.read(
                tx -> new Page(store.list(tx, organization, offset, limit), store.count(tx, organization)));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.workspaces().forEach(workspace -> workspace.write(json));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    /// `POST /workspaces`: 201.
    public Response create(Request request) {
        Actor actor = request.principal(Actor.class);
        WorkspaceSettings wanted = new WorkspaceFields(BodyFields.of(request.body())).created();
        String id = Ids.next().toString();
        WorkspaceView made = database.write(tx -> {
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return store.get(tx, earlier.get());
            }
            OrganizationStore.lock(tx, actor.organizationId());
            requireFree(tx, actor.organizationId(), wanted.slug());
            if (store.count(tx, actor.organizationId()) >= MAX_WORKSPACES) {
                throw bad("An organization can have at most " + MAX_WORKSPACES + " workspaces.");
            }
            organizations.createWorkspace(tx, id, actor.organizationId(), wanted.slug(), wanted.name(), actor.userId());
            WorkspaceView plain = store.get(tx, id);
            WorkspaceView whole = new WorkspaceView(
                    id,
                    plain.organizationId(),
                    plain.defaultGuardrailId(),
                    wanted,
                    plain.includeByokInBudgets(),
                    plain.createdBy(),
                    plain.createdAt(),
                    null);
            store.update(tx, whole);
            writes.record(tx, request, "workspace.create", id, wanted.auditDetail());
            return whole;
        });
        return Workspaces.data(201, made::write);
    }

    /// `GET /workspaces/{id}`, by id or slug.
    public Response get(Request request) {
        WorkspaceView workspace =
                database.read(tx -> store.get(tx, Workspaces.named(tx, request).id()));
        return Workspaces.data(200, workspace::write);
    }

    /// `PATCH /workspaces/{id}`: what is absent stays, null clears what can be empty.
    public Response update(Request request) {
        WorkspaceFields fields = new WorkspaceFields(BodyFields.of(request.body()));
        WorkspaceView updated = database.write(tx -> {
            Workspace named = Workspaces.locked(tx, request);
            WorkspaceView before = store.get(tx, named.id());
            if (writes.claim(tx, request, named.id()).isPresent()) {
                return before;
            }
            WorkspaceSettings wanted = fields.over(before.settings());
            if (wanted.equals(before.settings())) {
                return before;
            }
            if (!wanted.slug().equals(before.settings().slug())) {
                OrganizationStore.lock(tx, named.organizationId());
                requireFree(tx, named.organizationId(), wanted.slug());
            }
            WorkspaceView after = before.with(wanted, tx.now());
            store.update(tx, after);
            if (wanted.servesOtherwiseThan(before.settings())) {
                Changes.record(tx, named.id(), false);
            }
            writes.record(tx, request, "workspace.update", named.id(), wanted.auditDetail());
            return after;
        });
        directory.changed(updated.id(), false);
        return Workspaces.data(200, updated::write);
    }

    /// `DELETE /workspaces/{id}`: refused while it has keys. Its history stays readable.
    public Response delete(Request request) {
        boolean confirmed = new QueryParameters(request.head().query()).flag("confirm_default_workspace_deletion");
        String deleted = database.write(tx -> {
            Workspace workspace = Workspaces.locked(tx, request);
            writes.claim(tx, request, workspace.id());
            OrganizationStore.lock(tx, workspace.organizationId());
            requireDeletable(tx, workspace, confirmed);
            budgets.removeAll(tx, workspace);
            ends.forEach(each -> each.end(tx, workspace.organizationId(), workspace.id()));
            store.delete(tx, workspace.id(), nextDefault(tx, workspace));
            Changes.record(tx, workspace.id(), false);
            writes.record(
                    tx,
                    request,
                    "workspace.delete",
                    workspace.id(),
                    Map.of("name", workspace.name(), "slug", workspace.slug()));
            return workspace.id();
        });
        directory.changed(deleted, false);
        ends.forEach(each -> each.ended(Workspaces.organization(request)));
        return Response.deleted();
    }

    private void requireDeletable(Tx tx, Workspace workspace, boolean confirmed) {
        if (Workspaces.isDefault(tx, workspace) && !confirmed) {
            throw new ApiException(new ApiError.Forbidden(
                    "This is the default workspace. Deleting it has to be confirmed with "
                            + "`confirm_default_workspace_deletion=true`; the oldest one left is then the default.",
                    "confirmation_required",
                    Map.of()));
        }
        int keys = store.livingKeys(tx, workspace.id());
        if (keys > 0) {
            throw bad("This workspace has " + keys + (keys == 1 ? " API key" : " API keys")
                    + ". Delete them before the workspace.");
        }
        if (store.count(tx, workspace.organizationId()) == 1) {
            throw bad("An organization needs at least one workspace. Create another one first.");
        }
    }

    private String nextDefault(Tx tx, Workspace without) {
        return store.list(tx, without.organizationId(), 0, 2).stream()
                .map(WorkspaceView::id)
                .filter(id -> !id.equals(without.id()))
                .findFirst()
                .orElseThrow();
    }

    private void requireFree(Tx tx, String organizationId, String slug) {
        if (store.isTaken(tx, organizationId, slug)) {
            throw BodyFields.wrong("slug", "is taken by another workspace of this organization");
        }
    }

    private static ApiException bad(String message) {
        return new ApiException(new ApiError.BadRequest(message, null));
    }
}
