package dev.faregate.storage;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;

/// A copy of an SQLite database in one file, as it was at one moment, made by SQLite itself while others
/// write: never by copying files (rulings 3.9).
///
/// @param takenAt the machine's time right before the moment of the copy: what was committed by then is in it
/// @param schema the newest migration that it has
/// @param rows how many rows each table has
/// @param holds how much is held for requests that were running then
public record Snapshot(Instant takenAt, String schema, Map<String, Long> rows, Holds holds) {
    /// Requests that were running, and what their balances have set aside (nano-dollars).
    public record Holds(long count, long nanos) {}

    /// Names of tables come from the file's own schema; this is what ours look like.
    private static final String NAMES = "[A-Za-z_][A-Za-z0-9_]*";

    /// Makes the copy; `file` must not exist, or be empty. Readers and the writer go on meanwhile; only the
    /// write-ahead log is not emptied before the copy is done. Throws `SQLException`, also for a full disk.
    public static Snapshot take(Database database, Path file) throws SQLException {
        Instant takenAt = Instant.now();
        try (Connection connection = database.source().getConnection();
                PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
            copy.setString(1, file.toString());
            copy.execute();
        }
        return of(file, takenAt);
    }

    /// How many bytes the database has: the most that a copy needs.
    public static long bytes(Database database) throws SQLException {
        try (Connection connection = database.source().getConnection();
                Statement statement = connection.createStatement()) {
            return number(statement, "PRAGMA page_count") * number(statement, "PRAGMA page_size");
        }
    }

    /// The folder that the database is in.
    public static Path folder(Database database) throws SQLException {
        try (Connection connection = database.source().getConnection();
                Statement statement = connection.createStatement()) {
            Path file = Path.of(text(statement, "SELECT file FROM pragma_database_list WHERE name = 'main'"));
            return Objects.requireNonNull(file.getParent());
        }
    }

    /// Looks into a copy, from beginning to end. Throws `SQLException` when it is damaged.
    public static Snapshot of(Path file, Instant takenAt) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        Properties properties = config.toProperties();
        try (Connection connection = JDBC.createConnection("jdbc:sqlite:" + file, properties);
                Statement statement = connection.createStatement()) {
            String damage = text(statement, "PRAGMA integrity_check(1)");
            if (!damage.equals("ok")) {
                throw new SQLException(damage);
            }
            String schema = text(
                    statement,
                    "SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL "
                            + "ORDER BY installed_rank DESC LIMIT 1");
            Map<String, Long> rows = new TreeMap<>();
            for (String table : tables(statement)) {
                rows.put(table, number(statement, "SELECT count(*) FROM " + table));
            }
            Holds holds = new Holds(
                    number(statement, "SELECT count(*) FROM hold"),
                    number(
                            statement,
                            "SELECT coalesce(sum(w.held), 0) FROM limit_window w JOIN limit_definition f "
                                    + "ON f.id = w.definition_id WHERE f.scope = 'BALANCE'"));
            return new Snapshot(takenAt, schema, rows, holds);
        }
    }

    private static List<String> tables(Statement statement) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (ResultSet names = statement.executeQuery(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
                        + "ESCAPE '\\' ORDER BY name")) {
            while (names.next()) {
                String name = names.getString(1);
                if (!name.matches(NAMES)) {
                    throw new SQLException("a table of this name is not ours: " + name);
                }
                tables.add(name);
            }
        }
        return tables;
    }

    private static long number(Statement statement, String question) throws SQLException {
        try (ResultSet answer = statement.executeQuery(question)) {
            return answer.next() ? answer.getLong(1) : 0;
        }
    }

    private static String text(Statement statement, String question) throws SQLException {
        try (ResultSet answer = statement.executeQuery(question)) {
            return answer.next() ? answer.getString(1) : "";
        }
    }
}
