package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.GroundTruth;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.TokenCounts;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What requests cost, and what happens when the money is not there (contract 3.1, 3.3; design D8).
class MoneyFlowTest extends FreshServer {
    @Test
    void theLedgerEqualsTheGroundTruthToTheNanoDollar() throws Exception {
        upstream.script(Script.answer().chunks(5).cachedTokens(3));
        int requests = 1_000;
        Semaphore atOnce = new Semaphore(64);
        List<Future<Integer>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < requests; i++) {
                String body = TestServer.chat("test/priced", "\"n_of\":" + i + (i % 2 == 0 ? ",\"stream\":true" : ""));
                answers.add(threads.submit(() -> {
                    atOnce.acquire();
                    try {
                        return server.chat(body).statusCode();
                    } finally {
                        atOnce.release();
                    }
                }));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(200);
            }
        }
        GroundTruth truth = upstream.truth();
        truth.awaitFinished(requests, TestServer.PATIENCE);
        TokenCounts billed = truth.billed();
        // Prices in nano-dollars per token: 2500, cached 1250, 10000: whole numbers, so nothing is rounded.
        long nanos =
                (billed.prompt() - billed.cached()) * 2_500 + billed.cached() * 1_250 + billed.completion() * 10_000;
        assertThat(server.usage(TestServer.INFERENCE_KEY)).isEqualByComparingTo(BigDecimal.valueOf(nanos, 9));
        JsonNode credits =
                TestServer.json(server.manage("GET", "/api/v1/credits", "")).get("data");
        assertThat(credits.get("total_usage").decimalValue()).isEqualByComparingTo(BigDecimal.valueOf(nanos, 9));
    }

    @Test
    void refusesAKeyWhoseLimitIsSpentAndNoOther() {
        String key = server.newKey("0");
        String other = server.newKey("5");
        HttpResponse<String> refused = server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key);
        assertThat(refused.statusCode()).isEqualTo(402);
        JsonNode error = TestServer.json(refused).get("error");
        assertThat(error.get("code").asInt()).isEqualTo(402);
        assertThat(error.get("message").asString()).startsWith("Key limit exceeded (total limit).");
        assertThat(error.get("metadata").get("limit_source").asString()).isEqualTo("openrouter_key_limit");
        assertThat(upstream.truth().count()).isZero();
        assertThat(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), other)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void saysWhatIsAffordableWhenTheCallerNamedALimit() {
        String key = server.newKey("0.012");
        HttpResponse<String> refused =
                server.post("/v1/chat/completions", TestServer.chat("test/priced", "\"max_tokens\":4000"), key);
        assertThat(refused.statusCode()).isEqualTo(402);
        String message = TestServer.json(refused).get("error").get("message").asString();
        assertThat(message)
                .startsWith("This request requires more credits, or fewer max_tokens. You requested up to 4000 tokens, "
                        + "but can only afford ")
                .contains("create a key with a higher total limit");
        long affordable = TestServer.json(refused)
                .get("error")
                .get("metadata")
                .get("affordable_tokens")
                .asLong();
        HttpResponse<String> fits = server.post(
                "/v1/chat/completions", TestServer.chat("test/priced", "\"max_tokens\":" + affordable), key);
        assertThat(fits.statusCode()).isEqualTo(200);
    }

    @Test
    void lowersTheLimitWhenTheCallerNamedNone() {
        String key = server.newKey("0.012");
        HttpResponse<String> answer = server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key);
        assertThat(answer.statusCode()).isEqualTo(200);
        String asked = upstream.truth().last().bodyText();
        long sent = Long.parseLong(asked.replaceAll(".*\"max_tokens\":(\\d+).*", "$1"));
        assertThat(sent).isBetween(16L, 1_200L);
    }

    @Test
    void clampsAnExplicitLimitWhenAsked() {
        String key = server.newKey("0.012");
        HttpResponse<String> answer = server.post(
                "/v1/chat/completions",
                TestServer.chat("test/priced", "\"max_tokens\":4000"),
                key,
                "X-Faregate-Unaffordable",
                "clamp");
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @Test
    void neverSpendsMoreThanTheLimitUnderConcurrency() throws Exception {
        // 300 x 2.50 + 100 x 10.00 USD per million: 0.00175 each, a little less than what is held for it.
        upstream.script(Script.answer().promptTokens(300).completionTokens(100).chunks(1));
        String key = server.newKey("0.02");
        int ok = 0;
        int refused = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                answers.add(threads.submit(() -> server.post(
                                "/v1/chat/completions", TestServer.chat("test/priced", "\"max_tokens\":100"), key)
                        .statusCode()));
            }
            for (Future<Integer> answer : answers) {
                int status = answer.get();
                ok += status == 200 ? 1 : 0;
                refused += status == 402 ? 1 : 0;
            }
        }
        assertThat(ok + refused).isEqualTo(100);
        assertThat(ok).isBetween(1, 11);
        assertThat(server.usage(key)).isLessThanOrEqualTo(new BigDecimal("0.02"));
        assertThat(server.usage(key)).isEqualByComparingTo(new BigDecimal("0.00175").multiply(BigDecimal.valueOf(ok)));
    }

    @Test
    void refusesAModelWithoutAPrice() {
        HttpResponse<String> refused = server.chat(TestServer.chat("test/unpriced", ""));
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(refused.body()).contains("\"excluded_by\":[\"unpriced\"]");
        assertThat(upstream.truth().count()).isZero();
    }

    @Test
    void aSpentKeyStillReachesFreeModels() {
        String key = server.newKey("0");
        assertThat(server.post("/v1/chat/completions", TestServer.chat("test/free", ""), key)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aDeletedKeyAdmitsNothingFromTheMomentOfTheAnswer() {
        String key = server.newKey("5");
        assertThat(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key)
                        .statusCode())
                .isEqualTo(200);
        String hash = server.keyInfo(key).get("hash").asString();
        assertThat(server.manage("DELETE", "/api/v1/keys/" + hash, "").statusCode())
                .isEqualTo(200);
        HttpResponse<String> refused = server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key);
        assertThat(refused.statusCode()).isEqualTo(401);
    }

    @Test
    void aRaisedLimitCountsAtOnce() {
        String key = server.newKey("0");
        String hash = server.keyInfo(key).get("hash").asString();
        assertThat(server.manage("PATCH", "/api/v1/keys/" + hash, "{\"limit\":5}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key)
                        .statusCode())
                .isEqualTo(200);
    }
}
