package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.faregate.identity.Role;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What is measured of providers while they serve requests, in the API and on pages.
class MeasurementsFlowTest {
    private static final List<String> UPTIMES = List.of("uptime_last_5m", "uptime_last_30m", "uptime_last_1d");
    private static final List<String> SPEEDS = List.of("latency_last_30m", "throughput_last_30m");
    private static final Duration LATENCY = Duration.ofMillis(120);

    private ScriptedUpstream first;
    private ScriptedUpstream second;
    private TestServer server;

    @BeforeEach
    void start() {
        first = ScriptedUpstream.start();
        second = ScriptedUpstream.start();
        server = TestServer.start(first, second);
        first.script(slow());
        second.script(Script.answer());
    }

    @AfterEach
    void stop() {
        server.close();
        first.close();
        second.close();
    }

    /// 100 tokens in 20 pieces, 5 ms apart: they take 95 ms or more.
    private static Script slow() {
        return Script.answer()
                .latency(LATENCY)
                .chunks(20)
                .chunkDelay(Duration.ofMillis(5))
                .completionTokens(100);
    }

    /// All at once: each waits for the slow one alone.
    private void stream(int times) {
        List<CompletableFuture<Void>> all = IntStream.range(0, times)
                .mapToObj(_ -> CompletableFuture.runAsync(
                        () -> ask(1, "\"stream\":true,", 200),
                        runnable -> Thread.ofVirtual().start(runnable)))
                .toList();
        all.forEach(CompletableFuture::join);
    }

    /// Asks `sim`, then `sim2`.
    private void ask(int times, String more, int status) {
        for (int i = 0; i < times; i++) {
            String body = TestServer.chat("test/priced", more + "\"provider\":{\"order\":[\"sim\",\"sim2\"]}");
            assertThat(server.chat(body).statusCode()).isEqualTo(status);
        }
    }

    private JsonNode endpoint(String tag) {
        return endpoint(tag, TestServer.INFERENCE_KEY);
    }

    private JsonNode endpoint(String tag, @Nullable String key) {
        HttpResponse<String> answer = server.get("/api/v1/models/test/priced/endpoints", key);
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode all = TestServer.json(answer).get("data").get("endpoints");
        return StreamSupport.stream(all.spliterator(), false)
                .filter(endpoint -> endpoint.get("tag").asString().equals(tag))
                .findFirst()
                .orElseThrow();
    }

    private void assertUptime(double percent) {
        for (String window : UPTIMES) {
            assertThat(endpoint("sim").get(window).asDouble()).as(window).isCloseTo(percent, within(1e-9));
        }
    }

    /// Within a sixteenth of what was waited at least; a busy machine may wait longer.
    private static void assertLatency(JsonNode endpoint) {
        assertThat(endpoint.get("latency_last_30m").get("p50").asDouble())
                .isBetween(LATENCY.toMillis() * 15 / 16.0, 5_000.0);
    }

    @Test
    void nothingIsSaidOfWhatWasHardlyAsked() {
        stream(9);
        for (String tag : List.of("sim", "sim2")) {
            UPTIMES.forEach(
                    figure -> assertThat(endpoint(tag).get(figure).isNull()).isTrue());
            SPEEDS.forEach(
                    figure -> assertThat(endpoint(tag).get(figure).isNull()).isTrue());
        }
    }

    @Test
    void tellsHowFastAnEndpointIs() {
        stream(10);
        JsonNode seen = endpoint("sim");
        assertLatency(seen);
        JsonNode latency = seen.get("latency_last_30m");
        assertThat(latency.get("p75").asDouble())
                .isGreaterThanOrEqualTo(latency.get("p50").asDouble());
        assertThat(latency.get("p99").asDouble())
                .isGreaterThanOrEqualTo(latency.get("p90").asDouble());
        JsonNode throughput = seen.get("throughput_last_30m");
        assertThat(throughput.get("p50").asDouble()).isBetween(10.0, 100 / 0.095 * 17 / 16);
        assertThat(throughput.get("p99").asDouble())
                .isLessThanOrEqualTo(throughput.get("p50").asDouble());
        assertUptime(100);
        SPEEDS.forEach(
                figure -> assertThat(endpoint("sim2").get(figure).isNull()).isTrue());
    }

    @Test
    void answersInOnePieceCountForUptimeAlone() {
        ask(10, "", 200);
        assertUptime(100);
        SPEEDS.forEach(
                figure -> assertThat(endpoint("sim").get(figure).isNull()).isTrue());
    }

    @Test
    void uptimeSuffersByTheEndpointsOwnFailuresOnly() {
        stream(12);
        first.script(Script.refusing(500));
        ask(2, "", 200);
        first.script(Script.failing(new Fault.ErrorEvent(3, 502, "broken")));
        stream(1);
        first.script(Script.refusing(401));
        ask(1, "", 200);
        assertUptime(75);
        first.script(Script.refusing(400));
        ask(3, "", 400);
        first.script(Script.refusing(429));
        ask(3, "", 200);
        assertUptime(75);
    }

    @Test
    void whatAnotherEndpointTookBeforeIsNoLatencyOfTheOneThatAnswers() {
        first.script(Script.refusing(500).latency(Duration.ofMillis(400)));
        second.script(slow());
        stream(10);
        assertThat(endpoint("sim").get("uptime_last_5m").asDouble()).isZero();
        assertThat(endpoint("sim2").get("uptime_last_5m").asDouble()).isEqualTo(100);
        assertThat(endpoint("sim2").get("latency_last_30m").get("p50").asDouble())
                .isBetween(LATENCY.toMillis() * 15 / 16.0, 400.0);
    }

    @Test
    void theOneThatHelpedOutIsNotSlowForIt() {
        stream(1);
        first.script(Script.refusing(500).latency(Duration.ofMillis(600)));
        stream(1);
        first.script(slow());
        assertThat(server.chat(TestServer.chat("test/priced", "\"stream\":true,\"provider\":{\"sort\":\"latency\"}"))
                        .body())
                .contains("\"provider\":\"SIM2\"");
    }

    @Test
    void anEndpointThatMissesThePreferredLatencyGoesBehind() {
        stream(10);
        for (String latency : List.of("0.01", "{\"p90\":0.01}")) {
            String preferences = "\"provider\":{\"sort\":\"price\",\"preferred_max_latency\":" + latency + "}";
            JsonNode answer = TestServer.json(server.chat(TestServer.chat("test/priced", preferences)));
            assertThat(answer.get("provider").asString()).isEqualTo("SIM2");
        }
        String generous = "\"provider\":{\"sort\":\"price\",\"preferred_max_latency\":20}";
        JsonNode answer = TestServer.json(server.chat(TestServer.chat("test/priced", generous)));
        assertThat(answer.get("provider").asString()).isEqualTo("SIM");
    }

    @Test
    void strangersAreNotToldHowFastEndpointsAre() {
        stream(10);
        JsonNode shown = endpoint("sim", null);
        assertThat(shown.get("uptime_last_5m").asDouble()).isEqualTo(100);
        SPEEDS.forEach(figure -> {
            assertThat(shown.get(figure).isNull()).isTrue();
            assertThat(endpoint("sim").get(figure).isNull()).isFalse();
        });
        String page = new PageClient(server.port()).get("/models/test/priced").body();
        assertThat(page).contains("100.0 %").doesNotContain("tokens/s");
    }

    @Test
    void modelsAreSortedByWhatWasMeasured() {
        stream(10);
        for (String sort : List.of("latency-low-to-high", "throughput-high-to-low")) {
            JsonNode list = TestServer.json(server.get("/api/v1/models?sort=" + sort, TestServer.INFERENCE_KEY));
            assertThat(list.get("data").get(0).get("id").asString()).as(sort).isEqualTo("test/priced");
        }
    }

    @Test
    void modelsAreSortedByTheTokensOfTheLastWeek() throws InterruptedException {
        assertThat(server.chat(TestServer.chat("test/free", "")).statusCode()).isEqualTo(200);
        assertThat(firstSortedBy("newest")).isNotEqualTo("test/free");
        server.faregate.close();
        server = TestServer.startIn(server.folder, "", first, second);
        for (String sort : List.of("most-popular", "top-weekly")) {
            // It is read by a thread of its own, soon after the start.
            long patience = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (!firstSortedBy(sort).equals("test/free") && System.nanoTime() < patience) {
                Thread.sleep(20);
            }
            assertThat(firstSortedBy(sort)).as(sort).isEqualTo("test/free");
        }
        String page =
                new PageClient(server.port()).get("/models?sort=most-popular").body();
        assertThat(page).contains("Most used this week first");
        assertThat(page.indexOf("href=\"/models/test/free"))
                .isPositive()
                .isLessThan(page.indexOf("href=\"/models/test/priced"));
    }

    private String firstSortedBy(String sort) {
        JsonNode list = TestServer.json(server.get("/api/v1/models?sort=" + sort, TestServer.INFERENCE_KEY));
        return list.get("data").get(0).get("id").asString();
    }

    @Test
    void pagesShowWhatWasMeasured() throws Exception {
        PageClient viewer = Persons.client(server, Persons.signedIn(server, Role.VIEWER, "viewer@example.com"));
        assertThat(viewer.get("/models/test/priced").body())
                .contains("<th scope=\"col\">Throughput</th>")
                .doesNotContain("tokens/s", "title=\"\"", "100.0 %");
        stream(10);
        first.script(Script.refusing(500));
        ask(10, "", 200);
        assertThat(viewer.get("/models/test/priced").body())
                .contains("50.0 %", "100.0 %", "tokens/s", "To the first token, last 30 minutes: median 0.");
        assertThat(viewer.get("/models?sort=latency-low-to-high").body()).contains("tokens/s", "Lowest latency first");
        try (RealBrowser browser = RealBrowser.start()) {
            Persons.Person owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
            try (RealBrowser.Visitor visitor = browser.visitor(server, owner, 1440, false)) {
                visitor.page().navigate("/models?sort=latency-low-to-high");
                visitor.looks("models-measured");
                visitor.page().navigate("/models/test/priced");
                visitor.looks("model-measured");
                assertThat(visitor.complaints()).isEmpty();
            }
        }
    }
}
