package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.credits.HouseCosts;
import dev.faregate.credits.JooqBooks;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import dev.faregate.testkit.UsageReport;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Providers that bill more than was bounded, or do not say what they bill, or are paid for nothing (ledger 2.2):
/// no caller is ever charged beyond its hold, and the books say who paid.
class OverrunFlowTest {
    /// Cheap at `sim`, four times as dear at `sim2`.
    private static final String MODELS = """
              - id: test/dearer
                context_length: 128000
                endpoints:
                  - {provider: sim, upstream_model: dearer, max_completion_tokens: 4096,
                     pricing: {prompt: "2.50", completion: "10.00"}}
                  - {provider: sim2, upstream_model: dearer, max_completion_tokens: 4096,
                     pricing: {prompt: "10.00", completion: "40.00"}}
              - id: openai/gpt-4o
                context_length: 128000
                endpoints:
                  - {provider: simstop, upstream_model: gpt-4o, max_completion_tokens: 4096,
                     pricing: {prompt: "2.50", completion: "10.00"}}
            """;

    private ScriptedUpstream upstream;
    private ScriptedUpstream second;
    private TestServer server;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        second = ScriptedUpstream.start();
        server = TestServer.startWith(MODELS, upstream, second);
    }

    @AfterEach
    void stop() {
        assertThat((List<String>) server.faregate.database().read(new JooqBooks()::audit))
                .isEmpty();
        server.close();
        upstream.close();
        second.close();
    }

    private Usd house() {
        return server.faregate.database().read(HouseCosts::overrun);
    }

    private static String only(String more) {
        return TestServer.chat("test/priced", "\"provider\":{\"only\":[\"sim\"]}," + more);
    }

    /// Reliability, check 15, second half.
    @Test
    void whatAProviderReportsBeyondTheHoldTheHousePays() {
        upstream.script(Script.answer().promptTokens(100).completionTokens(100).usage(UsageReport.Lie.TIMES_TEN));
        String key = server.newKey("0.003");
        HttpResponse<String> answer = server.post("/v1/chat/completions", only("\"max_tokens\":100"), key);
        assertThat(answer.statusCode()).isEqualTo(200);
        BigDecimal charged = server.usage(key);
        assertThat(charged).isPositive().isLessThanOrEqualTo(new BigDecimal("0.003"));
        // 1,000 prompt and 1,000 completion tokens at 2.50 and 10.00 per million.
        BigDecimal billed = new BigDecimal("0.0125");
        assertThat(house().dollars().add(charged)).isEqualByComparingTo(billed);
        assertThat(server.held()).isZero();
        assertThat(metric("faregate_inference_bound_breaches_total")).isEqualTo(1);
        assertThat(metric("faregate_inference_overrun_nanos_total")).isEqualTo(house().nanos());
        assertThat(metric("faregate_inference_bound_permille")).isGreaterThan(1_000);
    }

    @Test
    void theExcessIsChargedWhereThereIsMoneyForIt() {
        upstream.script(Script.answer().promptTokens(100).completionTokens(100).usage(UsageReport.Lie.TIMES_TEN));
        String key = server.newKey("1");
        assertThat(server.post("/v1/chat/completions", only("\"max_tokens\":100"), key)
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.usage(key)).isEqualByComparingTo("0.0125");
        assertThat(house()).isEqualTo(Usd.ZERO);
    }

    @Test
    void anEndpointThatWentBeyondItsBoundIsBoundedHigherFromThenOn() {
        upstream.script(Script.answer().promptTokens(900).completionTokens(10));
        String key = server.newKey("1");
        server.post("/v1/chat/completions", only("\"max_tokens\":100"), key);
        server.post("/v1/chat/completions", only("\"max_tokens\":100"), key);
        server.post("/v1/chat/completions", only("\"max_tokens\":100"), key);
        assertThat(metric("faregate_inference_bound_breaches_total")).isEqualTo(1);
    }

    @Test
    void aFailedAttemptThatWasBilledIsTheHousesCost() {
        upstream.script(Script.answer()
                .promptTokens(100)
                .chunks(0)
                .usage(UsageReport.When.ALWAYS)
                .fault(new Fault.EndWithoutDone(0)));
        // A whole answer without choices, but with usage: billed, and of no use.
        upstream.script(Script.failing(new Fault.Raw(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 70\r\n\r\n"
                        + "{\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":20 }}   ",
                false)));
        second.script(Script.answer().promptTokens(100).completionTokens(10));
        String key = server.newKey("1");
        HttpResponse<String> answer = server.post(
                "/v1/chat/completions",
                TestServer.chat("test/priced", "\"max_tokens\":100,\"provider\":{\"order\":[\"sim\",\"sim2\"]}"),
                key);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(server.usage(key)).isEqualByComparingTo("0.00035");
        assertThat(house()).isEqualTo(Usd.parse("0.00045"));
        assertThat(server.held()).isZero();
    }

    @Test
    void aDearerEndpointIsTriedOnlyIfTheHoldCanBeRaisedForIt() {
        upstream.script(Script.refusing(500));
        second.script(Script.answer().promptTokens(100).completionTokens(10));
        String body = TestServer.chat("test/dearer", "\"max_tokens\":1000,\"provider\":{\"order\":[\"sim\",\"sim2\"]}");
        String poor = server.newKey("0.02");
        HttpResponse<String> failed = server.post("/v1/chat/completions", body, poor);
        assertThat(failed.statusCode()).as("what the affordable one answered").isEqualTo(502);
        assertThat(second.truth().count()).isZero();
        assertThat(server.usage(poor)).isZero();
        String rich = server.newKey("0.1");
        assertThat(server.post("/v1/chat/completions", body, rich).statusCode()).isEqualTo(200);
        assertThat(server.usage(rich))
                .as("at the prices of the one that answered")
                .isEqualByComparingTo("0.0014");
        assertThat(server.held()).isZero();
    }

    @Test
    void anAnswerThatWasCutIsCountedByItsTokensWhereTheyAreKnown() throws Exception {
        String text = "The quick brown fox jumps over the lazy dog. ".repeat(40);
        upstream.script(Script.saying(text).chunks(40).usage(UsageReport.When.NEVER));
        String body = TestServer.chat("openai/gpt-4o", "\"stream\":true,\"max_tokens\":4000");
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        long tokens = Long.MAX_VALUE;
        // Some 400 tokens of 1,800 bytes, once the vocabularies are loaded in the background.
        while (tokens > 600 && System.nanoTime() < deadline) {
            assertThat(server.chat(body).statusCode()).isEqualTo(200);
            tokens = TestServer.number(
                    server.faregate,
                    "SELECT native_tokens_completion FROM generation WHERE cost_source = 'estimated' "
                            + "ORDER BY id DESC LIMIT 1");
            Thread.sleep(50);
        }
        assertThat(tokens).isBetween(380L, 600L);
    }

    @Test
    void usageThatNobodyReportsIsEstimatedAndNeverNothing() {
        upstream.script(Script.answer().usage(UsageReport.When.NEVER));
        String key = server.newKey("1");
        for (String stream : List.of("true", "false")) {
            HttpResponse<String> answer =
                    server.post("/v1/chat/completions", only("\"max_tokens\":100,\"stream\":" + stream), key);
            assertThat(answer.statusCode()).isEqualTo(200);
        }
        assertThat(server.usage(key)).isPositive().isLessThan(new BigDecimal("0.005"));
        assertThat(TestServer.number(
                        server.faregate, "SELECT count(*) FROM generation WHERE cost_source = 'estimated'"))
                .isEqualTo(2);
    }

    /// Reliability, check 13: the file changes in mid-stream, and a cheaper or dearer price is the next
    /// request's.
    @Test
    void aPriceThatChangesInMidStreamIsForTheNextRequest() throws Exception {
        upstream.script(Script.answer()
                .promptTokens(100)
                .completionTokens(50)
                .chunks(50)
                .chunkDelay(Duration.ofMillis(60)));
        try (RawClient client = server.rawChat(only("\"stream\":true,\"max_tokens\":100"))) {
            EventReader reader = client.events(client.head());
            reader.next();
            changePrices();
            awaitPrice("0.000005");
            reader.all();
        }
        // 100 x 2.50 and 50 x 10.00 per million, as it was when the hold was taken.
        assertThat(server.usage(TestServer.INFERENCE_KEY)).isEqualByComparingTo("0.00075");
        upstream.script(Script.answer().promptTokens(100).completionTokens(50));
        server.chat(only("\"max_tokens\":100"));
        assertThat(server.usage(TestServer.INFERENCE_KEY)).isEqualByComparingTo("0.00225");
        assertThat(TestServer.number(server.faregate, "SELECT count(DISTINCT price_version) FROM posting"))
                .isEqualTo(2);
    }

    private void changePrices() throws IOException {
        Path file = server.folder.resolve("faregate.yaml");
        String changed = Files.readString(file)
                .replace("prompt: \"2.50\", completion: \"10.00\"", "prompt: \"5.00\", completion: \"20.00\"");
        Path next = server.folder.resolve("next.yaml");
        Files.writeString(next, changed);
        Files.move(next, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    private void awaitPrice(String prompt) throws InterruptedException {
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            JsonNode model = TestServer.json(server.get("/api/v1/model/test/priced", null))
                    .get("data");
            if (model.get("pricing").get("prompt").asString().equals(prompt)) {
                return;
            }
            Thread.sleep(20);
        }
        throw new AssertionError("the price did not change");
    }

    private long metric(String name) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.faregate.adminPort() + "/metrics"))
                .build();
        return TestServer.send(request)
                .body()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> new BigDecimal(line.substring(line.lastIndexOf(' ') + 1)).longValue())
                .max()
                .orElseThrow();
    }
}
