package dev.faregate.credits;

import dev.faregate.base.ApiException;
import dev.faregate.base.Schedules;
import dev.faregate.storage.DatabaseClock;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.Tx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a node on PostgreSQL does about the others and about itself (ledger, 2.4): it gives a sign of life,
/// charges the holds of nodes that give none, looks for holds of its own that nobody knows, and checks that
/// the server still has what it confirmed.
///
/// Nothing here decides about money by a clock: a node that only seemed dead settles late and so lowers
/// the charge; several nodes that charge the same orphan charge it once.
public final class NodeWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeWatch.class);

    /// Signs of life in the time after which a node counts as dead.
    private static final int BEATS = 6;

    /// Holds that are read and ended at once.
    private static final int CHUNK = 500;

    /// A hold of this life must be known here long before it is this old.
    private static final Duration AUDIT_AGE = Duration.ofSeconds(8);

    /// The audit and the look for holds without a node read all holds: not at each beat.
    private static final int SELDOM = 3;

    private static final Duration ENDING_PATIENCE = Duration.ofSeconds(10);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    private final PostgresDatabase database;
    private final Nodes nodes;
    private final Duration silence;
    private final OrphanRecords records;
    private final FailoverGuard guard;
    private final ScheduledExecutorService turns;
    private final LongAdder charged = new LongAdder();
    private final LongAdder voided = new LongAdder();
    private volatile boolean stopping;
    private volatile int live = 1;
    private long turn;
    private boolean outOfReach;

    /// Begins the life `boot` of `node`, before its ledger is started. `silence`: after which another node
    /// counts as dead. `dataFolder`: of this node. Throws `IllegalStateException`, with a sentence for the
    /// operator, when the server is behind what it confirmed to a former life.
    public NodeWatch(
            PostgresDatabase database,
            String node,
            String boot,
            Duration silence,
            OrphanRecords records,
            Path dataFolder) {
        this.database = database;
        this.nodes = new Nodes(node, boot);
        this.silence = silence;
        this.records = records;
        this.guard = new FailoverGuard(dataFolder);
        String wrong = guard.check(database);
        if (wrong != null) {
            throw new IllegalStateException("Not started: " + wrong + ".");
        }
        database.write(tx -> {
            nodes.register(tx);
            return true;
        });
        this.live = database.read(tx -> nodes.live(tx, silence));
        this.turns = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("node-watch").daemon(true).factory());
    }

    /// Begins to watch, for this ledger,
    /// and reads `clock` anew from time to time.
    public void start(GroupLedger watched, DatabaseClock clock) {
        long period = Math.max(1, silence.toMillis() / BEATS);
        turns.scheduleWithFixedDelay(() -> turn(watched, clock), period, period, TimeUnit.MILLISECONDS);
    }

    /// How many nodes live, this one too, as it was at the last sign of life.
    public int live() {
        return live;
    }

    /// The nodes that are known, at most so many, this one first. Asks the database, within its time limit.
    public List<NodeLife> nodes(int most) {
        return database.read(tx -> nodes.lives(tx, silence, most));
    }

    /// Holds of dead nodes that this one has charged.
    public long charged() {
        return charged.sum();
    }

    /// Holds of this life that nobody knew.
    public long voided() {
        return voided.sum();
    }

    @Override
    public void close() {
        stopping = true;
        Schedules.end(turns, STOP_PATIENCE);
    }

    private void turn(GroupLedger of, DatabaseClock clock) {
        try {
            clock.read();
            if (!database.write(nodes::beat)) {
                of.stopAdmitting(
                        "another process has started with the id of this node; each node needs a data folder of "
                                + "its own");
            }
            live = database.read(tx -> nodes.live(tx, silence));
            String wrong = guard.check(database);
            if (wrong != null) {
                of.stopAdmitting(wrong);
            }
            boolean seldom = turn++ % SELDOM == 0;
            chargeDead(of, seldom);
            if (seldom) {
                audit(of);
                database.write(tx -> {
                    nodes.tidy(tx);
                    return true;
                });
            }
            outOfReach = false;
        } catch (ApiException e) {
            if (!outOfReach) {
                LOG.warn("no sign of life can be given: {}", e.getMessage());
            }
            outOfReach = true;
        } catch (RuntimeException e) {
            LOG.error("the watch over the nodes failed and goes on", e);
        }
    }

    private void chargeDead(GroupLedger of, boolean strangersToo) {
        List<String> dead = database.read(tx -> nodes.silent(tx, silence));
        if (strangersToo) {
            List<String> strangers = database.read(tx -> nodes.unknown(tx, silence));
            dead = java.util.stream.Stream.concat(dead.stream(), strangers.stream())
                    .toList();
        }
        if (dead.isEmpty()) {
            return;
        }
        List<String> silent = dead;
        long count = end(
                of,
                after -> tx -> nodes.holdsOf(tx, silent, after, CHUNK),
                orphan -> orphan.chargedInFull(record(orphan)));
        if (count > 0) {
            LOG.warn("charged {} holds in full: their nodes gave no sign of life for {} s", count, silence.toSeconds());
            charged.add(count);
        }
    }

    /// A commit whose answer was lost may come true after its caller was told no and the hold given back;
    /// such a hold can only stand there, never be spent, but it must not stand for ever.
    private void audit(GroupLedger of) {
        long count = end(
                of,
                after -> tx -> nodes.ownOlderThan(tx, AUDIT_AGE, after, CHUNK),
                hold -> of.known().contains(hold.generation().toString()) ? null : hold.voided());
        if (count > 0) {
            LOG.warn("gave back {} holds of this node that nobody waits for", count);
            voided.add(count);
        }
    }

    private interface Page {
        Function<Tx, List<OrphanRecords.Orphan>> after(String generation);
    }

    /// Ends holds page by page, each page durable before the next is read; returns how many.
    private long end(GroupLedger of, Page page, Function<OrphanRecords.Orphan, @Nullable Settlement> ending) {
        long count = 0;
        String after = "";
        while (!stopping && !of.isBehind()) {
            List<OrphanRecords.Orphan> found = database.read(page.after(after));
            List<Settlement> settlements = new java.util.ArrayList<>(found.size());
            for (OrphanRecords.Orphan hold : found) {
                Settlement settlement = ending.apply(hold);
                if (settlement != null) {
                    settlements.add(settlement);
                }
            }
            settle(of, settlements);
            count += settlements.size();
            if (found.size() < CHUNK) {
                return count;
            }
            after = found.getLast().generation().toString();
        }
        return count;
    }

    private static void settle(GroupLedger of, List<Settlement> settlements) {
        CountDownLatch ended = new CountDownLatch(settlements.size());
        settlements.forEach(settlement -> of.settle(settlement, Runnable::run, _ -> ended.countDown()));
        try {
            if (!ended.await(ENDING_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{} holds wait to be ended", ended.getCount());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Object[] record(OrphanRecords.Orphan orphan) {
        try {
            return records.record(orphan);
        } catch (RuntimeException e) {
            LOG.error("no record can be made for the orphan {}", orphan.generation(), e);
            return new Object[0];
        }
    }
}
