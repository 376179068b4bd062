package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.Faregate;
import dev.faregate.server.Config;
import dev.faregate.server.Environment;
import dev.faregate.server.FirstStart;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The server around the request path: health, metrics, the built-in model, a configuration that changes
/// while it runs, and an orderly end (design sections 3 and 8).
class ServerFlowTest {
    private static HttpResponse<String> get(int port, String path) {
        return TestServer.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(TestServer.PATIENCE)
                .build());
    }

    @Test
    void answersHealthAndMetricsWithoutAKey() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            assertThat(get(server.port(), "/health/live").statusCode()).isEqualTo(200);
            assertThat(get(server.port(), "/health/ready").statusCode()).isEqualTo(200);
            assertThat(get(server.port(), "/metrics").statusCode())
                    .as("metrics are for the admin listener only")
                    .isEqualTo(404);
            server.chat(TestServer.chat("test/priced", ""));
            HttpResponse<String> metrics = get(server.faregate.adminPort(), "/metrics");
            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.body())
                    .contains("faregate_inference_requests_total{outcome=\"completed\"} 1.0")
                    .contains("faregate_ledger_holds_total 1.0");
            assertThat(get(server.faregate.adminPort(), "/health/ready").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void answersWithoutAnyProvider() {
        try (ScriptedUpstream unused = ScriptedUpstream.start();
                TestServer server = TestServer.start(unused)) {
            HttpResponse<String> whole = server.chat(TestServer.chat("faregate/echo", ""));
            assertThat(TestServer.json(whole)
                            .get("choices")
                            .get(0)
                            .get("message")
                            .get("content")
                            .asString())
                    .contains("built-in test model")
                    .endsWith("Tell me something");
            HttpResponse<String> stream = server.chat(TestServer.chat("faregate/echo", "\"stream\":true"));
            assertThat(stream.body()).contains("\" something\"").endsWith("data: [DONE]\n\n");
            HttpResponse<String> cut = server.chat(TestServer.chat("faregate/echo", "\"max_tokens\":3"));
            assertThat(TestServer.json(cut)
                            .get("choices")
                            .get(0)
                            .get("finish_reason")
                            .asString())
                    .isEqualTo("length");
            assertThat(unused.truth().count()).isZero();
        }
    }

    @Test
    void takesUpAChangedFileAndKeepsTheOldOneWhenTheNewIsBad() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            Path file = server.folder.resolve("faregate.yaml");
            String good = Files.readString(file);
            Files.writeString(file, good + """
                  - id: test/new
                    context_length: 1000
                    free: true
                    endpoints:
                      - {provider: sim, upstream_model: new}
                """.indent(0));
            awaitStatus(server, "test/new", 200);
            Files.writeString(file, "providers: [oops\n");
            Thread.sleep(1_500);
            assertThat(server.chat(TestServer.chat("test/new", "")).statusCode())
                    .as("a bad file changes nothing")
                    .isEqualTo(200);
            Files.writeString(file, good);
            awaitStatus(server, "test/new", 400);
        }
    }

    private static void awaitStatus(TestServer server, String model, int status) throws InterruptedException {
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        int last = 0;
        while (System.nanoTime() < deadline) {
            last = server.chat(TestServer.chat(model, "")).statusCode();
            if (last == status) {
                return;
            }
            Thread.sleep(50);
        }
        throw new AssertionError("still " + last + ", not " + status);
    }

    @Test
    void finishesRunningStreamsBeforeItEnds() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            upstream.script(Script.answer().chunks(30).chunkDelay(Duration.ofMillis(30)));
            try (RawClient client = server.rawChat(TestServer.chat("test/priced", "\"stream\":true"))) {
                EventReader events = client.events(client.head());
                events.next();
                CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(server.faregate::drain);
                assertThat(events.all().getLast()).isEqualTo("[DONE]");
                assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void listsWhatCanBeUsed() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            JsonNode list = TestServer.json(server.get("/v1/models", null));
            assertThat(list.get("data").size())
                    .isEqualTo(list.get("total_count").asInt());
            assertThat(list.get("data").findValuesAsString("id"))
                    .contains("faregate/echo", "test/priced", "test/free")
                    .doesNotContain("test/unpriced", "openai/gpt-4o");
            assertThat(TestServer.json(server.get("/v1/models/count", null))
                            .get("data")
                            .get("count")
                            .asInt())
                    .isEqualTo(list.get("total_count").asInt());
            assertThat(server.get("/v1/model/test/priced", null).statusCode()).isEqualTo(200);
            assertThat(server.get("/v1/models/test/priced/endpoints", null).statusCode())
                    .isEqualTo(200);
            assertThat(TestServer.json(server.get("/v1/providers", null))
                            .get("data")
                            .findValuesAsString("slug"))
                    .contains("sim", "faregate");
            assertThat(server.get("/v1/models/user", TestServer.INFERENCE_KEY).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void usesACeilingPriceWhereTheOperatorSetOne() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server =
                        TestServer.startWith("unpriced: {prompt: \"20\", completion: \"60\"}\n", upstream)) {
            upstream.script(Script.answer().promptTokens(100).completionTokens(10));
            HttpResponse<String> answer = server.chat(TestServer.chat("test/unpriced", "\"max_tokens\":100"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                    .isEqualByComparingTo("0.0026");
        }
    }

    /// The port of 8080 is often taken, and the store of a first start has its keys before anybody listens.
    @Test
    void aFirstStartThatFailsLosesNoKeys(@TempDir Path folder) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> Faregate.start(config(folder, taken.getLocalPort())))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + taken.getLocalPort());
        }
        try (Faregate server = Faregate.start(config(folder, 0))) {
            assertThat(server.firstStart()).isEmpty();
            String told =
                    Files.readString(FirstStart.recover(folder.resolve("data")).orElseThrow());
            Matcher key = Pattern.compile("sk-fg-v1-[0-9A-Za-z]{46}").matcher(told);
            assertThat(key.find()).isTrue();
            HttpResponse<String> answer = TestServer.send(HttpRequest.newBuilder(URI.create(server.url() + "/v1/key"))
                    .header("Authorization", "Bearer " + key.group())
                    .build());
            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }

    private static Config config(Path folder, int port) {
        Map<String, String> flags =
                Map.of("port", String.valueOf(port), "admin.port", "0", "data", "data", "disk.reserve", "0");
        return Config.load(new Config.Sources(flags, new Environment(Map.of()), folder));
    }
}
