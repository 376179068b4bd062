package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ToolCall;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// A provider that speaks Google's Gemini API, in front of one that speaks OpenAI's format.
class GeminiUpstreamFlowTest extends NativeUpstream {
    private static final String KEY = "AIza-upstream-secret";
    private static final String ONLY = "\"provider\":{\"only\":[\"google\"]}";
    private static final String MODELS = """
              - id: test/gemini
                context_length: 200000
                endpoints:
                  - {provider: google, upstream_model: gemini-3-flash-preview, max_completion_tokens: 4096,
                     pricing: {prompt: "0.5", completion: "3", input_cache_read: "0.05"}}
                  - {provider: sim, upstream_model: other, max_completion_tokens: 4096,
                     pricing: {prompt: "3", completion: "15"}}
              - id: test/vectors
                context_length: 2048
                output_modalities: [embeddings]
                endpoints:
                  - {provider: google, upstream_model: gemini-embedding-001, pricing: {prompt: "0.15"}}
            """;

    GeminiUpstreamFlowTest() {
        super(
                "test/gemini",
                MODELS,
                url -> "  - {slug: google, name: GOOGLE, format: gemini, base_url: \"" + url + "\", api_key: " + KEY
                        + ", stops_billing_on_cancel: true}\n");
    }

    @Test
    void asksInGooglesFormatAndChargesExactly() {
        upstream.script(Script.saying("Hello there")
                .promptTokens(1_000)
                .completionTokens(100)
                .reasoning(40, 2)
                .cachedTokens(400));
        HttpResponse<String> answer = ask("\"max_tokens\":500,\"reasoning\":{\"effort\":\"low\"}," + ONLY);
        JsonNode chat = TestServer.json(answer);
        assertThat(chat.at("/choices/0/message/content").asString()).isEqualTo("Hello there");
        assertThat(chat.at("/choices/0/message/reasoning").asString()).isNotEmpty();
        assertThat(chat.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        assertThat(chat.at("/choices/0/native_finish_reason").asString()).isEqualTo("STOP");
        JsonNode usage = chat.path("usage");
        assertThat(usage.path("completion_tokens").asInt()).isEqualTo(100);
        assertThat(usage.at("/completion_tokens_details/reasoning_tokens").asInt())
                .isEqualTo(40);
        // 600 x 0.50 + 400 x 0.05 + 100 x 3 USD per million: thoughts are billed like the answer
        assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.00062");
        assertThat(generation(answer).path("total_cost").decimalValue()).isEqualByComparingTo("0.00062");
        Exchange seen = upstream.truth().last();
        assertThat(seen.target()).isEqualTo("/v1/models/gemini-3-flash-preview:generateContent");
        assertThat(seen.header("x-goog-api-key")).hasValue(KEY);
        assertThat(seen.header("authorization")).isEmpty();
        assertThat(sent()).isEqualTo(json("""
                {"contents":[{"role":"user","parts":[{"text":"Tell me something"}]}],"generationConfig":
                 {"maxOutputTokens":500,"thinkingConfig":{"includeThoughts":true,"thinkingLevel":"LOW"}}}
                """));
    }

    @Test
    void streamsTextAndThoughts() {
        upstream.script(Script.saying("Hello streaming world")
                .chunks(5)
                .promptTokens(200)
                .completionTokens(40)
                .reasoning(20, 3));
        HttpResponse<String> answer = ask("\"stream\":true," + ONLY);
        assertThat(answer.body()).endsWith("data: [DONE]\n\n").contains("\"reasoning\":");
        StringBuilder text = new StringBuilder();
        answer.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .forEach(line -> text.append(
                        json(line.substring(6)).at("/choices/0/delta/content").asString("")));
        assertThat(text).hasToString("Hello streaming world");
        // 200 x 0.50 + 40 x 3 USD per million
        assertThat(generation(answer).path("total_cost").decimalValue()).isEqualByComparingTo("0.00022");
        assertThat(generation(answer).path("native_tokens_reasoning").asInt()).isEqualTo(20);
        assertThat(upstream.truth().last().target())
                .isEqualTo("/v1/models/gemini-3-flash-preview:streamGenerateContent?alt=sse");
    }

    /// A signature comes with the call and goes back to it, as chat and through the Messages API.
    @Test
    void bringsTheSignatureOfACallBack() {
        upstream.script(Script.answer().chunks(0).toolCalls(new ToolCall("weather", "{\"city\":\"Paris\"}")));
        String tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}],";
        JsonNode message = TestServer.json(ask(tools + ONLY)).at("/choices/0/message");
        JsonNode call = message.at("/tool_calls/0");
        assertThat(call.at("/function/arguments").asString()).isEqualTo("{\"city\":\"Paris\"}");
        String signature = message.at("/reasoning_details/0/data").asString();
        assertThat(signature).startsWith("c2ln");
        server.chat("{\"model\":\"test/gemini\"," + tools + ONLY
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"?\"}," + message
                + ",{\"role\":\"tool\",\"tool_call_id\":" + call.path("id") + ",\"content\":\"Sunny\"}]}");
        assertThat(sent().at("/contents/1/parts/0/thoughtSignature").asString()).isEqualTo(signature);
        assertThat(sent().at("/contents/2/parts/0/functionResponse/name").asString())
                .isEqualTo("weather");

        String head = "{\"model\":\"test/gemini\",\"max_tokens\":1000," + ONLY + ",\"messages\":[{\"role\":\"user\","
                + "\"content\":\"?\"}";
        JsonNode content = TestServer.json(server.post("/v1/messages", head + "]}", TestServer.INFERENCE_KEY))
                .path("content");
        assertThat(content.at("/0/type").asString()).isEqualTo("redacted_thinking");

        HttpResponse<String> next = server.post(
                "/v1/messages",
                head + ",{\"role\":\"assistant\",\"content\":" + content
                        + "},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
                        + content.at("/1/id") + ",\"content\":\"Sunny\"}]}]}",
                TestServer.INFERENCE_KEY);
        assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
        assertThat(sent().at("/contents/1/parts/0/thoughtSignature").asString()).startsWith("c2ln");
    }

    static List<Fault> failuresBeforeTheFirstByte() {
        return List.of(
                new Fault.Refuse(500, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(503, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(429, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(403, Fault.ErrorBody.USUAL, null),
                new Fault.ErrorEvent(1, 503, "Overloaded"),
                new Fault.Cut(1),
                new Fault.EndWithoutDone(1));
    }

    @ParameterizedTest
    @MethodSource("failuresBeforeTheFirstByte")
    void fallsBackToAProviderOfAnotherFormat(Fault fault) {
        fallsBack(fault, "\"provider\":{\"order\":[\"google\",\"sim\"]}");
    }

    @Test
    void tellsWhenToAskAgain() {
        String body = "{\"error\":{\"code\":429,\"message\":\"Quota\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":"
                + "[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"34s\"}]}}";
        upstream.script(Script.failing(new Fault.Raw(
                "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body,
                false)));
        HttpResponse<String> answer = ask(ONLY);
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("retry-after")).hasValue("34");
        assertThat(TestServer.json(answer).at("/error/metadata/provider_code").asString())
                .isEqualTo("RESOURCE_EXHAUSTED");
    }

    static List<Fault> failuresInMidStream() {
        return List.of(
                new Fault.Reset(4),
                new Fault.EndWithoutDone(4),
                new Fault.TruncatedEvent(4),
                new Fault.MalformedEvent(4),
                new Fault.ErrorEvent(4, 503, "Overloaded"));
    }

    @ParameterizedTest
    @MethodSource("failuresInMidStream")
    void showsABreakInTheStreamAndChargesWhatWasDelivered(Fault fault) throws IOException {
        breaks(fault, ONLY);
    }

    /// Embeddings are in one format everywhere, with a key as that format has it.
    @Test
    void makesEmbeddings() {
        upstream.script(Script.answer().promptTokens(100));
        HttpResponse<String> answer = server.post(
                "/v1/embeddings", "{\"model\":\"test/vectors\",\"input\":[\"a\",\"b\"]}", TestServer.INFERENCE_KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).path("data").size()).isEqualTo(2);
        // 100 x 0.15 USD per million
        assertThat(TestServer.json(answer).at("/usage/cost").decimalValue()).isEqualByComparingTo("0.000015");
        Exchange seen = upstream.truth().last();
        assertThat(seen.target()).isEqualTo("/v1/openai/embeddings");
        assertThat(seen.header("authorization")).hasValue("Bearer " + KEY);
        assertThat(seen.header("x-goog-api-key")).isEmpty();
    }

    @Test
    void takesAndTestsACallersOwnKey() {
        HttpResponse<String> made =
                server.manage("POST", "/api/v1/byok", "{\"provider\":\"google\",\"key\":\"AIza-own-0123456789\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String id = TestServer.json(made).at("/data/id").asString();
        try {
            assertThat(TestServer.json(ask(ONLY)).at("/usage/is_byok").asBoolean())
                    .isTrue();
            assertThat(upstream.truth().last().header("x-goog-api-key")).hasValue("AIza-own-0123456789");
            assertThat(upstream.truth().last().target()).doesNotContain("AIza");
            HttpResponse<String> tested = server.manage("POST", "/api/v1/byok/" + id + "/test", "");
            assertThat(TestServer.json(tested).at("/data/ok").asBoolean())
                    .as(tested.body())
                    .isTrue();
        } finally {
            server.manage("DELETE", "/api/v1/byok/" + id, "");
        }
    }
}
