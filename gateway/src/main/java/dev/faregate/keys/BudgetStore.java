package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.GUARDRAIL_ASSIGNMENT;
import static dev.faregate.storage.tables.Tables.GUARDRAIL_BUDGET;
import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.HoldRequest;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jooq.Condition;
import org.jooq.Record1;
import org.jooq.Select;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// The budgets of workspaces and guardrails, and which of them bind a key (rulings 2; contract 3.6). Each is a
/// limit of the ledger: up to four windows for a workspace; for a guardrail one per key and one per member it
/// applies to, never pooled over them.
///
/// Whatever is added here, no request that was planned before passes it: a new limit raises the policy of
/// every key it binds, in the transaction that makes it, and keys are made under the same lock (a key refers
/// to its organization, whose row every method here locks first).
public final class BudgetStore {
    /// What a guardrail can be assigned to.
    public enum SubjectKind {
        KEY("key"),
        MEMBER("member"),
        WORKSPACE("workspace"),
        /// The keys of an organization with this tag.
        ENVIRONMENT("environment"),
        ORGANIZATION("organization");

        private final String word;

        SubjectKind(String word) {
            this.word = word;
        }

        /// The word in the database.
        public String word() {
            return word;
        }

        public static SubjectKind ofWord(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /// A key, a member, a workspace or an organization by its id, an environment by its name.
    public record Subject(SubjectKind kind, String id) {}

    private record Budget(Window window, Usd cap, boolean includeByok) {}

    /// Keys of a guardrail whose budgets are looked at for a page, and budgets that are shown.
    private static final int MOST_LOOKED_AT = 500;

    private static final int MOST_SHOWN = 10;

    private final Limits limits;

    public BudgetStore(Limits limits) {
        this.limits = limits;
    }

    /// Sets the budget of a workspace for one window (`TOTAL`: its lifetime); null removes it.
    public void workspace(Tx tx, String organizationId, String workspaceId, Window window, @Nullable Usd cap) {
        lock(tx, organizationId);
        if (cap == null) {
            limits.remove(tx, Scope.WORKSPACE, workspaceId, window);
            return;
        }
        List<ApiKey> keys = keys(tx, organizationId, API_KEY.WORKSPACE_ID.eq(workspaceId));
        limits.defineFor(
                tx,
                Scope.WORKSPACE,
                workspaceId,
                window,
                cap,
                keys.stream().map(ApiKey::id).toList());
    }

    /// Sets the budget of a guardrail, for each key and each member that it applies to; null removes it. With
    /// another window everything counts anew from what was spent in that one.
    public void guardrail(Tx tx, String organizationId, String guardrailId, Window window, @Nullable Usd cap) {
        guardrail(tx, organizationId, guardrailId, window, cap, false);
    }

    /// As above; `includeByok`: requests on own provider keys count with their list price.
    public void guardrail(
            Tx tx, String organizationId, String guardrailId, Window window, @Nullable Usd cap, boolean includeByok) {
        lock(tx, organizationId);
        Budget before = budget(tx, guardrailId);
        tx.sql()
                .deleteFrom(GUARDRAIL_BUDGET)
                .where(GUARDRAIL_BUDGET.GUARDRAIL_ID.eq(guardrailId))
                .execute();
        if (cap != null) {
            tx.sql()
                    .insertInto(GUARDRAIL_BUDGET)
                    .set(GUARDRAIL_BUDGET.GUARDRAIL_ID, guardrailId)
                    .set(GUARDRAIL_BUDGET.ORGANIZATION_ID, organizationId)
                    .set(GUARDRAIL_BUDGET.WINDOW_KIND, window.name())
                    .set(GUARDRAIL_BUDGET.CAP, cap.nanos())
                    .set(GUARDRAIL_BUDGET.INCLUDE_BYOK, includeByok)
                    .execute();
        }
        align(tx, organizationId, guardrailId, before);
    }

    /// Makes a guardrail apply to a key, or to all keys of something larger. Throws a 400 when
    /// a key would then have more limits than one request can claim.
    public void assign(Tx tx, String organizationId, String guardrailId, Subject subject) {
        assign(tx, organizationId, guardrailId, List.of(subject), null);
    }

    /// The same for several at once; `assignedBy` is the user who does it, where one is known.
    public void assign(
            Tx tx,
            String organizationId,
            String guardrailId,
            Collection<Subject> subjects,
            @Nullable String assignedBy) {
        lock(tx, organizationId);
        for (Subject subject : subjects) {
            tx.sql()
                    .insertInto(GUARDRAIL_ASSIGNMENT)
                    .set(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID, guardrailId)
                    .set(GUARDRAIL_ASSIGNMENT.SUBJECT_KIND, subject.kind().word)
                    .set(GUARDRAIL_ASSIGNMENT.SUBJECT_ID, subject.id())
                    .set(GUARDRAIL_ASSIGNMENT.ORGANIZATION_ID, organizationId)
                    .set(GUARDRAIL_ASSIGNMENT.ID, Ids.next().toString())
                    .set(GUARDRAIL_ASSIGNMENT.CREATED_AT, Micros.of(tx.now()))
                    .set(GUARDRAIL_ASSIGNMENT.ASSIGNED_BY, assignedBy)
                    .onConflictDoNothing()
                    .execute();
        }
        Budget budget = budget(tx, guardrailId);
        if (budget != null) {
            // Those it applied to before are bound already.
            bind(tx, guardrailId, budget, keys(tx, organizationId, covered(subjects)));
        }
    }

    public void unassign(Tx tx, String organizationId, String guardrailId, Subject subject) {
        unassign(tx, organizationId, guardrailId, List.of(subject));
    }

    /// The same for several at once; tells how many of them it applied to.
    public int unassign(Tx tx, String organizationId, String guardrailId, Collection<Subject> subjects) {
        lock(tx, organizationId);
        Budget budget = budget(tx, guardrailId);
        List<ApiKey> before = budget == null ? List.of() : appliesTo(tx, organizationId, guardrailId);
        int removed = 0;
        for (Subject subject : subjects) {
            removed += tx.sql()
                    .deleteFrom(GUARDRAIL_ASSIGNMENT)
                    .where(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID.eq(guardrailId))
                    .and(GUARDRAIL_ASSIGNMENT.SUBJECT_KIND.eq(subject.kind().word))
                    .and(GUARDRAIL_ASSIGNMENT.SUBJECT_ID.eq(subject.id()))
                    .execute();
        }
        if (budget != null) {
            release(tx, guardrailId, budget.window(), before, appliesTo(tx, organizationId, guardrailId));
        }
        return removed;
    }

    private void release(Tx tx, String guardrailId, Window window, List<ApiKey> before, List<ApiKey> after) {
        Set<String> keptKeys = new HashSet<>();
        Set<String> keptMembers = new HashSet<>();
        for (ApiKey key : after) {
            keptKeys.add(key.id());
            if (key.creatorUserId() != null) {
                keptMembers.add(key.creatorUserId());
            }
        }
        for (ApiKey key : before) {
            if (!keptKeys.contains(key.id())) {
                limits.remove(tx, Scope.GUARDRAIL_KEY, owner(guardrailId, key.id()), window);
            }
            if (key.creatorUserId() != null && !keptMembers.contains(key.creatorUserId())) {
                limits.remove(tx, Scope.GUARDRAIL_MEMBER, owner(guardrailId, key.creatorUserId()), window);
            }
        }
    }

    private static Condition covered(Collection<Subject> subjects) {
        return API_KEY.ID
                .in(ids(subjects, SubjectKind.KEY))
                .or(API_KEY.CREATOR_USER_ID.in(ids(subjects, SubjectKind.MEMBER)))
                .or(API_KEY.WORKSPACE_ID.in(ids(subjects, SubjectKind.WORKSPACE)))
                .or(API_KEY.ENVIRONMENT.in(ids(subjects, SubjectKind.ENVIRONMENT)))
                .or(API_KEY.ORGANIZATION_ID.in(ids(subjects, SubjectKind.ORGANIZATION)));
    }

    private static List<String> ids(Collection<Subject> subjects, SubjectKind kind) {
        return subjects.stream().filter(s -> s.kind() == kind).map(Subject::id).toList();
    }

    /// Says whether requests on own provider keys count on the budgets of a workspace with their list price, in the
    /// windows that have one, and makes the current windows count accordingly. To be said again after each
    /// [#workspace]: a limit that is new counts no own keys.
    public void workspaceCountsByok(Tx tx, String organizationId, String workspaceId, boolean counts) {
        lock(tx, organizationId);
        List<ApiKey> keys = keys(tx, organizationId, API_KEY.WORKSPACE_ID.eq(workspaceId));
        limits.states(tx, Scope.WORKSPACE, workspaceId).keySet().stream()
                .sorted()
                .forEach(window -> ByokCounting.change(tx, limits, Scope.WORKSPACE, workspaceId, window, counts, keys));
    }

    /// Makes the limits that bind a key just made, in the transaction that makes it.
    void adopt(Tx tx, ApiKey key) {
        for (Map.Entry<String, Budget> guardrail : applyingTo(tx, key).entrySet()) {
            bind(tx, guardrail.getKey(), guardrail.getValue(), List.of(key));
        }
    }

    /// Brings the limits in line with the environment that a key was moved to, after it was stored. Whoever moves keys
    /// calls [#lock] before the key itself is locked.
    void moved(Tx tx, ApiKey before, ApiKey after) {
        if (Objects.equals(before.rules().environment(), after.rules().environment())) {
            return;
        }
        Map<String, Budget> was = applyingTo(tx, before);
        Map<String, Budget> is = applyingTo(tx, after);
        was.forEach((guardrail, budget) -> {
            if (!is.containsKey(guardrail)) {
                List<ApiKey> others = appliesTo(tx, after.organizationId(), guardrail);
                release(tx, guardrail, budget.window(), List.of(before), others);
            }
        });
        is.forEach((guardrail, budget) -> {
            if (!was.containsKey(guardrail)) {
                bind(tx, guardrail, budget, List.of(after));
            }
        });
    }

    /// The ids of the limits of workspaces and guardrails that a paid request of this key claims on; those that
    /// count own provider keys are added to `byok` too.
    List<Long> limitsOf(Tx tx, ApiKey key, Set<Long> byok) {
        List<Long> ids = new ArrayList<>(4);
        collect(ids, byok, limits.states(tx, Scope.WORKSPACE, key.workspaceId()));
        List<String> guardrails = List.copyOf(applyingTo(tx, key).keySet());
        if (!guardrails.isEmpty()) {
            limits.states(
                            tx,
                            Scope.GUARDRAIL_KEY,
                            guardrails.stream().map(g -> owner(g, key.id())).toList())
                    .values()
                    .forEach(states -> collect(ids, byok, states));
            String member = key.creatorUserId();
            if (member != null) {
                limits.states(
                                tx,
                                Scope.GUARDRAIL_MEMBER,
                                guardrails.stream().map(g -> owner(g, member)).toList())
                        .values()
                        .forEach(states -> collect(ids, byok, states));
            }
        }
        ids.sort(null);
        return ids;
    }

    /// The guardrails with a budget that apply to a key, each with whether it does so as one of its workspace, its
    /// environment or its organization.
    static Map<String, Boolean> guardrailsOf(Tx tx, ApiKey key) {
        Set<String> shared = tx.sql()
                .select(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID)
                .from(GUARDRAIL_ASSIGNMENT)
                .where(sharedBy(key))
                .and(GUARDRAIL_ASSIGNMENT.ORGANIZATION_ID.eq(key.organizationId()))
                .fetchSet(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID);
        Map<String, Boolean> guardrails = new TreeMap<>();
        applyingTo(tx, key).keySet().forEach(id -> guardrails.put(id, shared.contains(id)));
        return guardrails;
    }

    private static void collect(List<Long> ids, Set<Long> byok, Map<Window, Limits.State> states) {
        for (Limits.State state : states.values()) {
            ids.add(state.limitId());
            if (state.countsByok()) {
                byok.add(state.limitId());
            }
        }
    }

    /// Brings the limits of a guardrail in line with its budget and its assignments.
    private void align(Tx tx, String organizationId, String guardrailId, @Nullable Budget before) {
        List<ApiKey> keys = appliesTo(tx, organizationId, guardrailId);
        Budget budget = budget(tx, guardrailId);
        if (before != null && (budget == null || budget.window() != before.window())) {
            for (ApiKey key : keys) {
                limits.remove(tx, Scope.GUARDRAIL_KEY, owner(guardrailId, key.id()), before.window());
                if (key.creatorUserId() != null) {
                    limits.remove(tx, Scope.GUARDRAIL_MEMBER, owner(guardrailId, key.creatorUserId()), before.window());
                }
            }
        }
        if (budget != null) {
            bind(tx, guardrailId, budget, keys);
        }
    }

    private void bind(Tx tx, String guardrailId, Budget budget, List<ApiKey> keys) {
        Map<String, List<ApiKey>> members = new TreeMap<>();
        for (ApiKey key : keys) {
            define(tx, Scope.GUARDRAIL_KEY, owner(guardrailId, key.id()), budget, List.of(key));
            if (key.creatorUserId() != null) {
                members.computeIfAbsent(key.creatorUserId(), _ -> new ArrayList<>())
                        .add(key);
            }
        }
        members.forEach(
                (member, theirs) -> define(tx, Scope.GUARDRAIL_MEMBER, owner(guardrailId, member), budget, theirs));
        keys.forEach(key -> refuseTooMany(limitsOf(tx, key, new HashSet<>()).size()));
    }

    private void define(Tx tx, Scope scope, String owner, Budget budget, List<ApiKey> keys) {
        List<String> ids = keys.stream().map(ApiKey::id).toList();
        limits.defineFor(tx, scope, owner, budget.window(), budget.cap(), ids);
        ByokCounting.change(tx, limits, scope, owner, budget.window(), budget.includeByok(), keys);
    }

    private static void refuseTooMany(int budgets) {
        // The key's own total, its window and the balance come on top.
        if (budgets + 3 > HoldRequest.MAX_CLAIMS) {
            throw new ApiException(new ApiError.BadRequest(
                    "A key can be bound by at most " + (HoldRequest.MAX_CLAIMS - 3) + " budgets.", "guardrail"));
        }
    }

    static String owner(String guardrailId, String subject) {
        return guardrailId + ":" + subject;
    }

    private static @Nullable Budget budget(Tx tx, String guardrailId) {
        return tx.sql()
                .select(GUARDRAIL_BUDGET.WINDOW_KIND, GUARDRAIL_BUDGET.CAP, GUARDRAIL_BUDGET.INCLUDE_BYOK)
                .from(GUARDRAIL_BUDGET)
                .where(GUARDRAIL_BUDGET.GUARDRAIL_ID.eq(guardrailId))
                .fetchOptional(row -> new Budget(Window.valueOf(row.value1()), Usd.ofNanos(row.value2()), row.value3()))
                .orElse(null);
    }

    /// The keys, deleted ones too, that a guardrail applies to.
    private static List<ApiKey> appliesTo(Tx tx, String organizationId, String guardrailId) {
        return keys(tx, organizationId, boundBy(guardrailId));
    }

    private static Condition boundBy(String guardrailId) {
        return API_KEY.ID
                .in(subjects(guardrailId, SubjectKind.KEY))
                .or(API_KEY.CREATOR_USER_ID.in(subjects(guardrailId, SubjectKind.MEMBER)))
                .or(API_KEY.WORKSPACE_ID.in(subjects(guardrailId, SubjectKind.WORKSPACE)))
                .or(API_KEY.ENVIRONMENT.in(subjects(guardrailId, SubjectKind.ENVIRONMENT)))
                .or(API_KEY.ORGANIZATION_ID.in(subjects(guardrailId, SubjectKind.ORGANIZATION)));
    }

    private static Select<Record1<String>> subjects(String guardrailId, SubjectKind kind) {
        return DSL.select(GUARDRAIL_ASSIGNMENT.SUBJECT_ID)
                .from(GUARDRAIL_ASSIGNMENT)
                .where(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID.eq(guardrailId))
                .and(GUARDRAIL_ASSIGNMENT.SUBJECT_KIND.eq(kind.word));
    }

    private static List<ApiKey> keys(Tx tx, String organizationId, Condition which) {
        return tx.sql()
                .select(API_KEY.fields())
                .from(API_KEY)
                .where(API_KEY.ORGANIZATION_ID.eq(organizationId))
                .and(which)
                .orderBy(API_KEY.ID)
                .fetch(KeyStore::read);
    }

    /// The guardrails with a budget that apply to a key, by id.
    private static Map<String, Budget> applyingTo(Tx tx, ApiKey key) {
        Condition applies = assignedTo(SubjectKind.KEY, key.id()).or(sharedBy(key));
        if (key.creatorUserId() != null) {
            applies = applies.or(assignedTo(SubjectKind.MEMBER, key.creatorUserId()));
        }
        Map<String, Budget> found = new TreeMap<>();
        tx.sql()
                .selectDistinct(
                        GUARDRAIL_BUDGET.GUARDRAIL_ID,
                        GUARDRAIL_BUDGET.WINDOW_KIND,
                        GUARDRAIL_BUDGET.CAP,
                        GUARDRAIL_BUDGET.INCLUDE_BYOK)
                .from(GUARDRAIL_ASSIGNMENT)
                .join(GUARDRAIL_BUDGET)
                .on(GUARDRAIL_BUDGET.GUARDRAIL_ID.eq(GUARDRAIL_ASSIGNMENT.GUARDRAIL_ID))
                .where(applies)
                .and(GUARDRAIL_BUDGET.ORGANIZATION_ID.eq(key.organizationId()))
                .forEach(row -> found.put(
                        row.value1(),
                        new Budget(Window.valueOf(row.value2()), Usd.ofNanos(row.value3()), row.value4())));
        return found;
    }

    /// What is assigned to something that the key is in with others.
    private static Condition sharedBy(ApiKey key) {
        Condition shared = assignedTo(SubjectKind.WORKSPACE, key.workspaceId())
                .or(assignedTo(SubjectKind.ORGANIZATION, key.organizationId()));
        String environment = key.rules().environment();
        return environment == null ? shared : shared.or(assignedTo(SubjectKind.ENVIRONMENT, environment));
    }

    private static Condition assignedTo(SubjectKind kind, String id) {
        return GUARDRAIL_ASSIGNMENT.SUBJECT_KIND.eq(kind.word).and(GUARDRAIL_ASSIGNMENT.SUBJECT_ID.eq(id));
    }

    /// What a key does with an output limit that is not affordable: what it says, else what its workspace
    /// says, else it refuses.
    static Unaffordable unaffordable(Tx tx, ApiKey key) {
        Unaffordable own = key.rules().unaffordable();
        if (own != null) {
            return own;
        }
        String word = tx.sql()
                .select(WORKSPACE.UNAFFORDABLE)
                .from(WORKSPACE)
                .where(WORKSPACE.ID.eq(key.workspaceId()))
                .fetchOne(WORKSPACE.UNAFFORDABLE);
        Unaffordable ofWorkspace = Unaffordable.find(word);
        return ofWorkspace == null ? Unaffordable.REFUSE : ofWorkspace;
    }

    /// How one budget of a guardrail stands: that of a key, or that of a member over all their keys.
    public record Standing(@Nullable ApiKey key, @Nullable String memberId, Limits.State state) {}

    /// The fullest budgets of a guardrail; `partly`: it applies to more keys than were looked at.
    public record Standings(List<Standing> fullest, boolean partly) {}

    /// How the budgets of a guardrail stand, the fullest first.
    public Standings standings(Tx tx, String organizationId, String guardrailId) {
        List<ApiKey> keys = tx.sql()
                .select(API_KEY.fields())
                .from(API_KEY)
                .where(API_KEY.ORGANIZATION_ID.eq(organizationId))
                .and(boundBy(guardrailId))
                .and(API_KEY.DELETED_AT.isNull())
                .orderBy(API_KEY.ID)
                .limit(MOST_LOOKED_AT + 1)
                .fetch(KeyStore::read);
        boolean partly = keys.size() > MOST_LOOKED_AT;
        Map<String, ApiKey> byOwner = new LinkedHashMap<>();
        Map<String, String> members = new LinkedHashMap<>();
        for (ApiKey key : keys.subList(0, partly ? MOST_LOOKED_AT : keys.size())) {
            byOwner.put(owner(guardrailId, key.id()), key);
            String member = key.creatorUserId();
            if (member != null) {
                members.put(owner(guardrailId, member), member);
            }
        }
        List<Standing> standings = new ArrayList<>();
        limits.states(tx, Scope.GUARDRAIL_KEY, byOwner.keySet())
                .forEach((owner, states) ->
                        states.values().forEach(state -> standings.add(new Standing(byOwner.get(owner), null, state))));
        limits.states(tx, Scope.GUARDRAIL_MEMBER, members.keySet())
                .forEach((owner, states) ->
                        states.values().forEach(state -> standings.add(new Standing(null, members.get(owner), state))));
        standings.sort(Comparator.comparing(
                        (Standing it) -> it.state().used().plus(it.state().held()))
                .reversed());
        return new Standings(List.copyOf(standings.subList(0, Math.min(MOST_SHOWN, standings.size()))), partly);
    }

    /// Nobody else changes what binds the keys of this organization until the transaction ends.
    public static void lock(Tx tx, String organizationId) {
        var query = tx.sql().selectOne().from(ORGANIZATION).where(ORGANIZATION.ID.eq(organizationId));
        if (tx.kind() == Database.Kind.POSTGRESQL) {
            query.forUpdate().fetch();
        }
    }
}
