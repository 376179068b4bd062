package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.keys.Rig;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.SqliteDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// `POST /analytics/query` over a store.
@ParameterizedClass
@EnumSource
class AnalyticsContract {
    private final Database.Kind kind;
    private final UsageRig on;
    private final AnalyticsHandler handler;
    private final LocalDate today;

    AnalyticsContract(Database.Kind kind) {
        this.kind = kind;
        on = new UsageRig(Stores.shared(kind));
        handler = new AnalyticsHandler(on.rig.database, on.rig.organizations, on.catalogues);
        today = LocalDate.ofInstant(on.now, ZoneOffset.UTC);
    }

    private Instant at(int daysAgo) {
        return today.minusDays(daysAgo).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private void used() {
        Generations.insert(
                on.rig,
                List.of(
                        Generations.of(on.one, at(1))
                                .model("acme/swift", "acme")
                                .provider("Acme")
                                .cost(75, 0, false)
                                .timed(40, 500)
                                .app(4_000_001)
                                .build(),
                        Generations.of(on.two, at(1).plusSeconds(3_600))
                                .model("acme/swift", "acme")
                                .provider("Acme")
                                .cost(25, 0, false)
                                .timed(60, 500)
                                .build(),
                        Generations.of(on.elsewhere, at(2))
                                .model("other/m", "p")
                                .provider("P")
                                .cost(1, 500, true)
                                .build(),
                        Generations.of(on.one, at(2)).model("other/m", "p").build(),
                        Generations.of(on.rig.caller(on.rig.tenant().inference()), at(1))
                                .build()));
    }

    private JsonNode ask(String body) {
        return on.post(handler::query, on.rig.management, body.replace('\'', '"'))
                .path("data");
    }

    /// The rows, each as its values in order.
    private List<String> rows(String body) {
        List<String> rows = new ArrayList<>();
        for (JsonNode row : ask(body).path("data")) {
            List<String> values = new ArrayList<>();
            row.forEach(value -> values.add(
                    value.isNull()
                            ? "-"
                            : value.isNumber() ? value.decimalValue().toPlainString() : value.asString()));
            rows.add(String.join("|", values));
        }
        return rows;
    }

    @Test
    void addsUpEveryMetric() {
        used();
        assertThat(rows(
                        "{'metrics':['request_count','byok_request_count','tokens_total','tokens_prompt','tokens_completion',"
                                + "'reasoning_tokens','cached_tokens','total_usage','credits_usage','byok_usage','cache_hit_rate',"
                                + "'avg_latency','avg_throughput']}"))
                .containsExactly("4|1|140|40|100|20|12|0.000000601|0.000000101|0.0000005|0.3000|50.0|50.00");
        assertThat(rows("{'metrics':['avg_latency','cache_hit_rate'],'dimensions':['model']}"))
                .containsExactly("acme/swift-20260102|50.0|0.3000", "other/m|-|0.3000");
    }

    @Test
    void groupsByTimeAndDimensions() {
        used();
        String yesterday = today.minusDays(1) + "T00:00:00.000Z";
        String before = today.minusDays(2) + "T00:00:00.000Z";
        assertThat(rows("{'metrics':['request_count'],'granularity':'day'}"))
                .containsExactly(yesterday + "|2", before + "|2");
        assertThat(rows("{'metrics':['request_count'],'granularity':'day','dimensions':['provider'],"
                        + "'order_by':{'field':'date','direction':'asc'}}"))
                .containsExactly(before + "|P|1", before + "|-|1", yesterday + "|Acme|2");
        assertThat(rows("{'metrics':['request_count'],'granularity':'hour','filters':[{'field':'model','operator':'eq',"
                        + "'value':'acme/swift-20260102'}]}"))
                .containsExactly(yesterday.replace("T00", "T01") + "|1", yesterday + "|1");
        int weeks = rows("{'metrics':['request_count'],'granularity':'week'}").size();
        assertThat(weeks).isBetween(1, 2);
        assertThat(rows(
                        "{'metrics':['request_count'],'granularity':'month','time_range':{'start':'2025-12-31T00:00:00Z',"
                                + "'end':'2026-12-30T00:00:00Z'}}"))
                .allMatch(row -> row.contains("-01T00:00:00.000Z|"));
    }

    @Test
    void namesKeysMembersWorkspacesAndApps() {
        used();
        on.rig.database.write(
                tx -> tx.sql()
                        .execute(
                                "INSERT INTO app (id, identity, origin, title, categories, created_at) "
                                        + "VALUES (4000001, 'https://analytics.example', 'https://analytics.example', 'An App', '', 0) ON CONFLICT DO NOTHING"));
        assertThat(rows("{'metrics':['request_count'],'dimensions':['api_key_id']}"))
                .containsExactlyInAnyOrder(
                        "i|" + on.one.key().hash() + "|2",
                        "second|" + on.two.key().hash() + "|1",
                        "third|" + on.elsewhere.key().hash() + "|1");
        assertThat(rows("{'metrics':['request_count'],'dimensions':['user','workspace']}"))
                .containsExactly(
                        "-|Default|" + on.rig.workspaceId + "|3",
                        on.member + "@example.com|" + on.member + "|Room|" + on.otherWorkspace + "|1");
        assertThat(rows("{'metrics':['request_count'],'dimensions':['app']}")).containsExactly("An App|4000001|1");
    }

    @Test
    void addsUpEnvironments() {
        used();
        on.rig.patch(on.rig.management, on.one.key().hash(), "{\"environment\":\"live\"}");
        on.rig.patch(on.rig.management, on.two.key().hash(), "{\"environment\":\"live\"}");
        assertThat(rows("{'metrics':['request_count'],'dimensions':['environment']}"))
                .containsExactlyInAnyOrder("live|3", "-|1");
        String count = "{'metrics':['request_count'],'filters':[{'field':'environment',%s}]}";
        assertThat(rows(count.formatted("'operator':'eq','value':'live'"))).containsExactly("3");
        assertThat(rows(count.formatted("'operator':'not_in','value':['live'],'include_unset':true")))
                .containsExactly("1");
    }

    @Test
    void filters() {
        used();
        String count = "{'metrics':['request_count'],'filters':[%s]}";
        assertThat(rows(count.formatted("{'field':'model','operator':'eq','value':'acme/swift'}")))
                .containsExactly("2");
        assertThat(rows(count.formatted("{'field':'model','operator':'neq','value':'acme/swift-20260102'}")))
                .containsExactly("2");
        assertThat(rows(count.formatted("{'field':'provider','operator':'in','value':['Acme'],'include_unset':true}")))
                .containsExactly("3");
        assertThat(rows(count.formatted("{'field':'provider','operator':'not_in','value':['Acme']}")))
                .containsExactly("1");
        assertThat(rows(count.formatted("{'field':'provider','operator':'gte','value':'B'}")))
                .containsExactly("1");
        assertThat(rows(count.formatted("{'field':'workspace','operator':'eq','value':'" + on.otherWorkspace + "'}")))
                .containsExactly("1");
        assertThat(rows(count.formatted("{'field':'user','operator':'eq','value':'" + on.member + "'}")))
                .containsExactly("1");
        assertThat(rows(count.formatted("{'field':'api_key_id','operator':'in','value':['"
                        + on.one.key().hash() + "','" + on.two.key().hash() + "']}")))
                .containsExactly("3");
        JsonNode unknown =
                ask(count.formatted("{'field':'api_key_id','operator':'eq','value':'" + "0".repeat(64) + "'}"));
        assertThat(unknown.path("data")).isEmpty();
        assertThat(unknown.path("warnings")).hasSize(1);
    }

    @Test
    void sortsAndLimits() {
        used();
        String by =
                "{'metrics':['total_usage'],'dimensions':['model'],'order_by':{'field':'%s','direction':'%s'},'limit':1}";
        assertThat(rows(by.formatted("total_usage", "desc"))).containsExactly("other/m|0.000000501");
        assertThat(rows(by.formatted("model", "asc"))).containsExactly("acme/swift-20260102|0.0000001");
        JsonNode cut = ask(by.formatted("request_count", "asc"));
        assertThat(cut.path("metadata").path("truncated").asBoolean()).isTrue();
        assertThat(cut.path("metadata").path("row_count").asInt()).isEqualTo(1);
        assertThat(cut.path("cachedAt").isNumber()).isTrue();
        JsonNode whole = ask("{'metrics':['total_usage']}");
        assertThat(whole.path("metadata").path("truncated").asBoolean()).isFalse();
        assertThat(rows("{'metrics':['request_count'],'granularity':'day','dimensions':['workspace'],'group_limit':1}"))
                .hasSize(2);
    }

    @Test
    void countsWholeHoursOfAShortRangeAndWholeDaysOfOthers() {
        used();
        String range = "{'metrics':['request_count'],'time_range':{'start':'" + at(1).plusSeconds(1_800) + "','end':'"
                + at(1).plusSeconds(3_600) + "'}%s}";
        assertThat(rows(range.formatted(""))).containsExactly("1");
        assertThat(rows(range.formatted(",'dimensions':['api_key_id']"))).hasSize(2);
        assertThat(rows("{'metrics':['request_count'],'time_range':{'start':'" + at(3) + "','end':'" + at(2) + "'}}"))
                .isEmpty();
    }

    @Test
    void saysSoWhenItTakesTooLong(@TempDir Path folder) throws IOException, SQLException {
        used();
        String body = "{\"metrics\":[\"request_count\"]}";
        switch (kind) {
            case SQLITE -> {
                Path own = Files.createDirectories(folder.resolve("data"));
                var options = new SqliteDatabase.Options(
                        InstantSource.system(), dev.faregate.storage.SqliteWriter.CommitHook.NONE, 2, Duration.ZERO);
                try (SqliteDatabase database = SqliteDatabase.open(own, options)) {
                    UsageRig small = new UsageRig(database);
                    small.rig.database.write(tx -> tx.sql()
                            .execute(
                                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
                                            + "INSERT INTO workspace_usage SELECT ?, 3600, "
                                            + on.now.getEpochSecond() / 3_600
                                            + ", 'm' || i, 'e', NULL, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM n",
                                    small.rig.workspaceId));
                    AnalyticsHandler slow = new AnalyticsHandler(database, small.rig.organizations, small.catalogues);
                    assertThat(Rig.errorOf(() -> small.post(slow::query, small.rig.management, body)))
                            .isInstanceOf(ApiError.RequestTimeout.class);
                }
            }
            case POSTGRESQL -> {
                try (Connection other =
                                ((PostgresDatabase) on.rig.database).source().getConnection();
                        Statement statement = other.createStatement()) {
                    other.setAutoCommit(false);
                    statement.execute("LOCK TABLE workspace_usage IN ACCESS EXCLUSIVE MODE");
                    assertThat(Rig.errorOf(() -> ask(body))).isInstanceOf(ApiError.RequestTimeout.class);
                    other.rollback();
                }
            }
        }
    }

    @Test
    void tellsWhatCanBeAsked() {
        JsonNode meta = on.get(handler::meta, on.rig.management).path("data");
        List<String> metrics = new ArrayList<>();
        meta.path("metrics").forEach(metric -> metrics.add(metric.path("name").asString()));
        assertThat(metrics).containsExactlyElementsOf(Metric.words());
        assertThat(Rig.typesOf(meta.path("metrics").get(0), "name", "display_label", "is_rate", "display_format"))
                .isEqualTo("ssbs");
        assertThat(meta.path("operators")).hasSize(8);
        assertThat(Rig.typesOf(meta.path("granularities").get(0), "name", "display_label"))
                .isEqualTo("ss");
        for (JsonNode dimension : meta.path("dimensions")) {
            String name = dimension.path("name").asString();
            assertThat(ask("{'metrics':['request_count'],'dimensions':['" + name + "']}")
                            .path("data")
                            .isArray())
                    .as(name)
                    .isTrue();
        }
    }
}
