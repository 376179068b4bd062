package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.GENERATION;
import static dev.faregate.storage.tables.Tables.GENERATION_CONTENT;
import static dev.faregate.storage.tables.Tables.GENERATION_FEEDBACK;
import static dev.faregate.storage.tables.Tables.WORKSPACE;
import static dev.faregate.storage.tables.Tables.WORKSPACE_USAGE;

import dev.faregate.base.Ids;
import dev.faregate.base.Schedules;
import dev.faregate.keys.EndedSecretStore;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes the details of generations after their time: records, prompts and answers, feedback, oldest
/// first; the hourly roll-up, which serves recent days only; and the hashes of secrets of keys that ended
/// long ago. What money rests on stays: postings, and the roll-ups of keys, workspaces and apps by day. Each
/// transaction deletes a bounded number of rows, because on SQLite the ledger waits for it.
public final class Retention implements AutoCloseable {
    /// Rows that one transaction deletes, and the pause before the next.
    static final int AT_ONCE = 500;

    private static final Duration PAUSE = Duration.ofMillis(20);

    /// Hours of roll-ups that one transaction deletes.
    private static final int HOURS_AT_ONCE = 24;

    /// Longer than analytics looks back by the hour.
    private static final Duration HOURS_KEPT = AnalyticsQuery.HOURS_REACH.plusDays(2);

    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration PERIOD = Duration.ofHours(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private final Database database;
    private final Duration kept;
    private final EndedSecretStore endedSecrets = new EndedSecretStore();
    private final ScheduledExecutorService turns;
    private final LongAdder deleted = new LongAdder();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Retention(Database database, Duration kept) {
        this.database = database;
        this.kept = kept;
        this.turns = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("retention").daemon(true).factory());
    }

    /// Deletes details that are older than `kept`, every hour.
    public static Retention start(Database database, Duration kept) {
        Retention retention = new Retention(database, kept);
        retention.turns.scheduleWithFixedDelay(
                retention::turn, FIRST.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        return retention;
    }

    /// Generations whose details were deleted.
    public long deleted() {
        return deleted.sum();
    }

    @Override
    public void close() {
        stopped.countDown();
        Schedules.end(turns, STOP_PATIENCE);
    }

    private void turn() {
        try {
            Instant now = database.read(tx -> tx.now());
            long before = deleted.sum();
            run(now);
            if (deleted.sum() > before) {
                LOG.info("Deleted the details of {} generations older than {}", deleted.sum() - before, kept);
            }
        } catch (RuntimeException e) {
            // It is tried again in an hour; nothing depends on it meanwhile.
            LOG.warn("Details that are past their time could not be deleted: {}", e.toString());
        }
    }

    /// Deletes all that is past its time at `now`.
    void run(Instant now) {
        String border = Ids.firstAt(now.minus(kept)).toString();
        delete(GENERATION_CONTENT, GENERATION_CONTENT.ID, border);
        delete(GENERATION_FEEDBACK, GENERATION_FEEDBACK.GENERATION_ID, border);
        deleted.add(delete(GENERATION, GENERATION.ID, border));
        inSteps(tx -> endedSecrets.delete(tx, now, AT_ONCE));
        deleteHours((int) (now.minus(HOURS_KEPT).getEpochSecond() / Span.HOUR.seconds()));
    }

    private <R extends Record> long delete(Table<R> table, Field<String> id, String border) {
        return inSteps(tx -> {
            List<String> oldest = tx.sql()
                    .select(id)
                    .from(table)
                    .where(id.lt(border))
                    .orderBy(id)
                    .limit(AT_ONCE)
                    .fetch(id);
            return oldest.isEmpty()
                    ? 0
                    : tx.sql().deleteFrom(table).where(id.in(oldest)).execute();
        });
    }

    /// Repeats what deletes at most [#AT_ONCE] rows and answers how many, until there are no more.
    private long inSteps(Function<Tx, Integer> step) {
        long all = 0;
        int some = AT_ONCE;
        while (some >= AT_ONCE && pause()) {
            some = database.write(step::apply);
            all += some;
        }
        return all;
    }

    private void deleteHours(int border) {
        for (String workspace : database.read(
                tx -> tx.sql().select(WORKSPACE.ID).from(WORKSPACE).fetch(WORKSPACE.ID))) {
            boolean more = true;
            while (more && pause()) {
                more = database.write(tx -> {
                    var which = WORKSPACE_USAGE
                            .WORKSPACE_ID
                            .eq(workspace)
                            .and(WORKSPACE_USAGE.SPAN.eq(Span.HOUR.seconds()));
                    Integer first = tx.sql()
                            .select(DSL.min(WORKSPACE_USAGE.SLOT))
                            .from(WORKSPACE_USAGE)
                            .where(which)
                            .fetchOne(0, Integer.class);
                    if (first == null || first >= border) {
                        return false;
                    }
                    tx.sql()
                            .deleteFrom(WORKSPACE_USAGE)
                            .where(which)
                            .and(WORKSPACE_USAGE.SLOT.lt(Math.min(border, first + HOURS_AT_ONCE)))
                            .execute();
                    return true;
                });
            }
        }
    }

    /// Gives the ledger time; false when it is time to stop.
    private boolean pause() {
        try {
            return !stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
