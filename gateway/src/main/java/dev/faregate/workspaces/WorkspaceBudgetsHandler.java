package dev.faregate.workspaces;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Window;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Workspace;
import dev.faregate.identity.Writes;
import dev.faregate.keys.BudgetStore;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.core.JsonGenerator;

/// `/workspaces/{id}/budgets` (contract 2.4 and 3.6): up to four, pooled over the workspace's keys. What a
/// spent one does to requests is the ledger's.
public final class WorkspaceBudgetsHandler {
    private record Budgets(String workspaceId, List<WorkspaceBudget> budgets, boolean includeByok) {
        WorkspaceBudget of(Window window) {
            return budgets.stream()
                    .filter(budget -> budget.window() == window)
                    .findFirst()
                    .orElseThrow(() -> new ApiException(new ApiError.NotFound("Budget not found")));
        }
    }

    private final Database database;
    private final KeyDirectory directory;
    private final Writes writes;
    private final WorkspaceStore workspaces = new WorkspaceStore();
    private final WorkspaceBudgetStore store;

    public WorkspaceBudgetsHandler(Database database, Limits limits, KeyDirectory directory, Writes writes) {
        this.database = database;
        this.directory = directory;
        this.writes = writes;
        this.store = new WorkspaceBudgetStore(new BudgetStore(limits));
    }

    /// `GET /workspaces/{id}/budgets`: from narrow to wide.
    public Response list(Request request) {
        Budgets found = database.read(tx -> budgets(tx, Workspaces.named(tx, request)));
        return answer(found.includeByok(), json -> {
            json.writeStartArray();
            found.budgets().forEach(budget -> budget.write(json));
            json.writeEndArray();
        });
    }

    /// `GET /workspaces/{id}/budgets/{interval}`
    public Response get(Request request) {
        Window window = window(request);
        Budgets found = database.read(tx -> budgets(tx, Workspaces.named(tx, request)));
        return answer(found.includeByok(), found.of(window)::write);
    }

    /// `PUT /workspaces/{id}/budgets/{interval}`: makes or changes it. `include_byok_in_budgets` is one
    /// setting for all budgets of the workspace.
    public Response put(Request request) {
        Window window = window(request);
        BodyFields body = BodyFields.of(request.body());
        Usd cap = cap(body);
        Boolean includeByok = body.findFlag("include_byok_in_budgets");
        Budgets after = database.write(tx -> {
            Workspace workspace = Workspaces.locked(tx, request);
            if (writes.claim(tx, request, workspace.id()).isPresent()) {
                return budgets(tx, workspace);
            }
            BudgetOrder.check(window, cap, caps(budgets(tx, workspace)));
            store.put(tx, workspace, window, cap);
            if (includeByok != null) {
                workspaces.includeByokInBudgets(tx, workspace.id(), includeByok);
            }
            Budgets now = budgets(tx, workspace);
            store.countByok(tx, workspace, now.includeByok());
            Changes.record(tx, workspace.id(), false);
            writes.record(
                    tx,
                    request,
                    "workspace_budget.set",
                    workspace.id(),
                    Map.of(
                            "interval", BudgetOrder.word(window),
                            "limit_usd", cap.dollars(),
                            "include_byok_in_budgets", now.includeByok()));
            return now;
        });
        directory.changed(after.workspaceId(), false);
        return answer(after.includeByok(), after.of(window)::write);
    }

    /// `DELETE /workspaces/{id}/budgets/{interval}`: also when there is none.
    public Response delete(Request request) {
        Window window = window(request);
        String workspaceId = database.write(tx -> {
            Workspace workspace = Workspaces.locked(tx, request);
            if (writes.claim(tx, request, workspace.id()).isEmpty() && store.remove(tx, workspace, window)) {
                Changes.record(tx, workspace.id(), false);
                writes.record(
                        tx,
                        request,
                        "workspace_budget.delete",
                        workspace.id(),
                        Map.of("interval", BudgetOrder.word(window)));
            }
            return workspace.id();
        });
        directory.changed(workspaceId, false);
        return Response.deleted();
    }

    private static Usd cap(BodyFields body) {
        Usd cap = body.findUsd("limit_usd", "");
        if (cap == null || cap.isZero()) {
            throw body.bad("limit_usd", "is required and must be more than 0 US dollars");
        }
        return cap;
    }

    private Budgets budgets(Tx tx, Workspace workspace) {
        return new Budgets(
                workspace.id(),
                store.list(tx, workspace.id()),
                workspaces.get(tx, workspace.id()).includeByokInBudgets());
    }

    private static Map<Window, Usd> caps(Budgets budgets) {
        return budgets.budgets().stream().collect(Collectors.toMap(WorkspaceBudget::window, WorkspaceBudget::cap));
    }

    private static Window window(Request request) {
        return BudgetOrder.find(request.head().pathParameter("interval"))
                .orElseThrow(() -> new ApiException(new ApiError.BadRequest(
                        "The interval of a budget is one of daily, weekly, monthly, lifetime.", "interval")));
    }

    private static Response answer(boolean includeByok, Consumer<JsonGenerator> data) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeName("data");
            data.accept(json);
            json.writeBooleanProperty("include_byok_in_budgets", includeByok);
            json.writeEndObject();
        });
    }
}
