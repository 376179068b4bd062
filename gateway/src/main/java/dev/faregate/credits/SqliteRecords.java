package dev.faregate.credits;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Writes the records of generations into their table on SQLite. Binding a value costs as much as storing it, whether
/// it is a number or null, and most records are like many others in most columns. So there is a statement for each
/// set of columns that have values; and where many records are alike, one that says what they have in common
/// itself. For the writer thread only.
final class SqliteRecords implements AutoCloseable {
    /// Statements kept ready; the one not used for longest goes.
    private static final int MAX_SHAPES = 32;

    /// Likenesses that are remembered, with or without a statement.
    private static final int MAX_LIKENESSES = 128;

    /// So many records that are alike are worth a statement, which costs about what it saves on twenty.
    private static final int MANY = 16;

    /// Text that a statement may say: whatever else is in a text is bound.
    private static final Pattern PLAIN_TEXT = Pattern.compile("[\\w ./:@+~()-]{0,300}");

    /// A statement, and one bit for each column that is bound to it, in their order.
    private record Insert(PreparedStatement statement, long bound) {}

    /// What is known of records that are alike.
    private static final class Kin {
        private int seen;
        private @Nullable Insert insert;
    }

    private final Connection connection;
    private final RecordTable table;
    private final int[] common;
    private final int[] own;
    private final LinkedHashMap<Long, Insert> byShape = new LinkedHashMap<>(MAX_SHAPES, 0.75f, true);
    private final LinkedHashMap<Likeness, Kin> byLikeness = new LinkedHashMap<>(MAX_LIKENESSES, 0.75f, true);
    private final PreparedStatement replace;

    SqliteRecords(Connection connection, RecordTable table) throws SQLException {
        this.connection = connection;
        this.table = table;
        this.common = columns(table, true);
        this.own = columns(table, false);
        this.replace = connection.prepareStatement(table.insert(table.columns()) + " " + table.onConflict());
    }

    private static int[] columns(RecordTable table, boolean common) {
        return IntStream.range(0, table.columns().size())
                .filter(i -> table.common().contains(table.columns().get(i)) == common)
                .toArray();
    }

    /// Adds a record; false, and nothing is changed, when there is one already.
    boolean add(Object[] record) throws SQLException {
        requireWhole(record);
        Insert insert = insertFor(record);
        int at = 0;
        for (long left = insert.bound(); left != 0; left &= left - 1) {
            bind(insert.statement(), ++at, record[Long.numberOfTrailingZeros(left)]);
        }
        boolean added = insert.statement().executeUpdate() > 0;
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
        byShape.values().forEach(insert -> SqliteRows.close(insert.statement()));
        byLikeness.values().forEach(SqliteRecords::close);
    }

    void forget() {
        table.sums().forget();
    }

    /// How many statements are kept ready.
    int statements() {
        return byShape.size()
                + (int) byLikeness.values().stream()
                        .filter(kin -> kin.insert != null)
                        .count();
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

    private static void close(Kin kin) {
        if (kin.insert != null) {
            SqliteRows.close(kin.insert.statement());
        }
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

    private Insert insertFor(Object[] record) throws SQLException {
        Likeness likeness = Likeness.of(record, common, own);
        Kin kin = byLikeness.get(likeness);
        if (kin == null) {
            if (byLikeness.size() == MAX_LIKENESSES) {
                close(byLikeness.pollFirstEntry().getValue());
            }
            kin = new Kin();
            byLikeness.put(likeness, kin);
        }
        if (kin.insert == null && ++kin.seen >= MANY) {
            kin.insert = prepare(record, likeness.bound());
        }
        return kin.insert == null ? insertOfShape(record, likeness.present()) : kin.insert;
    }

    private Insert insertOfShape(Object[] record, long present) throws SQLException {
        Insert known = byShape.get(present);
        if (known != null) {
            return known;
        }
        if (byShape.size() == MAX_SHAPES) {
            SqliteRows.close(byShape.pollFirstEntry().getValue().statement());
        }
        Insert made = prepare(record, present);
        byShape.put(present, made);
        return made;
    }

    /// A statement that inserts records like this one: the columns of `bound`, and text that is not plain, as
    /// parameters, whatever else has a value as a literal.
    private Insert prepare(Object[] record, long bound) throws SQLException {
        List<String> named = new ArrayList<>();
        List<String> values = new ArrayList<>();
        long parameters = 0;
        for (int i = 0; i < record.length; i++) {
            if (record[i] != null) {
                String literal = (bound & 1L << i) == 0 ? literal(record[i]) : null;
                parameters |= literal == null ? 1L << i : 0;
                named.add(table.columns().get(i));
                values.add(literal == null ? "?" : literal);
            }
        }
        return new Insert(
                connection.prepareStatement(table.insert(named, values) + " ON CONFLICT ("
                        + table.columns().getFirst() + ") DO NOTHING"),
                parameters);
    }

    /// The value as SQL, or null when it had better be a parameter.
    private static @Nullable String literal(Object value) {
        return switch (value) {
            case Boolean flag -> flag ? "1" : "0";
            case Long number -> number.toString();
            case Integer number -> number.toString();
            case String text when PLAIN_TEXT.matcher(text).matches() -> "'" + text + "'";
            default -> null;
        };
    }

    /// What a record shares with those that one statement can insert: the values of the common columns, and which
    /// columns have a value at all, which of the others a zero.
    private static final class Likeness {
        private final @Nullable Object[] shared;
        private final long present;
        private final long bound;
        private final int hash;

        private Likeness(@Nullable Object[] shared, long present, long bound) {
            this.shared = shared;
            this.present = present;
            this.bound = bound;
            this.hash = hash(shared, present, bound);
        }

        /// As `Arrays.hashCode` would, but text, which most of it is, is asked directly for the hash that it keeps.
        private static int hash(@Nullable Object[] shared, long present, long bound) {
            int hash = Long.hashCode(31 * present + bound);
            for (Object value : shared) {
                hash = 31 * hash + (value instanceof String text ? text.hashCode() : Objects.hashCode(value));
            }
            return hash;
        }

        static Likeness of(@Nullable Object[] record, int[] common, int[] own) {
            @Nullable Object[] shared = new Object[common.length];
            long present = 0;
            long bound = 0;
            for (int i = 0; i < shared.length; i++) {
                Object value = record[common[i]];
                shared[i] = value;
                present |= value == null ? 0 : 1L << common[i];
            }
            for (int i : own) {
                Object value = record[i];
                if (value != null) {
                    present |= 1L << i;
                    bound |= value instanceof Long number && number == 0 ? 0 : 1L << i;
                }
            }
            return new Likeness(shared, present, bound);
        }

        /// One bit for each column that has a value.
        long present() {
            return present;
        }

        /// One bit for each column whose value is the record's own.
        long bound() {
            return bound;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Likeness like
                    && like.present == present
                    && like.bound == bound
                    && Arrays.equals(like.shared, shared);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}
