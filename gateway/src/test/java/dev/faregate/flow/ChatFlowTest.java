package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.UsageReport;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// `POST /chat/completions` as clients see it (contract 1.2, 2.1, 3.11, 4).
class ChatFlowTest extends OneServer {
    @BeforeEach
    void goodAnswers() {
        upstream.script(Script.answer());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/chat/completions",
                "/api/v1/chat/completions",
                "/v1//chat/completions",
                "/api/v1/chat/completions/"
            })
    void answersOnEveryBase(String path) {
        HttpResponse<String> answer = server.post(path, TestServer.chat("test/priced", ""), TestServer.INFERENCE_KEY);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("object").asString()).isEqualTo("chat.completion");
    }

    @Test
    void givesAWholeAnswerWithWhatItCost() {
        upstream.script(Script.saying("Hello there")
                .promptTokens(1_000)
                .completionTokens(100)
                .cachedTokens(400));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", ""));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        JsonNode body = TestServer.json(answer);
        assertThat(body.get("id").asString()).startsWith("gen-");
        assertThat(answer.headers().firstValue("x-generation-id"))
                .hasValue(body.get("id").asString());
        assertThat(body.get("model").asString()).isEqualTo("test/priced");
        assertThat(body.get("provider").asString()).isEqualTo("SIM");
        JsonNode choice = body.get("choices").get(0);
        assertThat(choice.get("message").get("content").asString()).isEqualTo("Hello there");
        assertThat(choice.get("message").has("tool_calls")).isFalse();
        assertThat(choice.get("finish_reason").asString()).isEqualTo("stop");
        assertThat(choice.get("native_finish_reason").asString()).isEqualTo("stop");
        assertThat(body.has("system_fingerprint")).isTrue();
        JsonNode usage = body.get("usage");
        assertThat(usage.get("prompt_tokens").asInt()).isEqualTo(1_000);
        assertThat(usage.get("completion_tokens").asInt()).isEqualTo(100);
        assertThat(usage.get("prompt_tokens_details").get("cached_tokens").asInt())
                .isEqualTo(400);
        // 600 x 2.50 + 400 x 1.25 + 100 x 10.00 USD per million
        assertThat(usage.get("cost").decimalValue()).isEqualByComparingTo(new BigDecimal("0.003"));
        assertThat(usage.get("cost_details")
                        .get("upstream_inference_completions_cost")
                        .decimalValue())
                .isEqualByComparingTo(new BigDecimal("0.001"));
        assertThat(usage.get("is_byok").asBoolean()).isFalse();
    }

    @Test
    void streamsChunkByChunkAndEndsWithUsageAndDone() throws IOException {
        upstream.script(Script.answer().chunks(50).chunkDelay(Duration.ofMillis(100)));
        long begun = System.nanoTime();
        List<EventReader.Event> events;
        try (RawClient client = server.rawChat(
                TestServer.chat("test/priced", "\"stream\":true,\"stream_options\":{\"include_usage\":true}"))) {
            RawClient.Head head = client.head();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-type").orElse("")).startsWith("text/event-stream");
            assertThat(head.header("x-generation-id").orElse("")).startsWith("gen-");
            EventReader reader = client.events(head);
            events = reader.events();
            assertThat(reader.ending()).isEqualTo(RawClient.Ending.COMPLETE);
        }
        long firstByte = events.getFirst().arrivedNanos() - begun;
        long whole = events.getLast().arrivedNanos() - begun;
        assertThat(firstByte).as("time to the first byte, of %d", whole).isLessThan(whole / 10);
        assertThat(events.getLast().data()).isEqualTo("[DONE]");
        List<JsonNode> chunks = events.subList(0, events.size() - 1).stream()
                .map(event ->
                        dev.faregate.base.Json.read(event.data().getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .toList();
        assertThat(chunks.getFirst()
                        .get("choices")
                        .get(0)
                        .get("delta")
                        .get("role")
                        .asString())
                .isEqualTo("assistant");
        JsonNode usage = chunks.getLast();
        assertThat(usage.get("choices").size()).isZero();
        assertThat(usage.get("usage").get("completion_tokens").asInt()).isEqualTo(50);
        assertThat(usage.get("usage").get("cost").decimalValue()).isPositive();
        for (JsonNode chunk : chunks.subList(0, chunks.size() - 1)) {
            assertThat(chunk.has("usage")).isFalse();
            assertThat(chunk.has("error")).isFalse();
            assertThat(chunk.has("system_fingerprint")
                            && chunk.get("system_fingerprint").isNull())
                    .isFalse();
            assertThat(chunk.get("id").asString()).isEqualTo(usage.get("id").asString());
            JsonNode delta = chunk.get("choices").get(0).get("delta");
            delta.properties()
                    .forEach(member -> assertThat(member.getValue().isNull()).isFalse());
        }
        long distinctArrivals = events.stream()
                .map(event -> event.arrivedNanos() / 5_000_000)
                .distinct()
                .count();
        assertThat(distinctArrivals).as("chunks arrive one by one").isGreaterThan(20);
    }

    /// S25: OpenAI's cookbook reads `choices[0]` of every chunk of a plain stream.
    @Test
    void givesEveryChunkAChoiceUnlessUsageWasAskedFor() {
        String stream =
                server.chat(TestServer.chat("test/priced", "\"stream\":true")).body();
        assertThat(stream)
                .doesNotContain("\"choices\":[]")
                .contains("\"usage\":{")
                .endsWith("data: [DONE]\n\n");
    }

    @Test
    void passesUnknownFieldsUntouchedAndKeepsItsOwnForItself() {
        server.chat("{\"x_vendor\": {\"deep\" : [1, 2.50]},\"model\":\"test/priced\",\"provider\":{\"sort\":\"price\"},"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"Grüße 😀\"}],\"temperature\": 0.70,\"user\":\"ann@example.com\","
                + "\"max_tokens\":7,\"session_id\":\"s\"}");
        Exchange asked = upstream.truth().last();
        assertThat(asked.bodyText())
                .contains("\"x_vendor\": {\"deep\" : [1, 2.50]}")
                .contains("Grüße 😀")
                .contains("\"temperature\": 0.70")
                .contains("\"max_tokens\":7")
                .contains("\"model\":\"priced\"")
                .doesNotContain("provider")
                .doesNotContain("session_id")
                .doesNotContain("ann@example.com");
        assertThat(asked.header("authorization")).hasValue("Bearer sk-upstream-secret-sim");
        assertThat(asked.headers().keySet())
                .containsExactlyInAnyOrder(
                        "host",
                        "content-type",
                        "accept",
                        "accept-encoding",
                        "user-agent",
                        "authorization",
                        "content-length");
    }

    @Test
    void callsDevelopersSystemAtProvidersOtherThanOpenAi() {
        server.chat("{\"model\":\"test/priced\",\"messages\":[{\"role\":\"developer\",\"content\":\"Be brief.\"},"
                + "{\"role\":\"user\",\"content\":\"Hi\"}]}");
        assertThat(upstream.truth().last().bodyText())
                .contains("\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                        + "{\"role\":\"user\",\"content\":\"Hi\"}]");
    }

    @Test
    void alwaysSendsAnOutputLimitForPricedModels() {
        server.chat(TestServer.chat("test/priced", ""));
        assertThat(upstream.truth().last().bodyText()).contains("\"max_tokens\":4096");
        server.chat(TestServer.chat("test/free", ""));
        assertThat(upstream.truth().last().bodyText()).doesNotContain("max_tokens");
    }

    @Test
    void relaysToolCallsAndReasoning() {
        upstream.script(Script.answer().reasoning(3, 2).toolCalls(new dev.faregate.testkit.ToolCall("f", "{}")));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", "\"stream\":true"));
        assertThat(answer.body())
                .contains("\"reasoning\":")
                .doesNotContain("reasoning_content")
                .contains("\"tool_calls\":[{")
                .contains("\"finish_reason\":\"tool_calls\"")
                .contains("\"reasoning_tokens\":3")
                .endsWith("data: [DONE]\n\n");
    }

    @Test
    void answersABareModelName() {
        HttpResponse<String> answer = server.chat(TestServer.chat("priced", ""));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("model").asString()).isEqualTo("test/priced");
    }

    @Test
    void recordsTheGeneration() {
        upstream.script(Script.answer().promptTokens(10).completionTokens(5));
        HttpResponse<String> answer = server.post(
                "/api/v1/chat/completions",
                TestServer.chat("test/priced", "\"user\":\"u-1\",\"session_id\":\"s-1\""),
                TestServer.INFERENCE_KEY,
                "HTTP-Referer",
                "https://app.example/x?secret=1",
                "X-Title",
                "An App");
        JsonNode generation =
                server.generation(TestServer.json(answer).get("id").asString());
        assertThat(generation.get("model").asString()).isEqualTo("test/priced");
        assertThat(generation.get("native_tokens_prompt").asInt()).isEqualTo(10);
        assertThat(generation.get("native_tokens_completion").asInt()).isEqualTo(5);
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.000075");
        assertThat(generation.get("provider_name").asString()).isEqualTo("SIM");
        assertThat(generation.get("external_user").asString()).isEqualTo("u-1");
        assertThat(generation.get("http_referer").asString()).isEqualTo("https://app.example/x");
        assertThat(generation.get("streamed").asBoolean()).isFalse();
        assertThat(generation.get("provider_responses").get(0).get("status").asInt())
                .isEqualTo(200);
    }

    @Test
    void chargesAnEstimateWhenTheProviderSaysNothing() {
        upstream.script(Script.answer().usage(UsageReport.When.NEVER));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", "\"stream\":true,\"max_tokens\":100"));
        assertThat(answer.body()).contains("\"usage\":{").endsWith("data: [DONE]\n\n");
        JsonNode generation =
                server.generation(answer.headers().firstValue("x-generation-id").orElseThrow());
        assertThat(generation.get("total_cost").decimalValue()).isPositive();
    }

    @ParameterizedTest
    @EnumSource(
            value = UsageReport.Lie.class,
            names = {"NEGATIVE", "TEXT", "HUGE", "FRACTION", "NULL"})
    void neverBelievesAbsurdUsage(UsageReport.Lie lie) {
        upstream.script(Script.answer().usage(lie));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", "\"max_tokens\":100"));
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode usage = TestServer.json(answer).get("usage");
        assertThat(usage.get("cost").decimalValue()).isPositive();
        JsonNode generation =
                server.generation(TestServer.json(answer).get("id").asString());
        assertThat(generation.get("total_cost").decimalValue())
                .isEqualByComparingTo(usage.get("cost").decimalValue());
    }

    @Test
    void neverChargesMoreThanWasHeld() {
        upstream.script(Script.answer().promptTokens(1_000_000).completionTokens(1_000_000));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/stops", "\"max_tokens\":100"));
        // An endpoint that no other test made report more than its bound, which would raise it.
        // The bound of this request: its bytes, 16 for the message, 256 of preamble, and 100 tokens of answer.
        long bytes = TestServer.chat("test/stops", "\"max_tokens\":100").length();
        long nanos = (bytes + 16 + 256) * 2_500 + 100 * 10_000;
        assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                .isEqualByComparingTo(BigDecimal.valueOf(nanos, 9));
    }
}
