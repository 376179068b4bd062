package dev.faregate.skins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Json;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Chat answers as Anthropic messages, whole and event by event.
class MessagesTellingTest {
    private static final String HEAD = "\"id\":\"gen-1\",\"object\":\"x\",\"model\":\"a/b\",\"provider\":\"P\"";
    private static final String USAGE =
            "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":20,\"cost\":0.000000075,"
                    + "\"is_byok\":false,\"prompt_tokens_details\":{\"cached_tokens\":60,\"cache_write_tokens\":10},"
                    + "\"completion_tokens_details\":{\"reasoning_tokens\":5}}";

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode whole(String choice) {
        byte[] told = new MessagesTelling().whole(json("{" + HEAD + ",\"choices\":[" + choice + "]," + USAGE + "}"));
        return Json.readObject(told);
    }

    /// Every event of a stream with these deltas, whose finish reason is `stop`.
    private static List<JsonNode> stream(String... deltas) {
        MessagesTelling telling = new MessagesTelling();
        ByteBuf out = Unpooled.buffer();
        for (String delta : deltas) {
            telling.chunk(chunk("{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":null}"), out);
        }
        telling.chunk(chunk("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}"), out);
        telling.chunk(json("{" + HEAD + ",\"choices\":[]," + USAGE + "}"), out);
        telling.done(out);
        return events(out);
    }

    private static JsonNode chunk(String choice) {
        return json("{" + HEAD + ",\"choices\":[" + choice + "]}");
    }

    /// The data of each event, whose name is its type.
    private static List<JsonNode> events(ByteBuf out) {
        List<JsonNode> events = new ArrayList<>();
        for (String event : out.toString(StandardCharsets.UTF_8).split("\n\n")) {
            String[] lines = event.split("\n");
            assertThat(lines).hasSize(2);
            JsonNode data = json(lines[1].substring("data: ".length()));
            assertThat(lines[0]).isEqualTo("event: " + data.path("type").asString());
            events.add(data);
        }
        return events;
    }

    @Test
    void tellsAWholeAnswer() {
        assertThat(whole("{\"message\":{\"role\":\"assistant\",\"content\":\"Hello\"},\"finish_reason\":\"stop\"}"))
                .isEqualTo(json("""
                        {"id":"gen-1","type":"message","role":"assistant","model":"a/b",
                         "content":[{"type":"text","text":"Hello","citations":null}],
                         "container":null,"stop_reason":"end_turn","stop_sequence":null,"stop_details":null,
                         "usage":{"input_tokens":30,"output_tokens":20,"cache_creation_input_tokens":10,
                          "cache_read_input_tokens":60,"cache_creation":null,"inference_geo":null,
                          "server_tool_use":null,"output_tokens_details":{"thinking_tokens":5},
                          "service_tier":"standard","cost":0.000000075,"is_byok":false}}
                        """));
    }

    @Test
    void tellsThinkingAndToolsOfAWholeAnswer() {
        JsonNode content = whole("""
                {"message":{"role":"assistant","content":null,"reasoning":"Hm.","reasoning_details":[
                   {"type":"reasoning.text","text":"Hm.","signature":"c2ln","format":"anthropic-claude-v1","index":0},
                   {"type":"reasoning.encrypted","data":"ZGF0YQ","format":"anthropic-claude-v1","index":1}],
                  "tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}},
                                {"id":"t2","type":"function","function":{"name":"g","arguments":""}},
                                {"id":"t3","type":"function","function":{"name":"h","arguments":"[broken"}}]},
                 "finish_reason":"stop"}
                """);
        assertThat(content.path("stop_reason").asString()).isEqualTo("tool_use");
        assertThat(content.path("content")).isEqualTo(json("""
                [{"type":"thinking","thinking":"Hm.","signature":"c2ln"},
                 {"type":"redacted_thinking","data":"ZGF0YQ"},
                 {"type":"tool_use","id":"t1","name":"f","input":{"a":1},"caller":{"type":"direct"}},
                 {"type":"tool_use","id":"t2","name":"g","input":{},"caller":{"type":"direct"}},
                 {"type":"tool_use","id":"t3","name":"h","input":{"arguments":"[broken"},"caller":{"type":"direct"}}]
                """));
    }

    @ParameterizedTest
    @CsvSource({
        "stop, stop, end_turn",
        "stop, stop_sequence, stop_sequence",
        "length, length, max_tokens",
        "length, max_tokens, max_tokens",
        "tool_calls, tool_calls, tool_use",
        "content_filter, refusal, refusal",
        "content_filter, SAFETY, refusal",
        "stop, pause_turn, pause_turn"
    })
    void saysWhyItStopped(String reason, String raw, String told) {
        JsonNode answer = whole("{\"message\":{\"content\":\"x\"},\"finish_reason\":\"" + reason
                + "\",\"native_finish_reason\":\"" + raw + "\"}");
        assertThat(answer.path("stop_reason").asString()).isEqualTo(told);
    }

    @Test
    void streamsOneBlockAfterTheOther() {
        List<JsonNode> events = stream(
                "{\"role\":\"assistant\",\"content\":\"\"}",
                "{\"reasoning\":\"H\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"H\",\"index\":0}]}",
                "{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"m.\",\"index\":0}]}",
                "{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"signature\":\"c2ln\",\"format\":"
                        + "\"anthropic-claude-v1\",\"index\":0}]}",
                "{\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"data\":\"ZGF0YQ\",\"index\":1}]}",
                "{\"content\":\"Hel\"}",
                "{\"content\":\"lo\"}",
                "{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}",
                "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}",
                "{\"tool_calls\":[{\"index\":1,\"id\":\"t2\",\"function\":{\"name\":\"g\",\"arguments\":\"[]\"}}]}");
        JsonNode start = events.getFirst();
        assertThat(start.path("message").path("id").asString()).isEqualTo("gen-1");
        assertThat(start.path("message").path("content")).isEmpty();
        assertThat(start.path("message").path("usage").path("input_tokens").asInt())
                .isZero();
        assertThat(events.subList(1, events.size() - 2).stream().map(JsonNode::toString))
                .containsExactly(
                        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\","
                                + "\"thinking\":\"\",\"signature\":\"\"}}",
                        delta(0, "thinking_delta", "thinking", "H"),
                        delta(0, "thinking_delta", "thinking", "m."),
                        delta(0, "signature_delta", "signature", "c2ln"),
                        stop(0),
                        "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":"
                                + "\"redacted_thinking\",\"data\":\"ZGF0YQ\"}}",
                        stop(1),
                        "{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"text\","
                                + "\"text\":\"\",\"citations\":null}}",
                        delta(2, "text_delta", "text", "Hel"),
                        delta(2, "text_delta", "text", "lo"),
                        stop(2),
                        call(3, "t1", "f"),
                        delta(3, "input_json_delta", "partial_json", "{}"),
                        stop(3),
                        call(4, "t2", "g"),
                        delta(4, "input_json_delta", "partial_json", "[]"),
                        stop(4));
        JsonNode end = events.get(events.size() - 2);
        assertThat(end.path("delta").path("stop_reason").asString()).isEqualTo("tool_use");
        assertThat(end.path("usage").path("input_tokens").asInt()).isEqualTo(30);
        assertThat(end.path("usage").path("cost").decimalValue()).isEqualByComparingTo("0.000000075");
        assertThat(events.getLast().toString()).isEqualTo("{\"type\":\"message_stop\"}");
    }

    private static String delta(int index, String type, String name, String value) {
        return "{\"type\":\"content_block_delta\",\"index\":" + index + ",\"delta\":{\"type\":\"" + type + "\",\""
                + name + "\":\"" + value + "\"}}";
    }

    private static String stop(int index) {
        return "{\"type\":\"content_block_stop\",\"index\":" + index + "}";
    }

    private static String call(int index, String id, String name) {
        return "{\"type\":\"content_block_start\",\"index\":" + index + ",\"content_block\":{\"type\":\"tool_use\","
                + "\"id\":\"" + id + "\",\"name\":\"" + name + "\",\"input\":{},\"caller\":{\"type\":\"direct\"}}}";
    }

    @Test
    void tellsCallsApartThatAllHaveTheSamePlace() {
        List<JsonNode> events = stream(
                "{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
                "{\"tool_calls\":[{\"index\":0,\"id\":\"t2\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}");
        assertThat(events.stream().filter(event -> event.has("content_block"))).hasSize(2);
    }

    @Test
    void refusesToMixUpCalls() {
        assertThatThrownBy(() -> stream(
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"t1\",\"function\":{\"name\":\"f\"}}]}",
                        "{\"tool_calls\":[{\"index\":1,\"id\":\"t2\",\"function\":{\"name\":\"f\"}}]}",
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}"))
                .isInstanceOf(IllegalStateException.class);
    }

    /// However an answer is cut into chunks, its events amount to what is told of it as a whole; and what a client
    /// sends back of that is what the provider had said.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void streamsAmountToTheWholeAndComeBack(long seed) {
        Random random = new Random(seed);
        ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "assistant");
        List<String> deltas = new ArrayList<>();
        SaidInPieces.reasoning(random, message, deltas);
        SaidInPieces.text(random, message, deltas);
        SaidInPieces.calls(random, message, deltas);
        ObjectNode told = whole("{\"message\":" + message + ",\"finish_reason\":\"stop\"}");
        assertThat(assembled(stream(deltas.toArray(String[]::new))))
                .as("seed %d", seed)
                .isEqualTo(told.path("content"));

        String back = "{\"messages\":[{\"role\":\"assistant\",\"content\":" + told.path("content") + "}]}";
        ObjectNode chat =
                Json.readObject(new MessagesSkin().wear((ObjectNode) json(back)).chat());
        assertThat(chat.path("messages").get(0)).as("seed %d", seed).isEqualTo(message);
    }

    /// The content that a client puts together from events.
    static ArrayNode assembled(List<JsonNode> events) {
        ArrayNode content = JsonNodeFactory.instance.arrayNode();
        String input = "";
        for (JsonNode event : events) {
            ObjectNode block =
                    (ObjectNode) (content.isEmpty() ? content.objectNode() : content.get(content.size() - 1));
            switch (event.path("type").asString()) {
                case "content_block_start" -> content.add(event.get("content_block"));
                case "content_block_delta" -> {
                    JsonNode delta = event.get("delta");
                    switch (delta.get("type").asString()) {
                        case "text_delta" -> append(block, "text", delta.get("text"));
                        case "thinking_delta" -> append(block, "thinking", delta.get("thinking"));
                        case "signature_delta" -> append(block, "signature", delta.get("signature"));
                        default -> input += delta.get("partial_json").asString();
                    }
                }
                case "content_block_stop" -> {
                    if (!input.isEmpty()) {
                        block.set("input", json(input));
                        input = "";
                    }
                }
                default -> {}
            }
        }
        return content;
    }

    private static void append(ObjectNode block, String name, JsonNode piece) {
        block.put(name, block.get(name).asString() + piece.asString());
    }
}
