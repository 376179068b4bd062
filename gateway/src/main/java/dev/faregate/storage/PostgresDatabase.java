package dev.faregate.storage;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.faregate.base.Micros;
import dev.faregate.schema.Migrator;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/// PostgreSQL, shared by any number of nodes. A small pool: whoever waits for a lock gives up after one
/// second, a statement after two, and the socket after four, in this order, so that a cut is told from a
/// slow answer.
public final class PostgresDatabase implements Database {
    static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(4);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /// A migration of a big table takes its time.
    private static final Duration MIGRATION_TIMEOUT = Duration.ofMinutes(30);

    private static final int POOL = 3;

    /// How long a connection that is not needed any more stays open.
    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final int OLDEST_VERSION = 15;

    /// A write that PostgreSQL ended to break a deadlock is tried this often.
    private static final int MAX_TRIES = 3;

    private static final String SESSION = "SET lock_timeout = '1s'; SET statement_timeout = '2s'; "
            + "SET idle_in_transaction_session_timeout = '10s'; SET client_connection_check_interval = '1s'; "
            + "SET jit = off; SET timezone = 'UTC'; "
            // How long the server keeps a session of a node whose machine is gone; not every system knows it.
            + "DO $$ BEGIN PERFORM set_config('tcp_user_timeout', '5s', false); EXCEPTION WHEN OTHERS THEN NULL; END $$";

    private static final Set<String> DEADLOCK = Set.of("40001", "40P01");

    private final PostgresUrl url;
    private final HikariDataSource pool;
    private final AtomicLong writes = new AtomicLong();

    private PostgresDatabase(PostgresUrl url) {
        this.url = url;
        HikariConfig config = new HikariConfig();
        config.setPoolName("postgresql");
        config.setDataSource(plain(SOCKET_TIMEOUT));
        config.setConnectionInitSql(SESSION);
        config.setMaximumPoolSize(POOL);
        // A node at rest keeps one beside those of the ledger and of the news of changes.
        config.setMinimumIdle(1);
        config.setIdleTimeout(IDLE.toMillis());
        config.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
        config.setInitializationFailTimeout(SOCKET_TIMEOUT.toMillis());
        config.setAutoCommit(false);
        config.setIsolateInternalQueries(true);
        this.pool = new HikariDataSource(config);
    }

    /// Connects, brings the database to the newest schema and checks that what it confirms is durable.
    /// Throws `IllegalStateException` with a sentence for the operator.
    public static PostgresDatabase open(String text) {
        PostgresUrl url = PostgresUrl.parse(text);
        try (Connection connection = plain(url, SOCKET_TIMEOUT).getConnection()) {
            requireDurable(connection);
            Migrator.migrate(Migrator.Kind.POSTGRESQL, plain(url, MIGRATION_TIMEOUT));
        } catch (SQLException e) {
            throw new IllegalStateException("Cannot use the database at " + url.jdbc() + ": " + e.getMessage(), e);
        } catch (FlywayException e) {
            throw Databases.refused(e);
        }
        return new PostgresDatabase(url);
    }

    /// A connection of its own, in auto-commit and with the time limits, for who sends one call after the
    /// other.
    public Connection connect() throws SQLException {
        Connection connection = plain(SOCKET_TIMEOUT).getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute(SESSION);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    @Override
    public Kind kind() {
        return Kind.POSTGRESQL;
    }

    @Override
    public <T> T read(Function<Tx, T> work) {
        return guarded(() -> inTransaction(work, true));
    }

    @Override
    public <T> T write(Function<Tx, T> work) {
        return guarded(() -> {
            for (int attempt = 1; ; attempt++) {
                try {
                    T result = inTransaction(work, false);
                    writes.incrementAndGet();
                    return result;
                } catch (SQLException | RuntimeException e) {
                    SQLException cause = Sql.cause(e);
                    if (cause == null || !isDeadlock(cause) || attempt == MAX_TRIES) {
                        throw e;
                    }
                }
            }
        });
    }

    @Override
    public long writes() {
        return writes.get();
    }

    @Override
    public @Nullable String failure() {
        return null;
    }

    @Override
    public DataSource source() {
        return plain(MIGRATION_TIMEOUT);
    }

    @Override
    public void close() {
        pool.close();
    }

    private interface Guarded<T> {
        T run() throws SQLException;
    }

    private static <T> T guarded(Guarded<T> work) {
        try {
            return work.run();
        } catch (SQLException e) {
            throw outOfReach(e) ? Sql.unavailable("The database is out of reach.") : new IllegalStateException(e);
        } catch (RuntimeException e) {
            SQLException cause = Sql.cause(e);
            throw cause != null && outOfReach(cause) ? Sql.unavailable("The database is out of reach.") : e;
        }
    }

    /// Cut connection, shutdown, no free connection, or a time limit: worth trying again later.
    private static boolean outOfReach(SQLException e) {
        String state = e.getSQLState();
        return state == null
                || state.startsWith("08")
                || state.startsWith("53")
                || state.startsWith("57")
                || state.equals("55P03")
                || isDeadlock(e);
    }

    private static boolean isDeadlock(SQLException e) {
        return e.getSQLState() != null && DEADLOCK.contains(e.getSQLState());
    }

    private <T> T inTransaction(Function<Tx, T> work, boolean readOnly) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setReadOnly(readOnly);
            connection.setTransactionIsolation(
                    readOnly ? Connection.TRANSACTION_REPEATABLE_READ : Connection.TRANSACTION_READ_COMMITTED);
            try {
                T result = work.apply(
                        new Tx(Sql.on(connection, Kind.POSTGRESQL), connection, Kind.POSTGRESQL, now(connection)));
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                rollback(connection, e);
                throw e;
            }
        }
    }

    private static void rollback(Connection connection, Throwable reason) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }

    private static Instant now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT")) {
            row.next();
            return Micros.toInstant(row.getLong(1));
        }
    }

    private DataSource plain(Duration socketTimeout) {
        return plain(url, socketTimeout);
    }

    private static DataSource plain(PostgresUrl url, Duration socketTimeout) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url.jdbc());
        if (url.user() != null) {
            source.setUser(url.user());
        }
        if (url.password() != null) {
            source.setPassword(url.password().reveal());
        }
        source.setConnectTimeout((int) CONNECT_TIMEOUT.toSeconds());
        source.setSocketTimeout((int) socketTimeout.toSeconds());
        source.setTcpKeepAlive(true);
        // A server's "Detail" repeats the row it refused, which has no place in a log.
        source.setLogServerErrorDetail(false);
        source.setApplicationName("faregate");
        return source;
    }

    /// Money needs a commit that survives a crash, and with a standby also the loss of the server.
    private static void requireDurable(Connection connection) throws SQLException {
        require(
                Integer.parseInt(setting(connection, "server_version_num")) / 10_000 >= OLDEST_VERSION,
                "PostgreSQL " + OLDEST_VERSION + " or newer is needed");
        require(setting(connection, "fsync").equals("on"), "fsync is off");
        require(setting(connection, "full_page_writes").equals("on"), "full_page_writes is off");
        String commit = setting(connection, "synchronous_commit");
        require(!commit.equals("off"), "synchronous_commit is off");
        boolean standby = !setting(connection, "synchronous_standby_names").isBlank();
        require(
                !standby || commit.equals("on") || commit.equals("remote_apply"),
                "synchronous_commit is " + commit + " although there is a synchronous standby");
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new IllegalStateException(
                    "The PostgreSQL server is not fit to keep money: " + fault + ". Change that and start again.");
        }
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (var statement = connection.prepareStatement("SELECT current_setting(?)")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }
}
