package dev.faregate.credits;

import static dev.faregate.credits.Kit.usd;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the ledger promises, on either database. After each test the books must balance.
abstract class LedgerContract {
    Kit kit = unset();

    /// False in a test that has damaged the books on purpose.
    private boolean auditAtEnd = true;

    @SuppressWarnings("NullAway") // set before each test
    private static Kit unset() {
        return null;
    }

    abstract Database open();

    abstract Database reopen();

    /// Moves everything that was held and posted so far into yesterday, by the clock or by hand.
    abstract void sleepOneDay();

    @BeforeEach
    void begin() {
        kit = new Kit(open(), LedgerSettings.DEFAULT);
        kit.found("5");
    }

    @AfterEach
    void booksBalance() {
        try {
            if (auditAtEnd) {
                assertThat(kit.audit()).isEmpty();
                assertThat(kit.ledger.stats().stuck()).isZero();
            }
        } finally {
            kit.close();
        }
    }

    @Test
    void aHoldTellsHowTheTightestLimitStands() {
        long workspace = kit.define(Scope.WORKSPACE, "w", Window.DAILY, "0.5");
        Standing standing =
                Objects.requireNonNull(kit.held(kit.request("0.2", workspace)).tightest());
        assertThat(standing.scope()).isEqualTo(Scope.WORKSPACE);
        assertThat(standing.window()).isEqualTo(Window.DAILY);
        assertThat(standing.cap()).isEqualTo(usd("0.5"));
        assertThat(standing.held()).isEqualTo(usd("0.2"));
        assertThat(standing.remaining()).isEqualTo(usd("0.3"));
        assertThat(standing.used()).isEqualTo(Usd.ZERO);
        assertThat(standing.resetsAt()).isNotNull();

        Standing second =
                Objects.requireNonNull(kit.held(kit.request("0.1", workspace)).tightest());
        assertThat(second.held()).isEqualTo(usd("0.3"));
        Standing balance = Objects.requireNonNull(kit.held(kit.request("4.6")).tightest());
        assertThat(balance.scope()).isEqualTo(Scope.BALANCE);
        assertThat(balance.resetsAt()).isNull();
        assertThat(balance.remaining()).isEqualTo(usd("0.1"));
    }

    @Test
    void admitsExactlyAsManyAsFit() {
        List<CompletableFuture<HoldResult>> answers = new ArrayList<>();
        List<Thread> callers = new ArrayList<>();
        HoldRequest like = kit.request("0.10");
        for (int i = 0; i < 1_000; i++) {
            CompletableFuture<HoldResult> answer = new CompletableFuture<>();
            answers.add(answer);
            HoldRequest request = new HoldRequest(Ids.nextFast(), like.claims(), like.policySeq(), "v1", null);
            callers.add(Thread.ofVirtual().start(() -> kit.ledger.hold(request, Runnable::run, answer::complete)));
        }
        List<HoldResult> results = answers.stream().map(Kit::get).toList();
        assertThat(results).filteredOn(HoldResult.Held.class::isInstance).hasSize(50);
        assertThat(results)
                .filteredOn(HoldResult.Insufficient.class::isInstance)
                .hasSize(950);
        assertThat(kit.balance().held()).isEqualTo(usd("5"));
        for (HoldResult result : results) {
            if (result instanceof HoldResult.Held(Hold hold)) {
                assertThat(kit.settle(hold, "0.10")).isInstanceOf(SettleResult.Settled.class);
            }
        }
        assertThat(kit.balance().used()).isEqualTo(usd("5"));
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
        assertThat((Usd) kit.read(tx -> kit.books.spent(tx, Kit.ORGANIZATION))).isEqualTo(usd("5"));
        assertThat(callers).hasSize(1_000);
    }

    @Test
    void passesNoneOfSeveralLimitsAtOnce() {
        long daily = kit.define(Scope.KEY, Kit.KEY, Window.DAILY, "3");
        long workspace = kit.define(Scope.WORKSPACE, "w", Window.MONTHLY, "2");
        long guardrail = kit.define(Scope.GUARDRAIL_KEY, "g:k1", Window.WEEKLY, "1");
        HoldRequest all = kit.request("0.10", daily, workspace, guardrail);
        HoldRequest some = kit.request("0.10", daily, workspace);
        List<CompletableFuture<HoldResult>> answers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            CompletableFuture<HoldResult> answer = new CompletableFuture<>();
            answers.add(answer);
            HoldRequest like = i % 2 == 0 ? all : some;
            kit.ledger.hold(
                    new HoldRequest(Ids.nextFast(), like.claims(), like.policySeq(), "v1", null),
                    Runnable::run,
                    answer::complete);
        }
        List<HoldResult> results = answers.stream().map(Kit::get).toList();
        assertThat(results).filteredOn(HoldResult.Held.class::isInstance).hasSize(20);
        assertThat(kit.limit(Scope.WORKSPACE, "w", Window.MONTHLY).held()).isEqualTo(usd("2"));
        assertThat(kit.limit(Scope.GUARDRAIL_KEY, "g:k1", Window.WEEKLY).held()).isEqualTo(usd("1"));
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).held()).isEqualTo(usd("2"));

        HoldResult.Insufficient last =
                (HoldResult.Insufficient) kit.hold(kit.request("9", daily, workspace, guardrail));
        assertThat(last.shortages())
                .extracting(Shortage::scope)
                .containsExactly(Scope.BALANCE, Scope.GUARDRAIL_KEY, Scope.WORKSPACE, Scope.KEY);
        Shortage budget = last.shortages().get(2);
        assertThat(budget.limitId()).isEqualTo(workspace);
        assertThat(budget.cap()).isEqualTo(usd("2"));
        assertThat(budget.held()).isEqualTo(usd("2"));
        assertThat(budget.used()).isEqualTo(Usd.ZERO);
        assertThat(budget.asked()).isEqualTo(usd("9"));
        assertThat(budget.resetsAt())
                .isEqualTo(kit.limit(Scope.WORKSPACE, "w", Window.MONTHLY).resetsAt());
        assertThat(last.shortages().getFirst().resetsAt()).isNull();
    }

    @Test
    void letsASmallOnePassWhereALargeOneDoesNotFit() {
        kit.held(kit.request("4"));
        assertThat(kit.hold(kit.request("2"))).isInstanceOfSatisfying(HoldResult.Insufficient.class, short_ -> {
            assertThat(short_.shortages()).singleElement().satisfies(s -> {
                assertThat(s.onlyHoldsInTheWay()).isTrue();
                assertThat(s.available()).isEqualTo(usd("1"));
            });
        });
        kit.held(kit.request("1"));
    }

    @Test
    void answersClosedExpiredAndStaleAtTheGate() {
        HoldRequest planned = kit.request("1");
        assertThat((Long) kit.write(tx -> kit.limits.gate(tx, Kit.KEY, false, null)))
                .isEqualTo(planned.policySeq() + 1);
        assertThat(kit.hold(planned)).isEqualTo(new HoldResult.Stale());

        Instant now = kit.read(tx -> tx.now());
        kit.write(tx -> kit.limits.gate(tx, Kit.KEY, false, now));
        assertThat(kit.hold(kit.request("1"))).isEqualTo(new HoldResult.Closed(true));
        kit.write(tx -> kit.limits.gate(tx, Kit.KEY, true, now));
        assertThat(kit.hold(kit.request("1"))).isEqualTo(new HoldResult.Closed(false));
        kit.write(tx -> kit.limits.gate(tx, Kit.KEY, false, now.plusSeconds(60)));
        assertThat(kit.key().expiresAt()).isEqualTo(now.plusSeconds(60));
        kit.held(kit.request("1"));

        long daily = kit.define(Scope.KEY, Kit.KEY, Window.DAILY, "1");
        HoldRequest withDaily = kit.request("0.1", daily);
        kit.write(tx -> {
            kit.limits.remove(tx, Scope.KEY, Kit.KEY, Window.DAILY);
            return 0;
        });
        assertThat(kit.hold(withDaily)).isEqualTo(new HoldResult.Stale());
        HoldRequest unknownKey = new HoldRequest(Ids.nextFast(), List.of(new Claim(99_999, usd("1"))), 1, "v1", null);
        assertThat(kit.hold(unknownKey)).isEqualTo(new HoldResult.Closed(false));
    }

    @Test
    void admitsNothingOnceTheGateIsClosed() {
        List<CompletableFuture<HoldResult>> before = new ArrayList<>();
        HoldRequest like = kit.request("0.001");
        for (int i = 0; i < 500; i++) {
            CompletableFuture<HoldResult> answer = new CompletableFuture<>();
            before.add(answer);
            kit.ledger.hold(
                    new HoldRequest(Ids.nextFast(), like.claims(), like.policySeq(), "v1", null),
                    Runnable::run,
                    answer::complete);
        }
        kit.write(tx -> kit.limits.gate(tx, Kit.KEY, true, null));
        for (int i = 0; i < 20; i++) {
            HoldRequest after = new HoldRequest(Ids.nextFast(), like.claims(), like.policySeq(), "v1", null);
            assertThat(kit.hold(after)).isEqualTo(new HoldResult.Closed(false));
        }
        long admitted = before.stream()
                .map(Kit::get)
                .filter(HoldResult.Held.class::isInstance)
                .count();
        assertThat(kit.balance().held())
                .isEqualTo(Usd.ofNanos(admitted * usd("0.001").nanos()));
    }

    @Test
    void holdsTheSameGenerationOnce() {
        HoldRequest request = kit.request("1");
        assertThat(kit.hold(request)).isEqualTo(kit.hold(request));
        assertThat(kit.balance().held()).isEqualTo(usd("1"));
        HoldRequest other = new HoldRequest(
                request.generation(), List.of(request.claims().getFirst()), request.policySeq(), "v1", null);
        HoldRequest larger = new HoldRequest(
                request.generation(),
                request.claims().stream()
                        .map(c -> new Claim(c.limitId(), usd("2")))
                        .toList(),
                request.policySeq(),
                "v1",
                null);
        assertThat(kit.hold(other)).as("a part of it is no new hold").isInstanceOf(HoldResult.Held.class);
        assertThat(kit.hold(larger)).isInstanceOf(HoldResult.Unavailable.class);
        assertThat(kit.balance().held()).isEqualTo(usd("1"));
        kit.settle(new Hold(request.generation(), request.claims()), "0.5");
        assertThat(kit.hold(request)).as("it has ended").isInstanceOf(HoldResult.Unavailable.class);
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
    }

    @Test
    void aRepeatedSettlementChangesNothing() {
        Hold hold = kit.held(kit.request("1"));
        assertThat(kit.settle(hold, "0.4")).isEqualTo(new SettleResult.Settled());
        assertThat(kit.settle(hold, "0.9")).isEqualTo(new SettleResult.Settled());
        assertThat(kit.settle(Kit.voided(hold.generation(), hold.claims()))).isEqualTo(new SettleResult.Settled());
        assertThat(kit.balance().used()).isEqualTo(usd("0.4"));
        assertThat(kit.key().used()).isEqualTo(usd("0.4"));
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
        assertThat(kit.recordOf(hold.generation())).isEqualTo("exact");
    }

    @Test
    void manyParallelRepeatsOfASettlementPostOnce() {
        Hold hold = kit.held(kit.request("1"));
        List<CompletableFuture<SettleResult>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            CompletableFuture<SettleResult> answer = new CompletableFuture<>();
            answers.add(answer);
            kit.ledger.settle(Kit.settlement(hold, "0.25"), Runnable::run, answer::complete);
        }
        answers.forEach(answer -> assertThat(Kit.get(answer)).isEqualTo(new SettleResult.Settled()));
        assertThat(kit.balance().used()).isEqualTo(usd("0.25"));
    }

    @Test
    void chargesAtMostWhatWasHeldAndAtLeastNothing() {
        Hold hold = kit.held(kit.request("1"));
        kit.settle(hold, "3");
        assertThat(kit.balance().used()).isEqualTo(usd("1"));
        Hold other = kit.held(kit.request("1"));
        kit.settle(new Settlement(
                other.generation(),
                other.claims(),
                List.of(usd("-1"), usd("-1")),
                Usd.ZERO,
                Settlement.Source.EXACT,
                new Object[0]));
        assertThat(kit.balance().used()).isEqualTo(usd("1"));
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
    }

    @Test
    void chargesEachLimitItsOwnAmount() {
        HoldRequest request = new HoldRequest(
                Ids.nextFast(),
                List.of(
                        new Claim(kit.key().limitId(), usd("2")),
                        new Claim(kit.balance().limitId(), usd("0.1"))),
                kit.key().policySeq(),
                "v1",
                null);
        Hold hold = kit.held(request);
        assertThat(hold.ceiling()).isEqualTo(usd("2"));
        kit.settle(new Settlement(
                hold.generation(),
                hold.claims(),
                List.of(usd("1.5"), usd("0.05")),
                usd("1.5"),
                Settlement.Source.ESTIMATED,
                new Object[0]));
        assertThat(kit.key().used()).isEqualTo(usd("1.5"));
        assertThat(kit.balance().used()).isEqualTo(usd("0.05"));
    }

    @Test
    void aVoidGivesEverythingBackWhateverItSaysOfCharges() {
        Hold hold = kit.held(kit.request("1"));
        kit.settle(new Settlement(
                hold.generation(),
                hold.claims(),
                List.of(usd("1"), usd("1")),
                Usd.ZERO,
                Settlement.Source.VOID,
                new Object[0]));
        assertThat(kit.balance().used()).isEqualTo(Usd.ZERO);
        assertThat(kit.balance().remaining()).isEqualTo(usd("5"));
    }

    @Test
    void aVoidThatComesFirstBarsTheHold() {
        HoldRequest request = kit.request("1");
        assertThat(kit.settle(Kit.voided(request.generation(), request.claims())))
                .isEqualTo(new SettleResult.Settled());
        assertThat(kit.hold(request)).isInstanceOf(HoldResult.Unavailable.class);
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
        assertThat(kit.ledger.stats().unheld()).as("a tombstone is no alarm").isZero();
    }

    @Test
    void booksASettlementWithoutHoldWithAnAlarm() {
        HoldRequest never = kit.request("1");
        assertThat(kit.settle(new Hold(never.generation(), never.claims()), "0.3"))
                .isEqualTo(new SettleResult.Settled());
        assertThat(kit.ledger.stats().unheld()).isOne();
        assertThat(kit.balance().used()).isEqualTo(usd("0.3"));
        assertThat(kit.recordOf(never.generation())).isEqualTo("exact");
    }

    @Test
    void recordsAFreeGenerationWithoutClaims() {
        UUID generation = Ids.nextFast();
        Settlement free =
                new Settlement(generation, List.of(), List.of(), Usd.ZERO, Settlement.Source.EXACT, new Object[] {
                    generation.toString(), 0L, "free", false, null
                });
        assertThat(kit.settle(free)).isEqualTo(new SettleResult.Settled());
        assertThat(kit.settle(free)).isEqualTo(new SettleResult.Settled());
        assertThat(kit.recordOf(generation)).isEqualTo("free");
        assertThat(kit.ledger.stats().unheld()).isZero();
    }

    @Test
    void extendsAHoldWhileItFits() {
        Hold hold = kit.held(kit.request("1"));
        HoldResult.Held extended = (HoldResult.Held) kit.extend(hold, "2");
        assertThat(extended.hold().ceiling()).isEqualTo(usd("3"));
        assertThat(kit.extend(hold, "2")).as("sent again").isEqualTo(extended);
        assertThat(kit.balance().held()).isEqualTo(usd("3"));
        assertThat(kit.extend(hold, "1")).as("from another start").isInstanceOf(HoldResult.Unavailable.class);
        assertThat(kit.extend(extended.hold(), "2.5"))
                .isInstanceOfSatisfying(
                        HoldResult.Insufficient.class,
                        no -> assertThat(no.shortages())
                                .singleElement()
                                .satisfies(s -> assertThat(s.asked()).isEqualTo(usd("2.5"))));
        kit.settle(extended.hold(), "2.9");
        assertThat(kit.balance().used()).isEqualTo(usd("2.9"));
        assertThat(kit.extend(extended.hold(), "0.1")).as("it has ended").isInstanceOf(HoldResult.Unavailable.class);
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
    }

    @Test
    void aClosedGateStopsAnExtension() {
        Hold hold = kit.held(kit.request("1"));
        kit.write(tx -> kit.limits.gate(tx, Kit.KEY, true, null));
        assertThat(kit.extend(hold, "1")).isEqualTo(new HoldResult.Closed(false));
        kit.settle(hold, "1");
        assertThat(kit.balance().used()).isEqualTo(usd("1"));
    }

    @Test
    void settlesIntoTheWindowItWasHeldIn() {
        long daily = kit.define(Scope.KEY, Kit.KEY, Window.DAILY, "1");
        Hold late = kit.held(kit.request("0.8", daily));
        assertThat(kit.hold(kit.request("0.8", daily))).isInstanceOf(HoldResult.Insufficient.class);
        sleepOneDay();
        Limits.State today = kit.limit(Scope.KEY, Kit.KEY, Window.DAILY);
        assertThat(today.used()).isEqualTo(Usd.ZERO);
        assertThat(today.held()).isEqualTo(Usd.ZERO);
        Hold early = kit.held(kit.request("0.9", daily));
        HoldResult.Held more = (HoldResult.Held) kit.extend(late, "0.2");
        assertThat(kit.extend(more.hold(), "0.1")).as("yesterday is full").isInstanceOf(HoldResult.Insufficient.class);
        kit.settle(more.hold(), "0.95");
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).used()).isEqualTo(Usd.ZERO);
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).held()).isEqualTo(usd("0.9"));
        kit.settle(early, "0.7");
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).used()).isEqualTo(usd("0.7"));
        assertThat(kit.balance().used()).isEqualTo(usd("1.65"));
    }

    @Test
    void aLimitThatBeginsInMidWindowCountsWhatCameBefore() {
        Hold yesterday = kit.held(kit.request("0.5"));
        kit.settle(yesterday, "0.5");
        Hold overMidnight = kit.held(kit.request("0.1"));
        sleepOneDay();
        kit.settle(kit.held(kit.request("0.3")), "0.3");
        Hold open = kit.held(kit.request("0.4"));
        HoldRequest planned = kit.request("0.1");
        long daily = kit.define(Scope.KEY, Kit.KEY, Window.DAILY, "1");
        assertThat(kit.hold(planned)).as("planned without it").isEqualTo(new HoldResult.Stale());
        Limits.State begun = kit.limit(Scope.KEY, Kit.KEY, Window.DAILY);
        assertThat(begun.used()).isEqualTo(usd("0.3"));
        assertThat(begun.held()).isEqualTo(usd("0.4"));
        assertThat(begun.remaining()).isEqualTo(usd("0.3"));
        HoldResult.Held more = (HoldResult.Held) kit.extend(open, "0.1");
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).held()).isEqualTo(usd("0.5"));
        kit.settle(more.hold(), "0.2");
        kit.settle(overMidnight, "0.1");
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).used()).isEqualTo(usd("0.5"));
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).held()).isEqualTo(Usd.ZERO);

        kit.settle(kit.held(kit.request("0.1", daily)), "0.1");
        kit.write(tx -> {
            kit.limits.remove(tx, Scope.KEY, Kit.KEY, Window.DAILY);
            return 0;
        });
        assertThat((Map<Window, Limits.State>) kit.read(tx -> kit.limits.states(tx, Scope.KEY, Kit.KEY)))
                .containsOnlyKeys(Window.TOTAL);
        kit.settle(kit.held(kit.request("0.2")), "0.2");
        assertThat(kit.define(Scope.KEY, Kit.KEY, Window.DAILY, "1")).isEqualTo(daily);
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).used())
                .as("also what was spent while it was gone")
                .isEqualTo(usd("0.8"));
        assertThat(kit.hold(kit.request("0.3", daily))).isInstanceOf(HoldResult.Insufficient.class);
        kit.held(kit.request("0.2", daily));
    }

    @Test
    void definingALimitAgainOnlyMovesItsCap() {
        long weekly = kit.define(Scope.KEY, Kit.KEY, Window.WEEKLY, "1");
        kit.settle(kit.held(kit.request("0.9", weekly)), "0.9");
        long before = kit.key().policySeq();
        assertThat(kit.define(Scope.KEY, Kit.KEY, Window.WEEKLY, "0.5")).isEqualTo(weekly);
        assertThat(kit.key().policySeq()).isEqualTo(before);
        assertThat(kit.hold(kit.request("0.01", weekly))).isInstanceOfSatisfying(HoldResult.Insufficient.class, no -> {
            Shortage shortage = no.shortages().getFirst();
            assertThat(shortage.spent()).isTrue();
            assertThat(shortage.available()).isEqualTo(usd("-0.4"));
        });
        kit.define(Scope.KEY, Kit.KEY, Window.WEEKLY, null);
        kit.held(kit.request("3", weekly));
    }

    @Test
    void chargesOrphansInFullOnReopeningAndLowersThemWhenTheTruthArrives() {
        long daily = kit.define(Scope.KEY, Kit.KEY, Window.DAILY, "5");
        Hold lost = kit.held(kit.request("1", daily));
        Hold alsoLost = kit.held(kit.request("2"));
        Hold ended = kit.held(kit.request("1"));
        kit.settle(ended, "0.1");
        kit.crash();
        kit = new Kit(reopen(), LedgerSettings.DEFAULT);
        assertThat(kit.ledger.stats().orphans()).isEqualTo(2);
        assertThat(kit.balance().used()).isEqualTo(usd("3.1"));
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
        assertThat(kit.recordOf(lost.generation())).isEqualTo("orphan of ctx");
        assertThat(kit.audit()).isEmpty();

        kit.settle(lost, "0.4");
        assertThat(kit.balance().used()).isEqualTo(usd("2.5"));
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.DAILY).used()).isEqualTo(usd("0.4"));
        assertThat(kit.recordOf(lost.generation())).isEqualTo("exact");
        kit.settle(lost, "0.2");
        assertThat(kit.balance().used()).as("the truth comes once").isEqualTo(usd("2.5"));
        kit.settle(alsoLost, "7");
        assertThat(kit.balance().used()).as("it only lowers").isEqualTo(usd("2.5"));
        assertThat(kit.extend(lost, "0.1")).isInstanceOf(HoldResult.Unavailable.class);
    }

    @Test
    void aLimitThatBeginsAfterAnOrphanIsLoweredWithIt() {
        Hold lost = kit.held(kit.request("1"));
        kit.crash();
        kit = new Kit(reopen(), LedgerSettings.DEFAULT);
        kit.define(Scope.KEY, Kit.KEY, Window.MONTHLY, "5");
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.MONTHLY).used()).isEqualTo(usd("1"));
        kit.settle(lost, "0.25");
        assertThat(kit.limit(Scope.KEY, Kit.KEY, Window.MONTHLY).used()).isEqualTo(usd("0.25"));
    }

    @Test
    void aRecordThatItsTableRefusesIsSetAsideAndTheRestIsBooked() {
        List<Hold> holds = IntStream.range(0, 20)
                .mapToObj(i -> kit.held(kit.request("0.1")))
                .toList();
        List<CompletableFuture<SettleResult>> answers = new ArrayList<>();
        for (Hold hold : holds) {
            CompletableFuture<SettleResult> answer = new CompletableFuture<>();
            answers.add(answer);
            Settlement good = Kit.settlement(hold, "0.1");
            boolean bad = hold == holds.get(7);
            Settlement settlement = new Settlement(
                    good.generation(),
                    good.held(),
                    good.charges(),
                    good.realCost(),
                    good.source(),
                    bad ? new Object[] {hold.generation().toString(), -1L, "bad", false, null} : good.record());
            kit.ledger.settle(settlement, Runnable::run, answer::complete);
        }
        answers.forEach(answer -> assertThat(Kit.get(answer)).isEqualTo(new SettleResult.Settled()));
        assertThat(kit.balance().used()).isEqualTo(usd("2"));
        assertThat(kit.ledger.stats().quarantined()).isOne();
        assertThat(kit.recordOf(holds.get(7).generation())).isNull();
        assertThat(kit.recordOf(holds.get(8).generation())).isEqualTo("exact");
        String aside = kit.read(tx ->
                tx.sql().fetchSingle("SELECT record FROM posting_quarantine").get(0, String.class));
        assertThat(aside).contains("\"bad\"").contains("\"-1\"");
    }

    @Test
    void aRecordOfTheWrongLengthIsSetAsideToo() {
        Hold hold = kit.held(kit.request("0.1"));
        kit.settle(new Settlement(
                hold.generation(),
                hold.claims(),
                Collections.nCopies(2, usd("0.1")),
                usd("0.1"),
                Settlement.Source.EXACT,
                new Object[] {"too", "short"}));
        assertThat(kit.balance().used()).isEqualTo(usd("0.1"));
        assertThat(kit.ledger.stats().quarantined()).isOne();
    }

    @Test
    void postpaidBalancesHaveNoCap() {
        kit.write(tx -> kit.limits.define(tx, Scope.BALANCE, Kit.ORGANIZATION, Window.TOTAL, null));
        kit.settle(kit.held(kit.request("100")), "99");
        kit.write(tx -> kit.books.transfer(
                tx, Kit.ORGANIZATION, Books.TransferKind.GRANT, usd("1"), "grant", "test", "a present"));
        assertThat(kit.balance().cap()).isNull();
        assertThat((Usd) kit.read(tx -> kit.books.credited(tx, Kit.ORGANIZATION)))
                .isEqualTo(usd("6"));
        assertThat((Usd) kit.read(tx -> kit.books.spent(tx, Kit.ORGANIZATION))).isEqualTo(usd("99"));
    }

    @Test
    void aTransferHappensOnceAndMovesTheCap() {
        assertThat(topUp("2", "r1")).isTrue();
        assertThat(topUp("2", "r1")).isFalse();
        assertThat(kit.balance().cap()).isEqualTo(usd("7"));
        assertThatThrownBy(() -> topUp("3", "r1")).isInstanceOf(ApiException.class);
        assertThat(kit.balance().cap()).isEqualTo(usd("7"));
        kit.held(kit.request("7"));
        kit.write(tx -> kit.books.transfer(
                tx, Kit.ORGANIZATION, Books.TransferKind.CHARGEBACK, usd("-4"), "c1", "test", "bank says so"));
        assertThat(kit.balance().remaining()).isEqualTo(usd("-4"));
        assertThat(kit.hold(kit.request("0.000000001"))).isInstanceOf(HoldResult.Insufficient.class);
    }

    private boolean topUp(String amount, String reference) {
        return kit.write(tx ->
                kit.books.transfer(tx, Kit.ORGANIZATION, Books.TransferKind.TOPUP, usd(amount), reference, "test", ""));
    }

    @Test
    void theAuditNamesARowThatWasEditedByHand() {
        auditAtEnd = false;
        Hold hold = kit.held(kit.request("1"));
        kit.settle(kit.held(kit.request("1")), "0.5");
        assertThat(kit.audit()).isEmpty();
        long balance = kit.balance().limitId();
        kit.write(tx -> tx.sql().execute("UPDATE limit_window SET used = used - 1 WHERE definition_id = ?", balance));
        assertThat(kit.audit())
                .hasSize(2)
                .anySatisfy(
                        fault -> assertThat(fault).contains("limit " + balance).contains("posted $0.5"))
                .anySatisfy(fault -> assertThat(fault).startsWith("all accounts"));
        kit.write(tx -> tx.sql().execute("UPDATE limit_window SET used = used + 1 WHERE definition_id = ?", balance));
        kit.write(tx -> tx.sql().execute("UPDATE limit_window SET held = 0 WHERE definition_id = ?", balance));
        assertThat(kit.audit()).singleElement().satisfies(f -> assertThat(f).contains("held $0 but holds of $1"));
        assertThat(kit.settle(hold, "1")).as("it is booked all the same").isEqualTo(new SettleResult.Settled());
        kit.write(tx -> tx.sql().execute("UPDATE limit_definition SET cap = cap + 1 WHERE id = ?", balance));
        kit.write(tx -> tx.sql().execute("UPDATE posting SET charged = 0"));
        assertThat(kit.audit())
                .anySatisfy(f -> assertThat(f).startsWith("balance of organization acme"))
                .anySatisfy(f -> assertThat(f).startsWith("posting of generation"));
    }

    @Test
    void takesNothingNewAfterItWasClosedButSettlesWhatIsQueued() {
        Hold hold = kit.held(kit.request("1"));
        HoldRequest next = kit.request("1");
        CompletableFuture<SettleResult> answer = new CompletableFuture<>();
        kit.ledger.settle(Kit.settlement(hold, "0.5"), Runnable::run, answer::complete);
        kit.ledger.close();
        assertThat(Kit.get(answer)).isEqualTo(new SettleResult.Settled());
        assertThat(kit.hold(next)).isInstanceOf(HoldResult.Unavailable.class);
        assertThat(kit.balance().used()).isEqualTo(usd("0.5"));
    }

    @Test
    void changesOfLimitsAndHoldsTogetherLeaveTheBooksBalanced() {
        List<CompletableFuture<HoldResult>> answers = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            CompletableFuture<HoldResult> answer = new CompletableFuture<>();
            answers.add(answer);
            answer.thenAccept(result -> {
                if (result instanceof HoldResult.Held(Hold hold)) {
                    kit.ledger.settle(Kit.settlement(hold, "0.00005"), Runnable::run, _ -> {});
                }
            });
            kit.ledger.hold(onEveryLimitOfTheKey(), Runnable::run, answer::complete);
            if (i % 40 == 0) {
                Window window = Window.values()[1 + i / 40 % 3];
                kit.define(Scope.KEY, Kit.KEY, window, "4");
                kit.write(tx -> {
                    kit.limits.remove(tx, Scope.KEY, Kit.KEY, window);
                    return kit.limits.define(tx, Scope.KEY, Kit.KEY, window, usd("3"));
                });
            }
        }
        assertThat(answers.stream().map(Kit::get))
                .filteredOn(HoldResult.Held.class::isInstance)
                .hasSizeGreaterThan(100);
        kit.ledger.close();
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
        for (Window window : List.of(Window.DAILY, Window.WEEKLY, Window.MONTHLY)) {
            assertThat(kit.limit(Scope.KEY, Kit.KEY, window).used())
                    .as(window.name())
                    .isEqualTo(kit.key().used());
        }
    }

    private HoldRequest onEveryLimitOfTheKey() {
        Map<Window, Limits.State> states = kit.read(tx -> kit.limits.states(tx, Scope.KEY, Kit.KEY));
        Limits.State total = java.util.Objects.requireNonNull(states.get(Window.TOTAL));
        List<Claim> claims = new ArrayList<>();
        claims.add(new Claim(total.limitId(), usd("0.0001")));
        states.values().stream()
                .filter(state -> state.window() != Window.TOTAL)
                .forEach(state -> claims.add(new Claim(state.limitId(), usd("0.0001"))));
        return new HoldRequest(Ids.nextFast(), claims, total.policySeq(), "v1", null);
    }
}
