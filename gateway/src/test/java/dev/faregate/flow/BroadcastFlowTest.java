package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.faregate.base.Json;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Ended generations reach webhooks and collectors (contract 3.11), behind everything else, and nothing of what was
/// said goes with them.
class BroadcastFlowTest {
    private static final String SECRET = "planted-header-0123456789";

    /// A peer on a real socket that keeps what it gets.
    private static final class Peer implements AutoCloseable {
        record Got(String method, String path, Map<String, String> headers, JsonNode body) {}

        private final HttpServer http;
        private final BlockingQueue<Got> got = new ArrayBlockingQueue<>(1_000);
        private final AtomicInteger failures = new AtomicInteger();

        Peer() {
            try {
                http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            http.createContext("/", exchange -> {
                byte[] body = exchange.getRequestBody().readAllBytes();
                Map<String, String> headers = new HashMap<>();
                exchange.getRequestHeaders()
                        .forEach((name, values) ->
                                headers.put(name.toLowerCase(java.util.Locale.ROOT), values.getFirst()));
                boolean fails = failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
                if (!fails) {
                    got.add(new Got(
                            exchange.getRequestMethod(),
                            exchange.getRequestURI().toString(),
                            headers,
                            Json.read(body)));
                }
                exchange.sendResponseHeaders(fails ? 503 : 200, -1);
                exchange.close();
            });
            http.start();
        }

        String url(String path) {
            return "http://127.0.0.1:" + http.getAddress().getPort() + path;
        }

        Got next() throws InterruptedException {
            Got next = got.poll(TestServer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(next).as("a delivery in time").isNotNull();
            return java.util.Objects.requireNonNull(next);
        }

        @Override
        public void close() {
            http.stop(0);
        }
    }

    private static ScriptedUpstream upstream;
    private static TestServer server;
    private static Peer peer;
    private @Nullable String made;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        upstream.script(Script.saying("the answer nobody must see"));
        peer = new Peer();
        server = TestServer.startWith("egress: {allowed_hosts: 127.0.0.1}\n", upstream);
    }

    @AfterAll
    static void stop() {
        server.close();
        peer.close();
        upstream.close();
    }

    @AfterEach
    void noDestination() {
        if (made != null) {
            server.manage("DELETE", "/api/v1/observability/destinations/" + made, "");
        }
        peer.got.clear();
    }

    private void destination(String type, String config, String more) {
        HttpResponse<String> answer = server.manage(
                "POST",
                "/api/v1/observability/destinations",
                "{\"name\":\"flow\",\"type\":\"" + type + "\",\"config\":" + config + more + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        made = TestServer.json(answer).get("data").get("id").asString();
    }

    private String ask(String more) {
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", "\"max_tokens\":100" + more));
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.headers().firstValue("x-generation-id").orElseThrow();
    }

    private static JsonNode span(Peer.Got got) {
        return got.body()
                .get("resourceSpans")
                .get(0)
                .get("scopeSpans")
                .get(0)
                .get("spans")
                .get(0);
    }

    private static Map<String, String> attributes(JsonNode span) {
        Map<String, String> attributes = new HashMap<>();
        span.get("attributes")
                .forEach(attribute -> attributes.put(
                        attribute.get("key").asString(),
                        attribute.get("value").iterator().next().asString()));
        return attributes;
    }

    @Test
    void aWebhookHearsOfAGenerationAndNothingOfWhatWasSaid() throws Exception {
        destination(
                "webhook",
                "{\"url\":\"" + peer.url("/hook?x=1") + "\",\"method\":\"PUT\",\"headers\":{\"X-Token\":\"" + SECRET
                        + "\"}}",
                ",\"broadcast_generation_cost\":true,\"broadcast_generation_identity\":true");
        String id = ask(",\"user\":\"user-7\",\"session_id\":\"s-1\",\"metadata\":{\"team\":\"search\"},"
                + "\"trace\":{\"trace_name\":\"job\",\"step\":3}");
        Peer.Got got = peer.next();
        assertThat(got.method()).isEqualTo("PUT");
        assertThat(got.path()).isEqualTo("/hook?x=1");
        assertThat(got.headers()).containsEntry("x-token", SECRET).containsEntry("content-type", "application/json");
        JsonNode generation = server.generation(id);
        assertThat(attributes(span(got)))
                .containsEntry("gen_ai.response.id", id)
                .containsEntry("gen_ai.response.model", "test/priced")
                .containsEntry(
                        "gen_ai.usage.input_tokens",
                        generation.get("native_tokens_prompt").asString())
                .containsEntry("user.id", "user-7")
                .containsEntry("session.id", "s-1")
                .containsEntry("trace.metadata.team", "search")
                .containsEntry("trace.metadata.step", "3")
                .containsEntry("trace.name", "job")
                .containsEntry("trace.metadata.openrouter.is_byok", "false");
        assertThat(new java.math.BigDecimal(attributes(span(got)).get("gen_ai.usage.total_cost")))
                .isEqualByComparingTo(generation.get("total_cost").decimalValue());
        assertThat(got.body().toString())
                .doesNotContain("Tell me something")
                .doesNotContain("nobody must see")
                .doesNotContain(TestServer.INFERENCE_KEY);
    }

    @Test
    void aCollectorIsCalledWhereTheProtocolSaysAndAgainWhenItFails() throws Exception {
        peer.failures.set(2);
        destination("otel-collector", "{\"endpoint\":\"" + peer.url("") + "\"}", "");
        String id = ask(",\"stream\":true");
        Peer.Got got = peer.next();
        assertThat(got.path()).isEqualTo("/v1/traces");
        assertThat(attributes(span(got))).containsEntry("gen_ai.response.id", id);
        assertThat(span(got).get("kind").asInt()).isEqualTo(3);
        assertThat(peer.got).as("delivered once").isEmpty();
        HttpResponse<String> metrics = TestServer.send(java.net.http.HttpRequest.newBuilder(
                        java.net.URI.create("http://127.0.0.1:" + server.faregate.adminPort() + "/metrics"))
                .build());
        assertThat(metrics.body())
                .contains("faregate_broadcast_delivered_total")
                .contains("faregate_broadcast_dropped_total")
                .contains("faregate_broadcast_retried_total");
    }

    @Test
    void sendsOnlyWhatTheDestinationWants() throws Exception {
        String other = server.newKey("null");
        String hash = server.keyInfo(other).get("hash").asString();
        destination(
                "webhook",
                "{\"url\":\"" + peer.url("/") + "\"}",
                ",\"api_key_hashes\":[\"" + hash
                        + "\"],\"filter_rules\":{\"groups\":[{\"rules\":[{\"field\":\"user_id\","
                        + "\"operator\":\"equals\",\"value\":\"wanted\"}]}]}");
        ask(",\"user\":\"wanted\"");
        for (String user : new String[] {"other", "wanted"}) {
            server.post(
                    "/v1/chat/completions",
                    TestServer.chat("test/priced", "\"max_tokens\":100,\"user\":\"" + user + "\""),
                    other);
        }
        assertThat(attributes(span(peer.next()))).containsEntry("user.id", "wanted");
        assertThat(peer.got).isEmpty();
    }

    @Test
    void reportsFailuresToo() throws Exception {
        destination("webhook", "{\"url\":\"" + peer.url("/") + "\"}", "");
        upstream.enqueue(Script.refusing(500));
        server.chat(TestServer.chat("test/priced", "\"max_tokens\":100"));
        JsonNode span = span(peer.next());
        assertThat(span.get("status").get("code").asInt()).isEqualTo(2);
        assertThat(attributes(span)).containsEntry("http.response.status_code", "502");
    }

    /// The guard stands between users and the inside here too.
    @Test
    void aDestinationInsideIsNeverCalled() throws Exception {
        try (TestServer guarded = TestServer.start(upstream)) {
            HttpResponse<String> answer = guarded.manage(
                    "POST",
                    "/api/v1/observability/destinations",
                    "{\"name\":\"inside\",\"type\":\"webhook\",\"config\":{\"url\":\"" + peer.url("/") + "\"}}");
            assertThat(answer.statusCode()).as("writing one calls nobody").isEqualTo(201);
            guarded.chat(TestServer.chat("test/priced", "\"max_tokens\":100"));
            assertThat(peer.got.poll(500, TimeUnit.MILLISECONDS)).isNull();
        }
        assertThat(peer.got).isEmpty();
    }
}
