package dev.faregate.storage;

import dev.faregate.base.Schedules;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

/// The one thread that writes to an SQLite file: management transactions, one at a time, and between them
/// the batches of a [BatchSource]. It is also the only one that checkpoints.
///
/// After an I/O error or a corrupt page nothing is written any more: a failed fsync cannot be repeated,
/// because the kernel may have dropped the pages it could not write.
public final class SqliteWriter {
    /// Called around each commit: the place to inject a slow disk or an error into tests.
    public interface CommitHook {
        CommitHook NONE = () -> {};

        void beforeCommit() throws SQLException;

        /// An error from here is one whose commit did reach the disk: the answer is lost, not the commit.
        default void afterCommit() throws SQLException {}
    }

    /// Management transactions that may wait at once.
    private static final int MAX_WAITING = 1_000;

    /// How long a management transaction may wait for its turn, and then run.
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /// How long the thread sleeps when nobody wakes it.
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// Pages (4 KiB) in the write-ahead log that are not yet in the file before the writer copies them: 2 MiB. Whoever
    /// waits for a commit meanwhile waits for the copying too, so it is done often and is short.
    private static final long CHECKPOINT_PAGES = 512;

    /// Commits between two looks at the size of the write-ahead log.
    private static final int COMMITS_PER_LOOK = 4;

    private static final Logger LOG = LoggerFactory.getLogger(SqliteWriter.class);

    private final Connection connection;
    private final CommitHook hook;
    private Control control;
    private final ArrayBlockingQueue<Task<?>> tasks = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Thread thread;
    private volatile @Nullable BatchSource source;
    private volatile @Nullable String failure;
    private volatile boolean stopping;
    private int commits;

    SqliteWriter(Connection connection, CommitHook hook) throws SQLException {
        this.connection = connection;
        this.hook = hook;
        endAutoCommit(connection);
        this.control = Control.on(connection);
        this.thread = Thread.ofPlatform().name("sqlite-writer").daemon(true).unstarted(this::loop);
    }

    /// In its auto-commit mode the driver tries to begin and to commit a transaction of its own after each
    /// statement: a twentieth of a batch, for nothing, because transactions are begun and ended here. Leaving
    /// the mode begins one; it is ended at once.
    private static void endAutoCommit(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("COMMIT");
        }
    }

    void start() {
        thread.start();
    }

    /// From now on batches are taken from `source`; null ends that. When this returns, no batch of a former
    /// source is running (unless it is called by that batch).
    public void attach(@Nullable BatchSource newSource) {
        source = newSource;
        if (Thread.currentThread() != thread && thread.isAlive()) {
            submit(_ -> true, false);
        }
    }

    /// Says that the source has work. Never skipped because the thread seems to run: it may just have looked and
    /// be about to sleep, and a call of `unpark` too many only makes it look once more.
    public void wake() {
        LockSupport.unpark(thread);
    }

    /// Why nothing is written any more, or null.
    public @Nullable String failure() {
        return failure;
    }

    /// The writer's connection, outside of a transaction; for the writer thread only.
    public Connection connection() {
        return connection;
    }

    /// Runs `work` in one transaction on the calling thread, which must be the writer; durable when this
    /// returns.
    public <T> T transact(SqlWork<T> work) throws SQLException {
        if (failure != null) {
            throw new SQLException("the database has failed: " + failure);
        }
        try {
            control.begin.execute();
            T result = work.run(connection);
            hook.beforeCommit();
            control.commit.execute();
            hook.afterCommit();
            if (++commits % COMMITS_PER_LOOK == 0) {
                checkpoint();
            }
            return result;
        } catch (SQLException | RuntimeException | Error e) {
            failOn(Sql.cause(e));
            undo(e);
            throw e;
        }
    }

    /// Runs `work` on the writer thread and waits for it.
    <T> T submit(SqlWork<T> work, boolean writes) {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a write transaction cannot open another one");
        }
        Task<T> task = new Task<>(work, writes);
        if (stopping || (writes && failure != null) || !tasks.offer(task)) {
            throw Sql.unavailable("The database cannot take this change now.");
        }
        wake();
        try {
            return task.await();
        } catch (TimeoutException e) {
            throw Sql.unavailable("The database did not take this change in time.");
        }
    }

    /// Finishes what is queued, then ends the thread and closes the connection.
    void stop() {
        stopping = true;
        Schedules.end(thread, PATIENCE);
    }

    private void loop() {
        while (!stopping || !tasks.isEmpty()) {
            boolean worked = runTask();
            BatchSource batches = source;
            worked |= batches != null && batches.runBatch(this);
            if (!worked && !stopping) {
                LockSupport.parkNanos(this, IDLE_NANOS);
            }
        }
        close();
    }

    private boolean runTask() {
        Task<?> task = tasks.poll();
        if (task == null) {
            return false;
        }
        task.run(this);
        BatchSource batches = source;
        if (task.writes && batches != null) {
            batches.forget();
        }
        return true;
    }

    /// Ends the transaction. The driver's statements are of no use after an error in them, so they are made
    /// anew; whoever keeps statements of his own has to do the same.
    private void undo(Throwable reason) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("ROLLBACK");
        } catch (SQLException e) {
            // SQLite rolls back by itself after some errors; then there is nothing left to undo.
            reason.addSuppressed(e);
        }
        try {
            control.close();
            control = Control.on(connection);
        } catch (SQLException e) {
            failure = e.getMessage();
            LOG.error("the database takes no more writes; restart the process: {}", e.getMessage());
        }
    }

    private void failOn(@Nullable SQLException e) {
        if (e == null || failure != null) {
            return;
        }
        int code = e.getErrorCode() & 0xff;
        if (code == SQLiteErrorCode.SQLITE_IOERR.code
                || code == SQLiteErrorCode.SQLITE_CORRUPT.code
                || code == SQLiteErrorCode.SQLITE_NOTADB.code) {
            failure = e.getMessage();
            LOG.error("the database has failed and takes no more writes; restart the process: {}", e.getMessage());
        }
    }

    private void checkpoint() {
        try {
            if (leftToCopy(control.look) > CHECKPOINT_PAGES) {
                leftToCopy(control.copy);
            }
        } catch (SQLException e) {
            failOn(e);
            LOG.warn("checkpoint failed: {}", e.getMessage());
        }
    }

    /// Runs a checkpoint and returns how many pages are only in the log after it. Its row has to be read to the end: a
    /// statement that has begun keeps the next transaction from being committed.
    private static long leftToCopy(PreparedStatement checkpoint) throws SQLException {
        try (ResultSet row = checkpoint.executeQuery()) {
            return row.next() ? row.getLong(2) - row.getLong(3) : 0;
        }
    }

    private void close() {
        try (Statement statement = connection.createStatement()) {
            if (failure == null) {
                statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
        } catch (SQLException e) {
            LOG.warn("last checkpoint failed: {}", e.getMessage());
        }
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.warn("closing the database failed: {}", e.getMessage());
        }
    }

    /// The statements that frame transactions, prepared once; whoever meets an error in one makes them anew.
    private record Control(
            PreparedStatement begin, PreparedStatement commit, PreparedStatement look, PreparedStatement copy) {
        static Control on(Connection connection) throws SQLException {
            return new Control(
                    connection.prepareStatement("BEGIN IMMEDIATE"),
                    connection.prepareStatement("COMMIT"),
                    connection.prepareStatement("PRAGMA wal_checkpoint(NOOP)"),
                    connection.prepareStatement("PRAGMA wal_checkpoint(PASSIVE)"));
        }

        void close() throws SQLException {
            begin.close();
            commit.close();
            look.close();
            copy.close();
        }
    }

    /// A management transaction and who waits for it. It is begun or given up, never both.
    private static final class Task<T> {
        private final SqlWork<T> work;
        private final boolean writes;
        private final AtomicBoolean claimed = new AtomicBoolean();
        private final CompletableFuture<T> result = new CompletableFuture<>();

        Task(SqlWork<T> work, boolean writes) {
            this.work = work;
            this.writes = writes;
        }

        void run(SqliteWriter writer) {
            if (!claimed.compareAndSet(false, true)) {
                return;
            }
            try {
                result.complete(writes ? writer.transact(work) : work.run(writer.connection));
            } catch (SQLException | RuntimeException | Error e) {
                boolean full = Sql.isDiskFull(Sql.cause(e));
                result.completeExceptionally(full ? Sql.unavailable("The disk of this node is full.") : e);
            }
        }

        T await() throws TimeoutException {
            try {
                return get();
            } catch (TimeoutException e) {
                if (claimed.compareAndSet(false, true)) {
                    throw e;
                }
                return get();
            }
        }

        private T get() throws TimeoutException {
            try {
                return result.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Sql.unavailable("Interrupted while waiting for the database.");
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case RuntimeException runtime -> throw runtime;
                    case Error error -> throw error;
                    case null, default -> throw new IllegalStateException(e.getCause());
                }
            }
        }
    }
}
