package dev.faregate.credits;

import dev.faregate.base.Micros;
import dev.faregate.base.Schedules;
import dev.faregate.storage.PostgresDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread and its connection in auto-commit, with one call of `fg_batch` for each batch. A connection that
/// failed is replaced; the batch is then sent again by the protocol above.
final class PostgresWriter {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresWriter.class);
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// Longer than any one call may take.
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    /// Whose batches these are: a life of a node, and which of its connections.
    record Sender(String node, String boot, int number) {}

    private final PostgresDatabase database;
    private final Sender sender;
    private final @Nullable RecordTable table;
    private final Thread thread;
    private volatile BooleanSupplier pump = () -> false;
    private volatile boolean stopping;
    private volatile boolean lost;

    // Only its own thread touches these.
    /// Batches that the database confirmed to this sender and must know of, or -1 where no row counts them.
    private long confirmed = -1;

    private @Nullable Connection connection;
    private @Nullable PostgresBatch call;

    PostgresWriter(PostgresDatabase database, Sender sender, @Nullable RecordTable table) {
        this.database = database;
        this.sender = sender;
        this.table = table;
        this.thread = Thread.ofPlatform()
                .name("ledger-postgresql-" + sender.number())
                .daemon(true)
                .unstarted(this::loop);
    }

    void start(BooleanSupplier newPump) {
        pump = newPump;
        thread.start();
    }

    void wake() {
        // Never skipped because the thread seems to run: it may just have looked and be about to sleep.
        LockSupport.unpark(thread);
    }

    boolean isOfThisThread() {
        return Thread.currentThread() == thread;
    }

    /// The server has lost batches that it confirmed.
    boolean hasLost() {
        return lost;
    }

    void stop() {
        stopping = true;
        Schedules.end(thread, STOP_PATIENCE);
    }

    LedgerStore.Outcome apply(Batch batch) throws StoreFailure {
        Connection open = connected();
        try {
            if (call == null) {
                call = new PostgresBatch(open, sender, table);
            }
            LedgerStore.Outcome outcome = call.apply(batch);
            if (confirmed >= 0) {
                confirmed++;
            }
            return outcome;
        } catch (SQLException e) {
            throw failed(e);
        } catch (RuntimeException e) {
            throw new StoreFailure(StoreFailure.Kind.PERMANENT, e);
        }
    }

    List<OrphanRecords.Orphan> leftovers(String after, int max) throws StoreFailure {
        Connection open = connected();
        try (PreparedStatement statement = open.prepareStatement(
                "SELECT generation, limits, amounts, price_version, created_at, context, boot FROM hold "
                        + "WHERE generation > ? AND node = ? AND boot <> ? ORDER BY generation LIMIT ?")) {
            statement.setString(1, after);
            statement.setString(2, sender.node());
            statement.setString(3, sender.boot());
            statement.setInt(4, max);
            List<OrphanRecords.Orphan> found = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(new OrphanRecords.Orphan(
                            UUID.fromString(row.getString(1)),
                            SqliteBatch.claims(numbers(row, 2), numbers(row, 3)),
                            row.getString(4),
                            Micros.toInstant(row.getLong(5)),
                            row.getString(6),
                            row.getString(7)));
                }
            }
            return found;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private void loop() {
        while (!stopping) {
            if (!pump.getAsBoolean() && !stopping) {
                LockSupport.parkNanos(this, IDLE_NANOS);
            }
        }
        disconnect();
    }

    private Connection connected() throws StoreFailure {
        if (connection != null) {
            return connection;
        }
        try {
            Connection fresh = database.connect();
            connection = fresh;
            checkNothingWasLost(fresh);
            return fresh;
        } catch (SQLException e) {
            throw new StoreFailure(StoreFailure.Kind.TRANSIENT, e);
        }
    }

    /// A server that counts fewer batches of this life than it confirmed is not the one of before: an
    /// asynchronous standby was promoted, or a backup restored. Holds that were confirmed are gone, so
    /// nothing may be admitted; settlements are still booked.
    private void checkNothingWasLost(Connection fresh) throws SQLException {
        try (PreparedStatement statement = fresh.prepareStatement(
                "SELECT batches FROM node_connection WHERE node = ? AND number = ? AND boot = ?")) {
            statement.setString(1, sender.node());
            statement.setInt(2, sender.number());
            statement.setString(3, sender.boot());
            try (ResultSet row = statement.executeQuery()) {
                long counted = row.next() ? row.getLong(1) : -1;
                if (confirmed < 0) {
                    confirmed = counted;
                } else if (counted < confirmed && !lost) {
                    LOG.error(
                            "the database counts {} ledger batches of this node where {} were confirmed: it has lost "
                                    + "what it confirmed (a standby that was behind, or a backup). Nothing is admitted "
                                    + "until this node is started again; see docs/cluster.md",
                            counted,
                            confirmed);
                    lost = true;
                }
            }
        }
    }

    private StoreFailure failed(SQLException e) {
        StoreFailure.Kind kind = kindOf(e.getSQLState());
        if (kind == StoreFailure.Kind.UNKNOWN) {
            disconnect();
        }
        return new StoreFailure(kind, e);
    }

    /// By class of SQLSTATE (PostgreSQL, appendix A): a lost connection (08, and 57P0x when the server goes
    /// down) leaves open what happened; a lock or statement time limit, a deadlock, no memory or a
    /// read-only server changed nothing.
    private static StoreFailure.Kind kindOf(@Nullable String state) {
        if (state == null || state.startsWith("08") || state.startsWith("57P")) {
            return StoreFailure.Kind.UNKNOWN;
        }
        boolean passing = state.startsWith("40")
                || state.startsWith("53")
                || state.startsWith("57")
                || state.equals("55P03")
                || state.equals("25006");
        return passing ? StoreFailure.Kind.TRANSIENT : StoreFailure.Kind.PERMANENT;
    }

    private void disconnect() {
        Connection old = connection;
        connection = null;
        call = null;
        if (old != null) {
            try {
                old.close();
            } catch (SQLException e) {
                // It was given up because it is broken.
                return;
            }
        }
    }

    private static long[] numbers(ResultSet row, int column) throws SQLException {
        return Longs.unboxed((Long[]) row.getArray(column).getArray());
    }
}
