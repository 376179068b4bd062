package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A key that is deleted or disabled (reliability, check 23): from the answer on it admits nothing on any
/// node, and what runs for it is cut within a second, also when notifications are lost.
///
/// The bound asserted here leaves room for a busy machine.
class RevocationFlowTest {
    private static final Duration SOON = Duration.ofSeconds(4);

    private record Made(String key, String hash) {}

    private static Made key(TestServer node) {
        HttpResponse<String> made = node.manage("POST", "/api/v1/keys", "{\"name\":\"doomed\",\"limit\":50}");
        JsonNode answer = TestServer.json(made);
        return new Made(
                answer.get("key").asString(), answer.get("data").get("hash").asString());
    }

    /// A stream of which the first event has come.
    private record Running(RawClient client, EventReader events) implements AutoCloseable {
        static Running of(TestServer node, String model, String key) throws IOException {
            RawClient client = node.rawChat(TestServer.chat(model, "\"stream\":true,\"max_tokens\":2000"), key);
            RawClient.Head head = client.head();
            assertThat(head.status()).isEqualTo(200);
            EventReader events = client.events(head);
            assertThat(events.next()).isPresent();
            return new Running(client, events);
        }

        String last() throws IOException {
            return events.all().getLast();
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    private static void isCut(Running running, long since) throws IOException {
        assertThat(running.last()).contains("\"error\"").contains("disabled or deleted while");
        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(SOON);
    }

    @Test
    void holdsOnEveryNode() throws Exception {
        everywhere(TestPostgres.freshUrl());
    }

    /// A function that does nothing stands before PostgreSQL's own: nobody is ever notified.
    @Test
    void holdsWhenNotificationsAreLost() throws Exception {
        String url = TestPostgres.freshUrl();
        String name = url.substring(url.lastIndexOf('/') + 1);
        try (var connection =
                        java.sql.DriverManager.getConnection("jdbc:" + url.replace("postgres@", ""), "postgres", "");
                var statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA deaf");
            statement.execute("CREATE FUNCTION deaf.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT'");
        }
        TestPostgres.execute("ALTER DATABASE " + name + " SET search_path = public, deaf, pg_catalog");
        everywhere(url);
    }

    private static void everywhere(String url) throws Exception {
        try (Cluster cluster = new Cluster(3, url)) {
            cluster.upstream.forModel(
                    "priced",
                    Script.answer()
                            .chunks(70)
                            .chunkDelay(Duration.ofMillis(100))
                            .promptTokens(10));
            cluster.upstream.forModel("stops", Script.answer().chunks(2_000).chunkDelay(Duration.ofMillis(100)));
            cluster.upstream.forModel("free", Script.answer().chunks(70).chunkDelay(Duration.ofMillis(100)));
            Made doomed = key(cluster.node(0));
            Made other = key(cluster.node(0));
            List<Running> running = new ArrayList<>();
            for (TestServer node : cluster.nodes) {
                running.add(Running.of(node, "test/priced", doomed.key()));
                running.add(Running.of(node, "test/stops", doomed.key()));
                running.add(Running.of(node, "test/free", doomed.key()));
            }
            try (Running spared = Running.of(cluster.node(1), "test/priced", other.key())) {
                long since = System.nanoTime();
                assertThat(cluster.node(0)
                                .manage("DELETE", "/api/v1/keys/" + doomed.hash(), "")
                                .statusCode())
                        .isEqualTo(200);
                String dime = TestServer.chat("test/dime", Cluster.DIME);
                for (int i = 0; i < 30; i++) {
                    assertThat(cluster.node(i)
                                    .post("/v1/chat/completions", dime, doomed.key())
                                    .statusCode())
                            .isEqualTo(401);
                }
                for (Running client : running) {
                    isCut(client, since);
                    client.close();
                }
                for (int i = 0; i < 3; i++) {
                    assertThat(cluster.node(i)
                                    .post("/v1/chat/completions", TestServer.chat("test/free", ""), doomed.key())
                                    .statusCode())
                            .isEqualTo(401);
                }
                assertThat(spared.last()).isEqualTo("[DONE]");
            }
            // Where hanging up saves nothing the answer was read on and charged by its usage.
            cluster.requireQuiet();
            assertThat(TestServer.number(
                            cluster.node(0).faregate,
                            "SELECT COUNT(*) FROM generation WHERE upstream_model = 'priced' AND cancelled "
                                    + "AND cost_source = 'exact' AND native_tokens_completion = 70"))
                    .isEqualTo(3);
            assertThat(TestServer.number(
                            cluster.node(0).faregate,
                            "SELECT COUNT(*) FROM generation WHERE upstream_model = 'stops' AND cancelled "
                                    + "AND cost_source = 'estimated'"))
                    .isEqualTo(3);
        }
    }

    @Test
    void cutsAtOnceOnASingleNodeWithSqlite() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            upstream.forModel("stops", Script.answer().chunks(2_000).chunkDelay(Duration.ofMillis(50)));
            upstream.forModel("priced", Script.answer().latency(Duration.ofSeconds(3)));
            Made doomed = key(server);
            try (Running client = Running.of(server, "test/stops", doomed.key());
                    RawClient silent = server.rawChat(TestServer.chat("test/priced", ""), doomed.key())) {
                upstream.truth().awaitCount(2, TestServer.PATIENCE);
                long since = System.nanoTime();
                assertThat(server.manage("PATCH", "/api/v1/keys/" + doomed.hash(), "{\"disabled\":true}")
                                .statusCode())
                        .isEqualTo(200);
                isCut(client, since);
                assertThat(silent.response().status()).isEqualTo(401);
            }
            List<Exchange> asked = upstream.truth().awaitFinished(2, TestServer.PATIENCE);
            assertThat(asked.stream().map(Exchange::outcome))
                    .containsExactlyInAnyOrder(Exchange.Outcome.CLIENT_GONE, Exchange.Outcome.COMPLETED);
            Cluster.await("all is settled", () -> server.held().signum() == 0);
        }
    }
}
