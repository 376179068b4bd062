package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.credits.Books;
import dev.faregate.credits.JooqBooks;
import dev.faregate.credits.JooqLimits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.keys.BudgetStore;
import dev.faregate.testkit.Header;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What a request gets when there is less money than it could cost (ledger 2.2, "clamp"; rulings 2).
class AffordFlowTest extends FreshServer {
    private static final BigDecimal TOKEN = new BigDecimal("0.00001");

    /// A request at `test/exact` costs exactly what is held for it: its prompt fills the context, and the
    /// upstream is made to use all of it.
    private static final String MODELS = """
              - id: test/exact
                context_length: 1000
                endpoints:
                  - {provider: sim, upstream_model: exact, max_completion_tokens: 900,
                     pricing: {prompt: "2.50", completion: "10.00", request: "0.0965"}}
              - id: openai/gpt-4o
                context_length: 128000
                endpoints:
                  - {provider: sim, upstream_model: gpt-4o, max_completion_tokens: 4096,
                     pricing: {prompt: "2.50", completion: "10.00"}}
            """;

    AffordFlowTest() {
        super(MODELS);
    }

    /// The limit on which `test/priced` can afford exactly so many output tokens for this body.
    private String limitFor(String body, int tokens) {
        HttpResponse<String> refused = post(body.replace("}]", "}],\"max_tokens\":4000"), server.newKey("0.000000001"));
        BigDecimal needed = error(refused).get("metadata").get("needed_usd").decimalValue();
        // The body that was asked with is longer by the limit it names.
        BigDecimal longer = new BigDecimal("0.0000025").multiply(BigDecimal.valueOf(",\"max_tokens\":4000".length()));
        return needed.subtract(longer)
                .subtract(TOKEN.multiply(BigDecimal.valueOf(4_000 - tokens)))
                .toPlainString();
    }

    /// Reliability, check 17.
    @Test
    void aBalanceForSevenHundredTokensIsSpentToTheLast() {
        String body = TestServer.chat("test/priced", "");
        String limit = limitFor(body, 700);
        HttpResponse<String> answer = post(body, server.newKey(limit));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(upstream.truth().last().bodyText()).contains("\"max_tokens\":700}");
        assertThat(answer.headers().firstValue("x-faregate-clamped")).hasValue("requested=4096; sent=700");
        JsonNode clamped = TestServer.json(answer).get("faregate_metadata").get("max_tokens");
        assertThat(clamped.get("requested").asInt()).isEqualTo(4_096);
        assertThat(clamped.get("sent").asInt()).isEqualTo(700);
    }

    @Test
    void anExplicitLimitIsRefusedWithTheNumberThatFits() {
        String body = TestServer.chat("test/priced", "\"max_tokens\":2000");
        String shorter = TestServer.chat("test/priced", "");
        BigDecimal longer = new BigDecimal("0.0000025").multiply(BigDecimal.valueOf(body.length() - shorter.length()));
        String key =
                server.newKey(new BigDecimal(limitFor(shorter, 700)).add(longer).toPlainString());
        HttpResponse<String> refused = post(body, key);
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(error(refused).get("message").asString())
                .contains("You requested up to 2000 tokens, but can only afford 700.")
                .contains("create a key with a higher total limit");
        JsonNode metadata = error(refused).get("metadata");
        assertThat(metadata.get("limit_source").asString()).isEqualTo("openrouter_key_limit");
        assertThat(metadata.get("scope").asString()).isEqualTo("key");
        assertThat(metadata.get("affordable_tokens").asInt()).isEqualTo(700);
        assertThat(refused.headers().firstValue("retry-after")).isEmpty();

        HttpResponse<String> clamped = post(body, key, "X-Faregate-Unaffordable", "clamp");
        assertThat(clamped.statusCode()).isEqualTo(200);
        assertThat(clamped.headers().firstValue("x-faregate-clamped")).hasValue("requested=2000; sent=700");
    }

    @Test
    void aKeyOrItsWorkspaceMayClampAlways() {
        String body = TestServer.chat("test/priced", "\"max_tokens\":4000");
        String key = server.newKey("0.012");
        String hash = server.keyInfo(key).get("hash").asString();
        assertThat(post(body, key).statusCode()).isEqualTo(402);
        assertThat(server.manage("PATCH", "/api/v1/keys/" + hash, "{\"unaffordable\":\"clamp\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(post(body, key, "X-Faregate-Unaffordable", "refuse").statusCode())
                .as("a request may ask for the other")
                .isEqualTo(402);
        assertThat(post(body, key).statusCode()).isEqualTo(200);
        assertThat(server.manage("PATCH", "/api/v1/keys/" + hash, "{\"unaffordable\":\"perhaps\"}")
                        .statusCode())
                .isEqualTo(400);

        write("UPDATE workspace SET unaffordable = 'clamp'");
        assertThat(post(body, server.newKey("0.012")).statusCode()).isEqualTo(200);
    }

    @Test
    void fewerTokensThanAreOfUseAreRefused() {
        String body = TestServer.chat("test/priced", "");
        HttpResponse<String> refused = post(body, server.newKey(limitFor(body, 15)));
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(error(refused).get("message").asString()).contains("can only afford 15.");
        assertThat(post(body, server.newKey(limitFor(body, 16))).statusCode()).isEqualTo(200);
    }

    @Test
    void saysThatOnlyRunningRequestsAreInTheWay() throws Exception {
        upstream.script(Script.answer().chunks(20).chunkDelay(Duration.ofMillis(100)));
        String key = server.newKey("0.02");
        String body = TestServer.chat("test/priced", "\"max_tokens\":1500");
        try (RawClient running = WatchedClient.connect(server.port())) {
            running.post(
                    "/v1/chat/completions",
                    TestServer.chat("test/priced", "\"max_tokens\":1500,\"stream\":true"),
                    new Header("Authorization", "Bearer " + key));
            upstream.truth().awaitCount(1, TestServer.PATIENCE);
            HttpResponse<String> refused = post(body, key);
            assertThat(refused.statusCode()).isEqualTo(402);
            assertThat(refused.headers().firstValue("retry-after")).hasValue("5");
            JsonNode metadata = error(refused).get("metadata");
            assertThat(metadata.get("limit_source").asString()).isEqualTo("openrouter_in_flight_budget");
            assertThat(metadata.get("held_usd").decimalValue()).isPositive();
        }
        upstream.truth().awaitFinished(1, TestServer.PATIENCE);
        upstream.script(Script.answer());
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        int status = 402;
        while (status == 402 && System.nanoTime() < deadline) {
            status = post(body, key).statusCode();
        }
        assertThat(status).isEqualTo(200);
    }

    @Test
    void countsAPromptWhoseBytesDoNotFit() throws Exception {
        String english = "The quick brown fox jumps over the lazy dog and runs on. ".repeat(100);
        String body = TestServer.chat("openai/gpt-4o", "\"max_tokens\":100").replace("Tell me something", english);
        // 5,700 bytes would hold 0.0143 and more; some 1,300 tokens hold a third of it.
        String key = server.newKey("0.008");
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        HttpResponse<String> answer = post(body, key);
        while (answer.statusCode() == 402 && System.nanoTime() < deadline) {
            Thread.sleep(100); // the vocabularies are loaded in the background
            answer = post(body, key);
        }
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(post(body.replace("openai/gpt-4o", "test/priced"), server.newKey("0.008"))
                        .statusCode())
                .as("a model whose tokens nobody here can count")
                .isEqualTo(402);
    }

    @Test
    void aGoodAnswerTellsHowTheTightestLimitStands() {
        String key = json(server.manage(
                        "POST", "/api/v1/keys", "{\"name\":\"d\",\"limit\":5,\"limit_reset\":\"daily\"}"))
                .get("key")
                .asString();
        HttpResponse<String> answer = post(TestServer.chat("test/priced", "\"max_tokens\":100"), key);
        String budget = answer.headers().firstValue("x-faregate-budget").orElseThrow();
        assertThat(budget)
                .matches("scope=key; window=daily; limit=5; spent=0; held=0\\.00\\d+; remaining=4\\.99\\d+; "
                        + "resets=20\\d\\d-\\d\\d-\\d\\dT00:00:00Z");
        assertThat(server.chat(TestServer.chat("test/priced", "")).headers().firstValue("x-faregate-budget"))
                .as("a key without any limit")
                .isEmpty();
    }

    @Test
    void spentBudgetsAre403AndNameTheirOwner() {
        JooqLimits limits = new JooqLimits();
        BudgetStore budgets = new BudgetStore(limits);
        JsonNode key = server.keyInfo(TestServer.INFERENCE_KEY);
        String organization = key.get("organization_id").asString();
        String workspace = key.get("workspace_id").asString();
        server.faregate.database().write(tx -> {
            budgets.workspace(tx, organization, workspace, Window.MONTHLY, Usd.ZERO);
            return 0;
        });
        HttpResponse<String> refused = server.chat(TestServer.chat("test/priced", ""));
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(error(refused).get("message").asString())
                .isEqualTo("Workspace monthly budget of $0.00 exceeded. Contact your org admin.");
        JsonNode metadata = error(refused).get("metadata");
        assertThat(metadata.get("limit_source").asString()).isEqualTo("openrouter_workspace_budget");
        assertThat(metadata.get("resets_at").asString()).endsWith("-01T00:00:00Z");
        assertThat(upstream.truth().count()).isZero();
        assertThat(server.chat(TestServer.chat("test/free", "")).statusCode())
                .as("free models take no budget")
                .isEqualTo(200);
    }

    @Test
    void aSpentPrepaidBalanceIs402AndATopUpCountsAtOnce() {
        JooqLimits limits = new JooqLimits();
        JooqBooks books = new JooqBooks();
        String organization =
                server.keyInfo(TestServer.INFERENCE_KEY).get("organization_id").asString();
        server.faregate.database().write(tx -> limits.define(tx, Scope.BALANCE, organization, Window.TOTAL, Usd.ZERO));
        HttpResponse<String> refused = server.chat(TestServer.chat("test/priced", ""));
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(error(refused).get("message").asString()).startsWith("Insufficient credits. Add more using ");
        assertThat(error(refused).get("metadata").get("limit_source").asString())
                .isEqualTo("openrouter_credits");
        server.faregate
                .database()
                .write(tx -> books.transfer(
                        tx, organization, Books.TransferKind.TOPUP, Usd.parse("5"), "t1", "test", "a top-up"));
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        int status = 402;
        while (status == 402 && System.nanoTime() < deadline) {
            status = server.chat(TestServer.chat("test/priced", "")).statusCode();
        }
        assertThat(status).isEqualTo(200);
    }

    /// The sentence of the issue, on one node: five dollars, a thousand at once of ten cents each.
    @Test
    void fiveDollarsAreFiftyAnswersOfTenCentsAndNotOneMore() throws Exception {
        upstream.script(
                Script.answer().promptTokens(1_000).completionTokens(100).chunks(2));
        String key = server.newKey("5");
        String body = TestServer.chat("test/exact", "\"stream\":true,\"max_tokens\":100")
                .replace("Tell me something", "Tell me ".repeat(120));
        int ok = 0;
        int refused = 0;
        try (ExecutorService threads =
                Executors.newFixedThreadPool(64, Thread.ofVirtual().factory())) {
            List<Future<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                answers.add(threads.submit(() -> post(body, key)));
            }
            for (Future<HttpResponse<String>> answer : answers) {
                int status = answer.get().statusCode();
                ok += status == 200 ? 1 : 0;
                refused += status == 402 ? 1 : 0;
            }
        }
        assertThat(ok).isEqualTo(50);
        assertThat(refused).isEqualTo(950);
        assertThat(server.usage(key)).isEqualByComparingTo("5");
        assertThat(server.held()).isZero();
    }

    private void write(String sql) {
        server.faregate.database().write(tx -> tx.sql().execute(sql));
    }

    private HttpResponse<String> post(String body, String key, String... headers) {
        return server.post("/v1/chat/completions", body, key, headers);
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return TestServer.json(answer);
    }

    private static JsonNode error(HttpResponse<String> answer) {
        return TestServer.json(answer).get("error");
    }
}
