package dev.faregate.bench;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.credits.Hold;
import dev.faregate.credits.HoldRequest;
import dev.faregate.credits.HoldResult;
import dev.faregate.credits.Ledger;
import dev.faregate.credits.SettleResult;
import dev.faregate.credits.Settlement;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// Drives a ledger at one load point, from `start` to `close`, on one event loop as the server does: each
/// request is a hold, the time of the upstream call, and a settlement with its record. All state belongs to
/// the loop.
final class LedgerLoad implements AutoCloseable {
    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final Duration DRAIN = Duration.ofSeconds(30);
    private static final Duration DRAIN_POLL = Duration.ofMillis(20);
    private static final long POLICY = 1;

    private final EventLoop loop;
    private final Ledger ledger;
    private final LedgerPoint point;
    private final List<LedgerAccounts.Account> accounts;
    private final List<String> contexts;
    private final List<Usd> charges;
    private final long upstreamNanos;

    private LedgerTally tally = new LedgerTally();
    private int next;
    private long scheduled;
    private long firstDue;
    private int running;
    private long settled;
    private boolean stopping;

    private LedgerLoad(
            EventLoop loop,
            Ledger ledger,
            LedgerPoint point,
            List<LedgerAccounts.Account> accounts,
            Duration upstream) {
        this.loop = loop;
        this.ledger = ledger;
        this.point = point;
        this.accounts = point.hot() ? accounts.subList(0, 1) : accounts;
        this.contexts = this.accounts.stream().map(LedgerRecords::context).toList();
        this.charges = Collections.nCopies(accounts.getFirst().claims().size(), LedgerAccounts.CHARGED);
        this.upstreamNanos = upstream.toNanos();
    }

    static LedgerLoad start(
            EventLoop loop,
            Ledger ledger,
            LedgerPoint point,
            List<LedgerAccounts.Account> accounts,
            Duration upstream) {
        LedgerLoad load = new LedgerLoad(loop, ledger, point, accounts, upstream);
        loop.execute(load::begin);
        return load;
    }

    /// Forgets what was counted so far and returns it: the warm-up, or a window, is over.
    LedgerTally take() {
        return Loops.on(loop, () -> {
            LedgerTally taken = tally;
            tally = new LedgerTally();
            return taken;
        });
    }

    /// Settlements confirmed since the start, in every window and outside.
    long settled() {
        return Loops.on(loop, () -> settled);
    }

    /// Sends nothing new and waits until everything that runs is settled. Throws when it is not in time.
    @Override
    public void close() {
        Loops.on(loop, () -> stopping = true);
        long end = System.nanoTime() + DRAIN.toNanos();
        while (Loops.on(loop, () -> running) > 0) {
            if (System.nanoTime() > end) throw new IllegalStateException("the ledger did not settle what it holds");
            ChildProcess.pause(DRAIN_POLL);
        }
    }

    // Everything below runs on the loop.

    private void begin() {
        firstDue = System.nanoTime();
        switch (point.kind()) {
            case OPEN -> sendDue();
            case CLOSED -> {
                for (int i = 0; i < point.size(); i++) hold(firstDue);
            }
        }
    }

    private void sendDue() {
        if (stopping) return;
        long now = System.nanoTime();
        for (long due = dueAt(); due <= now; due = dueAt()) {
            scheduled++;
            hold(due);
        }
        loop.schedule(this::sendDue, Math.max(0, dueAt() - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private long dueAt() {
        return firstDue + scheduled * NANOS_PER_SECOND / point.size();
    }

    private void hold(long due) {
        int number = next;
        next = (next + 1) % accounts.size();
        UUID generation = Ids.nextFast();
        running++;
        ledger.hold(
                new HoldRequest(
                        generation,
                        accounts.get(number).claims(),
                        POLICY,
                        LedgerRecords.PRICE_VERSION,
                        contexts.get(number)),
                loop,
                result -> answered(due, number, result));
    }

    private void answered(long due, int number, HoldResult result) {
        long waited = System.nanoTime() - due;
        if (!(result instanceof HoldResult.Held(Hold hold))) {
            tally.fail(result.toString());
            ended();
            return;
        }
        Tally.record(tally.hold, waited);
        if (upstreamNanos == 0) {
            settle(System.nanoTime(), waited, number, hold);
            return;
        }
        long over = System.nanoTime() + upstreamNanos;
        loop.schedule(() -> settle(over, waited, number, hold), upstreamNanos, TimeUnit.NANOSECONDS);
    }

    private void settle(long over, long waited, int number, Hold hold) {
        Settlement settlement = new Settlement(
                hold.generation(),
                hold.claims(),
                charges,
                LedgerAccounts.CHARGED,
                Settlement.Source.EXACT,
                LedgerRecords.row(hold.generation(), accounts.get(number).owner()));
        ledger.settle(settlement, loop, result -> {
            if (result instanceof SettleResult.Settled) {
                settled++;
                tally.complete(waited, System.nanoTime() - over);
            } else {
                tally.fail(result.toString());
            }
            ended();
        });
    }

    private void ended() {
        running--;
        if (point.kind() == LedgerPoint.Kind.CLOSED && !stopping) hold(System.nanoTime());
    }
}
