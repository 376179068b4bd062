package dev.faregate.storage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// One consistent look at a store that changes nothing: no migration, no write, one read transaction on a
/// connection of its own, without the time limit of the server's readers. Not for sharing between threads.
public final class Inspection implements AutoCloseable {
    private static final String CONNECT_SECONDS = "10";

    private final Tx tx;
    private final @Nullable FolderLock lock;

    private Inspection(Connection connection, Database.Kind kind, @Nullable FolderLock lock) throws SQLException {
        this.lock = lock;
        try (Statement statement = connection.createStatement()) {
            if (kind == Database.Kind.SQLITE) {
                statement.execute("PRAGMA query_only = ON");
                statement.execute("BEGIN");
            } else {
                statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            }
        }
        tx = new Tx(Sql.on(connection, kind), connection, kind, Instant.now().truncatedTo(ChronoUnit.MICROS));
    }

    /// The store of a stopped server, or empty while another process has it. Throws `IllegalStateException`
    /// with a sentence for the operator when there is none or it cannot be read.
    public static Optional<Inspection> ofFolder(Path folder) {
        Path file = folder.resolve(SqliteDatabase.FILE);
        if (!Files.exists(file)) {
            throw new IllegalStateException("There is no database in " + folder + ".");
        }
        FolderLock lock = FolderLock.tryTake(folder).orElse(null);
        if (lock == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Inspection(
                    DriverManager.getConnection("jdbc:sqlite:" + file, new Properties()), Database.Kind.SQLITE, lock));
        } catch (SQLException e) {
            lock.close();
            throw new IllegalStateException("The database in " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    /// A PostgreSQL database, whoever else uses it. Throws `IllegalStateException` when it does not answer
    /// or does not let us in.
    public static Inspection ofPostgres(String text) {
        PostgresUrl url = PostgresUrl.parse(text);
        Properties properties = new Properties();
        properties.setProperty("connectTimeout", CONNECT_SECONDS);
        properties.setProperty("loginTimeout", CONNECT_SECONDS);
        if (url.user() != null) {
            properties.setProperty("user", url.user());
        }
        if (url.password() != null) {
            properties.setProperty("password", url.password().reveal());
        }
        try {
            return new Inspection(DriverManager.getConnection(url.jdbc(), properties), Database.Kind.POSTGRESQL, null);
        } catch (SQLException e) {
            throw new IllegalStateException(url.jdbc() + " does not answer, or does not let us in.", e);
        }
    }

    /// The store of this process.
    public static Inspection of(Database database) {
        try {
            return new Inspection(database.source().getConnection(), database.kind(), null);
        } catch (SQLException e) {
            throw new IllegalStateException("The database cannot be read: " + e.getMessage(), e);
        }
    }

    public Tx tx() {
        return tx;
    }

    @Override
    public void close() {
        try {
            tx.connection().close();
        } catch (SQLException e) {
            // Nothing was written, so nothing can be lost.
            return;
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }
}
