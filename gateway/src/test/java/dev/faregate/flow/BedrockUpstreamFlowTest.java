package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.AwsSignature;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ToolCall;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// A provider that speaks Amazon Bedrock's Converse, in frames and with signed requests, in front of one that speaks
/// OpenAI's format: clients of chat and of messages see no difference.
class BedrockUpstreamFlowTest extends NativeUpstream {
    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private static final String ONLY = "\"provider\":{\"only\":[\"amazon-bedrock\"]}";
    private static final String FIRST = "\"provider\":{\"order\":[\"amazon-bedrock\",\"sim\"]}";
    private static final String MODELS = """
              - id: test/bedrock
                context_length: 200000
                endpoints:
                  - {provider: amazon-bedrock, upstream_model: "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
                     max_completion_tokens: 4096,
                     pricing: {prompt: "3", completion: "15", input_cache_read: "0.3", input_cache_write: "3.75",
                               input_cache_write_1h: "6"}}
                  - {provider: sim, upstream_model: other, max_completion_tokens: 4096,
                     pricing: {prompt: "3", completion: "15"}}
            limits.body: 4MiB
            """;
    private static final String PATH = "/v1/model/global.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse";

    BedrockUpstreamFlowTest() {
        super(
                "test/bedrock",
                MODELS,
                url -> "  - {slug: amazon-bedrock, base_url: \"" + url
                        + "\", region: eu-west-1, access_key_id: AKIDEXAMPLE, secret_access_key: \"" + SECRET
                        + "\", session_token: session-token}\n");
    }

    @Test
    void asksWithASignatureAndChargesExactly() {
        upstream.script(Script.saying("Hello there")
                .promptTokens(1_000)
                .completionTokens(100)
                .cachedTokens(400));
        HttpResponse<String> answer = ask("\"temperature\":0.5,\"stop\":\"END\",\"max_tokens\":500," + ONLY);
        JsonNode chat = TestServer.json(answer);
        assertThat(chat.at("/choices/0/message/content").asString())
                .as(answer.body())
                .isEqualTo("Hello there");
        assertThat(chat.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        assertThat(chat.at("/choices/0/native_finish_reason").asString()).isEqualTo("end_turn");
        assertThat(chat.path("provider").asString()).isEqualTo("Amazon Bedrock");
        // 600 x 3 + 400 x 0.30 + 100 x 15 USD per million
        assertThat(chat.at("/usage/cost").decimalValue()).isEqualByComparingTo("0.00342");
        assertThat(generation(answer).path("total_cost").decimalValue()).isEqualByComparingTo("0.00342");
        Exchange seen = upstream.truth().last();
        assertThat(seen.target()).isEqualTo(PATH);
        AwsSignature.Signed signed = AwsSignature.check(seen, SECRET);
        assertThat(signed.keyId()).isEqualTo("AKIDEXAMPLE");
        assertThat(signed.region()).isEqualTo("eu-west-1");
        assertThat(signed.service()).isEqualTo("bedrock");
        assertThat(signed.headers()).containsExactly("content-type", "host", "x-amz-date", "x-amz-security-token");
        assertThat(seen.header("x-amz-security-token")).hasValue("session-token");
        assertThat(sent()).isEqualTo(json("""
                {"messages":[{"role":"user","content":[{"text":"Tell me something"}]}],
                 "inferenceConfig":{"maxTokens":500,"temperature":0.5,"stopSequences":["END"]}}"""));
    }

    /// Every kind of token at its own price, to the nano-dollar.
    @Test
    void chargesWhatWasWrittenToTheCache() {
        String body = """
                {"output":{"message":{"role":"assistant","content":[{"text":"ok"}]}},"stopReason":"end_turn",
                 "usage":{"inputTokens":11,"outputTokens":7,"totalTokens":1318,"cacheReadInputTokens":1000,
                  "cacheWriteInputTokens":300,"cacheDetails":[{"ttl":"1h","inputTokens":100},
                  {"ttl":"5m","inputTokens":200}]},"metrics":{"latencyMs":1}}""";
        upstream.script(Script.failing(new Fault.Raw(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                        + body,
                false)));
        JsonNode usage = answered(ONLY).path("usage");
        assertThat(usage.path("prompt_tokens").asInt()).isEqualTo(1_311);
        // 11 x 3 + 1000 x 0.30 + 200 x 3.75 + 100 x 6 + 7 x 15 USD per million
        assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.001788");
    }

    @Test
    void streams() {
        upstream.script(Script.saying("Hello streaming world")
                .chunks(5)
                .promptTokens(200)
                .completionTokens(40)
                .cachedTokens(100));
        HttpResponse<String> answer = ask("\"stream\":true," + ONLY);
        List<JsonNode> chunks = chunks(answer);
        assertThat(joined(chunks, "/choices/0/delta/content")).isEqualTo("Hello streaming world");
        assertThat(joined(chunks, "/choices/0/finish_reason")).isEqualTo("stop");
        // 100 x 3 + 100 x 0.30 + 40 x 15 USD per million
        assertThat(chunks.getLast().at("/usage/cost").decimalValue()).isEqualByComparingTo("0.00093");
        assertThat(generation(answer).path("total_cost").decimalValue()).isEqualByComparingTo("0.00093");
        assertThat(upstream.truth().last().target()).isEqualTo(PATH + "-stream");
        AwsSignature.check(upstream.truth().last(), SECRET);
    }

    @Test
    void callsToolsAndBringsTheSignatureOfAThoughtBack() {
        upstream.script(Script.answer()
                .chunks(0)
                .reasoning(10, 2)
                .toolCalls(new ToolCall("weather", "{\"city\":\"Paris\"}"), new ToolCall("time", "{}")));
        String more = "\"max_tokens\":3000,\"reasoning\":{\"max_tokens\":1500},\"tools\":[{\"type\":\"function\","
                + "\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\"}}},{\"type\":\"function\","
                + "\"function\":{\"name\":\"time\"}}]," + ONLY;
        JsonNode message = answered(more).at("/choices/0/message");
        assertThat(message.path("reasoning").asString()).isNotEmpty();
        assertThat(message.at("/reasoning_details/0/signature").asString()).startsWith("c2ln");
        assertThat(message.at("/tool_calls/0/function/arguments").asString()).isEqualTo("{\"city\":\"Paris\"}");
        assertThat(message.at("/tool_calls/1/function/arguments").asString()).isEqualTo("{}");
        assertThat(sent().at("/additionalModelRequestFields/thinking"))
                .isEqualTo(json("{\"type\":\"enabled\",\"budget_tokens\":1500}"));
        List<JsonNode> chunks = chunks(ask("\"stream\":true," + more));
        assertThat(joined(chunks, "/choices/0/delta/reasoning_details/0/signature"))
                .startsWith("c2ln");
        assertThat(joined(chunks, "/choices/0/finish_reason")).isEqualTo("tool_calls");
        String results = "{\"role\":\"tool\",\"tool_call_id\":\""
                + message.at("/tool_calls/0/id").asString()
                + "\",\"content\":\"Sunny\"},{\"role\":\"tool\",\"tool_call_id\":\""
                + message.at("/tool_calls/1/id").asString() + "\",\"content\":\"Noon\"}";
        HttpResponse<String> next = server.chat("{\"model\":\"test/bedrock\",\"messages\":[{\"role\":\"user\","
                + "\"content\":\"How is it?\"}," + message + "," + results + "]," + more + "}");
        assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
        JsonNode turn = sent().at("/messages/1/content");
        assertThat(turn.at("/0/reasoningContent/reasoningText/signature"))
                .isEqualTo(message.at("/reasoning_details/0/signature"));
        assertThat(turn.at("/1/toolUse/input")).isEqualTo(json("{\"city\":\"Paris\"}"));
        assertThat(sent().at("/messages/2/content/1/toolResult/content/0/text").asString())
                .isEqualTo("Noon");
        assertThat(sent().at("/additionalModelRequestFields/thinking/budget_tokens")
                        .asInt())
                .isEqualTo(1_500);
    }

    @Test
    void answersTheMessagesApi() {
        upstream.script(Script.saying("Twice said").chunks(3).reasoning(10, 2));
        HttpResponse<String> answer = server.post(
                "/v1/messages",
                "{\"model\":\"test/bedrock\",\"max_tokens\":3000,\"stream\":true," + ONLY
                        + ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1500},"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                TestServer.INFERENCE_KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("signature_delta", "c2ln", "message_stop");
    }

    /// Large requests are said and signed off the loop, large answers read there.
    @Test
    void takesLargeBodiesBothWays() {
        String text = "A long story. ".repeat(60_000);
        upstream.script(Script.saying(text).chunks(3));
        HttpResponse<String> answer = server.chat("{\"model\":\"test/bedrock\",\"max_tokens\":4000," + ONLY
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");
        assertThat(TestServer.json(answer).at("/choices/0/message/content").asString())
                .isEqualTo(text);
        AwsSignature.check(upstream.truth().last(), SECRET);
        List<JsonNode> chunks = chunks(ask("\"stream\":true,\"max_tokens\":4000," + ONLY));
        assertThat(joined(chunks, "/choices/0/delta/content")).isEqualTo(text);
    }

    @Test
    void refusesWhatBedrockHasNoWordsFor() {
        long before = upstream.truth().count();
        HttpResponse<String> answer = server.chat("{\"model\":\"test/bedrock\"," + ONLY
                + ",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":"
                + "{\"url\":\"https://example.com/a.png\"}}]}]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(TestServer.json(answer).at("/error/message").asString())
                .contains("messages[0].content[0].image_url.url");
        assertThat(upstream.truth().count()).isEqualTo(before);
        assertThat(generation(answer).path("total_cost").decimalValue()).isZero();
    }

    static List<Fault> failuresBeforeTheFirstByte() {
        return List.of(
                new Fault.Refuse(429, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(403, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(424, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(503, Fault.ErrorBody.HTML, null),
                new Fault.CloseBeforeAnswer(false),
                new Fault.ErrorEvent(1, 429, "Too many requests"),
                new Fault.MalformedEvent(1),
                new Fault.EndWithoutDone(1));
    }

    /// The opening of a message is no answer yet: another provider may still be asked after it.
    @ParameterizedTest
    @MethodSource("failuresBeforeTheFirstByte")
    void fallsBackToAProviderOfAnotherFormat(Fault fault) {
        fallsBack(fault, FIRST);
    }

    static Stream<Arguments> whatTheClientHears() {
        return Stream.of(
                Arguments.of(400, 400),
                Arguments.of(403, 502),
                Arguments.of(404, 404),
                Arguments.of(408, 504),
                Arguments.of(424, 502),
                Arguments.of(429, 429),
                Arguments.of(500, 502),
                Arguments.of(503, 503));
    }

    @ParameterizedTest
    @MethodSource("whatTheClientHears")
    void saysWhatWentWrongWhenNobodyIsLeft(int status, int client) {
        upstream.script(Script.refusing(status));
        HttpResponse<String> answer = ask(ONLY);
        assertThat(answer.statusCode()).isEqualTo(client);
        assertThat(TestServer.json(answer).at("/error/metadata/provider_name").asString())
                .isEqualTo("Amazon Bedrock");
        assertThat(answer.body()).doesNotContain(SECRET, "AKIDEXAMPLE");
    }

    static List<Fault> failuresInMidStream() {
        return List.of(
                new Fault.Cut(4),
                new Fault.EndWithoutDone(4),
                new Fault.TruncatedEvent(4),
                new Fault.MalformedEvent(4),
                new Fault.ErrorEvent(4, 424, "The model failed"),
                new Fault.HugeEvent(4, 5 << 20));
    }

    @ParameterizedTest
    @MethodSource("failuresInMidStream")
    void showsABreakInTheStreamAndChargesWhatWasDelivered(Fault fault) throws IOException {
        breaks(fault, ONLY);
    }

    private String bring(String key) {
        JsonNode quoted = JsonNodeFactory.instance.stringNode(key);
        HttpResponse<String> made =
                server.manage("POST", "/api/v1/byok", "{\"provider\":\"amazon-bedrock\",\"key\":" + quoted + "}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestServer.json(made).at("/data/id").asString();
    }

    @Test
    void takesAndTestsACallersOwnKeysOfBothKinds() {
        String id = bring("bedrock-api-key-0123456789");
        try {
            JsonNode usage = answered(ONLY).path("usage");
            assertThat(usage.path("is_byok").asBoolean()).isTrue();
            assertThat(usage.path("cost").decimalValue()).isZero();
            assertThat(upstream.truth().last().header("authorization")).hasValue("Bearer bedrock-api-key-0123456789");
        } finally {
            server.manage("DELETE", "/api/v1/byok/" + id, "");
        }
        id = bring(
                "{\"accessKeyId\":\"AKIDOWN0123456789\",\"secretAccessKey\":\"own-secret\",\"region\":\"us-west-2\"}");
        try {
            assertThat(answered(ONLY).at("/usage/is_byok").asBoolean()).isTrue();
            AwsSignature.Signed signed = AwsSignature.check(upstream.truth().last(), "own-secret");
            assertThat(signed.keyId()).isEqualTo("AKIDOWN0123456789");
            assertThat(signed.region()).isEqualTo("us-west-2");
            upstream.script(Script.refusing(403));
            HttpResponse<String> refused =
                    ask("\"provider\":{\"only\":[\"amazon-bedrock\"],\"allow_fallbacks\":false}");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(TestServer.json(refused).at("/error/metadata/byok_id").asString())
                    .isEqualTo(id);
            assertThat(refused.body()).doesNotContain("own-secret", "AKIDOWN");
            HttpResponse<String> tested = server.manage("POST", "/api/v1/byok/" + id + "/test", "");
            assertThat(tested.statusCode()).as(tested.body()).isEqualTo(200);
            assertThat(TestServer.json(tested).at("/data/ok").asBoolean()).isTrue();
        } finally {
            server.manage("DELETE", "/api/v1/byok/" + id, "");
        }
    }
}
