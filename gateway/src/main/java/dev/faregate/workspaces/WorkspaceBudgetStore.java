package dev.faregate.workspaces;

import static dev.faregate.storage.tables.Tables.WORKSPACE_BUDGET;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.identity.Workspace;
import dev.faregate.keys.BudgetStore;
import dev.faregate.storage.Tx;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jooq.Record;

/// The budgets of workspaces as people know them, each with the limit that admission looks at, which is
/// changed in the same transaction.
final class WorkspaceBudgetStore {
    private final BudgetStore limits;

    WorkspaceBudgetStore(BudgetStore limits) {
        this.limits = limits;
    }

    /// From narrow to wide.
    List<WorkspaceBudget> list(Tx tx, String workspaceId) {
        return tx
                .sql()
                .selectFrom(WORKSPACE_BUDGET)
                .where(WORKSPACE_BUDGET.WORKSPACE_ID.eq(workspaceId))
                .fetch(WorkspaceBudgetStore::read)
                .stream()
                .sorted(Comparator.comparingInt(budget -> BudgetOrder.WINDOWS.indexOf(budget.window())))
                .toList();
    }

    /// Makes a budget, or changes that of the same window.
    void put(Tx tx, Workspace workspace, Window window, Usd cap) {
        limits.workspace(tx, workspace.organizationId(), workspace.id(), window, cap);
        tx.sql()
                .insertInto(WORKSPACE_BUDGET)
                .set(WORKSPACE_BUDGET.ID, Ids.next().toString())
                .set(WORKSPACE_BUDGET.WORKSPACE_ID, workspace.id())
                .set(WORKSPACE_BUDGET.WINDOW_KIND, window.name())
                .set(WORKSPACE_BUDGET.CAP, cap.nanos())
                .set(WORKSPACE_BUDGET.CREATED_AT, Micros.of(tx.now()))
                .set(WORKSPACE_BUDGET.UPDATED_AT, Micros.of(tx.now()))
                .onConflict(WORKSPACE_BUDGET.WORKSPACE_ID, WORKSPACE_BUDGET.WINDOW_KIND)
                .doUpdate()
                .set(WORKSPACE_BUDGET.CAP, cap.nanos())
                .set(WORKSPACE_BUDGET.UPDATED_AT, Micros.of(tx.now()))
                .execute();
    }

    /// Makes all budgets of the workspace count requests on own provider keys with their list price, or not.
    void countByok(Tx tx, Workspace workspace, boolean counts) {
        limits.workspaceCountsByok(tx, workspace.organizationId(), workspace.id(), counts);
    }

    /// False when there was none.
    boolean remove(Tx tx, Workspace workspace, Window window) {
        limits.workspace(tx, workspace.organizationId(), workspace.id(), window, null);
        return tx.sql()
                        .deleteFrom(WORKSPACE_BUDGET)
                        .where(WORKSPACE_BUDGET.WORKSPACE_ID.eq(workspace.id()))
                        .and(WORKSPACE_BUDGET.WINDOW_KIND.eq(window.name()))
                        .execute()
                > 0;
    }

    void removeAll(Tx tx, Workspace workspace) {
        BudgetOrder.WINDOWS.forEach(window -> remove(tx, workspace, window));
    }

    private static WorkspaceBudget read(Record row) {
        return new WorkspaceBudget(
                Objects.requireNonNull(row.get(WORKSPACE_BUDGET.ID)),
                Objects.requireNonNull(row.get(WORKSPACE_BUDGET.WORKSPACE_ID)),
                Window.valueOf(Objects.requireNonNull(row.get(WORKSPACE_BUDGET.WINDOW_KIND))),
                Usd.ofNanos(Objects.requireNonNull(row.get(WORKSPACE_BUDGET.CAP))),
                Micros.toInstant(Objects.requireNonNull(row.get(WORKSPACE_BUDGET.CREATED_AT))),
                Micros.toInstant(Objects.requireNonNull(row.get(WORKSPACE_BUDGET.UPDATED_AT))));
    }
}
