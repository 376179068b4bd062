package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import dev.faregate.storage.Database;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpResponse;
import java.sql.Connection;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The key page with very many keys and generations: 100,000 and a million in the long run, which prints how long each
/// page takes and lets none take 300 ms; fewer by default, where only what the pages show is looked at. The store is
/// filled by SQL.
class KeyPageScaleFlowTest {
    private static final boolean LONG = Boolean.getBoolean("faregate.long");
    private static final int KEYS = LONG ? 100_000 : 2_000;
    private static final int GENERATIONS = LONG ? 1_000_000 : 10_000;
    /// Fewer than generations are kept (docs/configuration.md): none may go while the test looks.
    private static final int DAYS = 60;
    private static final int ROUNDS = LONG ? 15 : 1;
    private static final Duration MOST = Duration.ofMillis(300);

    @ParameterizedTest
    @EnumSource
    void answersHoweverManyKeysThereAre(Database.Kind kind) throws SQLException {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = kind == Database.Kind.SQLITE
                        ? TestServer.start(upstream)
                        : TestServer.startOn(TestPostgres.freshUrl(), "", upstream)) {
            Persons.Person owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
            Persons.Person member = Persons.signedIn(server, Role.MEMBER, "member@example.com");
            fill(server, owner, member);
            assertThat(TestServer.number(server.faregate, "SELECT count(*) FROM generation"))
                    .isEqualTo(GENERATIONS);
            PageClient all = Persons.client(server, owner);
            PageClient own = Persons.client(server, member);

            System.out.printf("%s: %,d keys, %,d generations%n", kind, KEYS, GENERATIONS);
            Map<String, Duration> took = new LinkedHashMap<>();
            look(took, all, "/settings/keys", LONG ? "More than 10,000 keys" : "2,001 keys");
            look(took, all, "/settings/keys?before=" + hash(KEYS / 2), "rel=\"next\"");
            look(took, all, "/settings/keys?after=" + hash(20), "First inference key");
            look(took, all, "/settings/keys?q=name", "name " + (KEYS - 1));
            look(took, all, "/settings/keys?q=name+1234", ">name 1234<");
            look(took, all, "/settings/keys?q=nobody+has+this", "No key is like that");
            look(took, all, "/settings/keys?state=disabled", ">name 0<");
            look(took, all, "/settings/keys?state=expired", "No key is like that");
            look(took, all, "/settings/keys?environment=rare", ">name 7<");
            look(took, all, "/settings/keys?made_by=me", "No key is like that");
            look(took, own, "/settings/keys?state=", "20 keys");
            look(took, all, "/settings/keys/" + hash(8), "In all");
            look(took, all, "/settings/keys?kind=management", "First management key");
            look(took, all, "/settings/credits", "Spent so far");
            if (LONG) {
                assertThat(took)
                        .allSatisfy((path, time) -> assertThat(time).as(path).isLessThan(MOST));
            }
        }
    }

    /// How long a page takes, from the request to the last byte: the fastest of several, because what else the machine
    /// does is not in it. The median is printed too.
    private static void look(Map<String, Duration> took, PageClient client, String path, String shows) {
        List<Duration> times = new ArrayList<>();
        for (int i = 0; i <= ROUNDS; i++) {
            long began = System.nanoTime();
            HttpResponse<String> page = client.get(path);
            times.add(Duration.ofNanos(System.nanoTime() - began));
            assertThat(page.statusCode()).as(path).isEqualTo(200);
            assertThat(page.body()).as(path).contains(shows);
        }
        Collections.sort(times);
        took.put(path, times.getFirst());
        System.out.printf(
                "%-46s  fastest %6.1f ms  median %6.1f ms%n",
                path.replaceAll("[0-9a-f]{64}", "..."),
                times.getFirst().toNanos() / 1e6,
                times.get(times.size() / 2).toNanos() / 1e6);
    }

    // ---- filling -------------------------------------------------------------------------------------------------

    private static String hash(int i) {
        return "%064x".formatted(i + 1);
    }

    private static void fill(TestServer server, Persons.Person owner, Persons.Person member) throws SQLException {
        Database database = server.faregate.database();
        boolean sqlite = database.kind() == Database.Kind.SQLITE;
        String id = sqlite
                ? "printf('00000000-0000-7000-8000-%012d', i)"
                : "'00000000-0000-7000-8000-' || lpad(i::text, 12, '0')";
        String hash = sqlite ? "printf('%064x', i + 1)" : "lpad(to_hex(i + 1), 64, '0')";
        String no = sqlite ? "0" : "false";
        String is = sqlite ? "" : "::boolean";
        long now = Instant.now().truncatedTo(ChronoUnit.MICROS).toEpochMilli() * 1_000;
        long begin = Instant.now().minus(Duration.ofDays(DAYS)).toEpochMilli() * 1_000;
        // After the key of the first start, which then is the last of the list.
        long made = now + Duration.ofDays(1).toNanos() / 1_000;
        String place = "'" + owner.organizationId() + "', '" + owner.workspaceId() + "'";
        try (Connection connection = database.source().getConnection();
                Statement sql = connection.createStatement()) {
            if (sqlite) {
                sql.execute("PRAGMA synchronous = OFF");
            } else {
                // The roll-up is filled afterwards, as a migration does.
                sql.execute("ALTER TABLE generation DISABLE TRIGGER USER");
            }
            sql.execute(numbers(sqlite, KEYS)
                    + "INSERT INTO api_key (id, organization_id, workspace_id, hash, kind, name, label, limit_nanos, limit_reset,"
                    + " include_byok_in_limit, disabled, environment, creator_user_id, created_at) SELECT " + id + ", "
                    + place
                    + ", " + hash
                    + ", 'inference', 'name ' || i, 'sk-fg-v1-abc...' || (1000 + i % 9000), 1000000000, 'monthly', "
                    + no + ", (i % " + (KEYS / 20) + " = 0)" + is + ", CASE i % " + (KEYS / 20)
                    + " WHEN 7 THEN 'rare' ELSE 'production' END, "
                    + "CASE WHEN i % " + (KEYS / 20) + " = 3 THEN '" + member.userId() + "' END, " + made
                    + " + i FROM n");
            sql.execute(numbers(sqlite, KEYS)
                    + "INSERT INTO api_key_secret (hash, api_key_id, label, created_at, external) SELECT " + hash + ", "
                    + id
                    + ", 'sk-fg-v1-abc...' || (1000 + i % 9000), " + made + ", " + no + " FROM n");
            for (String window : List.of("TOTAL", "MONTHLY")) {
                sql.execute(numbers(sqlite, KEYS)
                        + "INSERT INTO limit_definition (id, scope, owner, window_kind, cap, policy_seq, created_at) SELECT "
                        + (window.equals("TOTAL") ? 1_000_000 : 2_000_000) + " + i, 'KEY', " + id + ", '" + window
                        + "', "
                        + (window.equals("TOTAL") ? "NULL" : "1000000000") + ", 1, " + now + " FROM n");
            }
            sql.execute(numbers(sqlite, GENERATIONS)
                    + "INSERT INTO generation (id, organization_id, workspace_id, api_key_id, created_at, api_type, requested_model,"
                    + " model, provider, provider_name, endpoint, data_region, status, streamed, cancelled, latency,"
                    + " generation_time, native_tokens_prompt, native_tokens_completion, native_tokens_cached, charge_nanos,"
                    + " upstream_cost_nanos, cost_source, is_byok, is_free, user_agent) SELECT "
                    + (sqlite
                            ? "printf('00000000-0000-7000-9000-%012d', i)"
                            : "'00000000-0000-7000-9000-' || lpad(i::text, 12, '0')")
                    + ", " + place + ", "
                    + id.replace("i)", "(i * 7919 % " + KEYS + "))").replace("i::", "(i * 7919 % " + KEYS + ")::")
                    + ", " + begin + " + i * " + (Duration.ofDays(DAYS).toNanos() / 1_000 / GENERATIONS)
                    + ", 'completions', 'm', 'author/model', 'p', 'Provider', 'p1', 'global', 200, " + no + ", " + no
                    + ", 100, 500, 800, 200, 0, 1000 + i % 7, 1000, 'exact', " + no + ", " + no
                    + ", 'agent/1.0' FROM n");
            sql.execute(
                    "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)"
                            + " SELECT api_key_id, created_at / 86400000000, count(*), sum(charge_nanos), 0, max(created_at)"
                            + " FROM generation GROUP BY 1, 2");
            sql.execute(
                    "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)"
                            + " SELECT api_key_id, 2147483647, count(*), sum(charge_nanos), 0, max(created_at)"
                            + " FROM generation GROUP BY 1");
            if (!sqlite) {
                sql.execute("VACUUM ANALYZE");
            }
        }
    }

    private static String numbers(boolean sqlite, int count) {
        return sqlite
                ? "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < " + (count - 1) + ") "
                : "WITH n (i) AS (SELECT generate_series(0::bigint, " + (count - 1) + ")) ";
    }
}
