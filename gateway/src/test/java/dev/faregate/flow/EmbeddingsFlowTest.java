package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.UsageReport;
import dev.faregate.testkit.Vectors;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// `POST /embeddings` and `GET /embeddings/models` as clients see them (contract 1.2, 2.1, 2.2, 4).
class EmbeddingsFlowTest extends TwoProviders {
    /// $2 per million tokens at `sim` and $3 at `sim2`: 2,000 and 3,000 nano-dollars a token.
    private static final String MODELS = """
              - id: test/vectors
                context_length: 8191
                output_modalities: [embeddings]
                endpoints:
                  - {provider: sim, upstream_model: vec-1, pricing: {prompt: "2"}}
                  - {provider: sim2, upstream_model: vec-2, pricing: {prompt: "3"}}
              - id: test/free-vectors
                context_length: 8191
                output_modalities: [embeddings]
                free: true
                endpoints:
                  - {provider: sim, upstream_model: free-vec}
              - id: test/unpriced-vectors
                context_length: 8191
                output_modalities: [embeddings]
                endpoints:
                  - {provider: sim, upstream_model: unpriced-vec}
            io_logging: {enabled: true}
            """;

    EmbeddingsFlowTest() {
        super("/v1/embeddings", MODELS);
    }

    private static String body(String model, String input, String more) {
        return "{\"model\":\"" + model + "\",\"input\":" + input + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private HttpResponse<String> ask(String model, String input, String more) {
        return ask(key, body(model, input, more));
    }

    // ---- answers ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"/v1/embeddings", "/api/v1/embeddings"})
    void answersOnEveryBaseWithWhatItCost(String path) {
        String asked =
                body("test/vectors", "[\"a\",\"b\"]", ORDERED + ",\"user\":\"u-1\",\"input_type\":\"search_query\"");
        HttpResponse<String> answer = server.post(path, asked, key, "X-Title", "Embedder");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        JsonNode json = TestServer.json(answer);
        assertThat(json.get("object").asString()).isEqualTo("list");
        assertThat(json.get("model").asString()).isEqualTo("test/vectors");
        assertThat(json.get("provider").asString()).isEqualTo("SIM");
        assertThat(answer.headers().firstValue("x-generation-id"))
                .hasValue(json.get("id").asString());
        assertThat(answer.body()).contains("\"data\":" + new Vectors(2, Vectors.DEFAULT_DIMENSIONS, false).json());
        JsonNode usage = json.get("usage");
        assertThat(usage.propertyNames())
                .containsExactly("prompt_tokens", "total_tokens", "cost", "is_byok", "cost_details");
        assertThat(usage.get("prompt_tokens").asInt()).isEqualTo(200);
        assertThat(usage.get("total_tokens").asInt()).isEqualTo(200);
        assertThat(usage.get("cost").decimalValue()).isEqualByComparingTo("0.0004");
        Exchange sent = first.truth().last();
        assertThat(sent.target()).isEqualTo("/v1/embeddings");
        assertThat(sent.bodyText())
                .startsWith("{\"model\":\"vec-1\",\"input\":[\"a\",\"b\"]")
                .contains("\"input_type\":\"search_query\"")
                .doesNotContain("provider", "u-1", "max_tokens", "stream");
    }

    @Test
    void recordsAGeneration() {
        JsonNode generation = generation(ask("test/vectors", "\"Hi\"", ORDERED + ",\"user\":\"u-1\""));
        assertThat(generation.get("api_type").asString()).isEqualTo("embeddings");
        assertThat(generation.get("model").asString()).startsWith("test/vectors");
        assertThat(generation.get("streamed").asBoolean()).isFalse();
        assertThat(generation.get("native_tokens_prompt").asInt()).isEqualTo(200);
        assertThat(generation.get("native_tokens_completion").asInt()).isZero();
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.0004");
        assertThat(generation.get("external_user").asString()).isEqualTo("u-1");
        assertThat(generation.get("finish_reason").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"'',false", "'\"encoding_format\":\"float\"',false", "'\"encoding_format\":\"base64\"',true"})
    void leavesVectorsAsTheProviderSentThem(String format, boolean base64) {
        String more = "\"dimensions\":300" + (format.isEmpty() ? "" : "," + format);
        HttpResponse<String> answer = ask("test/vectors", "[\"a\",\"b\",\"c\"]", more);
        assertThat(answer.body()).contains("\"data\":" + new Vectors(3, 300, base64).json());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"one\"; 1",
                "[\"one\",\"two\"]; 2",
                "[1,2,3]; 1",
                "[[1],[2,3]]; 2",
                "[{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]; 1",
            })
    void takesEveryFormOfInput(String input, int vectors) {
        HttpResponse<String> answer = ask("test/vectors", input, ORDERED);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("data").size()).isEqualTo(vectors);
        assertThat(first.truth().last().bodyText()).contains("\"input\":" + input);
    }

    @Test
    void carriesALargeBatch() {
        first.script(Script.answer());
        String texts = IntStream.range(0, 2_048)
                .mapToObj(i -> "\"" + "word ".repeat(20) + i + "\"")
                .collect(Collectors.joining(",", "[", "]"));
        HttpResponse<String> answer =
                ask("test/vectors", texts, "\"dimensions\":1536,\"encoding_format\":\"base64\"," + ORDERED);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).hasSizeGreaterThan(16_000_000);
        assertThat(answer.body().contains(new Vectors(2_048, 1_536, true).json()))
                .isTrue();
        assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                .isEqualByComparingTo(
                        BigDecimal.valueOf(first.truth().last().billed().prompt() * 2_000, 9));
    }

    @Test
    void chargesNothingForAFreeModel() {
        HttpResponse<String> answer = ask("test/free-vectors", "\"Hi\"", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                .isZero();
    }

    // ---- money ------------------------------------------------------------------------------------------------

    @Test
    void theLedgerEqualsTheGroundTruthToTheNanoDollar() throws Exception {
        int requests = 300;
        long nanos = billedFor(
                requests, i -> body("test/vectors", i % 3 == 0 ? "[1,2," + i + "]" : "[\"text " + i + "\",\"b\"]", ""));
        assertThat(sent()).isEqualTo(before + requests);
        assertThat(server.usage(key)).isEqualByComparingTo(BigDecimal.valueOf(nanos, 9));
        assertThat(server.held()).isZero();
    }

    @Test
    void refusesWhatDoesNotFitTheLimitBeforeAnythingIsSent() {
        String poor = server.newKey("0.0001");
        HttpResponse<String> refused = ask(poor, body("test/vectors", "\"" + "long text ".repeat(200) + "\"", ""));
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(error(refused).get("metadata").get("limit_source").asString())
                .isEqualTo("openrouter_key_limit");
        assertThat(error(refused).get("message").asString()).doesNotContain("max_tokens");
        assertThat(sent()).isEqualTo(before);
        assertThat(ask(server.newKey("0"), body("test/vectors", "\"a\"", "")).statusCode())
                .isEqualTo(402);
    }

    /// Each input may be as long as the context, so the context alone is no bound.
    @Test
    void holdsForAllInputsOfABatch() {
        String text = "\"" + "x".repeat(8_000) + "\"";
        String batch = "[" + String.join(",", java.util.Collections.nCopies(10, text)) + "]";
        // Ten texts of at most 8,000 tokens at 2,000 nano-dollars are $0.16.
        assertThat(ask(server.newKey("0.1"), body("test/vectors", batch, ORDERED))
                        .statusCode())
                .isEqualTo(402);
        first.script(Script.answer().promptTokens(80_000));
        String rich = server.newKey("0.2");
        HttpResponse<String> answer = ask(rich, body("test/vectors", batch, ORDERED));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(server.usage(rich)).isEqualByComparingTo("0.16");
    }

    @ParameterizedTest
    @EnumSource(
            value = UsageReport.Lie.class,
            names = {"NEGATIVE", "TEXT", "HUGE", "FRACTION", "NULL"})
    void chargesNoMoreThanWasHeldForUsageThatIsNone(UsageReport.Lie lie) {
        first.script(Script.answer().promptTokens(10).usage(lie));
        HttpResponse<String> answer = ask("test/vectors", "\"Hi\"", ORDERED);
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode generation = generation(answer);
        assertThat(generation.get("total_cost").decimalValue()).isPositive().isLessThan(new BigDecimal("0.002"));
    }

    @Test
    void chargesABoundWhereNoUsageIsReported() {
        first.script(Script.answer().usage(UsageReport.When.NEVER));
        HttpResponse<String> answer = ask("test/vectors", "\"Hi\"", ORDERED);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                .isPositive()
                .isEqualByComparingTo(server.usage(key));
    }

    @Test
    void refusesAModelWithoutAPrice() {
        HttpResponse<String> refused = ask("test/unpriced-vectors", "\"Hi\"", "");
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(error(refused).get("availability").get("excluded_by").get(0).asString())
                .isEqualTo("unpriced");
    }

    @Test
    void chargesWithTheProviderKeyOfTheCallerNothing() {
        HttpResponse<String> brought =
                server.manage("POST", "/api/v1/byok", "{\"provider\":\"sim2\",\"key\":\"sk-own-planted-0123456789\"}");
        assertThat(brought.statusCode()).as(brought.body()).isEqualTo(201);
        HttpResponse<String> answer = ask("test/vectors", "\"Hi\"", ORDERED);
        assertThat(second.truth().last().header("authorization")).hasValue("Bearer sk-own-planted-0123456789");
        assertThat(second.truth().last().target()).isEqualTo("/v1/embeddings");
        JsonNode usage = TestServer.json(answer).get("usage");
        assertThat(usage.get("is_byok").asBoolean()).isTrue();
        assertThat(usage.get("cost").decimalValue()).isZero();
        assertThat(usage.get("cost_details").get("upstream_inference_cost").decimalValue())
                .isEqualByComparingTo("0.0006");
        String id = TestServer.json(brought).get("data").get("id").asString();
        assertThat(server.manage("DELETE", "/api/v1/byok/" + id, "").statusCode())
                .isEqualTo(200);
    }

    // ---- failures ---------------------------------------------------------------------------------------------

    static List<Fault> failures() {
        return List.of(
                Fault.refuse(429),
                Fault.refuse(500),
                Fault.refuse(503),
                new Fault.CloseBeforeAnswer(false),
                new Fault.Cut(1),
                new Fault.Reset(1),
                new Fault.TruncatedEvent(0),
                new Fault.MalformedEvent(0),
                new Fault.ErrorEvent(0, 502, "broken"),
                raw("{\"object\":\"list\",\"data\":[]}"),
                raw("{\"object\":\"list\",\"data\":[{\"embedding\":[1]}]}"),
                raw("{\"object\":\"list\"}"),
                raw("[]"),
                raw(""));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void triesTheNextEndpoint(Fault fault) {
        first.script(Script.failing(fault));
        HttpResponse<String> answer = ask("test/vectors", "[\"a\",\"b\"]", ORDERED);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"data\":" + new Vectors(2, Vectors.DEFAULT_DIMENSIONS, false).json());
        assertThat(TestServer.json(answer).get("provider").asString()).isEqualTo("SIM2");
        JsonNode generation = generation(answer);
        assertThat(generation.get("provider_responses").size()).isEqualTo(2);
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.0006");
    }

    @ParameterizedTest
    @MethodSource("failures")
    void chargesNothingWhenNobodyAnswers(Fault fault) {
        costsNothing(fault, () -> ask("test/vectors", "[\"a\",\"b\"]", ORDERED));
    }

    @Test
    void asksOnlyThoseThatTheRequestAllows() {
        HttpResponse<String> answer = ask("test/vectors", "\"a\"", "\"provider\":{\"only\":[\"sim2\"]}");
        assertThat(TestServer.json(answer).get("provider").asString()).isEqualTo("SIM2");
        HttpResponse<String> refused = ask("test/vectors", "\"a\"", "\"provider\":{\"max_price\":{\"prompt\":1}}");
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(error(refused).get("availability").get("excluded_by").get(0).asString())
                .isEqualTo("max_price");
        first.script(Script.refusing(500));
        HttpResponse<String> alone =
                ask("test/vectors", "\"a\"", "\"provider\":{\"order\":[\"sim\"],\"allow_fallbacks\":false}");
        assertThat(alone.statusCode()).isEqualTo(502);
        assertThat(ask("test/vectors", "\"a\"", "\"provider\":{\"zdr\":true}").statusCode())
                .isEqualTo(404);
    }

    /// The provider bills what it was asked for, whether or not somebody waits for it.
    @Test
    void chargesAClientThatLeft() throws Exception {
        askAndLeave(body("test/vectors", "\"a\"", ORDERED));
        assertThat(server.usage(key)).isEqualByComparingTo("0.0004");
        assertThat(server.held()).isZero();
    }

    // ---- refusals ---------------------------------------------------------------------------------------------

    @Test
    void sendsChatsAndEmbeddingsToTheirOwnPaths() {
        JsonNode chatted = error(server.chat(TestServer.chat("test/vectors", "")));
        JsonNode embedded = error(ask("test/priced", "\"a\"", ""));
        for (JsonNode error : List.of(chatted, embedded)) {
            assertThat(error.get("code").asInt()).isEqualTo(400);
            assertThat(error.get("param").asString()).isEqualTo("model");
            assertThat(error.get("availability").get("code").asString()).isEqualTo("wrong_endpoint");
        }
        assertThat(chatted.get("message").asString()).contains("POST /embeddings");
        assertThat(embedded.get("message").asString()).contains("POST /chat/completions");
        assertThat(sent()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"model\":\"test/vectors\"}; input",
                "{\"model\":\"test/vectors\",\"input\":\"\"}; input",
                "{\"model\":\"test/vectors\",\"input\":[]}; input",
                "{\"model\":\"test/vectors\",\"input\":[\"a\",2]}; input[1]",
                "{\"model\":\"test/vectors\",\"input\":[1,2.5]}; input",
                "{\"input\":\"a\"}; model",
                "{\"model\":\"no/such\",\"input\":\"a\"}; model",
                "{\"model\":\"test/vectors\",\"input\":\"a\",\"encoding_format\":\"hex\"}; encoding_format",
                "{\"model\":\"test/vectors\",\"input\":\"a\",\"dimensions\":-1}; dimensions",
                "{\"model\":\"test/vectors\",\"input\":\"a\",\"stream\":true}; stream",
            })
    void namesTheFieldThatIsWrong(String body, String field) {
        HttpResponse<String> refused = ask(key, body);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(error(refused).get("param").asString()).isEqualTo(field);
        assertThat(sent()).isEqualTo(before);
    }

    @Test
    void isForInferenceKeysOnly() {
        assertThat(ask("nothing-known-0123456789abcdef0123456789", body("test/vectors", "\"a\"", ""))
                        .statusCode())
                .isEqualTo(401);
        assertThat(ask(TestServer.MANAGEMENT_KEY, body("test/vectors", "\"a\"", ""))
                        .statusCode())
                .isEqualTo(403);
    }

    // ---- guardrails, content ----------------------------------------------------------------------------------

    @Test
    void contentFiltersLookIntoInputs() {
        String redacting = keyWith(
                "\"content_filters\":[{\"pattern\":\"project-[0-9]+\",\"action\":\"redact\",\"label\":\"[PROJECT]\"}]");
        String input = "[\"about project-12\",\"else\"]";
        assertThat(ask(redacting, body("test/vectors", input, ORDERED)).statusCode())
                .isEqualTo(200);
        assertThat(first.truth().last().bodyText()).contains("\"input\":[\"about [PROJECT]\",\"else\"]");
        String parts = "[{\"content\":[{\"type\":\"text\",\"text\":\"project-7\"}]}]";
        assertThat(ask(redacting, body("test/vectors", parts, ORDERED)).statusCode())
                .isEqualTo(200);
        assertThat(first.truth().last().bodyText()).contains("\"text\":\"[PROJECT]\"");
        String blocking = keyWith(
                "\"content_filters\":[{\"pattern\":\"project-[0-9]+\",\"action\":\"block\",\"label\":\"[PROJECT]\"}]");
        HttpResponse<String> blocked = ask(blocking, body("test/vectors", "\"project-1\"", ""));
        assertThat(blocked.statusCode()).isEqualTo(403);
        assertThat(error(blocked).get("metadata").get("reason").asString()).isEqualTo("content_filter");
    }

    /// Token ids are text in disguise: a filter that would have to act on them lets none pass.
    @Test
    void contentFiltersLetNoTokenIdsPass() {
        String redacting = keyWith(
                "\"content_filters\":[{\"pattern\":\"project-[0-9]+\",\"action\":\"redact\",\"label\":\"[PROJECT]\"}]");
        HttpResponse<String> refused = ask(redacting, body("test/vectors", "[5,6]", ""));
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(error(refused).get("metadata").get("reason").asString()).isEqualTo("content_filter_illegible");
        assertThat(sent()).isEqualTo(before);
    }

    @Test
    void keepsInputsWhereContentIsLogged() throws Exception {
        String text = contentOf(ask("test/vectors", "\"remember me\"", ""));
        assertThat(text).contains("\"input\":{\"prompt\":\"remember me\"}").contains("\"completion\":null");
        assertThat(contentOf(ask("test/vectors", "[\"a\",\"b\"]", "")))
                .contains("\"input\":{\"prompt\":\"[\\\"a\\\",\\\"b\\\"]\"}");
    }

    // ---- models -----------------------------------------------------------------------------------------------

    @Test
    void listsTheModelsThatMakeVectorsOnTheirOwn() {
        JsonNode list = TestServer.json(server.get("/api/v1/embeddings/models", TestServer.INFERENCE_KEY));
        assertThat(ids(list)).containsExactlyInAnyOrder("test/vectors", "test/free-vectors");
        assertThat(list.get("total_count").asInt()).isEqualTo(2);
        JsonNode page = TestServer.json(server.get("/api/v1/embeddings/models?limit=1&x=y", null));
        assertThat(ids(page)).hasSize(1);
        assertThat(page.get("links").get("next").asString()).isEqualTo("/api/v1/embeddings/models?offset=1&limit=1");
        JsonNode plain = TestServer.json(server.get("/api/v1/models", null));
        assertThat(ids(plain)).contains("test/priced").doesNotContain("test/vectors");
        assertThat(ids(TestServer.json(server.get("/api/v1/models?output_modalities=embeddings", null))))
                .containsExactlyInAnyOrder("test/vectors", "test/free-vectors");
        assertThat(server.get("/api/v1/embeddings/models?limit=0", null).statusCode())
                .isEqualTo(400);
    }

    private static List<String> ids(JsonNode list) {
        return list.get("data").valueStream().map(m -> m.get("id").asString()).toList();
    }
}
