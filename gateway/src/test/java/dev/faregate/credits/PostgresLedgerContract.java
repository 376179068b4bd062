package dev.faregate.credits;

import static dev.faregate.credits.Kit.usd;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.TestPostgres;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PostgresLedgerContract extends LedgerContract {
    private String url = "";

    @Override
    Database open() {
        url = TestPostgres.freshUrl();
        return reopen();
    }

    @Override
    Database reopen() {
        return PostgresDatabase.open(url);
    }

    /// The database's clock cannot be set, so what happened is moved instead: all windows but TOTAL, and
    /// the times.
    @Override
    void sleepOneDay() {
        long day = 86_400_000_000L;
        kit.write(tx -> {
            tx.sql().execute("UPDATE limit_window SET window_start = window_start - ? WHERE window_start > 0", day);
            for (String table : new String[] {"hold", "posting"}) {
                String taken = table.equals("hold") ? "created_at" : "held_at";
                tx.sql()
                        .execute(
                                "UPDATE " + table + " SET " + taken + " = " + taken + " - ?, windows = ARRAY(SELECT "
                                        + "CASE w WHEN 0 THEN 0 ELSE w - ? END FROM unnest(windows) WITH ORDINALITY "
                                        + "AS x (w, i) ORDER BY i)",
                                day,
                                day);
            }
            return 0;
        });
    }

    @Test
    void windowsBeginWhereJavaSaysTheyDo() {
        for (String instant : List.of(
                "2026-11-18T23:59:59.999999Z",
                "2026-11-16T00:00:00Z",
                "2026-11-15T23:59:59.999999Z",
                "2027-01-01T00:00:00Z",
                "2028-02-29T12:00:00.000001Z",
                "2026-12-31T23:59:59Z")) {
            Instant at = Instant.parse(instant);
            for (Window window : Window.values()) {
                long start = kit.read(tx -> tx.sql()
                        .fetchSingle("SELECT fg_window_start(?, ?)", window.name(), dev.faregate.base.Micros.of(at))
                        .get(0, Long.class));
                assertThat(dev.faregate.base.Micros.toInstant(start))
                        .as(window + " of " + instant)
                        .isEqualTo(window.start(at));
            }
        }
    }

    @Test
    void severalNodesTogetherAdmitExactlyAsManyAsFit() {
        try (GroupLedger second = another("node-2");
                GroupLedger third = another("node-3")) {
            List<GroupLedger> nodes = List.of(kit.ledger, second, third);
            HoldRequest like = kit.request("0.10");
            List<CompletableFuture<HoldResult>> answers = new ArrayList<>();
            for (int i = 0; i < 900; i++) {
                CompletableFuture<HoldResult> answer = new CompletableFuture<>();
                answers.add(answer);
                nodes.get(i % 3)
                        .hold(
                                new HoldRequest(Ids.nextFast(), like.claims(), like.policySeq(), "v1", null),
                                Runnable::run,
                                answer::complete);
            }
            assertThat(answers.stream().map(Kit::get))
                    .filteredOn(HoldResult.Held.class::isInstance)
                    .hasSize(50);
            assertThat(kit.balance().held()).isEqualTo(usd("5"));
        }
    }

    @Test
    void whatPilesUpDoesNotWaitForABatchThatIsHeldUp() {
        Paused[] store = new Paused[1];
        try (Kit other = new Kit(
                PostgresDatabase.open(TestPostgres.freshUrl()),
                patience(Duration.ofSeconds(20)),
                Safeguards.NONE,
                real -> store[0] = new Paused(real))) {
            other.found("100");
            HoldRequest like = other.request("0.10");
            store[0].before.set(true);
            CompletableFuture<HoldResult> first = ask(other, like);
            assertThat(store[0].reached.join()).isTrue();
            List<CompletableFuture<HoldResult>> answers = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                answers.add(ask(other, like));
            }
            // Fewer than are worth a batch of their own may be left over; they and the first wait for each other.
            assertThat(CompletableFuture.anyOf(answers.toArray(CompletableFuture[]::new)))
                    .succeedsWithin(Duration.ofSeconds(10));
            assertThat(first).isNotDone();
            store[0].release.complete(true);
            answers.add(first);
            assertThat(answers.stream().map(Kit::get)).allMatch(HoldResult.Held.class::isInstance);
            assertThat(other.balance().held()).isEqualTo(usd("30.1"));
        }
    }

    @Test
    void aHoldThatWasChargedAsAnOrphanAndIsGivenBackTakesItsRecordAlong() {
        Paused store = new Paused(
                GroupLedger.storeFor(kit.database, "node-3", UUID.randomUUID().toString(), Kit.RECORDS));
        try (GroupLedger paused =
                        new GroupLedger(store, patience(Duration.ofMillis(200)), Kit.ORPHANS, Safeguards.NONE);
                GroupLedger other = another("node-2")) {
            paused.begin();
            HoldRequest request = kit.request("1");
            store.after.set(true);
            // Its caller has gone when the answer arrives, and meanwhile another node took this one for dead.
            HoldResult told = Kit.await(answer -> paused.hold(request, Runnable::run, answer::complete));
            assertThat(told).isInstanceOf(HoldResult.Unavailable.class);
            assertThat(store.reached.join()).isTrue();
            OrphanRecords.Orphan orphan = new OrphanRecords.Orphan(
                    request.generation(), request.claims(), "v1", Instant.now(), "ctx", "boot");
            CompletableFuture<SettleResult> charged = new CompletableFuture<>();
            other.settle(orphan.chargedInFull(Kit.ORPHANS.record(orphan)), Runnable::run, charged::complete);
            assertThat(Kit.get(charged)).isEqualTo(new SettleResult.Settled());
            assertThat(kit.recordOf(request.generation())).isEqualTo("orphan of ctx");
            store.release.complete(true);
            NodeWatchContract.await(() -> kit.balance().used().equals(Usd.ZERO));
            assertThat(kit.recordOf(request.generation())).isEqualTo("nothing of ctx");
            assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
        }
    }

    private static CompletableFuture<HoldResult> ask(Kit kit, HoldRequest like) {
        CompletableFuture<HoldResult> answer = new CompletableFuture<>();
        kit.ledger.hold(
                new HoldRequest(Ids.nextFast(), like.claims(), like.policySeq(), "v1", null),
                Runnable::run,
                answer::complete);
        return answer;
    }

    /// Nobody but a hold's caller loses patience.
    private static LedgerSettings patience(Duration holdWait) {
        Duration ample = Duration.ofSeconds(20);
        return new LedgerSettings(10_000, 1_000, 200, holdWait, ample, ample, ample);
    }

    /// Stops once, before a batch goes to the database or after it came back, as a process does that is paused there.
    private static final class Paused extends ForwardingStore {
        final AtomicBoolean before = new AtomicBoolean();
        final AtomicBoolean after = new AtomicBoolean();
        final CompletableFuture<Boolean> reached = new CompletableFuture<>();
        final CompletableFuture<Boolean> release = new CompletableFuture<>();

        Paused(LedgerStore store) {
            super(store);
        }

        @Override
        public Outcome apply(Batch batch) throws StoreFailure {
            stopIf(before);
            Outcome outcome = store.apply(batch);
            stopIf(after);
            return outcome;
        }

        private void stopIf(AtomicBoolean wanted) {
            if (wanted.compareAndSet(true, false)) {
                reached.complete(true);
                release.join();
            }
        }
    }

    private GroupLedger another(String node) {
        return GroupLedger.start(
                kit.database,
                LedgerSettings.DEFAULT,
                node,
                UUID.randomUUID().toString(),
                Kit.RECORDS,
                OrphanRecords.NONE,
                Safeguards.NONE);
    }

    @Test
    void leavesTheHoldsOfOtherNodesAlone() {
        HoldRequest request = kit.request("1");
        kit.held(request);
        try (GroupLedger second = another("node-2")) {
            assertThat(second.stats().orphans()).isZero();
            assertThat(kit.balance().held()).isEqualTo(usd("1"));
            CompletableFuture<SettleResult> answer = new CompletableFuture<>();
            second.settle(
                    Kit.settlement(new Hold(request.generation(), request.claims()), "0.5"),
                    Runnable::run,
                    answer::complete);
            assertThat(Kit.get(answer)).isEqualTo(new SettleResult.Settled());
        }
        assertThat(kit.balance().used()).isEqualTo(usd("0.5"));
    }

    @Test
    void getsOverLostConnections() throws InterruptedException {
        List<Hold> holds = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            holds.add(kit.held(kit.request("0.1")));
        }
        Thread cutter = Thread.ofVirtual().start(this::cutConnections);
        List<CompletableFuture<SettleResult>> answers = new ArrayList<>();
        for (Hold hold : holds) {
            CompletableFuture<SettleResult> answer = new CompletableFuture<>();
            answers.add(answer);
            kit.ledger.settle(Kit.settlement(hold, "0.05"), Runnable::run, answer::complete);
            Thread.sleep(20);
        }
        cutter.join();
        answers.forEach(answer -> assertThat(Kit.get(answer)).isEqualTo(new SettleResult.Settled()));
        assertThat(kit.balance().used()).isEqualTo(usd("1"));
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
    }

    private void cutConnections() {
        String name = url.substring(url.lastIndexOf('/') + 1);
        for (int i = 0; i < 10; i++) {
            TestPostgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name
                    + "' AND query LIKE '%fg_batch%' AND pid <> pg_backend_pid()");
        }
    }
}
