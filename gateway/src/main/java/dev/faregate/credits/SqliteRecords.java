package dev.faregate.credits;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// Writes the records of generations into their table on SQLite. Most columns of most records are null, and
/// binding a null costs as much as binding a number; so there is one statement for each set of columns that
/// have values, and few such sets. For the writer thread only.
final class SqliteRecords implements AutoCloseable {
    /// Statements kept ready; the one not used for longest goes.
    private static final int MAX_SHAPES = 32;

    private final Connection connection;
    private final RecordTable table;
    private final LinkedHashMap<Long, PreparedStatement> byShape = new LinkedHashMap<>(MAX_SHAPES, 0.75f, true);
    private final PreparedStatement replace;

    SqliteRecords(Connection connection, RecordTable table) throws SQLException {
        this.connection = connection;
        this.table = table;
        this.replace = connection.prepareStatement(table.insert(table.columns()) + " " + table.onConflict());
    }

    /// Adds a record; false, and nothing is changed, when there is one already.
    boolean add(Object[] record) throws SQLException {
        PreparedStatement insert = statement(shapeOf(record));
        int at = 0;
        for (Object value : record) {
            if (value != null) {
                bind(insert, ++at, value);
            }
        }
        boolean added = insert.executeUpdate() > 0;
        if (added) {
            table.sums().add(record);
        }
        return added;
    }

    /// Puts a record in the place of the one that stands for its generation, if any.
    void put(String generation, Object[] record) throws SQLException {
        requireWhole(record);
        table.sums().takeOut(connection, generation);
        for (int i = 0; i < record.length; i++) {
            replace.setObject(i + 1, record[i]);
        }
        replace.executeUpdate();
        table.sums().add(record);
    }

    void flush() throws SQLException {
        table.sums().flush(connection);
    }

    @Override
    public void close() {
        SqliteRows.close(replace);
        byShape.values().forEach(SqliteRows::close);
    }

    void forget() {
        table.sums().forget();
    }

    /// A record as text, for where its own table refused it.
    static String asJson(Object[] record) {
        byte[] json = Json.write(out -> {
            out.writeStartArray();
            for (Object value : record) {
                if (value == null) {
                    out.writeNull();
                } else {
                    out.writeString(value.toString());
                }
            }
            out.writeEndArray();
        });
        return new String(json, StandardCharsets.UTF_8);
    }

    /// Asks one by one, the most frequent type first: a switch over types, which looks its answer up, took as long as
    /// binding does.
    private static void bind(PreparedStatement statement, int at, Object value) throws SQLException {
        if (value instanceof String text) {
            statement.setString(at, text);
        } else if (value instanceof Long number) {
            statement.setLong(at, number);
        } else if (value instanceof Boolean flag) {
            statement.setInt(at, flag ? 1 : 0);
        } else if (value instanceof Integer number) {
            statement.setInt(at, number);
        } else {
            statement.setObject(at, value);
        }
    }

    private void requireWhole(Object[] record) {
        if (record.length != table.columns().size()) {
            throw new IllegalArgumentException("a record has one value for each column");
        }
    }

    /// One bit for each column that has a value.
    private long shapeOf(Object[] record) {
        requireWhole(record);
        long shape = 0;
        for (int i = 0; i < record.length; i++) {
            if (record[i] != null) {
                shape |= 1L << i;
            }
        }
        return shape;
    }

    private PreparedStatement statement(long shape) throws SQLException {
        PreparedStatement known = byShape.get(shape);
        if (known != null) {
            return known;
        }
        if (byShape.size() == MAX_SHAPES) {
            byShape.pollFirstEntry().getValue().close();
        }
        List<String> named = new ArrayList<>();
        for (int i = 0; i < table.columns().size(); i++) {
            if ((shape & 1L << i) != 0) {
                named.add(table.columns().get(i));
            }
        }
        PreparedStatement made = connection.prepareStatement(
                table.insert(named) + " ON CONFLICT (" + table.columns().getFirst() + ") DO NOTHING");
        byShape.put(shape, made);
        return made;
    }
}
