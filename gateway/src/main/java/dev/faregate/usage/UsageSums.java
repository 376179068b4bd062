package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.GENERATION;

import dev.faregate.credits.RecordSums;
import dev.faregate.keys.KeyUsage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/// The roll-ups of generations on SQLite: `usage_day`, `usage_counter` and `free_request_day`, moved once for each
/// batch. Void generations count for nothing but the time of the last use. What it does is what the triggers of
/// `V4_1__usage_rollups.sql` do on PostgreSQL; one contract tests both.
final class UsageSums implements RecordSums {
    private static final long MICROS_PER_DAY = TimeUnit.DAYS.toMicros(1);

    /// The columns that are added up, in the order of [#takeOut]'s query.
    private static final List<Field<?>> READ = List.of(
            GENERATION.API_KEY_ID,
            GENERATION.CREATED_AT,
            GENERATION.MODEL,
            GENERATION.ENDPOINT,
            GENERATION.PROVIDER_NAME,
            GENERATION.NATIVE_TOKENS_PROMPT,
            GENERATION.NATIVE_TOKENS_COMPLETION,
            GENERATION.NATIVE_TOKENS_REASONING,
            GENERATION.NATIVE_TOKENS_CACHED,
            GENERATION.CHARGE_NANOS,
            GENERATION.UPSTREAM_COST_NANOS,
            GENERATION.COST_SOURCE,
            GENERATION.IS_BYOK,
            GENERATION.IS_FREE,
            GENERATION.ORGANIZATION_ID);

    private static final int[] POSITIONS =
            READ.stream().mapToInt(GenerationRow.fields()::indexOf).toArray();

    private static final String SELECT = "SELECT "
            + READ.stream().map(Field::getName).collect(Collectors.joining(", ")) + " FROM " + GenerationRow.TABLE
            + " WHERE id = ?";

    private static final String ADD_DAY =
            "INSERT INTO usage_day (api_key_id, day, model, endpoint, provider_name, requests, prompt_tokens, "
                    + "completion_tokens, reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos) "
                    + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                    + "ON CONFLICT (api_key_id, day, model, endpoint) DO UPDATE SET "
                    + "requests = requests + excluded.requests, "
                    + "prompt_tokens = prompt_tokens + excluded.prompt_tokens, "
                    + "completion_tokens = completion_tokens + excluded.completion_tokens, "
                    + "reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens, "
                    + "cached_tokens = cached_tokens + excluded.cached_tokens, "
                    + "usage_nanos = usage_nanos + excluded.usage_nanos, "
                    + "byok_usage_nanos = byok_usage_nanos + excluded.byok_usage_nanos";

    private static final String ADD_COUNTER =
            "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at) "
                    + "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (api_key_id, day) DO UPDATE SET "
                    + "requests = requests + excluded.requests, usage_nanos = usage_nanos + excluded.usage_nanos, "
                    + "byok_usage_nanos = byok_usage_nanos + excluded.byok_usage_nanos, "
                    + "last_used_at = max(last_used_at, excluded.last_used_at)";

    private static final String ADD_FREE = "INSERT INTO free_request_day (organization_id, day, requests) "
            + "VALUES (?, ?, ?) ON CONFLICT (organization_id, day) DO UPDATE SET "
            + "requests = requests + excluded.requests";

    private record Line(String key, int day, String model, String endpoint) {}

    private record KeyDay(String key, int day) {}

    private record OrganizationDay(String organization, int day) {}

    private static final class LineSum {
        private @Nullable String provider;
        private long requests;
        private long prompt;
        private long completion;
        private long reasoning;
        private long cached;
        private long usage;
        private long byok;
    }

    private static final class CounterSum {
        private long requests;
        private long usage;
        private long byok;
        private long lastUsed;
    }

    private final Map<Line, LineSum> lines = new HashMap<>();
    private final Map<KeyDay, CounterSum> counters = new HashMap<>();
    private final Map<OrganizationDay, Long> free = new HashMap<>();
    private @Nullable Statements statements;

    @Override
    public void add(Object[] record) {
        Object[] values = new Object[POSITIONS.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = record[POSITIONS[i]];
        }
        move(values, 1);
    }

    @Override
    public void takeOut(Connection connection, String generation) throws SQLException {
        PreparedStatement select = on(connection).select;
        select.setString(1, generation);
        try (ResultSet row = select.executeQuery()) {
            if (row.next()) {
                @Nullable Object[] values = new Object[POSITIONS.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = row.getObject(i + 1);
                }
                move(values, -1);
            }
        }
    }

    private void move(@Nullable Object[] values, int sign) {
        String key = text(values[0]);
        long created = number(values[1]);
        int day = (int) (created / MICROS_PER_DAY);
        CounterSum today = counters.computeIfAbsent(new KeyDay(key, day), _ -> new CounterSum());
        CounterSum ever = counters.computeIfAbsent(new KeyDay(key, KeyUsage.ALL_TIME), _ -> new CounterSum());
        today.lastUsed = Math.max(today.lastUsed, created);
        ever.lastUsed = Math.max(ever.lastUsed, created);
        if (text(values[11]).equals(Generation.Source.VOID.word())) {
            return;
        }
        long usage = sign * number(values[9]);
        boolean byok = number(values[12]) != 0;
        long byokUsage = byok ? sign * number(values[10]) : 0;
        for (CounterSum sum : new CounterSum[] {today, ever}) {
            sum.requests += sign;
            sum.usage += usage;
            sum.byok += byokUsage;
        }
        LineSum line = lines.computeIfAbsent(new Line(key, day, text(values[2]), text(values[3])), _ -> new LineSum());
        if (values[4] != null) {
            line.provider = text(values[4]);
        }
        line.requests += sign;
        line.prompt += sign * number(values[5]);
        line.completion += sign * number(values[6]);
        line.reasoning += sign * number(values[7]);
        line.cached += sign * number(values[8]);
        line.usage += usage;
        line.byok += byokUsage;
        if (number(values[13]) != 0 && !byok) {
            free.merge(new OrganizationDay(text(values[14]), day), (long) sign, Long::sum);
        }
    }

    @Override
    public void flush(Connection connection) throws SQLException {
        if (counters.isEmpty()) {
            return;
        }
        Statements to = on(connection);
        for (Map.Entry<Line, LineSum> entry : lines.entrySet()) {
            to.add(entry.getKey(), entry.getValue());
        }
        for (Map.Entry<KeyDay, CounterSum> entry : counters.entrySet()) {
            to.add(entry.getKey(), entry.getValue());
        }
        for (Map.Entry<OrganizationDay, Long> entry : free.entrySet()) {
            to.add(entry.getKey(), entry.getValue());
        }
        clear();
    }

    /// Statements are made anew too: after some errors the driver keeps them stuck.
    @Override
    public void forget() {
        clear();
        Statements old = statements;
        statements = null;
        if (old != null) {
            old.close();
        }
    }

    private void clear() {
        lines.clear();
        counters.clear();
        free.clear();
    }

    private Statements on(Connection connection) throws SQLException {
        Statements known = statements;
        if (known == null) {
            known = new Statements(connection);
            statements = known;
        }
        return known;
    }

    private static String text(@Nullable Object value) {
        return String.valueOf(value);
    }

    /// A number or a truth value, null as 0: records hold booleans, the file holds 0 and 1.
    private static long number(@Nullable Object value) {
        return switch (value) {
            case null -> 0;
            case Boolean flag -> flag ? 1 : 0;
            case Number number -> number.longValue();
            default -> throw new IllegalArgumentException("not a number: " + value.getClass());
        };
    }

    /// Prepared once on the writer's connection.
    private static final class Statements {
        private final PreparedStatement select;
        private final PreparedStatement day;
        private final PreparedStatement counter;
        private final PreparedStatement freeDay;

        Statements(Connection connection) throws SQLException {
            select = connection.prepareStatement(SELECT);
            day = connection.prepareStatement(ADD_DAY);
            counter = connection.prepareStatement(ADD_COUNTER);
            freeDay = connection.prepareStatement(ADD_FREE);
        }

        void close() {
            for (PreparedStatement statement : List.of(select, day, counter, freeDay)) {
                try {
                    statement.close();
                } catch (SQLException e) {
                    // It is given up because something failed; the connection closes what is left.
                    continue;
                }
            }
        }

        void add(Line line, LineSum sum) throws SQLException {
            day.setString(1, line.key());
            day.setInt(2, line.day());
            day.setString(3, line.model());
            day.setString(4, line.endpoint());
            day.setString(5, sum.provider);
            day.setLong(6, sum.requests);
            day.setLong(7, sum.prompt);
            day.setLong(8, sum.completion);
            day.setLong(9, sum.reasoning);
            day.setLong(10, sum.cached);
            day.setLong(11, sum.usage);
            day.setLong(12, sum.byok);
            day.executeUpdate();
        }

        void add(KeyDay day, CounterSum sum) throws SQLException {
            counter.setString(1, day.key());
            counter.setInt(2, day.day());
            counter.setLong(3, sum.requests);
            counter.setLong(4, sum.usage);
            counter.setLong(5, sum.byok);
            counter.setLong(6, sum.lastUsed);
            counter.executeUpdate();
        }

        void add(OrganizationDay day, long requests) throws SQLException {
            freeDay.setString(1, day.organization());
            freeDay.setInt(2, day.day());
            freeDay.setLong(3, requests);
            freeDay.executeUpdate();
        }
    }
}
