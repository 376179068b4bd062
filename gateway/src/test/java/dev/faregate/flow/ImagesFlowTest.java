package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Pictures;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.UsageReport;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// `POST /images`, `/images/generations` and the lists of image models as clients see them
/// (contract 2.1, 2.2, 4).
class ImagesFlowTest extends TwoProviders {
    /// By tokens $2 and $3 per million of the prompt, $20 and $30 of what is made; by the piece
    /// $0.04 and $0.05.
    private static final String MODELS = """
              - id: test/painter
                context_length: 4096
                output_modalities: [image]
                input_modalities: [text, image]
                supported_parameters: [n, quality, seed, input_references, stream]
                endpoints:
                  - {provider: sim, upstream_model: gpt-image-sim, max_completion_tokens: 1000,
                     pricing: {prompt: "2", completion: "20"}}
                  - {provider: sim2, upstream_model: gpt-image-sim2, max_completion_tokens: 1000,
                     pricing: {prompt: "3", completion: "30"}}
              - id: test/by-piece
                context_length: 4096
                output_modalities: [image]
                endpoints:
                  - {provider: sim, upstream_model: flux-1, pricing: {image_output: "0.04"}}
                  - {provider: sim2, upstream_model: flux-2, pricing: {image_output: "0.05"}}
              - id: test/free-painter
                context_length: 4096
                output_modalities: [image]
                free: true
                endpoints:
                  - {provider: sim, upstream_model: free-flux}
              - id: test/half-priced
                context_length: 4096
                output_modalities: [image]
                endpoints:
                  - {provider: sim, upstream_model: half, pricing: {prompt: "2"}}
              - id: test/writes-and-draws
                context_length: 4096
                output_modalities: [text, image]
                endpoints:
                  - {provider: sim, upstream_model: both, pricing: {prompt: "2", completion: "2"}}
            io_logging: {enabled: true}
            """;

    private static final String REFERENCE =
            "\"input_references\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]";

    ImagesFlowTest() {
        super("/v1/images", MODELS);
    }

    private static String body(String model, String more) {
        return "{\"model\":\"" + model + "\",\"prompt\":\"a red panda\"" + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private HttpResponse<String> draw(String model, String more) {
        return ask(key, body(model, more));
    }

    /// The events of a stream.
    private static List<JsonNode> events(HttpResponse<String> answer) {
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
        List<JsonNode> events = new ArrayList<>();
        for (String event : answer.body().split("\n\n")) {
            String data = event.lines()
                    .filter(line -> line.startsWith("data: "))
                    .map(line -> line.substring(6))
                    .findFirst()
                    .orElse("");
            if (data.startsWith("{")) {
                events.add(new ObjectMapper().readTree(data));
            }
        }
        return events;
    }

    // ---- answers ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"/v1/images", "/api/v1/images", "/v1/images/generations", "/api/v1/images/generations"})
    void answersOnEveryPathWithWhatItCost(String path) {
        HttpResponse<String> answer = server.post(
                path, body("test/painter", "\"n\":2,\"quality\":\"high\",\"user\":\"u-1\"," + ORDERED), key);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        JsonNode json = TestServer.json(answer);
        assertThat(json.propertyNames())
                .containsExactly("created", "data", "background", "output_format", "size", "usage");
        assertThat(json.get("created").asLong()).isPositive();
        assertThat(json.get("data").size()).isEqualTo(2);
        for (int i = 0; i < 2; i++) {
            JsonNode image = json.get("data").get(i);
            assertThat(image.get("b64_json").asString()).isEqualTo(Pictures.base64(i));
            assertThat(image.get("media_type").asString()).isEqualTo("image/png");
        }
        JsonNode usage = json.get("usage");
        assertThat(usage.get("prompt_tokens").asInt()).isEqualTo(200);
        assertThat(usage.get("completion_tokens").asInt()).isEqualTo(100);
        assertThat(usage.get("total_tokens").asInt()).isEqualTo(300);
        assertThat(usage.get("input_tokens").asInt()).isEqualTo(200);
        assertThat(usage.get("output_tokens").asInt()).isEqualTo(100);
        assertThat(usage.get("cost").decimalValue()).isEqualByComparingTo("0.0024");
        assertThat(server.usage(key)).isEqualByComparingTo("0.0024");
        Exchange sent = first.truth().last();
        assertThat(sent.target()).isEqualTo("/v1/images/generations");
        assertThat(sent.bodyText())
                .startsWith("{\"model\":\"gpt-image-sim\",\"prompt\":\"a red panda\",\"n\":2,\"quality\":\"high\"")
                .doesNotContain("provider", "u-1", "max_tokens", "stream", "response_format");
    }

    @Test
    void recordsAGeneration() {
        JsonNode generation = generation(draw("test/painter", ORDERED + ",\"n\":2,\"user\":\"u-1\""));
        assertThat(generation.get("api_type").asString()).isEqualTo("image");
        assertThat(generation.get("streamed").asBoolean()).isFalse();
        assertThat(generation.get("native_tokens_prompt").asInt()).isEqualTo(200);
        assertThat(generation.get("native_tokens_completion").asInt()).isEqualTo(100);
        assertThat(generation.get("num_media_completion").asInt()).isEqualTo(2);
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.0024");
        assertThat(generation.get("external_user").asString()).isEqualTo("u-1");
    }

    @Test
    void tellsProvidersTheSizeInPixelsAndAsksForBase64() {
        HttpResponse<String> answer =
                draw("test/by-piece", "\"aspect_ratio\":\"16:9\",\"resolution\":\"1K\"," + ORDERED);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(first.truth().last().bodyText())
                .endsWith("\"size\":\"1344x768\",\"response_format\":\"b64_json\"}")
                .doesNotContain("aspect_ratio", "resolution");
    }

    @Test
    void sendsReferencesWhereTheyAreKnown() {
        HttpResponse<String> answer = draw("test/painter", REFERENCE + "," + ORDERED);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(first.truth().last().target()).isEqualTo("/v1/images/edits");
        assertThat(first.truth().last().bodyText())
                .contains("\"images\":[{\"image_url\":\"data:image/png;base64,AAAA\"}]");
        assertThat(generation(answer).get("num_media_prompt").asInt()).isEqualTo(1);
        HttpResponse<String> refused = draw("test/by-piece", REFERENCE);
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(error(refused).get("availability").get("excluded_by").get(0).asString())
                .isEqualTo("require_parameters");
    }

    @Test
    void carriesLargeImages() {
        String base64 = "iVBORw0KGgo" + "A".repeat(6_000_000);
        first.script(Script.failing(raw("{\"created\":1,\"data\":[{\"b64_json\":\"" + base64 + "\"}]}")));
        HttpResponse<String> answer = draw("test/by-piece", ORDERED);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body().contains(base64)).isTrue();
        assertThat(server.usage(key)).isEqualByComparingTo("0.04");
    }

    @Test
    void chargesNothingForAFreeModel() {
        HttpResponse<String> answer = draw("test/free-painter", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                .isZero();
    }

    // ---- streams ----------------------------------------------------------------------------------------------

    @Test
    void streamsPartialImagesAndThenTheImage() {
        HttpResponse<String> answer = draw("test/painter", "\"stream\":true,\"partial_images\":2," + ORDERED);
        List<JsonNode> events = events(answer);
        assertThat(events.stream().map(event -> event.get("type").asString()))
                .containsExactly(
                        "image_generation.partial_image",
                        "image_generation.partial_image",
                        "image_generation.completed");
        assertThat(events.get(1).get("partial_image_index").asInt()).isEqualTo(1);
        assertThat(events.get(1).get("b64_json").asString()).isEqualTo(Pictures.base64(-2));
        JsonNode image = events.get(2);
        assertThat(image.get("b64_json").asString()).isEqualTo(Pictures.base64(0));
        assertThat(image.get("media_type").asString()).isEqualTo("image/png");
        assertThat(image.get("created").asLong()).isPositive();
        assertThat(image.get("usage").get("cost").decimalValue()).isEqualByComparingTo("0.0014");
        assertThat(answer.body()).endsWith("\n\ndata: [DONE]\n\n");
        assertThat(first.truth().last().bodyText())
                .contains("\"stream\":true", "\"partial_images\":2")
                .doesNotContain("stream_options");
        assertThat(server.usage(key)).isEqualByComparingTo("0.0014");
        assertThat(server.held()).isZero();
    }

    @Test
    void tellsAWholeImageAsAStreamWhereTheProviderMakesNone() {
        HttpResponse<String> answer = draw("test/by-piece", "\"stream\":true,\"partial_images\":2," + ORDERED);
        List<JsonNode> events = events(answer);
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().get("type").asString()).isEqualTo("image_generation.completed");
        assertThat(events.getFirst().get("b64_json").asString()).isEqualTo(Pictures.base64(0));
        assertThat(first.truth().last().bodyText()).doesNotContain("stream", "partial_images");
        assertThat(server.usage(key)).isEqualByComparingTo("0.04");
    }

    static List<Fault> brokenStreams() {
        return List.of(
                new Fault.Cut(0),
                new Fault.Reset(0),
                new Fault.EndWithoutDone(0),
                new Fault.MalformedEvent(0),
                new Fault.TruncatedEvent(0),
                new Fault.ErrorEvent(0, 502, "broken"),
                Fault.refuse(500),
                raw("{\"data\":[]}"));
    }

    @ParameterizedTest
    @MethodSource("brokenStreams")
    void asksTheNextEndpointWhileNothingOfAStreamHasLeft(Fault fault) {
        first.script(Script.failing(fault));
        List<JsonNode> events = events(draw("test/painter", "\"stream\":true,\"partial_images\":1," + ORDERED));
        assertThat(events).hasSize(2);
        assertThat(events.getLast().get("usage").get("cost").decimalValue()).isEqualByComparingTo("0.0021");
        assertThat(server.usage(key)).isEqualByComparingTo("0.0021");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void tellsInTheStreamThatItBroke(int after) {
        first.script(Script.failing(new Fault.Cut(after)).promptTokens(200));
        HttpResponse<String> answer = draw("test/painter", "\"stream\":true,\"partial_images\":2," + ORDERED);
        List<JsonNode> events = events(answer);
        assertThat(events).hasSize(after + 1);
        JsonNode error = events.getLast();
        assertThat(error.get("type").asString()).isEqualTo("error");
        assertThat(error.get("error").get("code").asString()).isEqualTo("502");
        assertThat(error.get("error").get("message").asString()).isNotEmpty();
        // What was passed on is charged, and no image is.
        assertThat(server.usage(key)).isPositive().isLessThan(new BigDecimal("0.02"));
        assertThat(server.held()).isZero();
    }

    @Test
    void keepsASilentStreamOpen() {
        first.script(Script.answer().promptTokens(200).latency(Duration.ofSeconds(6)));
        HttpResponse<String> answer = draw("test/by-piece", "\"stream\":true," + ORDERED);
        assertThat(answer.body()).startsWith(":");
        assertThat(events(answer)).hasSize(1);
    }

    // ---- money ------------------------------------------------------------------------------------------------

    @Test
    void theLedgerEqualsTheGroundTruthToTheNanoDollar() {
        first.script(Script.answer());
        second.script(Script.answer());
        BigDecimal told = BigDecimal.ZERO;
        for (int i = 0; i < 40; i++) {
            String more = i % 4 == 0 ? "\"stream\":true,\"partial_images\":1" : "\"n\":" + (1 + i % 3);
            HttpResponse<String> answer = draw("test/painter", more + ",\"style\":\"" + "x".repeat(i) + "\"");
            assertThat(answer.statusCode()).isEqualTo(200);
            JsonNode last = i % 4 == 0 ? events(answer).getLast() : TestServer.json(answer);
            told = told.add(last.get("usage").get("cost").decimalValue());
        }
        long nanos = 0;
        for (var upstream : List.of(first, second)) {
            long rate = upstream == first ? 2_000 : 3_000;
            List<Exchange> mine = upstream.truth().all().stream()
                    .filter(one -> one.bodyText().contains("\"style\""))
                    .toList();
            for (Exchange one : mine) {
                nanos += one.billed().prompt() * rate + one.billed().completion() * rate * 10;
            }
        }
        assertThat(server.usage(key)).isEqualByComparingTo(BigDecimal.valueOf(nanos, 9));
        assertThat(told).isEqualByComparingTo(BigDecimal.valueOf(nanos, 9));
        assertThat(server.held()).isZero();
    }

    @Test
    void chargesForTheImagesThatCame() {
        first.script(Script.failing(raw("{\"data\":[{\"b64_json\":\"AAAA\"},{\"b64_json\":\"AAAA\"}]}")));
        HttpResponse<String> answer = draw("test/by-piece", "\"n\":4," + ORDERED);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("data").size()).isEqualTo(2);
        assertThat(server.usage(key)).isEqualByComparingTo("0.08");
        assertThat(generation(answer).get("num_media_completion").asInt()).isEqualTo(2);
    }

    @Test
    void refusesWhatDoesNotFitTheLimitBeforeAnythingIsSent() {
        String poor = server.newKey("0.1");
        HttpResponse<String> refused = ask(poor, body("test/by-piece", "\"n\":3," + ORDERED));
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(error(refused).get("metadata").get("limit_source").asString())
                .isEqualTo("openrouter_key_limit");
        assertThat(error(refused).get("message").asString()).doesNotContain("max_tokens");
        assertThat(sent()).isEqualTo(before);
        assertThat(ask(poor, body("test/by-piece", "\"n\":2," + ORDERED)).statusCode())
                .isEqualTo(200);
        assertThat(server.usage(poor)).isEqualByComparingTo("0.08");
    }

    /// 1,000 tokens at $20 per million are $0.02 an image.
    @Test
    void holdsForTheLargestImages() {
        assertThat(ask(server.newKey("0.03"), body("test/painter", "\"n\":2," + ORDERED))
                        .statusCode())
                .isEqualTo(402);
        first.script(Script.answer().promptTokens(200).completionTokens(1_000));
        String rich = server.newKey("0.042");
        assertThat(ask(rich, body("test/painter", "\"n\":2," + ORDERED)).statusCode())
                .isEqualTo(200);
        assertThat(server.usage(rich)).isEqualByComparingTo("0.0404");
    }

    @Test
    void chargesTheBoundWhereNoUsageIsReported() {
        first.script(Script.answer().usage(UsageReport.When.NEVER));
        HttpResponse<String> answer = draw("test/painter", ORDERED);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(server.usage(key))
                .isGreaterThan(new BigDecimal("0.02"))
                .isLessThan(new BigDecimal("0.022"))
                .isEqualByComparingTo(
                        TestServer.json(answer).get("usage").get("cost").decimalValue());
    }

    @ParameterizedTest
    @EnumSource(
            value = UsageReport.Lie.class,
            names = {"NEGATIVE", "TEXT", "HUGE", "FRACTION", "NULL"})
    void chargesNoMoreThanWasHeldForUsageThatIsNone(UsageReport.Lie lie) {
        first.script(Script.answer().promptTokens(10).usage(lie));
        assertThat(draw("test/painter", ORDERED).statusCode()).isEqualTo(200);
        assertThat(server.usage(key)).isPositive().isLessThan(new BigDecimal("0.022"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"test/half-priced"})
    void refusesAModelWithoutAPriceOfImages(String model) {
        HttpResponse<String> refused = draw(model, "");
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(error(refused).get("availability").get("excluded_by").get(0).asString())
                .isEqualTo("unpriced");
    }

    @Test
    void chargesAClientThatLeft() throws Exception {
        askAndLeave(body("test/painter", ORDERED));
        assertThat(server.usage(key)).isEqualByComparingTo("0.0014");
        assertThat(server.held()).isZero();
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
                raw("{\"data\":[]}"),
                raw("{\"data\":[{\"url\":\"https://a.test/1.png\"}]}"),
                raw("{\"data\":[{\"b64_json\":\"A\"},{\"b64_json\":\"A\"}]}"),
                raw("[]"),
                raw(""));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void triesTheNextEndpoint(Fault fault) {
        first.script(Script.failing(fault));
        HttpResponse<String> answer = draw("test/by-piece", ORDERED);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode generation = generation(answer);
        assertThat(generation.get("provider_responses").size()).isEqualTo(2);
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.05");
    }

    @ParameterizedTest
    @MethodSource("failures")
    void chargesNothingWhenNobodyAnswers(Fault fault) {
        costsNothing(fault, () -> draw("test/by-piece", ORDERED));
    }

    // ---- refusals ---------------------------------------------------------------------------------------------

    @Test
    void sendsEachModelToItsOwnPath() {
        List<HttpResponse<String>> wrong = List.of(
                server.chat(TestServer.chat("test/painter", "")),
                draw("test/priced", ""),
                draw("test/writes-and-draws", ""));
        for (HttpResponse<String> answer : wrong) {
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(error(answer).get("availability").get("code").asString()).isEqualTo("wrong_endpoint");
        }
        assertThat(wrong.stream()
                        .map(answer -> error(answer).get("message").asString().replaceAll(".*POST ", "")))
                .containsExactly("/images.", "/chat/completions.", "/chat/completions.");
        assertThat(sent()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({"'\"n\":11', n", "'\"size\":\"huge\"', size", "'\"response_format\":\"url\"', response_format"})
    void namesTheFieldThatIsWrong(String more, String field) {
        HttpResponse<String> refused = draw("test/painter", more);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(error(refused).get("param").asString()).isEqualTo(field);
        assertThat(sent()).isEqualTo(before);
    }

    // ---- guardrails, content, lists ---------------------------------------------------------------------------

    @Test
    void contentFiltersLookIntoThePrompt() {
        String redacting =
                keyWith("\"content_filters\":[{\"pattern\":\"red p[a-z]+\",\"action\":\"redact\",\"label\":\"[P]\"}]");
        HttpResponse<String> answer = ask(redacting, body("test/painter", ORDERED));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(first.truth().last().bodyText()).contains("\"prompt\":\"a [P]\"");
    }

    @Test
    void keepsThePromptWhereContentIsLogged() {
        assertThat(contentOf(draw("test/painter", ORDERED))).contains("\"input\":{\"prompt\":\"a red panda\"}");
    }

    @Test
    void listsImageModels() {
        JsonNode data =
                TestServer.json(server.get("/api/v1/images/models", null)).get("data");
        assertThat(data.valueStream().map(model -> model.get("id").asString()))
                .containsExactlyInAnyOrder("test/painter", "test/by-piece", "test/free-painter");
        JsonNode painter = data.valueStream()
                .filter(model -> model.get("id").asString().equals("test/painter"))
                .findFirst()
                .orElseThrow();
        assertThat(painter.get("supports_streaming").asBoolean()).isTrue();
        assertThat(painter.get("supported_parameters").propertyNames())
                .containsExactly("n", "quality", "seed", "input_references");
        assertThat(painter.get("supported_parameters").get("n").get("max").asInt())
                .isEqualTo(10);
        assertThat(painter.get("endpoints").asString()).isEqualTo("/api/v1/images/models/test/painter/endpoints");
    }

    @Test
    void listsEndpointsWithTheirPrices() {
        JsonNode found = TestServer.json(server.get("/api/v1/images/models/test/painter/endpoints", null));
        assertThat(found.get("id").asString()).isEqualTo("test/painter");
        JsonNode cheapest = found.get("endpoints").get(0);
        assertThat(cheapest.get("provider_slug").asString()).isEqualTo("sim");
        assertThat(cheapest.get("pricing")
                        .valueStream()
                        .map(price -> price.get("billable").asString() + " "
                                + price.get("unit").asString() + " "
                                + price.get("cost_usd").decimalValue().toPlainString()))
                .containsExactly("output_image token 0.00002", "input_text token 0.000002");
        JsonNode piece = TestServer.json(server.get("/v1/images/models/test/by-piece/endpoints", null));
        assertThat(piece.get("endpoints")
                        .get(0)
                        .get("pricing")
                        .get(0)
                        .get("cost_usd")
                        .decimalValue())
                .isEqualByComparingTo("0.04");
        assertThat(server.get("/api/v1/images/models/test/priced/endpoints", null)
                        .statusCode())
                .isEqualTo(404);
        assertThat(server.get("/api/v1/images/models/no/such/endpoints", null).statusCode())
                .isEqualTo(404);
    }
}
