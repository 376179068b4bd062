package dev.faregate.credits;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One batch as one call of `fg_batch`, on one connection. The records of generations ride in the same
/// statement: it inserts those whose settlement the function says is new.
final class PostgresBatch {
    /// The call, and the count of this connection's batches.
    private static final String CALL = "WITH b AS MATERIALIZED (SELECT * FROM fg_batch(?, ?, ?::text[], ?::text[], "
            + "?::bigint[], ?::int[], ?::bigint[], ?::bigint[], ?::bigint[], ?::text[], ?::boolean[], ?::bigint[], "
            + "?::text[], ?::text[], ?::int[], ?::bigint[], ?::bigint[], ?::bigint[])), "
            + "n AS (UPDATE node_connection SET batches = batches + 1 WHERE node = ? AND number = ? AND boot = ?)";

    private static final String ANSWER = " SELECT * FROM b";
    private static final int CALL_PARAMETERS = 21;

    private final Connection connection;
    private final PostgresWriter.Sender sender;
    private final int columns;
    private final PreparedStatement plain;
    private final @Nullable PreparedStatement withRecords;
    private final PreparedStatement quarantine;

    PostgresBatch(Connection connection, PostgresWriter.Sender sender, @Nullable RecordTable table)
            throws SQLException {
        this.connection = connection;
        this.sender = sender;
        this.columns = table == null ? 0 : table.columns().size();
        this.plain = connection.prepareStatement(CALL + ANSWER);
        this.withRecords = table == null ? null : connection.prepareStatement(withRecords(connection, table));
        this.quarantine = connection.prepareStatement(CALL
                + ", r AS (INSERT INTO posting_quarantine (generation, at, record) "
                + "VALUES (?, (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT, ?) ON CONFLICT DO NOTHING)"
                + ANSWER);
    }

    LedgerStore.Outcome apply(Batch batch) throws SQLException {
        SettleOp first = batch.settles().isEmpty() ? null : batch.settles().getFirst();
        if (first != null && first.quarantined && batch.size() == 1) {
            bindCall(quarantine, batch);
            quarantine.setString(CALL_PARAMETERS + 1, first.generation);
            quarantine.setString(CALL_PARAMETERS + 2, SqliteRecords.asJson(first.settlement.record()));
            return run(quarantine, batch);
        }
        if (withRecords == null || batch.settles().stream().noneMatch(PostgresBatch::takesRecord)) {
            bindCall(plain, batch);
            return run(plain, batch);
        }
        bindCall(withRecords, batch);
        bindRecords(withRecords, batch.settles());
        return run(withRecords, batch);
    }

    private static boolean takesRecord(SettleOp op) {
        return op.hasRecord() && !op.quarantined;
    }

    private static String withRecords(Connection connection, RecordTable table) throws SQLException {
        Map<String, String> types = typesOf(connection, table);
        String values = table.columns().stream()
                .map(c -> "CAST(r." + c + " AS " + types.get(c) + ")")
                .collect(Collectors.joining(", "));
        // Lists in the select list advance together; in FROM each would become a table of its own first.
        String lists =
                table.columns().stream().map(c -> "unnest(?::text[]) AS " + c).collect(Collectors.joining(", "));
        return CALL + ", d AS (INSERT INTO " + table.name() + " ("
                + table.columnList() + ") SELECT " + values + " FROM (SELECT " + lists
                + ", unnest(?::int[]) AS fg_ordinal) r JOIN b ON b.o_kind = 'S' AND b.o_ordinal = abs(r.fg_ordinal) "
                + "AND b.o_answer <> 'REPEATED' AND (r.fg_ordinal > 0 OR b.o_answer = 'LOWERED') " + table.onConflict()
                + ")" + ANSWER;
    }

    private static Map<String, String> typesOf(Connection connection, RecordTable table) throws SQLException {
        Map<String, String> types = new HashMap<>();
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                        + "WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped")) {
            statement.setString(1, table.name());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    types.put(row.getString(1), row.getString(2));
                }
            }
        }
        if (!types.keySet().containsAll(table.columns())) {
            throw new IllegalStateException("the table " + table.name() + " lacks columns of the record");
        }
        return types;
    }

    private void bindCall(PreparedStatement statement, Batch batch) throws SQLException {
        statement.setString(1, sender.node());
        statement.setString(2, sender.boot());
        List<SettleOp> settles = batch.settles();
        statement.setObject(3, texts(settles.stream().map(op -> op.generation)));
        statement.setObject(
                4, texts(settles.stream().map(op -> op.settlement.source().name())));
        bindLongs(
                statement,
                5,
                settles.stream()
                        .mapToLong(op -> op.settlement.realCost().nanos())
                        .toArray());
        bindClaimsOfSettles(statement, settles);
        List<HoldOp> holds = batch.holds();
        statement.setObject(10, texts(holds.stream().map(op -> op.generation)));
        statement.setObject(
                11,
                connection.createArrayOf(
                        "bool", holds.stream().map(op -> op.base != null).toArray()));
        bindLongs(
                statement,
                12,
                holds.stream().mapToLong(op -> op.request.policySeq()).toArray());
        statement.setObject(13, texts(holds.stream().map(op -> op.request.priceVersion())));
        statement.setObject(14, texts(holds.stream().map(op -> op.request.context())));
        bindClaimsOfHolds(statement, holds);
        statement.setString(19, sender.node());
        statement.setInt(20, sender.number());
        statement.setString(21, sender.boot());
    }

    private void bindClaimsOfSettles(PreparedStatement statement, List<SettleOp> settles) throws SQLException {
        Claims claims = new Claims(
                settles.stream().mapToInt(op -> op.settlement.held().size()).sum());
        for (int i = 0; i < settles.size(); i++) {
            Settlement settlement = settles.get(i).settlement;
            for (int c = 0; c < settlement.held().size(); c++) {
                claims.add(
                        i + 1,
                        settlement.held().get(c),
                        settlement.charges().get(c).nanos());
            }
        }
        claims.bind(statement, 6);
    }

    private void bindClaimsOfHolds(PreparedStatement statement, List<HoldOp> holds) throws SQLException {
        Claims claims = new Claims(
                holds.stream().mapToInt(op -> op.request.claims().size()).sum());
        for (int i = 0; i < holds.size(); i++) {
            Hold base = holds.get(i).base;
            List<Claim> asked = holds.get(i).request.claims();
            for (int c = 0; c < asked.size(); c++) {
                claims.add(
                        i + 1,
                        asked.get(c),
                        base == null ? 0 : base.claims().get(c).amount().nanos());
            }
        }
        claims.bind(statement, 15);
    }

    private void bindRecords(PreparedStatement statement, List<SettleOp> settles) throws SQLException {
        List<Object[]> records = new ArrayList<>();
        List<Integer> ordinals = new ArrayList<>();
        for (int i = 0; i < settles.size(); i++) {
            if (takesRecord(settles.get(i))) {
                Object[] record = settles.get(i).settlement.record();
                if (record.length != columns) {
                    throw new IllegalArgumentException("a record has one value for each column");
                }
                records.add(record);
                // Below zero: only where it corrects another.
                ordinals.add(settles.get(i).corrects ? -i - 1 : i + 1);
            }
        }
        for (int column = 0; column < columns; column++) {
            int at = column;
            boolean empty = records.stream().allMatch(record -> record[at] == null);
            // A list that is shorter than the others is filled up with nulls; most columns are null in most batches.
            statement.setObject(
                    CALL_PARAMETERS + 1 + column,
                    empty ? texts(Stream.of()) : texts(records.stream().map(record -> asText(record[at]))));
        }
        statement.setObject(CALL_PARAMETERS + 1 + columns, connection.createArrayOf("int4", ordinals.toArray()));
    }

    /// A value the way PostgreSQL reads it as text, whatever the type of its column.
    private static @Nullable String asText(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case byte[] bytes -> "\\x" + HexFormat.of().formatHex(bytes);
            default -> value.toString();
        };
    }

    private LedgerStore.Outcome run(PreparedStatement statement, Batch batch) throws SQLException {
        LedgerStore.@Nullable Ending[] endings =
                new LedgerStore.Ending[batch.settles().size()];
        @Nullable HoldResult[] results = new HoldResult[batch.holds().size()];
        Map<Integer, List<Shortage>> shortages = new HashMap<>();
        Map<Long, Standing> standings = new HashMap<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                String kind = row.getString(1);
                if (kind.equals("W")) {
                    // An extension can touch a window that is over; the current one is the newest.
                    standings.merge(row.getLong(4), standing(row), PostgresBatch::newer);
                    continue;
                }
                int index = row.getInt(2) - 1;
                String answer = row.getString(3);
                if (kind.equals("S")) {
                    endings[index] = LedgerStore.Ending.valueOf(answer);
                } else if (answer.equals("SHORT")) {
                    shortages
                            .computeIfAbsent(index, _ -> new ArrayList<>())
                            .add(shortage(row, batch.holds().get(index)));
                } else {
                    // Windows come before the answers of holds.
                    results[index] = result(answer, batch.holds().get(index), standings);
                }
            }
        }
        shortages.forEach((index, list) -> {
            list.sort(Comparator.comparing(Shortage::scope).thenComparing(Shortage::limitId));
            results[index] = new HoldResult.Insufficient(List.copyOf(list));
        });
        return new LedgerStore.Outcome(
                Arrays.stream(endings).map(Objects::requireNonNull).toList(),
                Arrays.stream(results).map(Objects::requireNonNull).toList());
    }

    private static HoldResult result(String answer, HoldOp op, Map<Long, Standing> standings) {
        return switch (answer) {
            case "HELD" -> op.held(tightest(op, standings));
            case "CLOSED" -> new HoldResult.Closed(false);
            case "EXPIRED" -> new HoldResult.Closed(true);
            case "STALE" -> new HoldResult.Stale();
            case "ENDED" -> Admitting.ended();
            case "CONFLICT" -> Admitting.conflict();
            default -> throw new IllegalStateException("fg_batch answered " + answer);
        };
    }

    private static @Nullable Standing tightest(HoldOp op, Map<Long, Standing> standings) {
        Standing tightest = null;
        for (Claim claim : op.request.claims()) {
            Standing standing = standings.get(claim.limitId());
            if (standing != null && (tightest == null || standing.remaining().compareTo(tightest.remaining()) < 0)) {
                tightest = standing;
            }
        }
        return tightest;
    }

    private static Standing newer(Standing one, Standing other) {
        Instant end = one.resetsAt();
        return end == null || end.isAfter(Objects.requireNonNull(other.resetsAt())) ? one : other;
    }

    private static Standing standing(ResultSet row) throws SQLException {
        Window window = Window.valueOf(row.getString(6));
        return new Standing(
                Scope.valueOf(row.getString(5)),
                window,
                Usd.ofNanos(row.getLong(8)),
                Usd.ofNanos(row.getLong(9)),
                Usd.ofNanos(row.getLong(10)),
                window.end(Micros.toInstant(row.getLong(7))));
    }

    private static Shortage shortage(ResultSet row, HoldOp op) throws SQLException {
        long limit = row.getLong(4);
        Window window = Window.valueOf(row.getString(6));
        List<Claim> claims = op.request.claims();
        Claim asked = claims.stream()
                .filter(claim -> claim.limitId() == limit)
                .findFirst()
                .orElse(claims.getFirst());
        return new Shortage(
                limit,
                Scope.valueOf(row.getString(5)),
                window,
                asked.amount(),
                Usd.ofNanos(row.getLong(8)),
                Usd.ofNanos(row.getLong(9)),
                Usd.ofNanos(row.getLong(10)),
                window.end(Micros.toInstant(row.getLong(7))));
    }

    private java.sql.Array texts(Stream<@Nullable String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray(String[]::new));
    }

    private void bindLongs(PreparedStatement statement, int index, long[] values) throws SQLException {
        statement.setObject(index, values);
    }

    /// Claims of many operations side by side, as `fg_batch` takes them.
    private static final class Claims {
        private final int[] ops;
        private final long[] limits;
        private final long[] amounts;
        private final long[] others;
        private int count;

        Claims(int size) {
            ops = new int[size];
            limits = new long[size];
            amounts = new long[size];
            others = new long[size];
        }

        void add(int op, Claim claim, long other) {
            ops[count] = op;
            limits[count] = claim.limitId();
            amounts[count] = claim.amount().nanos();
            others[count++] = other;
        }

        void bind(PreparedStatement statement, int index) throws SQLException {
            statement.setObject(index, ops);
            statement.setObject(index + 1, limits);
            statement.setObject(index + 2, amounts);
            statement.setObject(index + 3, others);
        }
    }
}
