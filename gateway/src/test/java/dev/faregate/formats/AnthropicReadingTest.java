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
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Anthropic messages as chat answers, whole and event by event.
class AnthropicReadingTest {
    private static final String START =
            "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude\","
                    + "\"content\":[],\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":5,"
                    + "\"cache_creation_input_tokens\":3,\"output_tokens\":1}}}";
    private static final String END = "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","
            + "\"stop_sequence\":null},\"usage\":{\"output_tokens\":20}}";
    private static final String STOP = "{\"type\":\"message_stop\"}";

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static JsonNode whole(String message) {
        return Json.read(new AnthropicReading(false).whole(json(message)));
    }

    private static List<String> chunks(boolean hidden, String... events) {
        AnthropicReading reading = new AnthropicReading(hidden);
        ByteBuf out = Unpooled.buffer();
        for (String event : events) {
            reading.event(json(event), out);
        }
        reading.end(out);
        List<String> chunks = new ArrayList<>();
        for (String event : out.toString(StandardCharsets.UTF_8).split("\n\n")) {
            if (!event.isEmpty()) {
                assertThat(event).startsWith("data: ");
                chunks.add(event.substring("data: ".length()));
            }
        }
        return chunks;
    }

    private static String opened(int index, String block) {
        return "{\"type\":\"content_block_start\",\"index\":" + index + ",\"content_block\":" + block + "}";
    }

    private static String delta(int index, String delta) {
        return "{\"type\":\"content_block_delta\",\"index\":" + index + ",\"delta\":" + delta + "}";
    }

    private static String closed(int index) {
        return "{\"type\":\"content_block_stop\",\"index\":" + index + "}";
    }

    /// The deltas that say something.
    private static List<String> deltas(List<String> chunks) {
        return chunks.stream()
                .filter(chunk -> chunk.startsWith("{"))
                .map(chunk -> json(chunk).at("/choices/0/delta").toString())
                .filter(delta -> delta.length() > 2)
                .toList();
    }

    @Test
    void readsAWholeMessage() {
        assertThat(whole("""
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[
                  {"type":"thinking","thinking":"Hm.","signature":"S"},{"type":"redacted_thinking","data":"D"},
                  {"type":"text","text":"Hel"},{"type":"server_tool_use","id":"x"},{"type":"text","text":"lo"},
                  {"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}},
                  {"type":"tool_use","id":"toolu_2","name":"g","input":{}}],
                 "stop_reason":"tool_use","usage":{"input_tokens":10,"cache_read_input_tokens":5,
                   "cache_creation_input_tokens":null,"output_tokens":20,
                   "output_tokens_details":{"thinking_tokens":8},"server_tool_use":{"web_search_requests":2}}}
                """)).isEqualTo(json("""
                {"id":"msg_1","model":"claude-x","choices":[{"index":0,"message":{"role":"assistant","content":"Hello",
                  "reasoning":"Hm.","reasoning_details":[
                   {"type":"reasoning.text","format":"anthropic-claude-v1","index":0,"text":"Hm.","signature":"S"},
                   {"type":"reasoning.encrypted","format":"anthropic-claude-v1","index":1,"data":"D"}],
                  "tool_calls":[
                   {"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}},
                   {"id":"toolu_2","type":"function","function":{"name":"g","arguments":"{}"}}]},
                  "finish_reason":"tool_use"}],
                 "usage":{"prompt_tokens":15,"completion_tokens":20,"total_tokens":35,
                  "prompt_tokens_details":{"cached_tokens":5,"cache_write_tokens":0},
                  "completion_tokens_details":{"reasoning_tokens":8},"server_tool_use":{"web_search_requests":2}}}
                """));
    }

    @Test
    void hidesThinkingWhereItIsNotWanted() {
        JsonNode message = json("{\"content\":[{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":\"S\"},"
                + "{\"type\":\"text\",\"text\":\"x\"}]}");
        JsonNode read = Json.read(new AnthropicReading(true).whole(message));
        assertThat(read.at("/choices/0/message")).isEqualTo(json("{\"role\":\"assistant\",\"content\":\"x\"}"));
        List<String> chunks = chunks(
                true,
                START,
                opened(0, "{\"type\":\"thinking\",\"thinking\":\"\"}"),
                delta(0, "{\"type\":\"thinking_delta\",\"thinking\":\"Hm.\"}"),
                delta(0, "{\"type\":\"signature_delta\",\"signature\":\"S\"}"),
                opened(1, "{\"type\":\"redacted_thinking\",\"data\":\"D\"}"));
        assertThat(deltas(chunks)).isEmpty();
        assertThat(chunks).as("each of them is progress").hasSize(5);
    }

    @Test
    void readsAStream() {
        List<String> chunks = chunks(
                false,
                START,
                "{\"type\":\"ping\"}",
                opened(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"),
                delta(0, "{\"type\":\"thinking_delta\",\"thinking\":\"H\\\"m\"}"),
                delta(0, "{\"type\":\"signature_delta\",\"signature\":\"S\"}"),
                closed(0),
                opened(1, "{\"type\":\"redacted_thinking\",\"data\":\"D\"}"),
                closed(1),
                opened(2, "{\"type\":\"text\",\"text\":\"\"}"),
                delta(2, "{\"type\":\"text_delta\",\"text\":\"Hello\"}"),
                closed(2),
                opened(3, "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{}}"),
                delta(3, "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"),
                delta(3, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}"),
                delta(3, "{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}"),
                closed(3),
                opened(4, "{\"type\":\"tool_use\",\"id\":\"t2\",\"name\":\"g\",\"input\":{}}"),
                closed(4),
                END,
                STOP);
        assertThat(chunks.getFirst()).isEqualTo("{\"id\":\"msg_1\",\"model\":\"claude\",\"choices\":[]}");
        assertThat(chunks.getLast()).isEqualTo("[DONE]");
        String role = "{\"role\":\"assistant\",";
        assertThat(deltas(chunks))
                .containsExactly(
                        role + "\"reasoning\":\"H\\\"m\",\"reasoning_details\":[{\"type\":\"reasoning.text\","
                                + "\"text\":\"H\\\"m\",\"format\":\"anthropic-claude-v1\",\"index\":0}]}",
                        role + "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"signature\":\"S\","
                                + "\"format\":\"anthropic-claude-v1\",\"index\":0}]}",
                        "{\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"format\":"
                                + "\"anthropic-claude-v1\",\"index\":1,\"data\":\"D\"}]}",
                        role + "\"content\":\"Hello\"}",
                        role + "\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"type\":\"function\",\"function\":"
                                + "{\"name\":\"f\",\"arguments\":\"\"}}]}",
                        role + "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":\"}}]}",
                        role + "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}",
                        role + "\"tool_calls\":[{\"index\":1,\"id\":\"t2\",\"type\":\"function\",\"function\":"
                                + "{\"name\":\"g\",\"arguments\":\"\"}}]}",
                        role + "\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{}\"}}]}");
        JsonNode last = json(chunks.get(chunks.size() - 2));
        assertThat(last.at("/choices/0/finish_reason").asString()).isEqualTo("end_turn");
        assertThat(last.path("usage")).isEqualTo(json("""
                {"prompt_tokens":18,"completion_tokens":20,"total_tokens":38,
                 "prompt_tokens_details":{"cached_tokens":5,"cache_write_tokens":3},
                 "completion_tokens_details":{"reasoning_tokens":0}}
                """));
    }

    /// What is reported at the beginning of a message is no bill: a stream that breaks has produced more.
    @Test
    void saysUsageAtTheEndOnly() {
        assertThat(chunks(false, START, delta(0, "{\"type\":\"text_delta\",\"text\":\"a\"}")))
                .noneMatch(chunk -> chunk.contains("usage"));
    }

    @Test
    void takesWhatTheEndSaysForTheWhole() {
        List<String> chunks = chunks(
                false,
                START,
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":11,"
                        + "\"cache_read_input_tokens\":null,\"output_tokens\":7}}");
        JsonNode usage = json(chunks.getLast()).path("usage");
        assertThat(usage.path("prompt_tokens").asInt()).isEqualTo(11 + 5 + 3);
        assertThat(usage.path("completion_tokens").asInt()).isEqualTo(7);
    }

    @Test
    void tellsWhatIsKeptForAnHour() {
        JsonNode usage = whole("{\"content\":[],\"usage\":{\"input_tokens\":1,\"cache_creation_input_tokens\":9,"
                        + "\"cache_creation\":{\"ephemeral_5m_input_tokens\":4,\"ephemeral_1h_input_tokens\":5},"
                        + "\"output_tokens\":1}}")
                .path("usage");
        assertThat(usage.path("prompt_tokens").asInt()).isEqualTo(10);
        assertThat(usage.path("prompt_tokens_details"))
                .isEqualTo(json("{\"cached_tokens\":0,\"cache_write_tokens\":9,\"cache_write_1h_tokens\":5}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"input_tokens\":\"1\",\"output_tokens\":1}",
                "{\"output_tokens\":1}",
                "{\"input_tokens\":1.5,\"output_tokens\":1}",
                "null"
            })
    void reportsNothingWhereNothingIsToBeBelieved(String usage) {
        assertThat(whole("{\"content\":[],\"usage\":" + usage + "}").has("usage"))
                .isFalse();
    }

    @Test
    void handsOnNumbersThatAreNoCounts() {
        JsonNode usage = whole("{\"content\":[],\"usage\":{\"input_tokens\":9223372036854775807,"
                        + "\"cache_read_input_tokens\":9,\"output_tokens\":1}}")
                .path("usage");
        assertThat(usage.path("prompt_tokens").asLong()).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"type\":\"ping\"}", "{\"type\":\"something_new\",\"x\":[1]}", "{}", "[]", "\"text\"", "null"})
    void ignoresWhatItDoesNotKnow(String event) {
        assertThat(chunks(false, event)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\":\"citations_delta\",\"citation\":{}}", "{}"})
    void takesUnknownDeltasForProgress(String delta) {
        assertThat(chunks(false, delta(0, delta))).containsExactly("{\"choices\":[]}");
    }

    @ParameterizedTest
    @CsvSource({
        "overloaded_error, 529",
        "rate_limit_error, 429",
        "api_error, 502",
        "timeout_error, 504",
        "invalid_request_error, 400",
        "news_error, 502"
    })
    void tellsAnErrorInTheStream(String type, int code) {
        String error = "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"Sorry\"}}";
        assertThat(json(chunks(false, START, error).getLast()))
                .isEqualTo(json("{\"error\":{\"code\":" + code + ",\"message\":\"Sorry\"}}"));
        assertThat(whole(error)).isEqualTo(json("{\"error\":{\"code\":" + code + ",\"message\":\"Sorry\"}}"));
    }

    @Test
    void tellsRefusals() {
        Format.Refusal refusal = new AnthropicFormat()
                .refusal(
                        400,
                        "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: 2 > 1\"}}"
                                .getBytes(StandardCharsets.UTF_8));
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(Json.read(refusal.body()))
                .isEqualTo(
                        json("{\"error\":{\"message\":\"prompt is too long: 2 > 1\",\"code\":\"invalid_request_error\","
                                + "\"metadata\":{\"error_type\":\"context_length_exceeded\"}}}"));
        assertThat(new AnthropicFormat()
                        .refusal(
                                400,
                                "{\"error\":{\"message\":\"Your credit balance is too low to go on\"}}"
                                        .getBytes(StandardCharsets.UTF_8))
                        .status())
                .as("our account, not the client's request")
                .isEqualTo(402);
        assertThat(Json.read(new AnthropicFormat()
                                .refusal(503, "<html>".getBytes(StandardCharsets.UTF_8))
                                .body())
                        .at("/error/message")
                        .isNull())
                .isTrue();
    }
}
