package dev.faregate.storage;

import dev.faregate.schema.Migrator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteOpenMode;

/// SQLite inside the process: one file in the data folder, one thread that writes it, a few connections
/// that only read. A lock file keeps a second process out; nobody else may open the file.
public final class SqliteDatabase implements Database {
    /// What may differ from the defaults: the clock and the commit hook are for tests.
    public record Options(InstantSource clock, SqliteWriter.CommitHook hook, int readers, Duration readLimit) {
        public static final Options DEFAULT =
                new Options(InstantSource.system(), SqliteWriter.CommitHook.NONE, 4, Duration.ofSeconds(5));
    }

    public static final String FILE = "faregate.db";
    private static final int BUSY_TIMEOUT_MS = 5_000;
    private static final int CACHE_KIB = 64 * 1024;

    /// Virtual-machine steps of SQLite between two looks at the clock of a reader.
    private static final int STEPS_PER_LOOK = 20_000;

    private static final int SYNCHRONOUS_FULL = 2;
    private static final int[] OLDEST_SQLITE = {3, 51, 3};

    private final Options options;
    private final FolderLock lock;
    private final DataSource source;
    private final SqliteWriter writer;
    private final List<Connection> readers = new ArrayList<>();
    private final ArrayBlockingQueue<Connection> idleReaders;
    private final AtomicLong writes = new AtomicLong();

    private SqliteDatabase(Path folder, Options options, FolderLock lock) throws IOException, SQLException {
        this.options = options;
        this.lock = lock;
        Path file = folder.resolve(FILE);
        createPrivately(file);
        source = dataSource(file, false);
        try {
            Migrator.migrate(Migrator.Kind.SQLITE, source);
        } catch (FlywayException e) {
            throw Databases.refused(e);
        }
        writer = new SqliteWriter(source.getConnection(), options.hook());
        requireDurable(writer.connection());
        idleReaders = new ArrayBlockingQueue<>(options.readers());
        DataSource readOnly = dataSource(file, true);
        for (int i = 0; i < options.readers(); i++) {
            readers.add(readOnly.getConnection());
        }
        idleReaders.addAll(readers);
        writer.start();
    }

    /// Opens (or makes) the database of a data folder and brings it to the newest schema. Throws
    /// `IllegalStateException` with a sentence for the operator when another process has it or a newer
    /// version of the program made it.
    public static SqliteDatabase open(Path folder, Options options) {
        try {
            Files.createDirectories(folder);
            FolderLock lock = FolderLock.take(folder);
            try {
                return new SqliteDatabase(folder, options, lock);
            } catch (SQLException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the data folder " + folder, e);
        } catch (SQLException e) {
            throw new IllegalStateException("cannot open the database in " + folder + ": " + e.getMessage(), e);
        }
    }

    /// The thread that writes, for work that comes in batches.
    public SqliteWriter writer() {
        return writer;
    }

    /// The clock that decides windows.
    public Instant now() {
        return options.clock().instant().truncatedTo(ChronoUnit.MICROS);
    }

    @Override
    public Kind kind() {
        return Kind.SQLITE;
    }

    @Override
    public <T> T read(Function<Tx, T> work) {
        Connection connection = idleReader();
        try {
            return readOn(connection, work);
        } catch (SQLException e) {
            throw new IllegalStateException("reading failed: " + e.getMessage(), e);
        } finally {
            idleReaders.add(connection);
        }
    }

    @Override
    public <T> T write(Function<Tx, T> work) {
        T result = writer.submit(connection -> work.apply(transaction(connection)), true);
        writes.incrementAndGet();
        return result;
    }

    @Override
    public long writes() {
        return writes.get();
    }

    @Override
    public @Nullable String failure() {
        return writer.failure();
    }

    @Override
    public DataSource source() {
        return source;
    }

    @Override
    public void close() {
        for (Connection reader : readers) {
            closeQuietly(reader);
        }
        writer.stop();
        closeQuietly(lock);
    }

    private Tx transaction(Connection connection) {
        return new Tx(Sql.on(connection, Kind.SQLITE), connection, Kind.SQLITE, now());
    }

    private Connection idleReader() {
        try {
            Connection connection = idleReaders.poll(options.readLimit().toMillis(), TimeUnit.MILLISECONDS);
            if (connection == null) {
                throw Sql.unavailable("Too many readers of the database.");
            }
            return connection;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Sql.unavailable("Interrupted while waiting for the database.");
        }
    }

    private <T> T readOn(Connection connection, Function<Tx, T> work) throws SQLException {
        long deadline = System.nanoTime() + options.readLimit().toNanos();
        ProgressHandler.setHandler(connection, STEPS_PER_LOOK, new ProgressHandler() {
            @Override
            protected int progress() {
                return System.nanoTime() - deadline > 0 ? 1 : 0;
            }
        });
        try (Statement statement = connection.createStatement()) {
            statement.execute("BEGIN");
            try {
                return work.apply(transaction(connection));
            } finally {
                ProgressHandler.clearHandler(connection);
                statement.execute("ROLLBACK");
            }
        }
    }

    private static DataSource dataSource(Path file, boolean readOnly) {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_TIMEOUT_MS);
        config.enforceForeignKeys(true);
        config.setReadOnly(readOnly);
        // The driver would ask for the last row id after every insert, in a statement prepared anew each time.
        config.setGetGeneratedKeys(false);
        // A connection is used by one thread at a time (the writer's by one only): SQLite needs no lock of its own.
        config.setOpenMode(SQLiteOpenMode.NOMUTEX);
        if (!readOnly) {
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
            config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
            config.setCacheSize(-CACHE_KIB);
            config.setPragma(SQLiteConfig.Pragma.WAL_AUTOCHECKPOINT, "0");
        }
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }

    /// The write-ahead log and its index get the mode of the file they belong to.
    private static void createPrivately(Path file) throws IOException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // The usual case: every start but the first.
            return;
        }
    }

    private static void requireDurable(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            requireDurable(
                    single(statement, "SELECT sqlite_version()"),
                    single(statement, "PRAGMA journal_mode"),
                    Integer.parseInt(single(statement, "PRAGMA synchronous")),
                    Integer.parseInt(single(statement, "PRAGMA wal_autocheckpoint")));
        }
    }

    /// Throws `IllegalStateException` with a sentence for the operator unless a commit is durable with these
    /// settings, and nobody but the writer copies the write-ahead log: up to SQLite 3.51.2 a second
    /// connection that did could damage the file (reliability, section 1).
    static void requireDurable(String version, String journal, int synchronous, int autoCheckpoint) {
        if (Arrays.compare(numbers(version), OLDEST_SQLITE) < 0) {
            throw new IllegalStateException(
                    "SQLite " + version + " can damage the database; 3.51.3 or newer is needed. "
                            + "It comes with faregate: look for another sqlite-jdbc on the class path.");
        }
        if (!journal.equalsIgnoreCase("wal") || synchronous < SYNCHRONOUS_FULL) {
            throw new IllegalStateException("The database is not durable: journal_mode=" + journal + ", synchronous="
                    + synchronous + "; wal and at least 2 are needed. Some file systems, such as those of a network, "
                    + "cannot do that: put the data folder (--data) on a local disk.");
        }
        if (autoCheckpoint != 0) {
            throw new IllegalStateException("The database copies its log by itself (wal_autocheckpoint="
                    + autoCheckpoint + "); only its writer may do that.");
        }
    }

    private static int[] numbers(String version) {
        return Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
    }

    private static String single(Statement statement, String pragma) throws SQLException {
        try (ResultSet row = statement.executeQuery(pragma)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // Closing is the last thing done with it: there is nobody left to tell.
            return;
        }
    }
}
