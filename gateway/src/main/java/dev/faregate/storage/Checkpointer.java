package dev.faregate.storage;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies SQLite's write-ahead log into the file, on a thread and a connection of its own, so that whoever
/// waits for a commit does not wait for the copying too.
///
/// The log begins anew only when all of it is copied and nobody adds to it, which never happens beside a busy
/// writer; so it would grow. When little is left the writer is asked to copy the rest itself, between two
/// commits ([#takeRest]).
final class Checkpointer implements AutoCloseable {
    /// Pages (4 KiB) in the log that are not in the file yet before copying begins: 4 MiB.
    private static final long BEGIN_PAGES = 1_024;

    /// So few that the writer copies them in about the time of a commit.
    private static final long REST_PAGES = 128;

    /// After so many passes the writer copies whatever is left: a disk that is slower than the writer must
    /// hold it up, or the log would grow without end.
    private static final int MAX_PASSES = 8;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(15);
    private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);

    private final Connection connection;
    private final BooleanSupplier mayWrite;
    private final Consumer<SQLException> onError;
    private final Thread thread;
    private volatile boolean stopping;
    private volatile boolean rest;

    /// Nothing is copied once `mayWrite` says no: after an error a second fsync could claim what the first one
    /// lost, and the log with the only whole copy would begin anew. `onError` is told, on this thread, what
    /// kept the log from being copied.
    Checkpointer(Connection connection, BooleanSupplier mayWrite, Consumer<SQLException> onError) {
        this.connection = connection;
        this.mayWrite = mayWrite;
        this.onError = onError;
        this.thread = Thread.ofPlatform().name("sqlite-checkpoint").daemon(true).unstarted(this::loop);
    }

    void start() {
        thread.start();
    }

    /// Says that the log may have grown.
    void look() {
        LockSupport.unpark(thread);
    }

    /// True once each time that the writer is to copy what is left.
    boolean takeRest() {
        if (!rest) {
            return false;
        }
        rest = false;
        return true;
    }

    /// Copies as much as nobody needs in the log any more. For either thread, each with its own connection.
    static void copy(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
        }
    }

    @Override
    public void close() {
        stopping = true;
        LockSupport.unpark(thread);
        try {
            thread.join(STOP_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void loop() {
        while (!stopping) {
            if (!rest && mayWrite.getAsBoolean()) {
                copyMost();
            }
            LockSupport.parkNanos(this, IDLE_NANOS);
        }
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.warn("closing the connection of checkpoints failed: {}", e.getMessage());
        }
    }

    private void copyMost() {
        try {
            long left = left();
            if (left <= BEGIN_PAGES) {
                return;
            }
            for (int pass = 0; pass < MAX_PASSES && left > REST_PAGES && !stopping; pass++) {
                copy(connection);
                left = left();
            }
            rest = true;
        } catch (SQLException e) {
            LOG.warn("checkpoint failed: {}", e.getMessage());
            onError.accept(e);
        }
    }

    private long left() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(NOOP)")) {
            return row.next() ? row.getLong(2) - row.getLong(3) : 0;
        }
    }
}
