package dev.faregate.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
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

/// Chat requests as bodies of Cohere's Chat API, and its answers as chat.
class CohereFormatTest {
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private final CohereFormat format = new CohereFormat();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode json(String text) {
        return Json.read(bytes(text));
    }

    private JsonNode said(String model, String chat) {
        Format.Wanted wanted = new Format.Wanted(model, 1_000, 0, "somebody", false);
        return Json.read(
                format.say(Json.readObject(bytes("{" + chat + "}")), wanted).body());
    }

    @Test
    void saysTheSettingsWithinTheirRanges() {
        assertThat(said("command-a-03-2025", HI + """
                ,"model":"x","stream":true,"temperature":0.5,"top_p":1,"top_k":900,"seed":7,"stop":"END",
                "frequency_penalty":-1,"presence_penalty":1.5,"logit_bias":{},"user":"u","n":2,
                "reasoning":{"effort":"high"},
                "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}
                """)).isEqualTo(json("""
                {"model":"command-a-03-2025","stream":false,"messages":[{"role":"user","content":"Hi"}],
                 "max_tokens":1000,"temperature":0.5,"seed":7,"p":0.99,"frequency_penalty":0,"presence_penalty":1,
                 "k":500,"stop_sequences":["END"],
                 "response_format":{"type":"json_object","json_schema":{"type":"object"}}}
                """));
    }

    @Test
    void saysAConversationWithToolsAndImages() {
        JsonNode body = said("command-a-03-2025", """
                "messages":[{"role":"developer","content":[{"type":"text","text":"Be "},{"type":"text","text":"kind"}]},
                 {"role":"user","content":[{"type":"text","text":"See"},
                  {"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}}]},
                 {"role":"assistant","content":"I will look","tool_calls":[{"id":"c1","index":0,"type":"function",
                  "function":{"name":"f","arguments":"{}"}}]},
                 {"role":"tool","tool_call_id":"c1","name":"f","content":"Sunny"},
                 {"role":"assistant","content":"Fine","reasoning":"hm"}],
                "tools":[{"type":"function","function":{"name":"f","description":"d","strict":true}},
                 {"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}],
                "tool_choice":{"type":"function","function":{"name":"g"}}""");
        assertThat(body.path("messages")).isEqualTo(json("""
                [{"role":"system","content":"Be kind"},
                 {"role":"user","content":[{"type":"text","text":"See"},
                  {"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}}]},
                 {"role":"assistant","tool_plan":"I will look","tool_calls":[{"id":"c1","type":"function",
                  "function":{"name":"f","arguments":"{}"}}]},
                 {"role":"tool","tool_call_id":"c1","content":"Sunny"},
                 {"role":"assistant","content":"Fine"}]"""));
        assertThat(body.path("tools")).isEqualTo(json("""
                [{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}]"""));
        assertThat(body.path("tool_choice").asString()).isEqualTo("REQUIRED");
    }

    @ParameterizedTest
    @CsvSource({"auto, false, ''", "required, true, REQUIRED", "none, true, NONE"})
    void saysWhetherToCallATool(String choice, boolean said, String word) {
        JsonNode body = said(
                "command-a-03-2025",
                HI + ",\"tools\":[{\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"" + choice + "\"");
        assertThat(body.has("tool_choice")).isEqualTo(said);
        assertThat(body.path("tool_choice").asString("")).isEqualTo(word);
        assertThat(body.at("/tools/0/function/parameters/type").asString()).isEqualTo("object");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"effort":"medium"}  | {"type":"enabled","token_budget":500}
            {"max_tokens":300}   | {"type":"enabled","token_budget":300}
            {"enabled":true}     | {"type":"enabled"}
            {"enabled":false}    | {"type":"disabled"}
            """)
    void tellsAModelThatCanHowToThink(String reasoning, String thinking) {
        assertThat(said("command-a-reasoning-08-2025", HI + ",\"reasoning\":" + reasoning)
                        .path("thinking"))
                .isEqualTo(json(thinking));
        assertThat(said("command-r-08-2024", HI + ",\"reasoning\":" + reasoning).has("thinking"))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [{"role":"user","content":[{"type":"input_audio"}]}]      | messages[0].content[0].type
            [{"role":"assistant","content":[{"type":"image_url"}]}]   | messages[0].content[0].type
            [{"role":"wizard","content":"x"}]                         | messages[0].role
            """)
    void namesWhatCannotBeSaid(String messages, String field) {
        assertThatThrownBy(() -> said("command-a-03-2025", "\"messages\":" + messages))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining(field);
    }

    @Test
    void readsAWholeAnswer() {
        String answer = """
                {"id":"i1","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_plan":"I look. ",
                 "content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"Hello"}],
                 "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":""}}],"citations":[]},
                 "usage":{"billed_units":{"input_tokens":11,"output_tokens":7},
                  "tokens":{"input_tokens":76,"output_tokens":9}}}""";
        assertThat(Json.read(new CohereReading(false).whole(json(answer)))).isEqualTo(json("""
                {"id":"i1","choices":[{"index":0,"message":{"role":"assistant","content":"I look. Hello",
                 "reasoning":"Hm.","reasoning_details":[{"type":"reasoning.text","text":"Hm.","format":"unknown","index":0}],
                 "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
                 "finish_reason":"TOOL_CALL"}],
                 "usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}"""));
        assertThat(new String(new CohereReading(true).whole(json(answer)), StandardCharsets.UTF_8))
                .doesNotContain("Hm.");
    }

    private static List<String> chunks(String... events) {
        CohereReading reading = new CohereReading(false);
        ByteBuf out = Unpooled.buffer();
        for (String event : events) {
            reading.event(json(event), out);
        }
        List<String> chunks = new ArrayList<>();
        for (String chunk : out.toString(StandardCharsets.UTF_8).split("\n\n")) {
            chunks.add(chunk.substring("data: ".length()));
        }
        return chunks;
    }

    @Test
    void readsAStream() {
        List<String> chunks = chunks(
                "{\"type\":\"message-start\",\"id\":\"i1\",\"delta\":{\"message\":{\"role\":\"assistant\"}}}",
                "{\"type\":\"tool-plan-delta\",\"delta\":{\"message\":{\"tool_plan\":\"I look\"}}}",
                "{\"type\":\"tool-call-start\",\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"c1\",\"function\":"
                        + "{\"name\":\"f\",\"arguments\":\"\"}}}}}",
                "{\"type\":\"tool-call-end\",\"index\":0}",
                "{\"type\":\"citation-start\",\"index\":0}",
                "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"TOOL_CALL\",\"usage\":{\"tokens\":"
                        + "{\"input_tokens\":5,\"output_tokens\":2}}}}");
        assertThat(json(chunks.getFirst()).path("id").asString()).isEqualTo("i1");
        assertThat(chunks.get(1)).contains("I look");
        assertThat(chunks.get(2)).contains("\"id\":\"c1\"");
        assertThat(json(chunks.get(3))
                        .at("/choices/0/delta/tool_calls/0/function/arguments")
                        .asString())
                .isEqualTo("{}");
        assertThat(chunks.get(4)).isEqualTo("{\"choices\":[]}");
        assertThat(json(chunks.get(5)).at("/usage/total_tokens").asInt()).isEqualTo(7);
        assertThat(chunks.getLast()).isEqualTo("[DONE]");
    }

    @Test
    void readsErrors() {
        assertThat(chunks("{\"type\":\"message-end\",\"delta\":{\"error\":\"broken\",\"finish_reason\":\"ERROR\"}}"))
                .singleElement()
                .asString()
                .contains("\"message\":\"broken\"", "502");
        Format.Refusal refusal = format.refusal(400, bytes("{\"message\":\"too many tokens: at most 9\"}"));
        assertThat(new String(refusal.body(), StandardCharsets.UTF_8))
                .contains("too many tokens: at most 9", "context_length_exceeded");
        assertThat(format.refusal(503, bytes("<html>")).status()).isEqualTo(503);
    }
}
