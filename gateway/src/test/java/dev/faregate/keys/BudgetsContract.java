package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.credits.Books;
import dev.faregate.credits.Claim;
import dev.faregate.credits.GroupLedger;
import dev.faregate.credits.Hold;
import dev.faregate.credits.HoldRequest;
import dev.faregate.credits.HoldResult;
import dev.faregate.credits.LedgerSettings;
import dev.faregate.credits.Limits;
import dev.faregate.credits.OrphanRecords;
import dev.faregate.credits.Safeguards;
import dev.faregate.credits.Scope;
import dev.faregate.credits.SettleResult;
import dev.faregate.credits.Settlement;
import dev.faregate.credits.Shortage;
import dev.faregate.credits.Window;
import dev.faregate.http.Authenticator.Answer;
import dev.faregate.keys.BudgetStore.Subject;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Budgets of workspaces and guardrails on their way into a hold (rulings 2 and 3.1): every one that applies is
/// claimed, and none is ever bypassed. After each test the books balance.
@ParameterizedClass
@EnumSource
class BudgetsContract {
    private static final String MEMBER = "member-1";
    private static final String GUARDRAIL = "guardrail-1";

    private final Database database;
    private final Rig rig;
    private final GroupLedger ledger;
    private final BudgetStore budgets;

    BudgetsContract(Database.Kind kind) {
        database = Stores.open(kind);
        rig = new Rig(database);
        budgets = new BudgetStore(rig.limits);
        ledger = GroupLedger.start(
                database,
                LedgerSettings.DEFAULT,
                "node-1",
                UUID.randomUUID().toString(),
                null,
                OrphanRecords.NONE,
                Safeguards.NONE);
    }

    @AfterEach
    void booksBalance() {
        try {
            assertThat((List<String>) database.read(rig.books::audit)).isEmpty();
        } finally {
            ledger.close();
            database.close();
        }
    }

    @Test
    void aPlanOlderThanABudgetIsStaleWhateverTheBudgetIs() {
        Map<String, Consumer<Caller>> changes = new LinkedHashMap<>();
        for (Window window : Window.values()) {
            changes.put(
                    "workspace " + window,
                    _ -> write(
                            tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, window, Usd.parse("5"))));
        }
        changes.put("guardrail of the key", caller -> guardrail("g-key", new Subject(SubjectKind.KEY, caller.keyId())));
        changes.put("guardrail of the member", _ -> guardrail("g-member", new Subject(SubjectKind.MEMBER, MEMBER)));
        changes.put(
                "guardrail of the organization",
                _ -> guardrail("g-organization", new Subject(SubjectKind.ORGANIZATION, rig.organizationId)));
        changes.put(
                "guardrail of the workspace",
                _ -> guardrail("g-workspace", new Subject(SubjectKind.WORKSPACE, rig.workspaceId)));
        changes.put("budget of a guardrail that had none", caller -> {
            write(tx -> budgets.assign(tx, rig.organizationId, "g-late", new Subject(SubjectKind.KEY, caller.keyId())));
            write(tx -> budgets.guardrail(tx, rig.organizationId, "g-late", Window.DAILY, Usd.parse("5")));
        });
        Secret key = rig.keyOf(MEMBER, KeyKind.INFERENCE);
        int limits = rig.caller(key).limits().size();
        for (Map.Entry<String, Consumer<Caller>> change : changes.entrySet()) {
            Caller before = rig.caller(key);
            change.getValue().accept(before);
            assertThat(hold(before, "0.1")).as(change.getKey()).isEqualTo(new HoldResult.Stale());
            Caller after = reloaded(before);
            assertThat(after.limits()).as(change.getKey()).hasSizeGreaterThan(limits);
            limits = after.limits().size();
            release(held(after, "0.1"));
        }
        // Key total, balance, four windows of the workspace, and two for each of five guardrails.
        assertThat(limits).isEqualTo(2 + 4 + 10);
    }

    @Test
    void aPlanWithABudgetThatIsGoneIsStaleToo() {
        Secret key = rig.keyOf(MEMBER, KeyKind.INFERENCE);
        guardrail(GUARDRAIL, new Subject(SubjectKind.MEMBER, MEMBER));
        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.DAILY, Usd.parse("5")));
        Caller bound = reloaded(rig.caller(key));
        assertThat(bound.limits()).hasSize(5);
        write(tx -> budgets.unassign(tx, rig.organizationId, GUARDRAIL, new Subject(SubjectKind.MEMBER, MEMBER)));
        assertThat(hold(bound, "0.1")).isEqualTo(new HoldResult.Stale());
        Caller less = reloaded(bound);
        assertThat(less.limits()).hasSize(3);
        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.DAILY, null));
        assertThat(hold(less, "0.1")).isEqualTo(new HoldResult.Stale());
        assertThat(reloaded(less).limits()).hasSize(2);
        release(held(reloaded(less), "9"));
    }

    @Test
    void aBudgetOfAWorkspaceStartsFromWhatAllItsKeysSpentAndHold() {
        Caller one = rig.caller(rig.keyOf(null, KeyKind.INFERENCE));
        Caller two = rig.caller(rig.keyOf(null, KeyKind.INFERENCE));
        settle(held(one, "0.3"), "0.3");
        Hold open = held(two, "0.4");
        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.MONTHLY, Usd.parse("1")));
        assertThat(state(Scope.WORKSPACE, rig.workspaceId, Window.MONTHLY).used())
                .isEqualTo(Usd.parse("0.3"));
        assertThat(state(Scope.WORKSPACE, rig.workspaceId, Window.MONTHLY).held())
                .isEqualTo(Usd.parse("0.4"));
        assertThat(hold(reloaded(one), "0.4"))
                .isInstanceOfSatisfying(
                        HoldResult.Insufficient.class,
                        no -> assertThat(no.shortages())
                                .extracting(Shortage::scope)
                                .containsExactly(Scope.WORKSPACE));
        settle(open, "0.1");
        settle(held(reloaded(one), "0.6"), "0.6");
        assertThat(state(Scope.WORKSPACE, rig.workspaceId, Window.MONTHLY).used())
                .isEqualTo(Usd.parse("1"));
        assertThat(hold(reloaded(two), "0.000000001")).isInstanceOf(HoldResult.Insufficient.class);
        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.MONTHLY, Usd.parse("2")));
        release(held(reloaded(two), "1"));
    }

    @Test
    void aGuardrailCountsPerKeyAndPerMemberAndPoolsNobodyElse() {
        Secret first = rig.keyOf(MEMBER, KeyKind.INFERENCE);
        Secret second = rig.keyOf(MEMBER, KeyKind.INFERENCE);
        Secret other = rig.keyOf("member-2", KeyKind.INFERENCE);
        guardrail(GUARDRAIL, new Subject(SubjectKind.WORKSPACE, rig.workspaceId));
        settle(held(reloaded(rig.caller(first)), "3"), "3");
        assertThat(hold(reloaded(rig.caller(first)), "3"))
                .isInstanceOfSatisfying(
                        HoldResult.Insufficient.class,
                        no -> assertThat(no.shortages())
                                .extracting(Shortage::scope)
                                .containsExactly(Scope.GUARDRAIL_MEMBER, Scope.GUARDRAIL_KEY));
        assertThat(hold(reloaded(rig.caller(second)), "3"))
                .isInstanceOfSatisfying(
                        HoldResult.Insufficient.class,
                        no -> assertThat(no.shortages())
                                .extracting(Shortage::scope)
                                .containsExactly(Scope.GUARDRAIL_MEMBER));
        release(held(reloaded(rig.caller(other)), "5"));
        release(held(reloaded(rig.caller(second)), "2"));
    }

    @Test
    void aKeyMadeLaterIsBoundFromItsFirstRequest() {
        guardrail(GUARDRAIL, new Subject(SubjectKind.MEMBER, MEMBER));
        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.TOTAL, Usd.parse("4")));
        Caller made = rig.caller(rig.keyOf(MEMBER, KeyKind.INFERENCE));
        assertThat(made.limits()).hasSize(2 + 1 + 2);
        assertThat(hold(made, "4.5"))
                .isInstanceOfSatisfying(
                        HoldResult.Insufficient.class,
                        no -> assertThat(no.shortages())
                                .extracting(Shortage::scope)
                                .containsExactly(Scope.WORKSPACE));
        Caller stranger = rig.caller(rig.keyOf("member-2", KeyKind.INFERENCE));
        assertThat(stranger.limits()).hasSize(3);
    }

    @Test
    void aKeyThatMovesToAnotherEnvironmentIsBoundByItsBudgetsAndFreeOfTheOthers() {
        guardrail("staging", new Subject(SubjectKind.ENVIRONMENT, "staging"));
        guardrail("live", new Subject(SubjectKind.ENVIRONMENT, "live"));
        guardrail("all", new Subject(SubjectKind.ORGANIZATION, rig.organizationId));
        JsonNode made = rig.create(rig.management, "{\"name\":\"moves\",\"environment\":\"staging\"}");
        Secret key = Secret.of(made.path("key").asString());
        String hash = made.path("data").path("hash").asString();
        Caller staging = rig.caller(key);
        assertThat(staging.limits()).as("total, balance, and two guardrails").hasSize(4);
        settle(held(staging, "2"), "2");

        rig.patch(rig.management, hash, "{\"environment\":\"live\"}");
        assertThat(hold(staging, "0.1")).isEqualTo(new HoldResult.Stale());
        Caller live = reloaded(staging);
        assertThat(live.limits()).hasSize(4);
        assertThat(live.limits()).isNotEqualTo(staging.limits());
        assertThat(state(Scope.GUARDRAIL_KEY, "live:" + live.keyId(), Window.DAILY)
                        .used())
                .as("what it spent today counts there too")
                .isEqualTo(Usd.parse("2"));
        assertThat(hold(live, "3.1"))
                .isInstanceOfSatisfying(
                        HoldResult.Insufficient.class,
                        no -> assertThat(no.shortages()).hasSize(2));

        rig.patch(rig.management, hash, "{\"environment\":null}");
        Caller nowhere = reloaded(live);
        assertThat(nowhere.limits())
                .as("total, balance, and that of the organization")
                .hasSize(3);
        release(held(nowhere, "3"));
    }

    /// A key that is made while a budget is made sees it, or every hold that it planned without it is stale.
    @Test
    void aKeyMadeAtTheSameTimeMissesNoBudget() throws Exception {
        for (int round = 0; round < 20; round++) {
            String guardrail = "race-" + round;
            CompletableFuture<Caller> made = new CompletableFuture<>();
            Thread maker =
                    Thread.ofVirtual().start(() -> made.complete(rig.caller(rig.keyOf(null, KeyKind.INFERENCE))));
            write(tx -> budgets.assign(
                    tx, rig.organizationId, guardrail, new Subject(SubjectKind.WORKSPACE, rig.workspaceId)));
            write(tx -> budgets.guardrail(tx, rig.organizationId, guardrail, Window.WEEKLY, Usd.parse("5")));
            maker.join();
            Caller caller = made.get(10, TimeUnit.SECONDS);
            long limit = state(Scope.GUARDRAIL_KEY, guardrail + ":" + caller.keyId(), Window.WEEKLY)
                    .limitId();
            if (caller.limits().contains(limit)) {
                release(held(caller, "0.1"));
            } else {
                assertThat(hold(caller, "0.1")).as("round %d", round).isEqualTo(new HoldResult.Stale());
            }
            write(tx -> budgets.guardrail(tx, rig.organizationId, guardrail, Window.WEEKLY, null));
        }
    }

    @Test
    void aKeyIsNeverBoundByMoreThanOneRequestCanClaim() {
        Secret key = rig.keyOf(MEMBER, KeyKind.INFERENCE);
        Subject subject = new Subject(SubjectKind.KEY, rig.caller(key).keyId());
        for (int i = 0; i < 30; i++) {
            guardrail("many-" + i, subject);
        }
        assertThatThrownBy(() -> guardrail("many-30", subject)).isInstanceOf(ApiException.class);
        Caller caller = reloaded(rig.caller(key));
        assertThat(caller.limits()).hasSize(62);
        release(held(caller, "1"));
    }

    /// Reliability, checks 1 and 2 on one node: a thousand requests of ten cents at once, and five dollars on
    /// each of five scopes.
    @Test
    void aThousandAtOnceOnFiveScopesPassNone() throws Exception {
        Secret text = rig.keys
                .create(new Keys.NewKey(
                        rig.organizationId,
                        rig.workspaceId,
                        KeyKind.INFERENCE,
                        "five",
                        Usd.parse("5"),
                        Window.DAILY,
                        false,
                        null,
                        null,
                        null,
                        MEMBER,
                        KeyRules.NONE))
                .text();
        write(tx -> rig.limits.define(tx, Scope.BALANCE, rig.organizationId, Window.TOTAL, Usd.ZERO));
        write(tx -> rig.books.transfer(
                tx, rig.organizationId, Books.TransferKind.TOPUP, Usd.parse("5"), "first", "test", "to begin with"));
        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.MONTHLY, Usd.parse("5")));
        guardrail(GUARDRAIL, new Subject(SubjectKind.MEMBER, MEMBER));
        Caller caller = reloaded(rig.caller(text));
        assertThat(caller.limits()).hasSize(6);
        List<CompletableFuture<HoldResult>> answers = Collections.synchronizedList(new ArrayList<>());
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            callers.add(Thread.ofVirtual().start(() -> {
                CompletableFuture<HoldResult> answer = new CompletableFuture<>();
                answers.add(answer);
                ledger.hold(request(caller, "0.1"), Runnable::run, answer::complete);
            }));
        }
        for (Thread thread : callers) {
            thread.join();
        }
        List<Hold> admitted = new ArrayList<>();
        int refused = 0;
        for (CompletableFuture<HoldResult> answer : answers) {
            switch (answer.get(20, TimeUnit.SECONDS)) {
                case HoldResult.Held(Hold hold) -> admitted.add(hold);
                case HoldResult.Insufficient _ -> refused++;
                case HoldResult other -> throw new AssertionError(other);
            }
        }
        assertThat(admitted).hasSize(50);
        assertThat(refused).isEqualTo(950);
        assertThat(over()).isZero();
        admitted.forEach(hold -> settle(hold, "0.1"));
        assertThat(over()).isZero();
        for (Limits.State state : List.of(
                state(Scope.BALANCE, rig.organizationId, Window.TOTAL),
                state(Scope.KEY, caller.keyId(), Window.DAILY),
                state(Scope.KEY, caller.keyId(), Window.TOTAL),
                state(Scope.WORKSPACE, rig.workspaceId, Window.MONTHLY),
                state(Scope.GUARDRAIL_KEY, GUARDRAIL + ":" + caller.keyId(), Window.DAILY),
                state(Scope.GUARDRAIL_MEMBER, GUARDRAIL + ":" + MEMBER, Window.DAILY))) {
            assertThat(state.used()).as("%s %s", state.scope(), state.window()).isEqualTo(Usd.parse("5"));
            assertThat(state.held()).isEqualTo(Usd.ZERO);
        }
    }

    @Test
    void aKeyTellsEveryBudgetItMustFitAndWhichRefusesFirst() {
        Secret text = rig.keyOf(MEMBER, KeyKind.INFERENCE);
        Caller caller = rig.caller(text);
        rig.patch(rig.management, caller.key().hash(), "{\"limit\":9,\"limit_reset\":\"weekly\"}");
        guardrail("g-workspace", new Subject(SubjectKind.WORKSPACE, rig.workspaceId));
        guardrail("g-key", new Subject(SubjectKind.KEY, caller.keyId()));
        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.MONTHLY, Usd.parse("7")));
        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.TOTAL, Usd.parse("50")));
        settle(held(reloaded(caller), "2"), "2");
        settle(held(rig.caller(rig.keyOf(MEMBER, KeyKind.INFERENCE)), "1"), "1");

        JsonNode self = rig.self(text);
        List<String> layers = new ArrayList<>();
        self.path("budgets")
                .forEach(layer -> layers.add(String.join(
                        " ",
                        layer.path("scope").asString(),
                        layer.path("reset_interval").asString("lifetime"),
                        layer.path("limit_usd").asString(),
                        layer.path("spend_usd").asString(),
                        layer.path("remaining_usd").asString(),
                        layer.path("guardrail_id").asString("-"))));
        assertThat(layers)
                .containsExactly(
                        "workspace_default_member daily 5 3 2 g-workspace",
                        "workspace_default_key daily 5 2 3 g-workspace",
                        "member daily 5 2 3 g-key",
                        "api_key daily 5 2 3 g-key",
                        "workspace lifetime 50 3 47 -",
                        "workspace monthly 7 3 4 -",
                        "key_limit weekly 9 2 7 -");
        assertThat(self.path("effective_budget"))
                .as("the least left")
                .isEqualTo(self.path("budgets").path(0));
        assertThat(self.path("budgets").path(4).path("resets_at").isNull()).isTrue();

        write(tx -> budgets.workspace(tx, rig.organizationId, rig.workspaceId, Window.MONTHLY, Usd.parse("1")));
        JsonNode spent = rig.self(text).path("effective_budget");
        assertThat(spent.path("scope").asString() + spent.path("remaining_usd").asString())
                .as("one that is spent comes before one that is nearly so")
                .isEqualTo("workspace-2");
        assertThat(rig.self(rig.management).path("budgets")).isEmpty();
    }

    private int over() {
        return database.read(tx -> tx.sql()
                .fetchSingle("SELECT count(*) FROM limit_window w JOIN limit_definition f ON f.id = w.definition_id "
                        + "WHERE f.cap IS NOT NULL AND w.used + w.held > f.cap")
                .get(0, Integer.class));
    }

    // ---- helpers ------------------------------------------------------------------------------------------------

    /// A guardrail of five dollars a day.
    private void guardrail(String id, Subject subject) {
        write(tx -> budgets.guardrail(tx, rig.organizationId, id, Window.DAILY, Usd.parse("5")));
        write(tx -> budgets.assign(tx, rig.organizationId, id, subject));
    }

    private void write(Consumer<Tx> work) {
        database.write(tx -> {
            work.accept(tx);
            return 0;
        });
    }

    private Caller reloaded(Caller caller) {
        if (rig.directory.reload(caller) instanceof Answer.Known(Caller fresh)) {
            return fresh;
        }
        throw new AssertionError("the key is not known any more");
    }

    private Limits.State state(Scope scope, String owner, Window window) {
        Limits.State state =
                database.read(tx -> rig.limits.states(tx, scope, owner)).get(window);
        if (state == null) {
            throw new AssertionError("no " + scope + " limit of " + owner);
        }
        return state;
    }

    private static HoldRequest request(Caller caller, String amount) {
        List<Claim> claims = caller.limits().stream()
                .map(id -> new Claim(id, Usd.parse(amount)))
                .toList();
        return new HoldRequest(Ids.nextFast(), claims, caller.policySeq(), "v1", null);
    }

    private HoldResult hold(Caller caller, String amount) {
        CompletableFuture<HoldResult> answer = new CompletableFuture<>();
        ledger.hold(request(caller, amount), Runnable::run, answer::complete);
        return answer.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private Hold held(Caller caller, String amount) {
        HoldResult result = hold(caller, amount);
        if (result instanceof HoldResult.Held(Hold hold)) {
            return hold;
        }
        throw new AssertionError("not held: " + result);
    }

    private void release(Hold hold) {
        end(hold, Usd.ZERO, Settlement.Source.VOID);
    }

    private void settle(Hold hold, String charge) {
        end(hold, Usd.parse(charge), Settlement.Source.EXACT);
    }

    private void end(Hold hold, Usd charge, Settlement.Source source) {
        CompletableFuture<SettleResult> answer = new CompletableFuture<>();
        ledger.settle(
                new Settlement(
                        hold.generation(),
                        hold.claims(),
                        Collections.nCopies(hold.claims().size(), charge),
                        charge,
                        source,
                        new Object[0]),
                Runnable::run,
                answer::complete);
        assertThat(answer.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(new SettleResult.Settled());
    }
}
