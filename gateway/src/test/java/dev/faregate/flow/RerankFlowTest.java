package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Ranking;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.UsageReport;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// `POST /rerank` as clients see it (contract 1.2, 2.1, 4).
class RerankFlowTest extends TwoProviders {
    /// By tokens $2 per million at `sim` and $3 at `sim2`, 2,000 and 3,000 nano-dollars a token; by
    /// search units $0.002.
    private static final String MODELS = """
              - id: test/vectors
                context_length: 8191
                output_modalities: [embeddings]
                endpoints:
                  - {provider: sim, upstream_model: vec-1, pricing: {prompt: "2"}}
              - id: test/ranker
                context_length: 4096
                output_modalities: [rerank]
                endpoints:
                  - {provider: sim, upstream_model: rank-1, pricing: {prompt: "2"}}
                  - {provider: sim2, upstream_model: rank-2, pricing: {prompt: "3"}}
              - id: test/unit-ranker
                context_length: 4096
                output_modalities: [rerank]
                endpoints:
                  - {provider: sim, upstream_model: rank-3, pricing: {request: "0.002"}}
              - id: test/unpriced-ranker
                context_length: 4096
                output_modalities: [rerank]
                endpoints:
                  - {provider: sim, upstream_model: rank-4}
            io_logging: {enabled: true}
            """;

    private static final String DOCUMENTS = "[\"Paris \\u00e9\",{\"text\":\"Berlin\"}]";

    RerankFlowTest() {
        super("/v1/rerank", MODELS);
    }

    private static String body(String model, String documents, String more) {
        return "{\"model\":\"" + model + "\",\"query\":\"capital?\",\"documents\":" + documents
                + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private HttpResponse<String> ask(String model, String documents, String more) {
        return ask(key, body(model, documents, more));
    }

    // ---- answers ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"/v1/rerank", "/api/v1/rerank"})
    void answersOnEveryBaseWithWhatItCost(String path) {
        HttpResponse<String> answer =
                server.post(path, body("test/ranker", DOCUMENTS, "\"top_n\":2,\"user\":\"u-1\"," + ORDERED), key);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        JsonNode json = TestServer.json(answer);
        assertThat(json.propertyNames()).containsExactly("id", "model", "provider", "results", "usage");
        assertThat(answer.headers().firstValue("x-generation-id"))
                .hasValue(json.get("id").asString());
        assertThat(json.get("model").asString()).isEqualTo("test/ranker");
        assertThat(json.get("provider").asString()).isEqualTo("SIM");
        assertThat(answer.body())
                .contains("\"results\":[{\"index\":1,\"relevance_score\":" + Ranking.score(0)
                        + ",\"document\":{\"text\":\"Berlin\"}},{\"index\":0,\"relevance_score\":" + Ranking.score(1)
                        + ",\"document\":{\"text\":\"Paris \\u00e9\"}}]");
        JsonNode usage = json.get("usage");
        assertThat(usage.propertyNames()).containsExactly("total_tokens", "cost");
        assertThat(usage.get("total_tokens").asInt()).isEqualTo(200);
        assertThat(usage.get("cost").decimalValue()).isEqualByComparingTo("0.0004");
        Exchange sent = first.truth().last();
        assertThat(sent.target()).isEqualTo("/v1/rerank");
        assertThat(sent.bodyText())
                .startsWith("{\"model\":\"rank-1\",\"query\":\"capital?\",\"documents\":" + DOCUMENTS + ",\"top_n\":2")
                .doesNotContain("provider", "u-1", "max_tokens", "stream");
    }

    @Test
    void recordsAGeneration() {
        JsonNode generation = generation(ask("test/ranker", DOCUMENTS, ORDERED + ",\"user\":\"u-1\""));
        assertThat(generation.get("api_type").asString()).isEqualTo("rerank");
        assertThat(generation.get("model").asString()).startsWith("test/ranker");
        assertThat(generation.get("streamed").asBoolean()).isFalse();
        assertThat(generation.get("native_tokens_prompt").asInt()).isEqualTo(200);
        assertThat(generation.get("native_tokens_completion").asInt()).isZero();
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.0004");
        assertThat(generation.get("external_user").asString()).isEqualTo("u-1");
    }

    // ---- money ------------------------------------------------------------------------------------------------

    @Test
    void theLedgerEqualsTheGroundTruthToTheNanoDollar() throws Exception {
        int requests = 200;
        long nanos = billedFor(requests, i -> body("test/ranker", "[\"text " + i + "\",\"b\",{\"text\":\"c\"}]", ""));
        assertThat(sent()).isEqualTo(before + requests);
        assertThat(server.usage(key)).isEqualByComparingTo(BigDecimal.valueOf(nanos, 9));
        assertThat(server.held()).isZero();
    }

    /// Cohere's form: a fee for each search unit, which it tells in `meta`.
    @Test
    void chargesTheFeeForEachSearchUnit() {
        String result = "{\"id\":\"r\",\"results\":[{\"index\":0,\"relevance_score\":0.5}],";
        first.script(Script.failing(raw(result + "\"meta\":{\"billed_units\":{\"search_units\":2}}}")));
        String large = "[\"" + "x".repeat(60_000) + "\",\"y\"]";
        HttpResponse<String> answer = ask("test/unit-ranker", large, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode usage = TestServer.json(answer).get("usage");
        assertThat(usage.get("search_units").asInt()).isEqualTo(2);
        assertThat(usage.get("total_tokens").asInt()).isZero();
        assertThat(usage.get("cost").decimalValue()).isEqualByComparingTo("0.004");
        assertThat(server.usage(key)).isEqualByComparingTo("0.004");
        assertThat(server.held()).isZero();
    }

    @Test
    void chargesTheFeeOnceWhereNoSearchUnitsAreReported() {
        HttpResponse<String> answer = ask("test/unit-ranker", DOCUMENTS, "");
        assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                .isEqualByComparingTo("0.002");
    }

    /// More search units than the documents can make are a mistake, which is nobody's bill to pay.
    @Test
    void chargesNoMoreThanTheDocumentsCanCost() {
        String result = "{\"results\":[{\"index\":0,\"relevance_score\":0.5}],\"usage\":{\"search_units\":1000}}";
        first.script(Script.failing(raw(result)));
        HttpResponse<String> answer = ask("test/unit-ranker", DOCUMENTS, "");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(server.usage(key)).isEqualByComparingTo("0.002");
    }

    @Test
    void refusesWhatDoesNotFitTheLimitBeforeAnythingIsSent() {
        String poor = server.newKey("0.001");
        HttpResponse<String> refused = ask(poor, body("test/unit-ranker", DOCUMENTS, ""));
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(error(refused).get("metadata").get("limit_source").asString())
                .isEqualTo("openrouter_key_limit");
        assertThat(sent()).isEqualTo(before);
    }

    @Test
    void chargesABoundWhereNoUsageIsReported() {
        first.script(Script.answer().usage(UsageReport.When.NEVER));
        HttpResponse<String> answer = ask("test/ranker", DOCUMENTS, ORDERED);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                .isPositive()
                .isEqualByComparingTo(server.usage(key));
    }

    @Test
    void refusesAModelWithoutAPrice() {
        HttpResponse<String> refused = ask("test/unpriced-ranker", DOCUMENTS, "");
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(error(refused).get("availability").get("excluded_by").get(0).asString())
                .isEqualTo("unpriced");
    }

    // ---- failures ---------------------------------------------------------------------------------------------

    static List<Fault> failures() {
        return List.of(
                Fault.refuse(429),
                Fault.refuse(500),
                new Fault.CloseBeforeAnswer(false),
                new Fault.Cut(1),
                new Fault.TruncatedEvent(0),
                new Fault.MalformedEvent(0),
                new Fault.ErrorEvent(0, 502, "broken"),
                raw("{\"results\":[]}"),
                raw("{\"results\":[{\"index\":2,\"relevance_score\":1}]}"),
                raw("{\"results\":[{\"index\":0}]}"),
                raw("[]"),
                raw(""));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void triesTheNextEndpoint(Fault fault) {
        first.script(Script.failing(fault));
        HttpResponse<String> answer = ask("test/ranker", DOCUMENTS, ORDERED);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("provider").asString()).isEqualTo("SIM2");
        JsonNode generation = generation(answer);
        assertThat(generation.get("provider_responses").size()).isEqualTo(2);
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.0006");
    }

    @ParameterizedTest
    @MethodSource("failures")
    void chargesNothingWhenNobodyAnswers(Fault fault) {
        costsNothing(fault, () -> ask("test/ranker", DOCUMENTS, ORDERED));
    }

    /// The provider bills what it was asked for, whether or not somebody waits for it.
    @Test
    void chargesAClientThatLeft() throws Exception {
        askAndLeave(body("test/ranker", DOCUMENTS, ORDERED));
        assertThat(server.usage(key)).isEqualByComparingTo("0.0004");
        assertThat(server.held()).isZero();
    }

    // ---- refusals ---------------------------------------------------------------------------------------------

    @Test
    void sendsEachModelToItsOwnPath() {
        List<HttpResponse<String>> wrong = List.of(
                server.chat(TestServer.chat("test/ranker", "")),
                server.post("/v1/embeddings", "{\"model\":\"test/ranker\",\"input\":\"a\"}", key),
                ask("test/priced", DOCUMENTS, ""),
                ask("test/vectors", DOCUMENTS, ""));
        for (HttpResponse<String> answer : wrong) {
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(error(answer).get("param").asString()).isEqualTo("model");
            assertThat(error(answer).get("availability").get("code").asString()).isEqualTo("wrong_endpoint");
        }
        assertThat(wrong.stream()
                        .map(answer -> error(answer).get("message").asString().replaceAll(".*POST ", "")))
                .containsExactly("/rerank.", "/rerank.", "/chat/completions.", "/embeddings.");
        assertThat(sent()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"model\":\"test/ranker\",\"query\":\"q\"}; documents",
                "{\"model\":\"test/ranker\",\"query\":\"q\",\"documents\":[]}; documents",
                "{\"model\":\"test/ranker\",\"query\":\"q\",\"documents\":[\"a\",{}]}; documents[1]",
                "{\"model\":\"test/ranker\",\"documents\":[\"a\"]}; query",
                "{\"model\":\"test/ranker\",\"query\":\"q\",\"documents\":[\"a\"],\"top_n\":0}; top_n",
                "{\"query\":\"q\",\"documents\":[\"a\"]}; model",
            })
    void namesTheFieldThatIsWrong(String body, String field) {
        HttpResponse<String> refused = ask(key, body);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(error(refused).get("param").asString()).isEqualTo(field);
        assertThat(sent()).isEqualTo(before);
    }

    // ---- guardrails, content ----------------------------------------------------------------------------------

    @Test
    void contentFiltersLookIntoQueryAndDocuments() {
        String redacting = keyWith(
                "\"content_filters\":[{\"pattern\":\"project-[0-9]+\",\"action\":\"redact\",\"label\":\"[P]\"}]");
        HttpResponse<String> answer = ask(
                redacting,
                "{\"model\":\"test/ranker\",\"query\":\"project-1\",\"documents\":[\"project-2\",{\"text\":\"project-3\"}],"
                        + ORDERED + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(first.truth().last().bodyText())
                .contains("\"query\":\"[P]\",\"documents\":[\"[P]\",{\"text\":\"[P]\"}]");
        assertThat(answer.body()).doesNotContain("project-");
    }

    @Test
    void keepsWhatWasRankedWhereContentIsLogged() throws Exception {
        HttpResponse<String> answer = ask("test/ranker", "[\"remember me\"]", "");
        assertThat(contentOf(answer))
                .contains(
                        "\"input\":{\"prompt\":\"{\\\"query\\\":\\\"capital?\\\",\\\"documents\\\":[\\\"remember me\\\"]}\"}");
    }

    @Test
    void listsRankersWhereTheyAreAskedFor() {
        HttpResponse<String> list = server.get("/api/v1/models?output_modalities=rerank", null);
        assertThat(TestServer.json(list)
                        .get("data")
                        .valueStream()
                        .map(m -> m.get("id").asString()))
                .containsExactlyInAnyOrder("test/ranker", "test/unit-ranker");
    }
}
