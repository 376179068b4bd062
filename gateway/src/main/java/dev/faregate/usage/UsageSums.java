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

/// The roll-ups of generations on SQLite: per key (`usage_day`, `usage_counter`), workspace, app and
/// organization, moved once for each batch. Void generations count for nothing but the time of the last
/// use. What it does is what the triggers of `V11_1__usage_rollups.sql` do on PostgreSQL; one contract
/// tests both.
final class UsageSums implements RecordSums {
    private static final long MICROS_PER_SECOND = TimeUnit.SECONDS.toMicros(1);

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
            GENERATION.ORGANIZATION_ID,
            GENERATION.WORKSPACE_ID,
            GENERATION.APP_ID,
            GENERATION.LATENCY,
            GENERATION.GENERATION_TIME);

    private static final int[] POSITIONS =
            READ.stream().mapToInt(GenerationRow.fields()::indexOf).toArray();

    private static final String SELECT = "SELECT "
            + READ.stream().map(Field::getName).collect(Collectors.joining(", ")) + " FROM " + GenerationRow.TABLE
            + " WHERE id = ?";

    private static final String ADD_DAY =
            Figures.upsert("usage_day", List.of("api_key_id", "day", "model", "endpoint"), List.of("provider_name"));

    private static final String ADD_SLOT = Figures.upsert(
            "workspace_usage", List.of("workspace_id", "span", "slot", "model", "endpoint"), List.of("provider_name"));

    private static final String ADD_APP =
            Figures.upsert("app_usage", List.of("workspace_id", "day", "app_id"), List.of());

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

    private record Slot(String workspace, int span, int slot, String model, String endpoint) {}

    private record AppDay(String workspace, int day, int app) {}

    private record KeyDay(String key, int day) {}

    private record OrganizationDay(String organization, int day) {}

    private static final class CounterSum {
        private long requests;
        private long usage;
        private long byok;
        private long lastUsed;
    }

    private final Map<Line, Figures> lines = new HashMap<>();
    private final Map<Slot, Figures> slots = new HashMap<>();
    private final Map<AppDay, Figures> apps = new HashMap<>();
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
        int day = slot(created, Span.DAY);
        CounterSum today = counters.computeIfAbsent(new KeyDay(key, day), _ -> new CounterSum());
        CounterSum ever = counters.computeIfAbsent(new KeyDay(key, KeyUsage.ALL_TIME), _ -> new CounterSum());
        today.lastUsed = Math.max(today.lastUsed, created);
        ever.lastUsed = Math.max(ever.lastUsed, created);
        if (text(values[11]).equals(Generation.Source.VOID.word())) {
            return;
        }
        Figures figures = figures(values);
        for (CounterSum sum : new CounterSum[] {today, ever}) {
            sum.requests += sign;
            sum.usage += sign * figures.get(Figures.USAGE);
            sum.byok += sign * figures.get(Figures.BYOK_USAGE);
        }
        String model = text(values[2]);
        String endpoint = text(values[3]);
        String workspace = text(values[15]);
        lines.computeIfAbsent(new Line(key, day, model, endpoint), _ -> new Figures())
                .add(figures, sign);
        for (Span span : Span.values()) {
            slots.computeIfAbsent(
                            new Slot(workspace, span.seconds(), slot(created, span), model, endpoint),
                            _ -> new Figures())
                    .add(figures, sign);
        }
        if (values[16] != null) {
            apps.computeIfAbsent(new AppDay(workspace, day, (int) number(values[16])), _ -> new Figures())
                    .add(figures, sign);
        }
        if (number(values[13]) != 0 && figures.get(Figures.BYOK_REQUESTS) == 0) {
            free.merge(new OrganizationDay(text(values[14]), day), (long) sign, Long::sum);
        }
    }

    private static int slot(long createdMicros, Span span) {
        return (int) (createdMicros / (span.seconds() * MICROS_PER_SECOND));
    }

    private static Figures figures(@Nullable Object[] values) {
        boolean byok = number(values[12]) != 0;
        long generationTime = number(values[18]);
        Figures figures = new Figures();
        figures.provider(values[4] == null ? null : text(values[4]));
        figures.set(Figures.REQUESTS, 1);
        figures.set(Figures.BYOK_REQUESTS, byok ? 1 : 0);
        figures.set(Figures.PROMPT_TOKENS, number(values[5]));
        figures.set(Figures.COMPLETION_TOKENS, number(values[6]));
        figures.set(Figures.REASONING_TOKENS, number(values[7]));
        figures.set(Figures.CACHED_TOKENS, number(values[8]));
        figures.set(Figures.USAGE, number(values[9]));
        figures.set(Figures.BYOK_USAGE, byok ? number(values[10]) : 0);
        figures.set(Figures.LATENCY, number(values[17]));
        figures.set(Figures.TIMED_REQUESTS, values[17] == null ? 0 : 1);
        figures.set(Figures.GENERATION_TIME, generationTime);
        figures.set(Figures.TIMED_TOKENS, generationTime > 0 ? number(values[6]) : 0);
        return figures;
    }

    @Override
    public void flush(Connection connection) throws SQLException {
        if (counters.isEmpty()) {
            return;
        }
        Statements to = on(connection);
        for (Map.Entry<Line, Figures> entry : lines.entrySet()) {
            to.add(entry.getKey(), entry.getValue());
        }
        for (Map.Entry<Slot, Figures> entry : slots.entrySet()) {
            to.add(entry.getKey(), entry.getValue());
        }
        for (Map.Entry<AppDay, Figures> entry : apps.entrySet()) {
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
        slots.clear();
        apps.clear();
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
        private final PreparedStatement slot;
        private final PreparedStatement app;
        private final PreparedStatement counter;
        private final PreparedStatement freeDay;

        Statements(Connection connection) throws SQLException {
            select = connection.prepareStatement(SELECT);
            day = connection.prepareStatement(ADD_DAY);
            slot = connection.prepareStatement(ADD_SLOT);
            app = connection.prepareStatement(ADD_APP);
            counter = connection.prepareStatement(ADD_COUNTER);
            freeDay = connection.prepareStatement(ADD_FREE);
        }

        void close() {
            for (PreparedStatement statement : List.of(select, day, slot, app, counter, freeDay)) {
                try {
                    statement.close();
                } catch (SQLException e) {
                    // It is given up because something failed; the connection closes what is left.
                    continue;
                }
            }
        }

        void add(Line line, Figures sum) throws SQLException {
            day.setString(1, line.key());
            day.setInt(2, line.day());
            day.setString(3, line.model());
            day.setString(4, line.endpoint());
            day.setString(5, sum.provider());
            run(day, 6, sum);
        }

        void add(Slot line, Figures sum) throws SQLException {
            slot.setString(1, line.workspace());
            slot.setInt(2, line.span());
            slot.setInt(3, line.slot());
            slot.setString(4, line.model());
            slot.setString(5, line.endpoint());
            slot.setString(6, sum.provider());
            run(slot, 7, sum);
        }

        void add(AppDay line, Figures sum) throws SQLException {
            app.setString(1, line.workspace());
            app.setInt(2, line.day());
            app.setInt(3, line.app());
            run(app, 4, sum);
        }

        private static void run(PreparedStatement statement, int from, Figures sum) throws SQLException {
            for (int i = 0; i < Figures.COLUMNS.size(); i++) {
                statement.setLong(from + i, sum.get(i));
            }
            statement.executeUpdate();
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
