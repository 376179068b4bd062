package dev.faregate.guardrails;

import static dev.faregate.storage.tables.Tables.CHANGE_COUNTER;
import static dev.faregate.storage.tables.Tables.GUARDRAIL;
import static dev.faregate.storage.tables.Tables.GUARDRAIL_ASSIGNMENT;
import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.base.Json;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.keys.BudgetStore;
import dev.faregate.keys.BudgetStore.Subject;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Guardrails, and the budgets that go with them.
final class GuardrailStore {
    /// Everything that a node remembers of an organization: its guardrails, and which one each subject holds. `seq` is
    /// the change that it surely contains.
    record Snapshot(long seq, List<Guardrail> guardrails, Map<SubjectKind, Map<String, String>> held) {}

    private final BudgetStore budgets;

    GuardrailStore(BudgetStore budgets) {
        this.budgets = budgets;
    }

    void insert(Tx tx, Guardrail guardrail) {
        tx.sql()
                .insertInto(GUARDRAIL)
                .set(GUARDRAIL.ID, guardrail.id())
                .set(GUARDRAIL.ORGANIZATION_ID, guardrail.organizationId())
                .set(GUARDRAIL.WORKSPACE_ID, guardrail.workspaceId())
                .set(GUARDRAIL.IS_DEFAULT, guardrail.isDefault())
                .set(values(guardrail))
                .set(GUARDRAIL.CREATED_AT, Micros.of(guardrail.createdAt()))
                .execute();
        enforceBudget(tx, guardrail);
        if (guardrail.isDefault()) {
            budgets.assign(
                    tx,
                    guardrail.organizationId(),
                    guardrail.id(),
                    new Subject(SubjectKind.WORKSPACE, guardrail.workspaceId()));
        }
    }

    void update(Tx tx, Guardrail guardrail) {
        tx.sql()
                .update(GUARDRAIL)
                .set(values(guardrail))
                .where(GUARDRAIL.ID.eq(guardrail.id()))
                .execute();
        enforceBudget(tx, guardrail);
    }

    /// Takes it from everybody it applies to, with its budgets, and forgets it.
    void delete(Tx tx, Guardrail guardrail) {
        budgets.guardrail(tx, guardrail.organizationId(), guardrail.id(), Window.DAILY, null);
        tx.sql()
                .deleteFrom(GUARDRAIL_ASSIGNMENT)
                .where(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID.eq(guardrail.id()))
                .execute();
        tx.sql().deleteFrom(GUARDRAIL).where(GUARDRAIL.ID.eq(guardrail.id())).execute();
    }

    /// Deletes the guardrails of one workspace, its default one too.
    void deleteOf(Tx tx, String organizationId, String workspaceId) {
        list(tx, organizationId, workspaceId, 0, Integer.MAX_VALUE).forEach(guardrail -> delete(tx, guardrail));
    }

    private void enforceBudget(Tx tx, Guardrail guardrail) {
        Window window = guardrail.interval();
        Usd cap = guardrail.dryRun() || window == null ? null : guardrail.limit();
        budgets.guardrail(
                tx,
                guardrail.organizationId(),
                guardrail.id(),
                window == null ? Window.DAILY : window,
                cap,
                guardrail.includeByok());
    }

    private static Map<org.jooq.Field<?>, @Nullable Object> values(Guardrail guardrail) {
        Map<org.jooq.Field<?>, @Nullable Object> values = new HashMap<>();
        Usd limit = guardrail.limit();
        Window interval = guardrail.interval();
        values.put(GUARDRAIL.NAME, guardrail.name());
        values.put(GUARDRAIL.DESCRIPTION, guardrail.description());
        values.put(GUARDRAIL.LIMIT_NANOS, limit == null ? null : (Long) limit.nanos());
        values.put(GUARDRAIL.RESET_INTERVAL, interval == null ? null : interval.name());
        values.put(GUARDRAIL.INCLUDE_BYOK, guardrail.includeByok());
        values.put(GUARDRAIL.DRY_RUN, guardrail.dryRun());
        values.put(GUARDRAIL.RULES, rulesText(guardrail.rules()));
        values.put(
                GUARDRAIL.UPDATED_AT, guardrail.updatedAt() == null ? null : (Long) Micros.of(guardrail.updatedAt()));
        return values;
    }

    private static String rulesText(Rules rules) {
        return new String(
                Json.write(json -> {
                    json.writeStartObject();
                    rules.write(json);
                    json.writeEndObject();
                }),
                StandardCharsets.UTF_8);
    }

    Optional<Guardrail> find(Tx tx, String organizationId, String id) {
        return tx.sql()
                .selectFrom(GUARDRAIL)
                .where(GUARDRAIL.ORGANIZATION_ID.eq(organizationId))
                .and(GUARDRAIL.ID.eq(id))
                .fetchOptional(GuardrailStore::read);
    }

    /// As [#find], and nobody else changes what binds the organization's keys until this transaction ends.
    Optional<Guardrail> findForUpdate(Tx tx, String organizationId, String id) {
        BudgetStore.lock(tx, organizationId);
        return find(tx, organizationId, id);
    }

    /// The default guardrail that nobody wrote yet, by its id; empty when no workspace of the organization has it.
    Optional<Guardrail> unwritten(Tx tx, String organizationId, String id) {
        return tx.sql()
                .select(WORKSPACE.ID)
                .from(WORKSPACE)
                .where(WORKSPACE.ORGANIZATION_ID.eq(organizationId))
                .and(WORKSPACE.DEFAULT_GUARDRAIL_ID.eq(id))
                .and(WORKSPACE.DELETED_AT.isNull())
                .fetchOptional(WORKSPACE.ID)
                .map(workspace -> new Guardrail(
                        id,
                        organizationId,
                        workspace,
                        "Workspace " + workspace + " Default",
                        null,
                        null,
                        null,
                        false,
                        false,
                        true,
                        Rules.NONE,
                        tx.now(),
                        null));
    }

    /// The id of the default guardrail of a workspace, written or not.
    Optional<String> defaultOf(Tx tx, String organizationId, String workspaceId) {
        return tx.sql()
                .select(WORKSPACE.DEFAULT_GUARDRAIL_ID)
                .from(WORKSPACE)
                .where(WORKSPACE.ORGANIZATION_ID.eq(organizationId))
                .and(WORKSPACE.ID.eq(workspaceId))
                .and(WORKSPACE.DELETED_AT.isNull())
                .fetchOptional(WORKSPACE.DEFAULT_GUARDRAIL_ID);
    }

    /// A page, oldest first; of one workspace, or of all.
    List<Guardrail> list(Tx tx, String organizationId, @Nullable String workspaceId, int offset, int count) {
        return tx.sql()
                .selectFrom(GUARDRAIL)
                .where(which(organizationId, workspaceId))
                .orderBy(GUARDRAIL.CREATED_AT, GUARDRAIL.ID)
                .limit(count)
                .offset(offset)
                .fetch(GuardrailStore::read);
    }

    int count(Tx tx, String organizationId, @Nullable String workspaceId) {
        return tx.sql().fetchCount(GUARDRAIL, which(organizationId, workspaceId));
    }

    private static Condition which(String organizationId, @Nullable String workspaceId) {
        return GUARDRAIL
                .ORGANIZATION_ID
                .eq(organizationId)
                .and(workspaceId == null ? DSL.noCondition() : GUARDRAIL.WORKSPACE_ID.eq(workspaceId));
    }

    /// The organizations that have guardrails.
    List<String> organizations(Tx tx) {
        return tx.sql()
                .selectDistinct(GUARDRAIL.ORGANIZATION_ID)
                .from(GUARDRAIL)
                .fetch(GUARDRAIL.ORGANIZATION_ID);
    }

    Snapshot snapshot(Tx tx, String organizationId) {
        // Read first: what was committed with this number or before is in what is read next.
        long seq = tx.sql()
                .select(CHANGE_COUNTER.SEQ)
                .from(CHANGE_COUNTER)
                .fetchSingle()
                .value1();
        List<Guardrail> guardrails = tx.sql()
                .selectFrom(GUARDRAIL)
                .where(GUARDRAIL.ORGANIZATION_ID.eq(organizationId))
                .fetch(GuardrailStore::read);
        Map<SubjectKind, Map<String, String>> held = new EnumMap<>(SubjectKind.class);
        for (SubjectKind kind : SubjectKind.values()) {
            held.put(kind, new HashMap<>());
        }
        tx.sql()
                .select(
                        GUARDRAIL_ASSIGNMENT.SUBJECT_KIND,
                        GUARDRAIL_ASSIGNMENT.SUBJECT_ID,
                        GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID)
                .from(GUARDRAIL_ASSIGNMENT)
                .where(GUARDRAIL_ASSIGNMENT.ORGANIZATION_ID.eq(organizationId))
                .forEach(row -> Objects.requireNonNull(held.get(SubjectKind.ofWord(row.value1())))
                        .put(row.value2(), row.value3()));
        return new Snapshot(seq, guardrails, held);
    }

    private static Guardrail read(Record row) {
        Long limit = row.get(GUARDRAIL.LIMIT_NANOS);
        String interval = row.get(GUARDRAIL.RESET_INTERVAL);
        Long updated = row.get(GUARDRAIL.UPDATED_AT);
        return new Guardrail(
                get(row, GUARDRAIL.ID),
                get(row, GUARDRAIL.ORGANIZATION_ID),
                get(row, GUARDRAIL.WORKSPACE_ID),
                get(row, GUARDRAIL.NAME),
                row.get(GUARDRAIL.DESCRIPTION),
                limit == null ? null : Usd.ofNanos(limit),
                interval == null ? null : Window.valueOf(interval),
                get(row, GUARDRAIL.INCLUDE_BYOK),
                get(row, GUARDRAIL.DRY_RUN),
                get(row, GUARDRAIL.IS_DEFAULT),
                StoredRules.read(get(row, GUARDRAIL.RULES)),
                Micros.toInstant(get(row, GUARDRAIL.CREATED_AT)),
                Micros.toNullable(updated));
    }

    private static <T> T get(Record row, org.jooq.Field<T> field) {
        return Objects.requireNonNull(row.get(field), field.getName());
    }

    /// The subjects of one kind, by their ids.
    static List<Subject> subjects(SubjectKind kind, List<String> ids) {
        List<Subject> subjects = new ArrayList<>(ids.size());
        ids.forEach(id -> subjects.add(new Subject(kind, id)));
        return subjects;
    }
}
