package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.GoogleTokens;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import dev.faregate.testkit.ToolCall;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Google Cloud's Vertex AI, in front of a provider that speaks OpenAI's format: models of three makers, each in its
/// format, with access tokens of service accounts.
class VertexUpstreamFlowTest {
    private static final String ONLY = "\"provider\":{\"only\":[\"vertex\"]}";
    private static final String FIRST = "\"provider\":{\"order\":[\"vertex\",\"sim\"]}";
    private static final String BASE = "/v1/projects/faregate-test/locations/europe-west4";
    private static final String MODELS = model("gemini", "gemini-3-flash-preview", "0.50", "3", "0.05")
            + model("claude", "claude-sonnet-4-5@20250929", "3", "15", "0.30")
            + model("llama", "meta/llama-3.3-70b-instruct-maas", "0.72", "0.72", "0.72")
            + """
              - id: test/own
                context_length: 200000
                endpoints:
                  - {provider: google-vertex, upstream_model: gemini-3-flash-preview, max_completion_tokens: 4096,
                     pricing: {prompt: "0.50", completion: "3"}}
            egress: {allowed_hosts: 127.0.0.1}
            """;

    private static ScriptedUpstream vertex;
    private static ScriptedUpstream other;
    private static GoogleTokens google;
    private static GoogleTokens owners;
    private static TestServer server;

    private static String model(String name, String upstream, String prompt, String completion, String cached) {
        return """
                  - id: test/%s
                    context_length: 200000
                    endpoints:
                      - {provider: vertex, upstream_model: "%s", max_completion_tokens: 4096,
                         pricing: {prompt: "%s", completion: "%s", input_cache_read: "%s"}}
                      - {provider: sim, upstream_model: other, max_completion_tokens: 4096,
                         pricing: {prompt: "3", completion: "15"}}
                """.formatted(name, upstream, prompt, completion, cached);
    }

    @BeforeAll
    static void start() {
        vertex = ScriptedUpstream.start();
        other = ScriptedUpstream.start();
        google = GoogleTokens.start("faregate-test");
        owners = GoogleTokens.start("somebodys-own");
        server = TestServer.startIn(
                TestServer.temporaryFolder(),
                MODELS,
                List.of(
                        provider("vertex", ", region: europe-west4, credentials: " + google.keyFile()),
                        provider("google-vertex", ", credentials: " + google.keyFile())),
                other);
    }

    private static String provider(String slug, String more) {
        return "  - {slug: " + slug + ", name: VERTEX, format: vertex, base_url: \"" + vertex.baseUrl() + "\"" + more
                + "}\n";
    }

    @AfterAll
    static void stop() {
        server.close();
        vertex.close();
        other.close();
        google.close();
        owners.close();
    }

    @BeforeEach
    void goodAnswers() {
        vertex.script(Script.answer());
        other.script(Script.answer());
    }

    @AfterEach
    void nobodyComplained() {
        assertThat(google.complaints()).isEmpty();
        assertThat(owners.complaints()).isEmpty();
    }

    private static HttpResponse<String> ask(String model, String more) {
        return server.chat(TestServer.chat("test/" + model, more));
    }

    private static JsonNode answered(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer);
    }

    private static ObjectNode sent() {
        return Json.readObject(vertex.truth().last().body());
    }

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static JsonNode generation(HttpResponse<String> answer) {
        return server.generation(answer.headers().firstValue("x-generation-id").orElseThrow());
    }

    private static String bearer(Exchange exchange) {
        return exchange.header("authorization").orElse("").replace("Bearer ", "");
    }

    /// 600 x prompt + 400 x cached + 100 x completion, in USD per million.
    @ParameterizedTest
    @CsvSource({
        "gemini, 0.00062, /publishers/google/models/gemini-3-flash-preview:generateContent",
        "claude, 0.00342, /publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict",
        "llama, 0.000792, /endpoints/openapi/chat/completions"
    })
    void asksEachMakersModelsInTheirFormatAndChargesExactly(String model, String cost, String path) {
        vertex.script(Script.saying("Hello there")
                .promptTokens(1_000)
                .completionTokens(100)
                .cachedTokens(400));
        HttpResponse<String> answer = ask(model, "\"max_tokens\":500," + ONLY);
        JsonNode chat = answered(answer);
        assertThat(chat.at("/choices/0/message/content").asString()).isEqualTo("Hello there");
        assertThat(chat.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        assertThat(chat.path("provider").asString()).isEqualTo("VERTEX");
        assertThat(chat.at("/usage/cost").decimalValue()).isEqualByComparingTo(cost);
        assertThat(generation(answer).path("total_cost").decimalValue()).isEqualByComparingTo(cost);
        Exchange seen = vertex.truth().last();
        assertThat(seen.target()).isEqualTo(BASE + path);
        assertThat(google.given()).contains(bearer(seen));
        assertThat(seen.header("x-goog-api-key")).isEmpty();
        assertThat(seen.header("x-api-key")).isEmpty();
    }

    @Test
    void saysWhatVertexWantsOfAnthropicsRequests() {
        answered(ask("claude", "\"max_tokens\":500,\"temperature\":0.5," + ONLY));
        assertThat(sent()).isEqualTo(json("""
                {"max_tokens":500,"messages":[{"role":"user","content":[{"type":"text","text":"Tell me something"}]}],
                 "temperature":0.5,"anthropic_version":"vertex-2023-10-16"}
                """));
    }

    @ParameterizedTest
    @CsvSource({
        "gemini, 0.00022, :streamGenerateContent?alt=sse",
        "claude, 0.0012, :streamRawPredict",
        "llama, 0.0001728, /chat/completions"
    })
    void streams(String model, String cost, String path) {
        vertex.script(Script.saying("Hello streaming world")
                .chunks(5)
                .promptTokens(200)
                .completionTokens(40));
        HttpResponse<String> answer = ask(model, "\"stream\":true," + ONLY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).endsWith("data: [DONE]\n\n");
        StringBuilder text = new StringBuilder();
        answer.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .forEach(line -> text.append(
                        json(line.substring(6)).at("/choices/0/delta/content").asString("")));
        assertThat(text).hasToString("Hello streaming world");
        assertThat(generation(answer).path("total_cost").decimalValue()).isEqualByComparingTo(cost);
        assertThat(vertex.truth().last().target()).endsWith(path);
        assertThat(server.held()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"gemini", "claude", "llama"})
    void callsTools(String model) {
        vertex.script(Script.answer().chunks(1).toolCalls(new ToolCall("weather", "{\"city\":\"Paris\"}")));
        JsonNode call = answered(ask(
                        model,
                        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":"
                                + "{\"type\":\"object\"}}}]," + ONLY))
                .at("/choices/0/message/tool_calls/0");
        assertThat(call.at("/function/name").asString()).isEqualTo("weather");
        assertThat(json(call.at("/function/arguments").asString())).isEqualTo(json("{\"city\":\"Paris\"}"));
        assertThat(sent().path("tools").size()).isOne();
    }

    @Test
    void usesATokenAgain() {
        answered(ask("gemini", ONLY));
        int before = google.given().size();
        IntStream.range(0, 5).forEach(_ -> answered(ask("gemini", ONLY)));
        assertThat(google.given()).hasSize(before);
    }

    /// Nobody told that it was revoked: the request goes once more, with a new one.
    @ParameterizedTest
    @CsvSource({"gemini", "claude", "llama"})
    void replacesATokenThatIsNoLongerTaken(String model) {
        answered(ask(model, ONLY));
        String old = bearer(vertex.truth().last());
        vertex.enqueue(Script.refusing(401));
        HttpResponse<String> answer = ask(model, ONLY);
        answered(answer);
        List<Exchange> seen = vertex.truth().all();
        assertThat(bearer(seen.get(seen.size() - 2))).isEqualTo(old);
        assertThat(bearer(seen.getLast()))
                .isNotEqualTo(old)
                .isEqualTo(google.given().getLast());
        assertThat(generation(answer).path("provider_responses").size()).isOne();
    }

    @Test
    void aSecondRefusalIsTheAnswer() {
        answered(ask("gemini", ONLY));
        vertex.enqueue(Script.refusing(401), Script.refusing(401));
        HttpResponse<String> answer = ask("gemini", ONLY);
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(TestServer.json(answer).at("/error/metadata/error_type").asString())
                .isEqualTo("provider_unavailable");
        vertex.enqueue(Script.refusing(401), Script.refusing(401));
        assertThat(answered(ask("gemini", FIRST)).path("provider").asString()).isEqualTo("SIM");
        assertThat(server.held()).isZero();
    }

    /// What one server meets without any token, in a life of its own.
    private static TestServer anew(GoogleTokens tokens) {
        return TestServer.startIn(
                TestServer.temporaryFolder(),
                MODELS.replace("google-vertex", "vertex"),
                List.of(provider("vertex", ", project: named-project, credentials: " + tokens.keyFile())),
                other);
    }

    @ParameterizedTest
    @EnumSource(value = GoogleTokens.Fault.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void fallsBackWithoutATokenAndRecovers(GoogleTokens.Fault fault) throws Exception {
        try (GoogleTokens tokens = GoogleTokens.start("faregate-test");
                TestServer fresh = anew(tokens)) {
            tokens.misbehave(fault);
            long before = vertex.truth().count();
            HttpResponse<String> answer = fresh.chat(TestServer.chat("test/gemini", FIRST));
            assertThat(answered(answer).path("provider").asString()).isEqualTo("SIM");
            HttpResponse<String> alone = fresh.chat(TestServer.chat("test/gemini", "\"stream\":true," + ONLY));
            assertThat(alone.statusCode()).isEqualTo(502);
            assertThat(alone.body()).doesNotContain("faregate-test", "token_uri", "ya29");
            assertThat(vertex.truth().count()).isEqualTo(before);
            assertThat(fresh.held()).isZero();
            tokens.misbehave(GoogleTokens.Fault.NONE);
            Thread.sleep(2_100);
            answered(fresh.chat(TestServer.chat("test/gemini", ONLY)));
            assertThat(vertex.truth().last().target()).startsWith("/v1/projects/named-project/locations/global/");
        }
    }

    @Test
    void fallsBackWhenNobodyAnswersAtTheTokenEndpoint() {
        GoogleTokens gone = GoogleTokens.start("faregate-test");
        gone.close();
        try (TestServer fresh = anew(gone)) {
            assertThat(answered(fresh.chat(TestServer.chat("test/claude", FIRST)))
                            .path("provider")
                            .asString())
                    .isEqualTo("SIM");
        }
    }

    @Test
    void getsANewTokenWhenTheOldOneExpires() throws Exception {
        try (GoogleTokens tokens = GoogleTokens.start("faregate-test");
                TestServer fresh = anew(tokens)) {
            tokens.life(2);
            answered(fresh.chat(TestServer.chat("test/gemini", ONLY)));
            String first = bearer(vertex.truth().last());
            Thread.sleep(2_000);
            answered(fresh.chat(TestServer.chat("test/gemini", ONLY)));
            assertThat(bearer(vertex.truth().last())).isNotEqualTo(first);
            assertThat(tokens.given()).hasSizeBetween(2, 3);
        }
    }

    // ---- own accounts -------------------------------------------------------------------------------------------

    private static String bring(ObjectNode document) {
        ObjectNode body = document.objectNode().put("provider", "google-vertex").put("key", document.toString());
        HttpResponse<String> made = server.manage("POST", "/api/v1/byok", body.toString());
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestServer.json(made).at("/data/id").asString();
    }

    private static JsonNode tested(String id) {
        HttpResponse<String> answer = server.manage("POST", "/api/v1/byok/" + id + "/test", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer).path("data");
    }

    @Test
    void asksWithAnOwnAccountInItsProjectAndRegion() {
        String id = bring(owners.keyFile().put("region", "us-east5"));
        try {
            assertThat(tested(id).path("ok").asBoolean()).isTrue();
            HttpResponse<String> answer = ask("own", "\"max_tokens\":100");
            assertThat(answered(answer).at("/usage/is_byok").asBoolean()).isTrue();
            assertThat(generation(answer).path("total_cost").decimalValue()).isZero();
            Exchange seen = vertex.truth().last();
            assertThat(seen.target())
                    .isEqualTo("/v1/projects/somebodys-own/locations/us-east5/publishers/google/models/"
                            + "gemini-3-flash-preview:generateContent");
            assertThat(owners.given()).contains(bearer(seen));
        } finally {
            server.manage("DELETE", "/api/v1/byok/" + id, "");
        }
    }

    @Test
    void tellsItsOwnerThatAnAccountIsRefused() {
        String id = bring(owners.keyFile());
        owners.misbehave(GoogleTokens.Fault.REFUSES);
        try {
            JsonNode result = tested(id);
            assertThat(result.path("ok").asBoolean()).isFalse();
            assertThat(result.path("message").asString())
                    .isEqualTo("The account gets no access token: the token endpoint answered 400 (invalid_grant).");
            server.manage("PATCH", "/api/v1/byok/" + id, "{\"is_required\":true}");
            HttpResponse<String> answer = ask("own", "\"max_tokens\":100");
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(TestServer.json(answer).at("/error/metadata/byok_id").asString())
                    .isEqualTo(id);
        } finally {
            owners.misbehave(GoogleTokens.Fault.NONE);
            server.manage("DELETE", "/api/v1/byok/" + id, "");
        }
    }

    /// The document names the address, and whoever brings it could send us anywhere.
    @Test
    void asksNobodyButGoogleForAToken() {
        String id = bring(owners.keyFile()
                .put("token_uri", "http://localhost:" + owners.uri().getPort() + "/token"));
        try {
            int before = owners.given().size();
            assertThat(tested(id).path("message").asString()).contains("token_uri is not an address of Google");
            assertThat(owners.given()).hasSize(before);
        } finally {
            server.manage("DELETE", "/api/v1/byok/" + id, "");
        }
    }
}
