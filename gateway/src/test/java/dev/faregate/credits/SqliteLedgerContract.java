package dev.faregate.credits;

import static dev.faregate.credits.Kit.usd;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.SqliteWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

class SqliteLedgerContract extends LedgerContract {
    @TempDir
    private Path folder;

    /// A Wednesday, so that the day before lies in the same week and month.
    private final ManualTime now = new ManualTime("2026-11-18T23:59:00Z");

    private volatile SqliteWriter.CommitHook hook = SqliteWriter.CommitHook.NONE;

    @Override
    Database open() {
        return SqliteDatabase.open(
                folder, new SqliteDatabase.Options(now, () -> hook.beforeCommit(), 2, Duration.ofSeconds(5)));
    }

    @Override
    Database reopen() {
        return open();
    }

    @Override
    void sleepOneDay() {
        now.advance(Duration.ofDays(1));
    }

    @Test
    void refusesAndGivesBackWhatTheDatabaseConfirmsTooLate() throws InterruptedException {
        Hold running = kit.held(kit.request("1"));
        HoldRequest first = kit.request("1");
        HoldRequest second = new HoldRequest(Ids.nextFast(), first.claims(), first.policySeq(), "v1", null);
        CountDownLatch disk = new CountDownLatch(1);
        hook = () -> await(disk);
        CompletableFuture<HoldResult> inFlight = new CompletableFuture<>();
        CompletableFuture<HoldResult> queued = new CompletableFuture<>();
        CompletableFuture<SettleResult> settled = new CompletableFuture<>();
        kit.ledger.hold(first, Runnable::run, inFlight::complete);
        Thread.sleep(100);
        kit.ledger.hold(second, Runnable::run, queued::complete);
        kit.ledger.settle(Kit.settlement(running, "0.5"), Runnable::run, settled::complete);
        assertThat(Kit.get(inFlight)).isInstanceOf(HoldResult.Unavailable.class);
        assertThat(Kit.get(queued)).isInstanceOf(HoldResult.Unavailable.class);
        assertThat(Kit.get(settled)).isInstanceOf(SettleResult.Pending.class);
        hook = SqliteWriter.CommitHook.NONE;
        disk.countDown();
        eventually(() ->
                kit.balance().used().equals(usd("0.5")) && kit.balance().held().equals(Usd.ZERO));
        assertThat(kit.ledger.stats().abandoned()).isOne();
    }

    @Test
    void stopsAdmittingWhenTheDiskFailsAndLosesNothingThatWasConfirmed() throws InterruptedException {
        Hold hold = kit.held(kit.request("1"));
        hook = () -> {
            throw new SQLiteException("disk I/O error", SQLiteErrorCode.SQLITE_IOERR_FSYNC);
        };
        assertThat(kit.hold(kit.request("1"))).isInstanceOf(HoldResult.Unavailable.class);
        long start = System.nanoTime();
        assertThat(kit.hold(kit.request("1"))).isInstanceOf(HoldResult.Unavailable.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("at once, not when its patience ends")
                .isLessThan(Duration.ofMillis(1_500));
        assertThat(kit.settle(hold, "0.5")).isInstanceOf(SettleResult.Pending.class);
        hook = SqliteWriter.CommitHook.NONE;
        kit.crash();
        kit = new Kit(reopen(), LedgerSettings.DEFAULT);
        assertThat(kit.balance().used()).isEqualTo(usd("1"));
        kit.settle(hold, "0.5");
        assertThat(kit.balance().used()).isEqualTo(usd("0.5"));
    }

    @Test
    void tellsNobodyOfAHoldThatAFullDiskRefused() throws InterruptedException {
        List<Hold> holds = new ArrayList<>();
        int[] commits = {0};
        int[] refused = {0};
        hook = () -> {
            if (++commits[0] % 3 == 0) {
                throw new SQLiteException("database or disk is full", SQLiteErrorCode.SQLITE_FULL);
            }
        };
        while (holds.size() < 20) {
            switch (kit.hold(kit.request("0.1"))) {
                case HoldResult.Held(Hold hold) -> holds.add(hold);
                case HoldResult.Unavailable _ -> refused[0]++;
                default -> throw new AssertionError();
            }
        }
        for (Hold hold : holds) {
            assertThat(kit.settle(hold, "0.05")).isEqualTo(new SettleResult.Settled());
        }
        hook = SqliteWriter.CommitHook.NONE;
        assertThat(refused[0]).isPositive();
        assertThat(kit.ledger.stats().retried()).isPositive();
        assertThat(kit.balance().used()).isEqualTo(usd("1"));
        assertThat(kit.balance().held()).isEqualTo(Usd.ZERO);
    }

    @Test
    void holdsTheCapWithASlowDisk() {
        hook = () -> pause(5);
        admitsExactlyAsManyAsFit();
    }

    private static void await(CountDownLatch latch) throws SQLException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new SQLException("the test did not go on");
            }
        } catch (InterruptedException e) {
            throw new SQLException(e);
        }
    }

    private static void pause(long millis) throws SQLException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new SQLException(e);
        }
    }

    private static void eventually(java.util.function.BooleanSupplier holds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(20);
        }
    }
}
