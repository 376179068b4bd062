package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Secret;
import dev.faregate.http.BodyFields;
import dev.faregate.keys.Plans;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Usage with very many generations stored: 10 million in the long run, which prints how long each
/// answer takes (docs/benchmarks.md); fewer by default, where only the way to the answers is looked at.
/// The store is filled by SQL, and its roll-ups by the very statements with which a migration fills
/// them.
@ParameterizedClass
@EnumSource
class UsageScaleContract {
    private static final DatasetsHandler.Scope EVERYBODY = new DatasetsHandler.Scope(false, List.of());

    private static final boolean LONG = Boolean.getBoolean("faregate.long");
    private static final int GENERATIONS = LONG ? 10_000_000 : 100_000;
    private static final int AT_ONCE = 500_000;
    private static final int DAYS = 90;
    private static final int WORKSPACES = 4;
    private static final int KEYS = 400;
    private static final int APPS = 200;
    private static final int ROUNDS = LONG ? 30 : 3;
    private static final long NANOS_PER_TICK = 10_000_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long MOST_MILLIS = 100;

    private final Database database;
    private final UsageRig on;
    private final Instant today;
    private String someGeneration = "";
    private String someKey = "";

    UsageScaleContract(Database.Kind kind) {
        database = Stores.open(kind);
        on = new UsageRig(database);
        today = on.now.truncatedTo(ChronoUnit.DAYS);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void answersFromRollUpsHoweverManyGenerationsThereAre() throws IOException, SQLException {
        long began = System.nanoTime();
        fill();
        System.out.printf(
                "%s: %,d generations, %,d rows of keys, %,d of workspaces, %,d of apps, filled in %d s%n",
                database.kind(),
                count("generation"),
                count("usage_day"),
                count("workspace_usage"),
                count("app_usage"),
                Duration.ofNanos(System.nanoTime() - began).toSeconds());
        assertThat(count("generation")).isEqualTo(GENERATIONS);
        for (String sums : List.of(
                "usage_day", "workspace_usage WHERE span = 3600", "workspace_usage WHERE span = 86400", "app_usage")) {
            assertThat(number("SELECT sum(requests) FROM " + sums)).as(sums).isEqualTo(GENERATIONS);
            assertThat(number("SELECT sum(usage_nanos) FROM " + sums))
                    .as(sums)
                    .isEqualTo(number("SELECT sum(charge_nanos) FROM generation"));
        }
        if (database.kind() == Database.Kind.SQLITE) {
            looksUpAndNeverScans();
        }
        Map<String, Long> took = new LinkedHashMap<>();
        questions().forEach((name, question) -> took.put(name, cpuOfOne(name, question)));
        if (LONG) {
            assertThat(took.values()).allMatch(millis -> millis < MOST_MILLIS);
        }
        database.write(tx -> tx.sql().execute("ALTER TABLE generation RENAME TO generation_aside"));
        questions().forEach((name, question) -> {
            if (!name.contains("/generation")) {
                question.run();
            }
        });
    }

    // ---- the questions ------------------------------------------------------------------------------------------

    private Map<String, Runnable> questions() {
        ActivityHandler activity = new ActivityHandler(database, on.rig.organizations, on.catalogues);
        AnalyticsHandler analytics = new AnalyticsHandler(database, on.rig.organizations, on.catalogues);
        GenerationHandler generation = new GenerationHandler(database, new GenerationStore(), on.writes());
        Secret key = on.rig.management;
        String month =
                "\"time_range\":{\"start\":\"" + today.minus(Duration.ofDays(30)) + "\",\"end\":\"" + today + "\"}";
        String quarter =
                "\"time_range\":{\"start\":\"" + today.minus(Duration.ofDays(DAYS)) + "\",\"end\":\"" + today + "\"}";
        Map<String, Runnable> questions = new LinkedHashMap<>();
        questions.put("GET /activity", () -> on.get(activity::handle, key));
        questions.put("GET /activity?group_by=workspace", () -> on.get(activity::handle, key, "group_by", "workspace"));
        questions.put("GET /activity?api_key_hash=", () -> on.get(activity::handle, key, "api_key_hash", someKey));
        questions.put("GET /activity?user_id=", () -> on.get(activity::handle, key, "user_id", on.member));
        questions.put("GET /generation?id=", () -> on.get(generation::handle, key, "id", someGeneration));
        Map<String, String> asked = new LinkedHashMap<>();
        asked.put("total of 7 days (hours)", "{\"metrics\":[\"total_usage\"]}");
        asked.put(
                "30 days by day and model",
                "{\"metrics\":[\"total_usage\",\"request_count\"],\"dimensions\":[\"model\"],\"granularity\":\"day\","
                        + month + "}");
        asked.put(
                "90 days by week and provider",
                "{\"metrics\":[\"avg_latency\"],\"dimensions\":[\"provider\"],\"granularity\":\"week\"," + quarter
                        + "}");
        asked.put("7 days by hour", "{\"metrics\":[\"request_count\"],\"granularity\":\"hour\"}");
        asked.put("30 days by key", "{\"metrics\":[\"total_usage\"],\"dimensions\":[\"api_key_id\"]," + month + "}");
        asked.put(
                "30 days by key and model",
                "{\"metrics\":[\"tokens_total\"],\"dimensions\":[\"api_key_id\",\"model\"]," + month
                        + ",\"limit\":100}");
        asked.put(
                "30 days of one key by day",
                "{\"metrics\":[\"total_usage\"],\"granularity\":\"day\",\"filters\":[{\"field\":\"api_key_id\",\"operator\":\"eq\",\"value\":\""
                        + someKey + "\"}]," + month + "}");
        asked.put("30 days by app", "{\"metrics\":[\"request_count\"],\"dimensions\":[\"app\"]," + month + "}");
        asked.forEach((name, body) ->
                questions.put("POST /analytics/query, " + name, () -> on.post(analytics::query, key, body)));
        questions.put("GET /datasets/app-rankings", () -> {
            DatasetsHandler datasets = datasets();
            on.get(datasets::apps, key);
        });
        questions.put("GET /datasets/rankings-daily", () -> {
            DatasetsHandler datasets = datasets();
            on.get(datasets::models, key);
        });
        return questions;
    }

    /// A new one for each call: they count how often they are asked.
    private DatasetsHandler datasets() {
        return new DatasetsHandler(
                database, on.catalogues, EVERYBODY, new SessionCostSnapshot(database, EVERYBODY), on.rig.clock);
    }

    /// Milliseconds of CPU that one answer takes, of the asking thread and of PostgreSQL's processes,
    /// rounded up: what else the machine does is not in it. How long answers took is printed too.
    private long cpuOfOne(String name, Runnable question) {
        question.run();
        List<Long> nanos = new ArrayList<>();
        long cpu = -backendNanos() - THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < ROUNDS; i++) {
            long began = System.nanoTime();
            question.run();
            nanos.add(System.nanoTime() - began);
        }
        cpu = (cpu + THREADS.getCurrentThreadCpuTime() + backendNanos()) / ROUNDS;
        Collections.sort(nanos);
        System.out.printf(
                "%-10s  %-58s  CPU %5.1f ms  fastest %6.1f  median %6.1f%n",
                database.kind(), name, cpu / 1e6, nanos.getFirst() / 1e6, nanos.get(ROUNDS / 2) / 1e6);
        return Math.ceilDiv(cpu, 1_000_000);
    }

    /// CPU time of the processes that serve this PostgreSQL database, from the kernel's own counters; 0
    /// on SQLite.
    private long backendNanos() {
        if (database.kind() == Database.Kind.SQLITE) {
            return 0;
        }
        List<Integer> processes = database.read(tx -> tx.sql()
                .fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
                .map(row -> row.get(0, Integer.class)));
        long ticks = 0;
        for (int process : processes) {
            Path stat = Path.of("/proc/" + process + "/stat");
            try {
                String[] fields = Files.exists(stat) ? Files.readString(stat).split(" ", -1) : new String[0];
                ticks += fields.length > 14 ? Long.parseLong(fields[13]) + Long.parseLong(fields[14]) : 0;
            } catch (IOException e) {
                // It ended just now; then it did nothing for us.
                continue;
            }
        }
        return ticks * NANOS_PER_TICK;
    }

    // ---- the way to the answers -----------------------------------------------------------------------------------

    private void looksUpAndNeverScans() {
        Activity.Question all = new Activity.Question(on.rig.organizationId, day(30), day(1), null, null, null, true);
        Activity.Question member =
                new Activity.Question(on.rig.organizationId, day(30), day(1), null, null, on.member, false);
        assertSearches(tx -> Activity.rows(tx, all), "u");
        assertSearches(tx -> Activity.rows(tx, member), "u");
        for (String dimension : List.of("model", "api_key_id", "app")) {
            AnalyticsQuery query = AnalyticsQuery.of(
                    BodyFields.of(("{\"metrics\":[\"request_count\"],\"dimensions\":[\"" + dimension + "\"]}")
                            .getBytes(StandardCharsets.UTF_8)),
                    on.now);
            assertSearches(
                    tx -> new Analytics(
                                    tx, on.rig.organizationId, query, on.catalogues.snapshot(), on.rig.organizations)
                            .groups(),
                    "u");
        }
        assertSearches(
                tx -> Rankings.apps(
                        tx, new Rankings.Question(null, day(30), day(1), true, List.of("cli-agent"), List.of(), 50, 0)),
                "u");
        assertSearches(tx -> Rankings.models(tx, null, day(30), day(1)), "u");
        assertSearches(
                tx -> new GenerationStore().find(tx, java.util.UUID.randomUUID(), on.rig.organizationId, "w", "k"),
                "generation");
    }

    private int day(int ago) {
        return (int) (today.getEpochSecond() / 86_400) - ago;
    }

    /// Every statement looks `table` up by an index that it leads.
    private void assertSearches(Consumer<Tx> work, String table) {
        List<String> statements = Plans.statements(database, work);
        assertThat(statements).isNotEmpty();
        for (String statement : statements) {
            List<String> plan = database.read(tx ->
                    tx.sql().fetch("EXPLAIN QUERY PLAN " + statement).map(row -> row.get("detail", String.class)));
            assertThat(plan)
                    .as(statement)
                    .noneMatch(step -> step.startsWith("SCAN " + table))
                    .anyMatch(step -> step.matches("SEARCH " + table + " USING (PRIMARY KEY|INDEX) .*=.*"));
        }
    }

    // ---- filling --------------------------------------------------------------------------------------------------

    private void fill() throws SQLException, IOException {
        List<String> workspaces = new ArrayList<>(List.of(on.rig.workspaceId, on.otherWorkspace));
        database.write(tx -> {
            for (int i = workspaces.size(); i < WORKSPACES; i++) {
                workspaces.add(on.rig
                        .organizations
                        .createWorkspace(tx, on.rig.organizationId, "w" + i, "W " + i)
                        .id());
            }
            return true;
        });
        try (Connection connection = database.source().getConnection();
                Statement sql = connection.createStatement()) {
            if (database.kind() == Database.Kind.SQLITE) {
                sql.execute("PRAGMA synchronous = OFF");
                sql.execute("PRAGMA wal_autocheckpoint = 10000");
            } else {
                // The roll-ups are filled afterwards, as a migration does.
                sql.execute("ALTER TABLE generation DISABLE TRIGGER USER");
            }
            for (int i = 0; i < KEYS; i++) {
                sql.execute("INSERT INTO api_key (id, organization_id, workspace_id, hash, kind, name, label, "
                        + "include_byok_in_limit, disabled, creator_user_id, created_at) VALUES ('" + keyId(i) + "', '"
                        + on.rig.organizationId + "', '" + workspaces.get(i % WORKSPACES) + "', '" + hash(i)
                        + "', 'inference', 'key " + i + "', 'label', " + no() + ", " + no() + ", "
                        + (i % 40 == 0 ? "'" + on.member + "'" : "NULL") + ", 0)");
            }
            for (int i = 0; i < APPS; i++) {
                sql.execute("INSERT INTO app (id, identity, origin, title, categories, created_at) VALUES (" + (i + 1)
                        + ", 'https://a" + i + ".example', 'https://a" + i + ".example', 'App " + i
                        + "', 'cli-agent', 0)");
            }
            for (int from = 0; from < GENERATIONS; from += AT_ONCE) {
                sql.execute(insert(from, Math.min(GENERATIONS, from + AT_ONCE), workspaces));
            }
            for (String statement : rollUps()) {
                sql.execute(statement);
            }
            if (database.kind() == Database.Kind.POSTGRESQL) {
                sql.execute("VACUUM ANALYZE");
            }
        }
        someKey = hash(7);
        someGeneration = "gen-"
                + database.read(tx ->
                        tx.sql().fetchSingle("SELECT max(id) FROM generation").get(0, String.class));
    }

    private static String keyId(int i) {
        return "00000000-0000-7000-8000-%012d".formatted(i);
    }

    private static String hash(int i) {
        return "%064x".formatted(i + 1);
    }

    private String no() {
        return database.kind() == Database.Kind.SQLITE ? "0" : "false";
    }

    /// Generations `[from, to)`, evenly over the days, each key on six models.
    private String insert(int from, int to, List<String> workspaces) {
        boolean sqlite = database.kind() == Database.Kind.SQLITE;
        long begin = today.minus(Duration.ofDays(DAYS)).toEpochMilli();
        String millis = "(" + begin + " + i * " + Duration.ofDays(DAYS).toMillis() + " / " + GENERATIONS + ")";
        String key = "(i * 7919 % " + KEYS + ")";
        String model = "((" + key + " * 5 + i / " + KEYS + " % 6) % 24)";
        String id = sqlite
                ? "printf('%08x-%04x-7%03x-8000-%012x', " + millis + " >> 16, " + millis + " & 65535, i & 4095, i)"
                : "lpad(to_hex(" + millis + " >> 16), 8, '0') || '-' || lpad(to_hex(" + millis
                        + " & 65535), 4, '0') || '-7' || lpad(to_hex(i & 4095), 3, '0') || '-8000-' || lpad(to_hex(i), 12, '0')";
        String keyId = sqlite
                ? "printf('00000000-0000-7000-8000-%012d', " + key + ")"
                : "'00000000-0000-7000-8000-' || lpad((" + key + ")::text, 12, '0')";
        StringBuilder workspace = new StringBuilder("CASE " + key + " % " + WORKSPACES);
        for (int i = 0; i < WORKSPACES; i++) {
            workspace
                    .append(" WHEN ")
                    .append(i)
                    .append(" THEN '")
                    .append(workspaces.get(i))
                    .append("'");
        }
        workspace.append(" END");
        String numbers = sqlite
                ? "WITH RECURSIVE n (i) AS (SELECT " + from + " UNION ALL SELECT i + 1 FROM n WHERE i < " + (to - 1)
                        + ") "
                : "WITH n (i) AS (SELECT generate_series(" + from + "::bigint, " + (to - 1) + ")) ";
        return numbers
                + "INSERT INTO generation (id, organization_id, workspace_id, api_key_id, app_id, created_at, api_type, "
                + "requested_model, model, provider, provider_name, endpoint, data_region, status, streamed, cancelled, "
                + "latency, generation_time, native_tokens_prompt, native_tokens_completion, native_tokens_cached, "
                + "charge_nanos, upstream_cost_nanos, cost_source, is_byok, is_free, user_agent) SELECT " + id + ", '"
                + on.rig.organizationId + "', " + workspace + ", " + keyId + ", i % " + APPS + " + 1, " + millis
                + " * 1000, 'completions', 'm', 'author/model-' || " + model + ", 'p', 'Provider ' || " + model
                + " % 5, 'p' || " + model + " % 5, 'global', 200, " + no() + ", " + no()
                + ", 100 + i % 900, 500 + i % 3000, 800 + i % 100, 200 + i % 50, i % 300, 1000 + i % 7, 1000, 'exact', "
                + no() + ", " + no() + ", 'agent/1.0' FROM n";
    }

    /// What fills the roll-ups of keys, then the statements of the migration for the others.
    private List<String> rollUps() throws IOException {
        List<String> statements = new ArrayList<>();
        statements.add("DELETE FROM workspace_usage");
        String migration =
                "/db/" + database.kind().name().toLowerCase(java.util.Locale.ROOT) + "/V11_1__usage_rollups.sql";
        String sql;
        try (InputStream in =
                Objects.requireNonNull(dev.faregate.schema.Migrator.class.getResourceAsStream(migration), migration)) {
            sql = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        String hours = "";
        for (String statement : sql.split(";\\n")) {
            String start = statement.strip();
            boolean inTrigger = start.contains("ON CONFLICT");
            if (!inTrigger
                    && (start.startsWith("INSERT INTO workspace_usage") || start.startsWith("INSERT INTO app_usage"))) {
                statements.add(start);
                hours = start.contains("3600,") ? start : hours;
            }
        }
        assertThat(statements).hasSize(4);
        String days = hours.replace(
                        "INSERT INTO workspace_usage (workspace_id, span, slot,",
                        "INSERT INTO usage_day (api_key_id, day,")
                .replace(
                        "SELECT g.workspace_id, 3600, g.created_at / 3600000000,",
                        "SELECT g.api_key_id, g.created_at / 86400000000,")
                .replace("GROUP BY 1, 2, 3, 4, 5", "GROUP BY 1, 2, 3, 4");
        statements.set(0, days);
        return statements;
    }

    private long count(String table) {
        return number("SELECT count(*) FROM " + table);
    }

    /// Without the time limits of requests: it may read everything.
    private long number(String query) {
        try (Connection connection = database.source().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getLong(1) : 0;
        } catch (SQLException e) {
            throw new IllegalStateException(query, e);
        }
    }
}
