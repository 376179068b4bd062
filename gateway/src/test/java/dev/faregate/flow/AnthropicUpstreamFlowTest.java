package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ToolCall;
import dev.faregate.testkit.UsageReport;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// A provider that speaks Anthropic's Messages API, in front of one that speaks OpenAI's format: clients of chat and of
/// messages see no difference.
class AnthropicUpstreamFlowTest extends NativeUpstream {
    private static final String KEY = "sk-ant-upstream-secret";
    private static final String ONLY = "\"provider\":{\"only\":[\"claude\"]}";
    private static final String FIRST = "\"provider\":{\"order\":[\"claude\",\"sim\"]}";
    private static final String MODELS = """
              - id: test/claude
                context_length: 200000
                endpoints:
                  - {provider: claude, upstream_model: claude-sonnet-4-5, max_completion_tokens: 4096,
                     pricing: {prompt: "3", completion: "15", input_cache_read: "0.3", input_cache_write: "3.75",
                               input_cache_write_1h: "6"}}
                  - {provider: sim, upstream_model: other, max_completion_tokens: 4096,
                     pricing: {prompt: "3", completion: "15"}}
              - id: test/claude-free
                context_length: 200000
                free: true
                endpoints:
                  - {provider: claude, upstream_model: claude-sonnet-4-5, max_completion_tokens: 777}
            limits.body: 4MiB
            """;

    AnthropicUpstreamFlowTest() {
        super(
                "test/claude",
                MODELS,
                url -> "  - {slug: claude, name: CLAUDE, format: anthropic, base_url: \"" + url + "\", api_key: " + KEY
                        + ", stops_billing_on_cancel: true}\n");
    }

    /// `content` is that of the one message; `more` follows it.
    private HttpResponse<String> say(String content, String more) {
        return server.chat("{\"model\":\"test/claude\",\"messages\":[{\"role\":\"user\",\"content\":" + content + "}],"
                + more + "}");
    }

    @Test
    void asksInAnthropicsFormatAndChargesExactly() {
        upstream.script(Script.saying("Hello there")
                .promptTokens(1_000)
                .completionTokens(100)
                .cachedTokens(400));
        HttpResponse<String> answer = ask("\"temperature\":0.5,\"stop\":\"END\",\"seed\":7,\"max_tokens\":500," + ONLY);
        JsonNode chat = TestServer.json(answer);
        assertThat(chat.at("/choices/0/message/content").asString()).isEqualTo("Hello there");
        assertThat(chat.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        assertThat(chat.at("/choices/0/native_finish_reason").asString()).isEqualTo("end_turn");
        assertThat(chat.path("model").asString()).isEqualTo("test/claude");
        assertThat(chat.path("provider").asString()).isEqualTo("CLAUDE");
        JsonNode usage = chat.path("usage");
        assertThat(usage.path("prompt_tokens").asInt()).isEqualTo(1_000);
        assertThat(usage.at("/prompt_tokens_details/cached_tokens").asInt()).isEqualTo(400);
        assertThat(usage.path("completion_tokens").asInt()).isEqualTo(100);
        // 600 x 3 + 400 x 0.30 + 100 x 15 USD per million
        assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.00342");
        assertThat(generation(answer).path("total_cost").decimalValue()).isEqualByComparingTo("0.00342");
        Exchange seen = upstream.truth().last();
        assertThat(seen.target()).isEqualTo("/v1/messages");
        assertThat(seen.header("x-api-key")).hasValue(KEY);
        assertThat(seen.header("anthropic-version")).hasValue("2023-06-01");
        assertThat(seen.header("authorization")).isEmpty();
        assertThat(sent()).isEqualTo(json("""
                {"model":"claude-sonnet-4-5","max_tokens":500,"messages":[{"role":"user","content":
                 [{"type":"text","text":"Tell me something"}]}],"stop_sequences":["END"],"temperature":0.5}
                """));
    }

    /// Every kind of token at its own price, to the nano-dollar.
    @Test
    void chargesWhatWasWrittenToTheCache() {
        String body = """
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5",
                 "content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","stop_sequence":null,
                 "usage":{"input_tokens":11,"cache_read_input_tokens":1000,"cache_creation_input_tokens":300,
                  "cache_creation":{"ephemeral_5m_input_tokens":200,"ephemeral_1h_input_tokens":100},
                  "output_tokens":7,"output_tokens_details":{"thinking_tokens":3}}}""";
        upstream.script(Script.failing(new Fault.Raw(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                        + body,
                false)));
        HttpResponse<String> answer = say(
                "[{\"type\":\"text\",\"text\":\"long\",\"cache_control\":{\"type\":\"ephemeral\","
                        + "\"ttl\":\"1h\"}}]",
                ONLY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode usage = TestServer.json(answer).path("usage");
        assertThat(usage.path("prompt_tokens").asInt()).isEqualTo(1_311);
        assertThat(usage.at("/prompt_tokens_details/cache_write_tokens").asInt())
                .isEqualTo(300);
        assertThat(usage.at("/completion_tokens_details/reasoning_tokens").asInt())
                .isEqualTo(3);
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
        JsonNode generation = generation(answer);
        assertThat(generation.path("total_cost").decimalValue()).isEqualByComparingTo("0.00093");
        assertThat(generation.path("native_tokens_prompt").asInt()).isEqualTo(200);
        assertThat(generation.path("upstream_id").asString()).startsWith("msg_");
        assertThat(sent().path("stream").asBoolean()).isTrue();
    }

    @Test
    void callsTools() {
        upstream.script(Script.answer()
                .chunks(1)
                .toolCalls(new ToolCall("weather", "{\"city\":\"Paris\"}"), new ToolCall("time", "{}")));
        String tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":"
                + "{\"type\":\"object\"}}},{\"type\":\"function\",\"function\":{\"name\":\"time\"}}],";
        JsonNode calls = answered(tools + ONLY).at("/choices/0/message/tool_calls");
        assertThat(calls.size()).isEqualTo(2);
        assertThat(calls.at("/0/function/name").asString()).isEqualTo("weather");
        assertThat(calls.at("/0/function/arguments").asString()).isEqualTo("{\"city\":\"Paris\"}");
        assertThat(calls.at("/1/function/arguments").asString()).isEqualTo("{}");
        List<JsonNode> chunks = chunks(ask("\"stream\":true," + tools + ONLY));
        StringBuilder first = new StringBuilder();
        chunks.forEach(chunk -> chunk.at("/choices/0/delta/tool_calls").forEach(part -> {
            if (part.path("index").asInt() == 0) {
                first.append(part.at("/function/arguments").asString(""));
            }
        }));
        assertThat(json(first.toString())).isEqualTo(json("{\"city\":\"Paris\"}"));
        assertThat(joined(chunks, "/choices/0/finish_reason")).isEqualTo("tool_calls");
        assertThat(sent().path("tools").size()).isEqualTo(2);
    }

    @Test
    void thinksWithinTheLimitAndShowsIt() {
        upstream.script(Script.answer().chunks(2).reasoning(20, 4));
        JsonNode message = answered(
                        "\"max_tokens\":4000,\"temperature\":0.2,\"reasoning\":{\"effort\":\"high\"}," + ONLY)
                .at("/choices/0/message");
        assertThat(message.path("reasoning").asString()).isNotEmpty();
        JsonNode detail = message.at("/reasoning_details/0");
        assertThat(detail.path("type").asString()).isEqualTo("reasoning.text");
        assertThat(detail.path("signature").asString()).startsWith("c2ln");
        assertThat(detail.path("format").asString()).isEqualTo("anthropic-claude-v1");
        assertThat(sent().path("thinking")).isEqualTo(json("{\"type\":\"enabled\",\"budget_tokens\":3200}"));
        assertThat(sent().has("temperature")).isFalse();
        List<JsonNode> chunks = chunks(ask("\"stream\":true,\"reasoning\":{\"max_tokens\":2000}," + ONLY));
        assertThat(joined(chunks, "/choices/0/delta/reasoning")).isNotEmpty();
        assertThat(joined(chunks, "/choices/0/delta/reasoning_details/0/signature"))
                .startsWith("c2ln");
        List<JsonNode> hidden =
                chunks(ask("\"stream\":true,\"reasoning\":{\"max_tokens\":2000,\"exclude\":true}," + ONLY));
        assertThat(hidden.toString()).doesNotContain("reasoning_details", "c2ln");
    }

    /// The skin of messages over a provider of messages: what the model signed is what it gets back.
    @Test
    void bringsASignatureBackThroughTheMessagesApi() {
        upstream.script(Script.answer().chunks(0).reasoning(10, 2).toolCalls(new ToolCall("weather", "{\"a\":1}")));
        String question = "{\"role\":\"user\",\"content\":\"How is the weather?\"}";
        String head = "{\"model\":\"test/claude\",\"max_tokens\":3000," + ONLY
                + ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1500},\"tools\":[{\"name\":\"weather\","
                + "\"input_schema\":{\"type\":\"object\"}}],\"messages\":[";
        JsonNode answer =
                TestServer.json(server.post("/v1/messages", head + question + "]}", TestServer.INFERENCE_KEY));
        JsonNode content = answer.path("content");
        assertThat(content.at("/0/type").asString()).isEqualTo("thinking");
        assertThat(content.at("/1/type").asString()).isEqualTo("tool_use");
        assertThat(answer.path("stop_reason").asString()).isEqualTo("tool_use");
        String result = "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\""
                + content.at("/1/id").asString() + "\",\"content\":\"Sunny\"}]}";
        HttpResponse<String> next = server.post(
                "/v1/messages",
                head + question + ",{\"role\":\"assistant\",\"content\":" + content + "}," + result + "]}",
                TestServer.INFERENCE_KEY);
        assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
        JsonNode turn = sent().at("/messages/1/content");
        assertThat(turn.at("/0")).isEqualTo(content.at("/0"));
        assertThat(turn.at("/1/id")).isEqualTo(content.at("/1/id"));
        assertThat(turn.at("/1/input")).isEqualTo(content.at("/1/input"));
        assertThat(sent().at("/thinking/budget_tokens").asInt()).isEqualTo(1_500);
        assertThat(sent().at("/messages/2/content/0/type").asString()).isEqualTo("tool_result");
    }

    @Test
    void streamsThroughTheMessagesApi() {
        upstream.script(Script.saying("Twice said").chunks(3).reasoning(10, 2));
        HttpResponse<String> answer = server.post(
                "/v1/messages",
                "{\"model\":\"test/claude\",\"max_tokens\":3000,\"stream\":true," + ONLY
                        + ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1500},"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                TestServer.INFERENCE_KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        List<JsonNode> events = answer.body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> json(line.substring("data: ".length())))
                .toList();
        assertThat(joined(events, "/delta/text")).isEqualTo("Twice said");
        assertThat(joined(events, "/delta/thinking")).isNotEmpty();
        assertThat(joined(events, "/delta/signature")).startsWith("c2ln");
        assertThat(joined(events, "/delta/stop_reason")).isEqualTo("end_turn");
        assertThat(events.getLast().path("type").asString()).isEqualTo("message_stop");
    }

    @Test
    void asksForWhatTheModelCanDoWhereNobodySetALimit() {
        HttpResponse<String> answer = server.chat(TestServer.chat("test/claude-free", ""));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(sent().path("max_tokens").asInt()).isEqualTo(777);
    }

    /// Large requests are said off the loop, large answers read there.
    @Test
    void takesLargeBodiesBothWays() {
        String text = "A long story. ".repeat(60_000);
        upstream.script(Script.saying(text).chunks(3));
        JsonNode answer = TestServer.json(say("\"" + text + "\"", "\"max_tokens\":4000," + ONLY));
        assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo(text);
        assertThat(sent().at("/messages/0/content/0/text").asString()).isEqualTo(text);
    }

    @Test
    void refusesWhatAnthropicHasNoWordsFor() {
        long before = upstream.truth().count();
        HttpResponse<String> answer =
                say("[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"wav\"}}]", ONLY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(TestServer.json(answer).at("/error/message").asString()).contains("messages[0].content[0].type");
        assertThat(upstream.truth().count()).isEqualTo(before);
        assertThat(generation(answer).path("total_cost").decimalValue()).isZero();
    }

    static List<Fault> failuresBeforeTheFirstByte() {
        return List.of(
                new Fault.Refuse(500, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(529, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(429, Fault.ErrorBody.USUAL, 7),
                new Fault.Refuse(401, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(503, Fault.ErrorBody.HTML, null),
                new Fault.CloseBeforeAnswer(false),
                new Fault.ErrorEvent(1, 529, "Overloaded"),
                new Fault.Cut(1),
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
                Arguments.of(401, 502),
                Arguments.of(402, 502),
                Arguments.of(404, 404),
                Arguments.of(413, 413),
                Arguments.of(429, 429),
                Arguments.of(500, 502),
                Arguments.of(504, 504),
                Arguments.of(529, 529));
    }

    @ParameterizedTest
    @MethodSource("whatTheClientHears")
    void saysWhatWentWrongWhenNobodyIsLeft(int status, int client) {
        upstream.script(Script.failing(new Fault.Refuse(status, Fault.ErrorBody.USUAL, 17)));
        HttpResponse<String> answer = ask(ONLY);
        assertThat(answer.statusCode()).isEqualTo(client);
        JsonNode error = TestServer.json(answer).path("error");
        assertThat(error.path("code").asInt()).isEqualTo(client);
        assertThat(error.at("/metadata/provider_name").asString()).isEqualTo("CLAUDE");
        if (client == 429) {
            assertThat(answer.headers().firstValue("retry-after")).hasValue("17");
            assertThat(error.at("/metadata/provider_code").asString()).isEqualTo("rate_limit_error");
        }
    }

    static List<Fault> failuresInMidStream() {
        return List.of(
                new Fault.Reset(4),
                new Fault.Cut(4),
                new Fault.EndWithoutDone(4),
                new Fault.TruncatedEvent(4),
                new Fault.MalformedEvent(4),
                new Fault.ErrorEvent(4, 529, "Overloaded"),
                new Fault.HugeEvent(4, 5 << 20));
    }

    @ParameterizedTest
    @MethodSource("failuresInMidStream")
    void showsABreakInTheStreamAndChargesWhatWasDelivered(Fault fault) throws IOException {
        breaks(fault, ONLY);
    }

    /// A report at the beginning of a message is not its bill.
    @Test
    void endsAtTheProviderWhenTheClientHangsUp() throws Exception {
        upstream.script(Script.answer().chunks(1_000).chunkDelay(Duration.ofMillis(10)));
        long before = upstream.truth().count();
        String id;
        try (RawClient client = server.rawChat(TestServer.chat("test/claude", "\"stream\":true," + ONLY))) {
            RawClient.Head head = client.head();
            id = head.header("X-Generation-Id").orElseThrow();
            EventReader reader = client.events(head);
            for (int i = 0; i < 5; i++) {
                assertThat(reader.next()).isPresent();
            }
        }
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (upstream.truth().last().outcome() == Exchange.Outcome.RUNNING && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        assertThat(upstream.truth().count()).isEqualTo(before + 1);
        assertThat(upstream.truth().last().outcome()).isEqualTo(Exchange.Outcome.CLIENT_GONE);
        JsonNode generation = server.generation(id);
        assertThat(generation.path("cancelled").asBoolean()).isTrue();
        assertThat(generation.path("native_tokens_completion").asInt()).isGreaterThan(1);
    }

    @ParameterizedTest
    @CsvSource({"NEGATIVE", "TEXT", "HUGE", "FRACTION"})
    void doesNotBelieveAnAbsurdBill(UsageReport.Lie lie) {
        upstream.script(Script.answer().usage(lie).promptTokens(10));
        HttpResponse<String> answer = ask("\"stream\":true,\"max_tokens\":100," + ONLY);
        chunks(answer);
        assertThat(generation(answer).path("total_cost").decimalValue()).isPositive();
    }

    @Test
    void takesAndTestsACallersOwnKey() {
        HttpResponse<String> made =
                server.manage("POST", "/api/v1/byok", "{\"provider\":\"claude\",\"key\":\"sk-ant-own-0123456789\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String id = TestServer.json(made).at("/data/id").asString();
        try {
            JsonNode usage = answered(ONLY).path("usage");
            assertThat(usage.path("is_byok").asBoolean()).isTrue();
            assertThat(usage.path("cost").decimalValue()).isZero();
            assertThat(upstream.truth().last().header("x-api-key")).hasValue("sk-ant-own-0123456789");
            HttpResponse<String> tested = server.manage("POST", "/api/v1/byok/" + id + "/test", "");
            assertThat(TestServer.json(tested).at("/data/ok").asBoolean())
                    .as(tested.body())
                    .isTrue();
        } finally {
            server.manage("DELETE", "/api/v1/byok/" + id, "");
        }
    }
}
