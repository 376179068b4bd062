package dev.faregate.flow;

import dev.faregate.storage.SqliteDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/// Makes an SQLite store big by SQL: copies of its last paid generation with their postings, so that
/// its books and its roll-ups agree as if as many requests had been answered.
final class GrownStore {
    private static final int AT_ONCE = 50_000;

    private final Connection connection;
    private final String template;

    private GrownStore(Connection connection) throws SQLException {
        this.connection = connection;
        this.template = texts("SELECT max(generation) FROM posting WHERE source = 'EXACT' AND charged > 0")
                .getFirst();
    }

    /// The store in `data`, which has a paid generation and no server at the moment: one remembers rows of limits.
    static void grow(Path data, int generations) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve(SqliteDatabase.FILE))) {
            connection.setAutoCommit(false);
            GrownStore store = new GrownStore(connection);
            for (int done = 0; done < generations; done += AT_ONCE) {
                store.copy(done, Math.min(generations, done + AT_ONCE));
                connection.commit();
            }
        }
    }

    private void copy(int from, int to) throws SQLException {
        // Times and tokens differ, as they do: rows that are all alike would be packed to nothing.
        copy("generation", "id", from, to, List.of("latency", "generation_time", "native_tokens_cached"));
        copy("posting", "generation", from, to, List.of());
        execute("UPDATE limit_window SET used = used + " + (to - from) + " * l.amount FROM posting_line l "
                + "WHERE l.generation = '" + template + "' AND l.definition_id = limit_window.definition_id "
                + "AND l.window_start = limit_window.window_start");
    }

    private void copy(String table, String key, int from, int to, List<String> varied) throws SQLException {
        List<String> columns = texts("SELECT name FROM pragma_table_info('" + table + "') ORDER BY cid");
        columns.remove(key);
        List<String> values = columns.stream()
                .map(column -> varied.contains(column) ? "abs(random() % 5000)" : "t." + column)
                .toList();
        execute("WITH RECURSIVE n (i) AS (SELECT " + from + " UNION ALL SELECT i + 1 FROM n WHERE i < " + (to - 1)
                + ") INSERT INTO " + table + " (" + key + ", " + String.join(", ", columns) + ") SELECT "
                + "printf('01900000-%04x-7%03x-9%03x-%012x', i >> 8, i * 7919 & 4095, i * 3571 & 4095, "
                + "i * 2862933555777 & 281474976710655), " + String.join(", ", values) + " FROM " + table + " t, n "
                + "WHERE t." + key + " = '" + template + "'");
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<String> texts(String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }
}
