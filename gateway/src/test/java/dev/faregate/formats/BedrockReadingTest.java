package dev.faregate.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Answers of Amazon Bedrock's Converse as chat answers, whole and event by event, and its errors.
class BedrockReadingTest {
    private static final String STOP = "{\"messageStop\":{\"stopReason\":\"end_turn\"}}";
    private static final String METADATA = "{\"metadata\":{\"usage\":{\"inputTokens\":11,\"outputTokens\":7,"
            + "\"totalTokens\":1318,\"cacheReadInputTokens\":1000,\"cacheWriteInputTokens\":300,"
            + "\"cacheDetails\":[{\"ttl\":\"1h\",\"inputTokens\":100},{\"ttl\":\"5m\",\"inputTokens\":200}]}}}";
    private static final String USAGE = "{\"prompt_tokens\":1311,\"completion_tokens\":7,\"total_tokens\":1318,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":1000,\"cache_write_tokens\":300,"
            + "\"cache_write_1h_tokens\":100},\"completion_tokens_details\":{\"reasoning_tokens\":0}}";

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> chunks(boolean hidden, String... events) {
        BedrockReading reading = new BedrockReading(hidden, true);
        ByteBuf out = Unpooled.buffer();
        for (String event : events) {
            reading.event(json(event), out);
        }
        reading.end(out);
        List<String> chunks = new ArrayList<>();
        for (String event : out.toString(StandardCharsets.UTF_8).split("\n\n")) {
            if (!event.isEmpty()) {
                chunks.add(event.substring("data: ".length()));
            }
        }
        return chunks;
    }

    private static String delta(int block, String delta) {
        return "{\"contentBlockDelta\":{\"contentBlockIndex\":" + block + ",\"delta\":" + delta + ",\"p\":\"abc\"}}";
    }

    @Test
    void readsAWholeAnswer() {
        byte[] chat = new BedrockReading(false, true).whole(json("""
                {"output":{"message":{"role":"assistant","content":[
                  {"reasoningContent":{"reasoningText":{"text":"Hm","signature":"c2ln"}}},
                  {"reasoningContent":{"redactedContent":"ZGF0YQ"}},
                  {"text":"Look: "},{"citationsContent":{"content":[{"text":"cited"}]}},
                  {"toolUse":{"toolUseId":"t1","name":"look","input":{"a":1}}},{"hologram":{}}]}},
                 "stopReason":"tool_use","usage":{"inputTokens":5,"outputTokens":6,"totalTokens":11},
                 "metrics":{"latencyMs":1}}"""));
        assertThat(Json.read(chat)).isEqualTo(json("""
                {"choices":[{"index":0,"message":{"role":"assistant","content":"Look: cited","reasoning":"Hm",
                  "reasoning_details":[
                   {"type":"reasoning.text","text":"Hm","signature":"c2ln","format":"anthropic-claude-v1","index":0},
                   {"type":"reasoning.encrypted","data":"ZGF0YQ","format":"anthropic-claude-v1","index":1}],
                  "tool_calls":[{"id":"t1","type":"function","function":
                   {"name":"look","arguments":"{\\"a\\":1}"}}]},"finish_reason":"tool_use"}],
                 "usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11,
                  "prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},
                  "completion_tokens_details":{"reasoning_tokens":0}}}"""));
    }

    @Test
    void hidesWhatIsNotToBeSeen() {
        byte[] chat = new BedrockReading(true, true)
                .whole(json("{\"output\":{\"message\":{\"content\":[{\"reasoningContent\":{\"reasoningText\":"
                        + "{\"text\":\"Hm\",\"signature\":\"s\"}}},{\"text\":\"So\"}]}}}"));
        assertThat(new String(chat, StandardCharsets.UTF_8)).contains("So").doesNotContain("reasoning");
        assertThat(chunks(true, delta(0, "{\"reasoningContent\":{\"text\":\"Hm\"}}")))
                .containsExactly("{\"choices\":[]}");
    }

    @Test
    void readsAStream() {
        List<String> chunks = chunks(
                false,
                "{\"messageStart\":{\"role\":\"assistant\",\"p\":\"ab\"}}",
                delta(0, "{\"reasoningContent\":{\"text\":\"Hm\"}}"),
                delta(0, "{\"reasoningContent\":{\"signature\":\"c2ln\"}}"),
                "{\"contentBlockStop\":{\"contentBlockIndex\":0}}",
                delta(1, "{\"reasoningContent\":{\"redactedContent\":\"ZGF0YQ\"}}"),
                delta(2, "{\"text\":\"Look\"}"),
                "{\"contentBlockStart\":{\"contentBlockIndex\":3,\"start\":{\"toolUse\":{\"toolUseId\":\"t1\","
                        + "\"name\":\"look\"}}}}",
                delta(3, "{\"toolUse\":{\"input\":\"{\\\"a\\\":\"}}"),
                delta(3, "{\"toolUse\":{\"input\":\"1}\"}}"),
                "{\"contentBlockStop\":{\"contentBlockIndex\":3}}",
                "{\"contentBlockStart\":{\"contentBlockIndex\":4,\"start\":{\"toolUse\":{\"toolUseId\":\"t2\","
                        + "\"name\":\"now\"}}}}",
                "{\"contentBlockStop\":{\"contentBlockIndex\":4}}",
                "{\"hologram\":{}}",
                "{\"messageStop\":{\"stopReason\":\"tool_use\"}}",
                METADATA);
        assertThat(chunks).hasSize(15);
        String all = String.join("\n", chunks);
        assertThat(json(chunks.get(1))
                        .at("/choices/0/delta/reasoning_details/0/text")
                        .asString())
                .isEqualTo("Hm");
        assertThat(json(chunks.get(2))
                        .at("/choices/0/delta/reasoning_details/0")
                        .toString())
                .isEqualTo("{\"type\":\"reasoning.text\",\"signature\":\"c2ln\","
                        + "\"format\":\"anthropic-claude-v1\",\"index\":0}");
        assertThat(json(chunks.get(4))
                        .at("/choices/0/delta/reasoning_details/0")
                        .toString())
                .isEqualTo("{\"type\":\"reasoning.encrypted\",\"data\":\"ZGF0YQ\","
                        + "\"format\":\"anthropic-claude-v1\",\"index\":1}");
        assertThat(all).contains("\"content\":\"Look\"", "\"index\":1,\"id\":\"t2\"", "\"finish_reason\":\"tool_use\"");
        assertThat(json(chunks.get(11))
                        .at("/choices/0/delta/tool_calls/0/function/arguments")
                        .asString())
                .isEqualTo("{}");
        assertThat(json(chunks.get(13)).path("usage")).isEqualTo(json(USAGE));
        assertThat(chunks.getLast()).isEqualTo("[DONE]");
    }

    @Test
    void endsOnlyAfterTheModelStopped() {
        assertThat(chunks(false, delta(0, "{\"text\":\"a\"}"))).doesNotContain("[DONE]");
        assertThat(chunks(false, METADATA)).doesNotContain("[DONE]");
        assertThat(chunks(false, STOP)).endsWith("[DONE]");
        assertThat(chunks(false, STOP, METADATA, METADATA)).containsOnlyOnce("[DONE]");
    }

    @ParameterizedTest
    @CsvSource({
        "throttlingException, 429",
        "validationException, 400",
        "serviceUnavailableException, 503",
        "modelStreamErrorException, 502",
        "internalServerException, 502",
        "somethingNewException, 502",
        "error, 502"
    })
    void tellsAnExceptionInAStream(String type, int code) {
        List<String> chunks = chunks(false, "{\"" + type + "\":{\"message\":\"Why\"}}");
        assertThat(json(chunks.getFirst()).at("/error/code").asInt()).isEqualTo(code);
        assertThat(json(chunks.getFirst()).at("/error/message").asString()).isEqualTo("Why");
        assertThat(chunks).doesNotContain("[DONE]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | Malformed input request | 400 | ",
                "400 | Input is too long for requested model. | 400 | context_length_exceeded",
                "400 | The provided model identifier is invalid. | 404 | ",
                "400 | Invocation of model ID x with on-demand throughput isn’t supported. | 404 | ",
                "400 | Operation not allowed | 403 | ",
                "403 | The security token included in the request is invalid. | 403 | ",
                "408 | Timed out | 408 | ",
                "424 | The model failed | 424 | ",
                "429 | Too many requests | 429 | "
            })
    void tellsWhoseAnErrorIs(int status, String message, int meant, String type) {
        byte[] body = ("{\"message\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8);
        Format.Refusal refusal = new BedrockFormat().refusal(status, body);
        JsonNode error = Json.read(refusal.body()).path("error");
        assertThat(refusal.status()).isEqualTo(meant);
        assertThat(error.path("message").asString()).isEqualTo(message);
        assertThat(error.at("/metadata/error_type").asString("")).isEqualTo(type == null ? "" : type);
    }

    @Test
    void readsTheTypeOfAnError() {
        byte[] body = "{\"__type\":\"com.amazon.coral.service#ServiceQuotaExceededException\",\"Message\":\"Spent\"}"
                .getBytes(StandardCharsets.UTF_8);
        Format.Refusal refusal = new BedrockFormat().refusal(400, body);
        assertThat(refusal.status()).isEqualTo(429);
        assertThat(Json.read(refusal.body()).at("/error/code").asString()).isEqualTo("ServiceQuotaExceededException");
        assertThat(new BedrockFormat()
                        .refusal(503, "<html>".getBytes(StandardCharsets.UTF_8))
                        .status())
                .isEqualTo(503);
    }
}
