package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Script;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What a whole server tells of what was used, and what it keeps of prompts and answers.
class UsageFlowTest extends FreshServer {
    UsageFlowTest() {
        super("io_logging.enabled: true\n");
    }

    private static String generationOf(HttpResponse<String> answer) {
        return answer.headers().firstValue("X-Generation-Id").orElseThrow(() -> new AssertionError(answer.body()));
    }

    /// The content of a generation, once it is stored: that happens behind the answer.
    private JsonNode content(String id) throws InterruptedException {
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (true) {
            HttpResponse<String> answer = server.get("/api/v1/generation/content?id=" + id, TestServer.INFERENCE_KEY);
            if (answer.statusCode() == 200) {
                return TestServer.json(answer).get("data");
            }
            assertThat(System.nanoTime()).as(answer.body()).isLessThan(deadline);
            Thread.sleep(Duration.ofMillis(20));
        }
    }

    @Test
    void storesWhatWasAskedAndAnswered() throws InterruptedException {
        upstream.script(Script.saying("Once upon a time").reasoning(4, 2));
        for (String more : List.of("", "\"stream\":true")) {
            for (String model : List.of("test/priced", "test/free")) {
                HttpResponse<String> answer = server.chat(TestServer.chat(model, more));
                JsonNode content = content(generationOf(answer));
                assertThat(content.path("input").toString())
                        .isEqualTo("{\"messages\":[{\"role\":\"user\",\"content\":\"Tell me something\"}]}");
                assertThat(content.path("output").path("completion").asString()).isEqualTo("Once upon a time");
                assertThat(content.path("output").path("reasoning").asString()).isNotBlank();
                assertThat(content.path("error").isNull()).isTrue();
            }
        }
    }

    @Test
    void storesWhyARequestFailed() throws InterruptedException {
        upstream.script(Script.refusing(500));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", ""));
        assertThat(answer.statusCode()).isEqualTo(502);
        JsonNode content = content(generationOf(answer));
        assertThat(content.path("output").path("completion").isNull()).isTrue();
        assertThat(content.path("error").path("status").asInt()).isEqualTo(502);
        assertThat(content.path("error").path("message").asString())
                .isEqualTo(TestServer.json(answer).path("error").path("message").asString());
    }

    @Test
    void storesNothingWhereItIsOff() {
        try (TestServer silent = TestServer.start(upstream)) {
            HttpResponse<String> answer = silent.chat(TestServer.chat("test/priced", ""));
            String id = generationOf(answer);
            assertThat(silent.get("/v1/generation?id=" + id, TestServer.INFERENCE_KEY)
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> content = silent.get("/v1/generation/content?id=" + id, TestServer.INFERENCE_KEY);
            assertThat(content.statusCode()).isEqualTo(404);
            assertThat(content.body()).contains("logging was off");
            assertThat(TestServer.number(silent.faregate, "SELECT count(*) FROM generation_content"))
                    .isZero();
        }
    }

    @Test
    void storesWhatAWorkspaceWantsStored() throws InterruptedException {
        try (TestServer silent = TestServer.start(upstream)) {
            HttpResponse<String> changed = silent.manage(
                    "PATCH", "/api/v1/workspaces/default", "{\"is_observability_io_logging_enabled\":true}");
            assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
            long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
            int status = 0;
            while (status != 200) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                String id = generationOf(silent.chat(TestServer.chat("test/free", "")));
                Thread.sleep(Duration.ofMillis(200));
                status = silent.get("/v1/generation/content?id=" + id, TestServer.INFERENCE_KEY)
                        .statusCode();
            }
        }
    }

    @Test
    void answersAnalyticsAsSoonAsARequestIsSettled() {
        upstream.script(Script.answer());
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer = server.post(
                    "/v1/chat/completions",
                    TestServer.chat("test/priced", ""),
                    TestServer.INFERENCE_KEY,
                    "HTTP-Referer",
                    "https://app.example/x?token=1",
                    "X-Title",
                    "An App");
            assertThat(answer.statusCode()).isEqualTo(200);
        }
        String usage = server.usage(TestServer.INFERENCE_KEY).toPlainString();
        HttpResponse<String> answer = server.manage(
                "POST",
                "/api/v1/analytics/query",
                "{\"metrics\":[\"request_count\",\"total_usage\",\"avg_latency\"],\"dimensions\":[\"model\"]}");
        JsonNode row = TestServer.json(answer).path("data").path("data").get(0);
        assertThat(row.path("request_count").asInt()).isEqualTo(3);
        assertThat(row.path("total_usage").decimalValue()).isEqualByComparingTo(usage);
        assertThat(row.path("avg_latency").isNumber()).isTrue();
        JsonNode app = TestServer.json(server.manage(
                        "POST",
                        "/api/v1/analytics/query",
                        "{\"metrics\":[\"request_count\"],\"dimensions\":[\"app\"]}"))
                .path("data")
                .path("data")
                .get(0);
        assertThat(app.path("app").asString()).isEqualTo("An App");
        // Today is not a completed day.
        assertThat(TestServer.json(server.manage("GET", "/api/v1/activity", "")).path("data"))
                .isEmpty();
        assertThat(TestServer.json(server.get("/api/v1/datasets/app-rankings", TestServer.INFERENCE_KEY))
                        .path("data"))
                .isEmpty();
    }

    @Test
    void tellsWhatTheCacheSaved() {
        upstream.script(Script.answer().promptTokens(10).cachedTokens(4));
        JsonNode generation = server.generation(generationOf(server.chat(TestServer.chat("test/priced", ""))));
        // 4 tokens at 1.25 instead of 2.50 USD a million.
        assertThat(generation.path("cache_discount").decimalValue()).isEqualByComparingTo("0.000005");
        assertThat(generation.path("native_tokens_cached").asInt()).isEqualTo(4);
    }

    @Test
    void keepsAnAppThatWantsItOutOfEverythingThatCountsApps() {
        upstream.script(Script.answer());
        HttpResponse<String> answer = server.post(
                "/v1/chat/completions",
                TestServer.chat("test/priced", ""),
                TestServer.INFERENCE_KEY,
                "HTTP-Referer",
                "https://shy.example/x",
                "X-Title",
                "Shy",
                "X-Faregate-Unlisted",
                "true");
        JsonNode generation = server.generation(generationOf(answer));
        assertThat(generation.path("app_id").isNull()).isTrue();
        assertThat(generation.path("http_referer").asString()).isEqualTo("https://shy.example/x");
        assertThat(TestServer.number(server.faregate, "SELECT count(*) FROM app"))
                .isZero();
        assertThat(TestServer.number(server.faregate, "SELECT count(*) FROM app_usage"))
                .isZero();
    }

    @Test
    void letsOnlyManagementKeysAskForAllOfIt() {
        for (String path : List.of("/v1/activity", "/v1/analytics/meta")) {
            assertThat(server.get(path, TestServer.INFERENCE_KEY).statusCode())
                    .as(path)
                    .isEqualTo(403);
            assertThat(server.get(path, null).statusCode()).as(path).isEqualTo(401);
            assertThat(server.get(path, TestServer.MANAGEMENT_KEY).statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
        for (String path : List.of("/v1/analytics/query", "/v1/generation/feedback")) {
            assertThat(server.post(path, "{}", TestServer.INFERENCE_KEY).statusCode())
                    .as(path)
                    .isEqualTo(403);
            assertThat(server.post(path, "{}", TestServer.MANAGEMENT_KEY).statusCode())
                    .as(path)
                    .isEqualTo(400);
        }
        for (String path :
                List.of("/v1/datasets/app-rankings", "/v1/datasets/rankings-daily", "/v1/datasets/session-cost")) {
            assertThat(server.get(path, TestServer.INFERENCE_KEY).statusCode())
                    .as(path)
                    .isEqualTo(200);
            assertThat(server.get(path, null).statusCode()).as(path).isEqualTo(401);
        }
        assertThat(server.get("/v1/generation/content", TestServer.INFERENCE_KEY)
                        .statusCode())
                .isEqualTo(400);
    }
}
