package dev.faregate.credits;

import dev.faregate.base.Micros;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The limit rows that the writer works on, remembered between batches; the file is the truth. A batch
/// changes them here and writes each changed row once. Whoever rolls back, or lets somebody else write,
/// calls `clear`.
final class SqliteRows implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteRows.class);

    /// Rows remembered before everything is forgotten and read anew.
    private static final int MAX_ROWS = 200_000;

    /// A limit with its gates, and the current window once that was looked at.
    static final class Definition {
        final long id;
        final Scope scope;
        final Window window;
        final @Nullable Long cap;
        final boolean closed;
        final long expiresAt;
        final long policySeq;
        final boolean removed;
        private @Nullable WindowRow current;
        private long currentEnd;

        private Definition(ResultSet row) throws SQLException {
            id = row.getLong(1);
            scope = Scope.valueOf(row.getString(2));
            window = Window.valueOf(row.getString(3));
            long limit = row.getLong(4);
            cap = row.wasNull() ? null : limit;
            row.getLong(5);
            closed = !row.wasNull();
            long expiry = row.getLong(6);
            expiresAt = row.wasNull() ? Long.MAX_VALUE : expiry;
            policySeq = row.getLong(7);
            row.getLong(8);
            removed = !row.wasNull();
        }
    }

    /// One window of a limit.
    static final class WindowRow {
        final long definition;
        final long start;
        private long used;
        private long held;
        private boolean changed;

        private WindowRow(long definition, long start, long used, long held) {
            this.definition = definition;
            this.start = start;
            this.used = used;
            this.held = held;
        }

        long used() {
            return used;
        }

        long held() {
            return held;
        }
    }

    private record Key(long definition, long start) {}

    private final PreparedStatement readDefinition;
    private final PreparedStatement readWindow;
    private final PreparedStatement insertWindow;
    private final PreparedStatement updateWindow;
    private final Map<Long, Definition> definitions = new HashMap<>();
    private final Map<Key, WindowRow> windows = new HashMap<>();
    private final List<WindowRow> changed = new ArrayList<>();

    SqliteRows(Connection connection) throws SQLException {
        readDefinition = connection.prepareStatement("SELECT id, scope, window_kind, cap, closed_at, expires_at, "
                + "policy_seq, removed_at FROM limit_definition WHERE id = ?");
        readWindow = connection.prepareStatement(
                "SELECT used, held FROM limit_window WHERE definition_id = ? AND window_start = ?");
        insertWindow = connection.prepareStatement(
                "INSERT INTO limit_window (definition_id, window_start, used, held, seed) VALUES (?, ?, 0, 0, 0)");
        updateWindow = connection.prepareStatement(
                "UPDATE limit_window SET used = ?, held = ? WHERE definition_id = ? AND window_start = ?");
    }

    /// Gives statements back; one that is stuck in an error is given up.
    static void close(PreparedStatement... statements) {
        for (PreparedStatement statement : statements) {
            try {
                statement.close();
            } catch (SQLException e) {
                LOG.debug("a statement did not close: {}", e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        close(readDefinition, readWindow, insertWindow, updateWindow);
    }

    void clear() {
        definitions.clear();
        windows.clear();
        changed.clear();
    }

    void trim() {
        if (windows.size() > MAX_ROWS || definitions.size() > MAX_ROWS) {
            clear();
        }
    }

    @Nullable
    Definition definition(long id) throws SQLException {
        Definition known = definitions.get(id);
        if (known != null) {
            return known;
        }
        readDefinition.setLong(1, id);
        try (ResultSet row = readDefinition.executeQuery()) {
            if (!row.next()) {
                return null;
            }
            Definition read = new Definition(row);
            definitions.put(id, read);
            return read;
        }
    }

    /// The window that `now` lies in; inserted when this is its first use.
    WindowRow current(Definition definition, Instant now, long nowMicros) throws SQLException {
        WindowRow current = definition.current;
        if (current != null && nowMicros >= current.start && nowMicros < definition.currentEnd) {
            return current;
        }
        Instant start = definition.window.start(now);
        Instant end = definition.window.end(start);
        WindowRow row = window(definition.id, Micros.of(start));
        if (row == null) {
            insertWindow.setLong(1, definition.id);
            insertWindow.setLong(2, Micros.of(start));
            insertWindow.executeUpdate();
            row = new WindowRow(definition.id, Micros.of(start), 0, 0);
            windows.put(new Key(row.definition, row.start), row);
        }
        definition.current = row;
        definition.currentEnd = end == null ? Long.MAX_VALUE : Micros.of(end);
        return row;
    }

    /// A window by its start; null when the file has none.
    @Nullable
    WindowRow window(long definition, long start) throws SQLException {
        Key key = new Key(definition, start);
        WindowRow known = windows.get(key);
        if (known != null) {
            return known;
        }
        readWindow.setLong(1, definition);
        readWindow.setLong(2, start);
        try (ResultSet row = readWindow.executeQuery()) {
            if (!row.next()) {
                return null;
            }
            WindowRow read = new WindowRow(definition, start, row.getLong(1), row.getLong(2));
            windows.put(key, read);
            return read;
        }
    }

    /// Adds to a window, never below zero: a row somebody edited must not keep a settlement from being
    /// booked. The audit reports such a row.
    void move(WindowRow row, long used, long held) {
        row.used = Math.max(0, Math.addExact(row.used, used));
        row.held = Math.max(0, Math.addExact(row.held, held));
        if (!row.changed) {
            row.changed = true;
            changed.add(row);
        }
    }

    /// Writes what the batch changed.
    void flush() throws SQLException {
        for (WindowRow row : changed) {
            updateWindow.setLong(1, row.used);
            updateWindow.setLong(2, row.held);
            updateWindow.setLong(3, row.definition);
            updateWindow.setLong(4, row.start);
            updateWindow.executeUpdate();
            row.changed = false;
        }
        changed.clear();
    }
}
