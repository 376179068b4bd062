package dev.faregate.guardrails;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.GUARDRAIL_ASSIGNMENT;

import dev.faregate.base.Micros;
import dev.faregate.keys.BudgetStore;
import dev.faregate.keys.BudgetStore.Subject;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Which guardrail a key, a member, an environment or the organization holds: one at the most.
public final class AssignmentStore {
    /// An assignment as it is shown; the last three are the key's, and null for all others.
    public record Assignment(
            String id,
            String guardrailId,
            String subjectId,
            @Nullable String assignedBy,
            Instant createdAt,
            @Nullable String keyHash,
            @Nullable String keyName,
            @Nullable String keyLabel) {}

    private final BudgetStore budgets;

    AssignmentStore(BudgetStore budgets) {
        this.budgets = budgets;
    }

    /// Gives the guardrail to all of them, in place of those they hold.
    void assign(
            Tx tx,
            String organizationId,
            String guardrailId,
            SubjectKind kind,
            List<String> ids,
            @Nullable String assignedBy) {
        BudgetStore.lock(tx, organizationId);
        Map<String, List<Subject>> others = new LinkedHashMap<>();
        tx.sql()
                .select(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID, GUARDRAIL_ASSIGNMENT.SUBJECT_ID)
                .from(GUARDRAIL_ASSIGNMENT)
                .where(GUARDRAIL_ASSIGNMENT.ORGANIZATION_ID.eq(organizationId))
                .and(GUARDRAIL_ASSIGNMENT.SUBJECT_KIND.eq(kind.word()))
                .and(GUARDRAIL_ASSIGNMENT.SUBJECT_ID.in(ids))
                .and(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID.ne(guardrailId))
                .forEach(row -> others.computeIfAbsent(row.value1(), _ -> new ArrayList<>())
                        .add(new Subject(kind, row.value2())));
        others.forEach((other, subjects) -> budgets.unassign(tx, organizationId, other, subjects));
        budgets.assign(tx, organizationId, guardrailId, GuardrailStore.subjects(kind, ids), assignedBy);
    }

    /// Takes the guardrail from those of them that hold it, and tells how many those were.
    int remove(Tx tx, String organizationId, String guardrailId, SubjectKind kind, List<String> ids) {
        return budgets.unassign(tx, organizationId, guardrailId, GuardrailStore.subjects(kind, ids));
    }

    /// Those of these subjects that hold a guardrail.
    List<String> holders(Tx tx, String organizationId, SubjectKind kind, List<String> ids) {
        return tx.sql()
                .select(GUARDRAIL_ASSIGNMENT.SUBJECT_ID)
                .from(GUARDRAIL_ASSIGNMENT)
                .where(which(organizationId, null, kind))
                .and(GUARDRAIL_ASSIGNMENT.SUBJECT_ID.in(ids))
                .fetch(row -> Objects.requireNonNull(row.value1()));
    }

    /// Takes whatever guardrail it is from one subject; false when there was none.
    boolean removeAll(Tx tx, String organizationId, SubjectKind kind, String id) {
        BudgetStore.lock(tx, organizationId);
        List<String> held = tx.sql()
                .select(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID)
                .from(GUARDRAIL_ASSIGNMENT)
                .where(which(organizationId, null, kind))
                .and(GUARDRAIL_ASSIGNMENT.SUBJECT_ID.eq(id))
                .fetch(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID);
        held.forEach(guardrail -> budgets.unassign(tx, organizationId, guardrail, new Subject(kind, id)));
        return !held.isEmpty();
    }

    /// A page of the assignments to keys that are not deleted, oldest first; of one guardrail, or of all.
    List<Assignment> keys(Tx tx, String organizationId, @Nullable String guardrailId, int offset, int count) {
        return tx.sql()
                .select(GUARDRAIL_ASSIGNMENT.fields())
                .select(API_KEY.HASH, API_KEY.NAME, API_KEY.LABEL)
                .from(GUARDRAIL_ASSIGNMENT)
                .join(API_KEY)
                .on(API_KEY.ID.eq(GUARDRAIL_ASSIGNMENT.SUBJECT_ID))
                .where(which(organizationId, guardrailId, SubjectKind.KEY))
                .and(API_KEY.DELETED_AT.isNull())
                .orderBy(GUARDRAIL_ASSIGNMENT.CREATED_AT, GUARDRAIL_ASSIGNMENT.ID)
                .limit(count)
                .offset(offset)
                .fetch(row -> read(row, row.get(API_KEY.HASH), row.get(API_KEY.NAME), row.get(API_KEY.LABEL)));
    }

    int countKeys(Tx tx, String organizationId, @Nullable String guardrailId) {
        return tx.sql()
                .fetchCount(tx.sql()
                        .selectOne()
                        .from(GUARDRAIL_ASSIGNMENT)
                        .join(API_KEY)
                        .on(API_KEY.ID.eq(GUARDRAIL_ASSIGNMENT.SUBJECT_ID))
                        .where(which(organizationId, guardrailId, SubjectKind.KEY))
                        .and(API_KEY.DELETED_AT.isNull()));
    }

    /// How many of each kind hold each guardrail; those that nobody holds are absent.
    Map<String, Map<SubjectKind, Integer>> counts(Tx tx, String organizationId) {
        Map<String, Map<SubjectKind, Integer>> counts = new HashMap<>();
        tx.sql()
                .select(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID, GUARDRAIL_ASSIGNMENT.SUBJECT_KIND, DSL.count())
                .from(GUARDRAIL_ASSIGNMENT)
                .leftJoin(API_KEY)
                .on(API_KEY.ID.eq(GUARDRAIL_ASSIGNMENT.SUBJECT_ID))
                .where(GUARDRAIL_ASSIGNMENT.ORGANIZATION_ID.eq(organizationId))
                .and(API_KEY.DELETED_AT.isNull())
                .groupBy(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID, GUARDRAIL_ASSIGNMENT.SUBJECT_KIND)
                .forEach(row -> counts.computeIfAbsent(row.value1(), _ -> new EnumMap<>(SubjectKind.class))
                        .put(SubjectKind.ofWord(row.value2()), row.value3()));
        return counts;
    }

    /// As [#keys], for another kind: also for those who are no members any more but whose keys go on.
    List<Assignment> others(
            Tx tx, String organizationId, @Nullable String guardrailId, SubjectKind kind, int offset, int count) {
        return tx.sql()
                .select(GUARDRAIL_ASSIGNMENT.fields())
                .from(GUARDRAIL_ASSIGNMENT)
                .where(which(organizationId, guardrailId, kind))
                .orderBy(GUARDRAIL_ASSIGNMENT.CREATED_AT, GUARDRAIL_ASSIGNMENT.ID)
                .limit(count)
                .offset(offset)
                .fetch(row -> read(row, null, null, null));
    }

    int countOthers(Tx tx, String organizationId, @Nullable String guardrailId, SubjectKind kind) {
        return tx.sql().fetchCount(GUARDRAIL_ASSIGNMENT, which(organizationId, guardrailId, kind));
    }

    private static Condition which(String organizationId, @Nullable String guardrailId, SubjectKind kind) {
        Condition those = GUARDRAIL_ASSIGNMENT
                .ORGANIZATION_ID
                .eq(organizationId)
                .and(GUARDRAIL_ASSIGNMENT.SUBJECT_KIND.eq(kind.word()));
        return guardrailId == null ? those : those.and(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID.eq(guardrailId));
    }

    private static Assignment read(
            Record row, @Nullable String keyHash, @Nullable String keyName, @Nullable String keyLabel) {
        return new Assignment(
                Objects.requireNonNull(row.get(GUARDRAIL_ASSIGNMENT.ID)),
                Objects.requireNonNull(row.get(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID)),
                Objects.requireNonNull(row.get(GUARDRAIL_ASSIGNMENT.SUBJECT_ID)),
                row.get(GUARDRAIL_ASSIGNMENT.ASSIGNED_BY),
                Micros.toInstant(Objects.requireNonNull(row.get(GUARDRAIL_ASSIGNMENT.CREATED_AT))),
                keyHash,
                keyName,
                keyLabel);
    }
}
