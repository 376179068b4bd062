package dev.faregate.credits;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import dev.faregate.storage.Databases;
import dev.faregate.storage.TestPostgres;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Prints how many requests a second the ledger carries: each is a durable hold and a durable settlement
/// with a record of about 300 bytes, in a closed loop. Arguments: `sqlite` or `postgresql`, limits per
/// request, keys, callers. Then it leaves holds open, starts anew and prints how long charging them took.
final class LedgerBench {
    private static final int SECONDS = 8;
    private static final int WARM_UP_SECONDS = 3;
    private static final int ORPHANS = 100_000;
    private static final Usd AMOUNT = Usd.ofNanos(1_000);

    private final PrintStream out = System.out;
    private final LedgerSettings settings = LedgerSettings.DEFAULT;
    private final Limits limits = new JooqLimits();
    private final Database database;
    private final int callers;
    private final List<List<Claim>> claims = new ArrayList<>();
    private final AtomicLong done = new AtomicLong();
    private final AtomicInteger next = new AtomicInteger();
    private final long[] latencies = new long[4_000_000];
    private final AtomicInteger measured = new AtomicInteger();
    private volatile boolean stop;
    private volatile boolean measuring;

    private LedgerBench(Database database, int rows, int keys, int callers) {
        this.database = database;
        this.callers = callers;
        database.write(tx -> tx.sql()
                .execute("CREATE TABLE bench_record (id VARCHAR(36) NOT NULL PRIMARY KEY, a BIGINT, b VARCHAR(300))"));
        for (int from = 0; from < keys; from += 200) {
            int first = from;
            database.write(tx -> {
                long balance = limits.define(tx, Scope.BALANCE, "acme", Window.TOTAL, null);
                for (int key = first; key < Math.min(first + 200, keys); key++) {
                    List<Claim> of = new ArrayList<>();
                    of.add(new Claim(
                            limits.define(tx, Scope.KEY, "k" + key, Window.TOTAL, Usd.ofDollars(1_000)), AMOUNT));
                    of.add(new Claim(balance, AMOUNT));
                    for (int row = 2; row < rows; row++) {
                        String owner = "g" + row + ":k" + key;
                        of.add(new Claim(
                                limits.define(tx, Scope.GUARDRAIL_KEY, owner, Window.DAILY, Usd.ofDollars(1_000)),
                                AMOUNT));
                    }
                    claims.add(of);
                }
                return 0;
            });
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        String kind = arguments.length > 0 ? arguments[0] : "sqlite";
        int rows = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
        int keys = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1;
        int callers = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 1_000;
        Path folder = Files.createTempDirectory("ledger-bench");
        String url = kind.equals("sqlite") ? null : TestPostgres.freshUrl();
        try (Database database = Databases.open(folder, url)) {
            LedgerBench bench = new LedgerBench(database, rows, keys, callers);
            bench.out.printf("%s, %d limits, %d keys, %d callers: ", kind, rows, keys, callers);
            bench.load();
            bench.orphans();
        }
    }

    private GroupLedger start() {
        return GroupLedger.start(
                database,
                settings,
                "bench",
                UUID.randomUUID().toString(),
                new RecordTable("bench_record", List.of("id", "a", "b")),
                (orphan, _) -> new Object[] {orphan.generation().toString(), 1L, "orphan"},
                Safeguards.NONE);
    }

    private void load() throws InterruptedException {
        GroupLedger ledger = start();
        CountDownLatch ended = new CountDownLatch(callers);
        for (int i = 0; i < callers; i++) {
            begin(ledger, ended);
        }
        TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
        long before = done.get();
        long batches = ledger.stats().batches();
        long start = System.nanoTime();
        measuring = true;
        TimeUnit.SECONDS.sleep(SECONDS);
        measuring = false;
        double seconds = (System.nanoTime() - start) / 1e9;
        long requests = done.get() - before;
        long took = ledger.stats().batches() - batches;
        stop = true;
        ended.await(30, TimeUnit.SECONDS);
        int count = Math.min(measured.get(), latencies.length);
        Arrays.sort(latencies, 0, count);
        out.printf(
                "%,.0f requests/s (%,.0f batches/s, %.0f operations each), hold p50 %.2f ms, p99 %.2f ms%n",
                requests / seconds,
                took / seconds,
                2.0 * requests / Math.max(1, took),
                latencies[count / 2] / 1e6,
                latencies[(int) (count * 0.99)] / 1e6);
        ledger.close();
    }

    private void begin(GroupLedger ledger, CountDownLatch ended) {
        if (stop) {
            ended.countDown();
            return;
        }
        List<Claim> of = claims.get(Math.floorMod(next.incrementAndGet(), claims.size()));
        UUID generation = Ids.nextFast();
        long start = System.nanoTime();
        ledger.hold(new HoldRequest(generation, of, 1, "v1", "context"), Runnable::run, result -> {
            if (!(result instanceof HoldResult.Held(Hold hold))) {
                throw new IllegalStateException(result.toString());
            }
            if (measuring) {
                latencies[Math.floorMod(measured.getAndIncrement(), latencies.length)] = System.nanoTime() - start;
            }
            Settlement settlement = new Settlement(
                    generation,
                    hold.claims(),
                    Collections.nCopies(hold.claims().size(), Usd.ofNanos(700)),
                    Usd.ofNanos(700),
                    Settlement.Source.EXACT,
                    new Object[] {generation.toString(), 12L, "x".repeat(250)});
            ledger.settle(settlement, Runnable::run, _ -> {
                done.incrementAndGet();
                begin(ledger, ended);
            });
        });
    }

    private void orphans() throws InterruptedException {
        GroupLedger ledger = start();
        CountDownLatch held = new CountDownLatch(ORPHANS);
        for (int i = 0; i < ORPHANS; i++) {
            while (ledger.stats().waitingHolds() > settings.holdQueue() / 2) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            ledger.hold(
                    new HoldRequest(Ids.nextFast(), claims.get(i % claims.size()), 1, "v1", "context"),
                    Runnable::run,
                    _ -> held.countDown());
        }
        held.await(60, TimeUnit.SECONDS);
        ledger.abandon();
        long start = System.nanoTime();
        try (GroupLedger recovered = start()) {
            out.printf(
                    "%,d orphans charged in %.2f s%n", recovered.stats().orphans(), (System.nanoTime() - start) / 1e9);
        }
    }
}
