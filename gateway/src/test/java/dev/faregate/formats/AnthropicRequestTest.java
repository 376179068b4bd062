package dev.faregate.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Chat requests as bodies of Anthropic's Messages API.
class AnthropicRequestTest {
    private static final String SONNET = "claude-sonnet-4-5";
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static ObjectNode object(String json) {
        return Json.readObject(json.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode said(String model, long limit, String chat) {
        Format.Wanted wanted = new Format.Wanted(model, limit, 0, null, false);
        return Json.readObject(
                new AnthropicFormat().say(object("{" + chat + "}"), wanted).body());
    }

    private static ObjectNode said(String chat) {
        return said(SONNET, 10_000, chat);
    }

    /// The messages that those of a chat are.
    private static void turns(String chat, String anthropic) {
        assertThat(said("\"messages\":[" + chat + "]").get("messages").toString())
                .isEqualTo(Json.read(anthropic.getBytes(StandardCharsets.UTF_8)).toString());
    }

    private static void has(String chat, String fields) {
        ObjectNode body = said(chat);
        object("{" + fields + "}")
                .propertyStream()
                .forEach(field -> assertThat(body.path(field.getKey()).toString())
                        .as(field.getKey())
                        .isEqualTo(field.getValue().toString()));
    }

    private static void hasNot(ObjectNode body, String... names) {
        assertThat(body.propertyNames()).doesNotContain(names);
    }

    @Test
    void saysTheSettings() {
        Format.Wanted wanted = new Format.Wanted(SONNET, 500, 64_000, "hashed-user", true);
        ObjectNode chat = object("""
                {"model":"anthropic/claude-sonnet-4.5","temperature":0.7,"top_k":5,"stop":["END"," "],"seed":7,
                 "service_tier":"default","user":"raw","n":2,"logit_bias":{"1":2},"provider":{},"stream":true,
                 "cache_control":{"type":"ephemeral"},"messages":[{"role":"user","content":"Hi"}]}
                """);
        assertThat(Json.readObject(new AnthropicFormat().say(chat, wanted).body()))
                .isEqualTo(object("""
                {"model":"claude-sonnet-4-5","max_tokens":500,
                 "messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],
                 "stream":true,"metadata":{"user_id":"hashed-user"},"service_tier":"standard_only",
                 "cache_control":{"type":"ephemeral"},"stop_sequences":["END"],"temperature":0.7,"top_k":5}
                """));
    }

    @ParameterizedTest
    @CsvSource({"500, 64000, 500", "0, 64000, 64000", "0, 0, 4096"})
    void alwaysNamesALimit(long limit, long most, long sent) {
        Format.Wanted wanted = new Format.Wanted(SONNET, limit, most, null, false);
        byte[] body = new AnthropicFormat().say(object("{" + HI + "}"), wanted).body();
        assertThat(Json.readObject(body).path("max_tokens").asLong()).isEqualTo(sent);
    }

    @Test
    void bendsWhatTheApiWouldRefuse() {
        assertThat(said(HI + ",\"temperature\":1.7").path("temperature").asDouble())
                .isEqualTo(1.0);
        hasNot(said(HI + ",\"temperature\":0.3,\"top_p\":0.9"), "top_p");
        hasNot(said(HI + ",\"top_k\":0,\"stop\":\"\\n\""), "top_k", "stop_sequences");
        hasNot(
                said("claude-opus-4-7", 9_000, HI + ",\"temperature\":1,\"top_p\":1,\"top_k\":3"),
                "temperature",
                "top_p",
                "top_k");
    }

    // ---- messages -----------------------------------------------------------------------------------------------

    @Test
    void joinsSystemMessages() {
        String messages =
                "\"messages\":[{\"role\":\"system\",\"content\":\"A\"},{\"role\":\"user\",\"content\":\"Hi\"},"
                        + "{\"role\":\"developer\",\"content\":[{\"type\":\"text\",\"text\":\"B\",\"cache_control\":"
                        + "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]}]";
        has(messages, """
                "system":[{"type":"text","text":"A"},
                 {"type":"text","text":"B","cache_control":{"type":"ephemeral","ttl":"1h"}}]
                """);
        has(
                "\"messages\":[{\"role\":\"system\",\"content\":\"A\"},{\"role\":\"user\",\"content\":\"Hi\"}]",
                "\"system\":\"A\"");
    }

    @Test
    void asksWithInstructionsAlone() {
        ObjectNode body = said("\"messages\":[{\"role\":\"system\",\"content\":\"Say hi\"}]");
        hasNot(body, "system");
        assertThat(body.at("/messages/0/role").asString()).isEqualTo("user");
        assertThat(said("\"prompt\":\"Once\"").at("/messages/0/content/0/text").asString())
                .isEqualTo("Once");
    }

    @Test
    void makesOneTurnOfMessagesInARow() {
        turns("""
                {"role":"user","content":"A"},{"role":"user","content":"B"},{"role":"assistant","content":"C"},
                {"role":"assistant","content":null,"tool_calls":[
                  {"id":"call:1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}},
                  {"id":"call_2","type":"function","function":{"name":"g","arguments":""}}]},
                {"role":"tool","tool_call_id":"call:1","content":"one"},
                {"role":"tool","tool_call_id":"call_2","content":[
                   {"type":"text","text":"two","cache_control":{"type":"ephemeral"}},
                   {"type":"image_url","image_url":{"url":"https://x/y.png"}}]},
                {"role":"user","content":"go on"}
                """, """
                [{"role":"user","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]},
                 {"role":"assistant","content":[{"type":"text","text":"C"},
                   {"type":"tool_use","id":"call_1","name":"f","input":{"a":1}},
                   {"type":"tool_use","id":"call_2","name":"g","input":{}}]},
                 {"role":"user","content":[
                   {"type":"tool_result","tool_use_id":"call_1","content":"one"},
                   {"type":"tool_result","tool_use_id":"call_2","content":[
                     {"type":"text","text":"two","cache_control":{"type":"ephemeral"}},
                     {"type":"image","source":{"type":"url","url":"https://x/y.png"}}]},
                   {"type":"text","text":"go on"}]}]
                """);
    }

    @Test
    void movesTheMarkOfAResultToItsEnd() {
        turns("""
                {"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"x",
                 "cache_control":{"type":"ephemeral"}}]},{"role":"tool","tool_call_id":"b","content":""}
                """, """
                [{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x",
                  "cache_control":{"type":"ephemeral"}},{"type":"tool_result","tool_use_id":"b"}]}]
                """);
    }

    @Test
    void saysImagesAndFiles() {
        turns("""
                {"role":"user","content":[
                 {"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA"},"cache_control":{"type":"ephemeral"}},
                 {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,BBBB"}},
                 {"type":"file","file":{"file_data":"HTTPS://x/y.pdf"}},
                 {"type":"text","text":"  "}]}
                """, """
                [{"role":"user","content":[
                 {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"},
                  "cache_control":{"type":"ephemeral"}},
                 {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"BBBB"},
                  "title":"a.pdf"},
                 {"type":"document","source":{"type":"url","url":"HTTPS://x/y.pdf"}}]}]
                """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]} messages[0].content[0].type",
                "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"ftp://x\"}}]}"
                        + " messages[0].content[0].image_url.url",
                "{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}}]}"
                        + " messages[0].content[0].file.file_data",
                "{\"role\":\"system\",\"content\":[{\"type\":\"image_url\"}]} messages[0].content[0].type",
                "{\"role\":\"function\",\"content\":\"x\"} messages[0].role"
            })
    void namesWhatItCannotSay(String example) {
        int cut = example.lastIndexOf(' ');
        assertThatThrownBy(() -> said("\"messages\":[" + example.substring(0, cut) + "]"))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error().toString()).contains("'" + example.substring(cut + 1) + "'"));
    }

    @Test
    void leavesOutWhatIsEmpty() {
        turns("""
                {"role":"user","content":"Hi"},{"role":"assistant","content":""},{"role":"user","content":"Again"},
                {"role":"assistant","content":"Once upon a time \\n"}
                """, """
                [{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":"Again"}]},
                 {"role":"assistant","content":[{"type":"text","text":"Once upon a time"}]}]
                """);
    }

    // ---- tools --------------------------------------------------------------------------------------------------

    @Test
    void saysTools() {
        has(HI + """
                ,"tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,
                  "parameters":{"type":"object","properties":{}}},"cache_control":{"type":"ephemeral"}},
                  {"type":"function","function":{"name":"g"}}],"tool_choice":"required","parallel_tool_calls":false
                """, """
                "tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{}},"strict":true,
                  "cache_control":{"type":"ephemeral"}},{"name":"g","input_schema":{"type":"object"}}],
                "tool_choice":{"type":"any","disable_parallel_tool_use":true}
                """);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"auto\" | {\"type\":\"auto\"}",
                "\"none\" | {\"type\":\"none\"}",
                "\"required\" | {\"type\":\"any\"}",
                "{\"type\":\"function\",\"function\":{\"name\":\"f\"}} | {\"type\":\"tool\",\"name\":\"f\"}"
            })
    void saysWhichToolToChoose(String chat, String anthropic) {
        String tools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";
        has(HI + tools + ",\"tool_choice\":" + chat, "\"tool_choice\":" + anthropic);
        hasNot(said(HI + tools), "tool_choice");
        hasNot(said(HI + ",\"tool_choice\":" + chat), "tool_choice", "tools");
    }

    @Test
    void refusesToolsThatOthersRun() {
        assertThatThrownBy(() -> said(HI + ",\"tools\":[{\"type\":\"openrouter:web_search\"}]"))
                .hasMessageContaining("tools[0].type");
    }

    // ---- thinking -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "claude-sonnet-4-5 | {\"effort\":\"high\"} | {\"type\":\"enabled\",\"budget_tokens\":8000}",
                "claude-sonnet-4-5 | {\"effort\":\"minimal\"} | {\"type\":\"enabled\",\"budget_tokens\":1024}",
                "claude-sonnet-4-5 | {\"enabled\":true} | {\"type\":\"enabled\",\"budget_tokens\":5000}",
                "claude-sonnet-4-5 | {\"max_tokens\":90000} | {\"type\":\"enabled\",\"budget_tokens\":9999}",
                "claude-sonnet-4-5 | {\"effort\":\"none\"} | {\"type\":\"disabled\"}",
                "claude-sonnet-4-5 | {\"enabled\":false} | {\"type\":\"disabled\"}",
                "claude-3-7-sonnet-20250219 | {\"max_tokens\":2000} | {\"type\":\"enabled\",\"budget_tokens\":2000}",
                "claude-opus-4-6 | {\"max_tokens\":2000} | {\"type\":\"enabled\",\"budget_tokens\":2000}",
                "claude-opus-4-6 | {\"enabled\":true} | {\"type\":\"adaptive\",\"display\":\"summarized\"}",
                "claude-opus-4-7 | {\"max_tokens\":2000} | {\"type\":\"adaptive\",\"display\":\"summarized\"}",
                "claude-fable-5 | {\"effort\":\"low\",\"exclude\":true} | {\"type\":\"adaptive\",\"display\":\"omitted\"}",
                "kimi-k2 | {\"effort\":\"low\"} | {\"type\":\"enabled\",\"budget_tokens\":2000}"
            })
    void thinksAsTheModelCan(String model, String reasoning, String thinking) {
        ObjectNode body = said(model, 10_000, HI + ",\"temperature\":0.1,\"reasoning\":" + reasoning);
        assertThat(body.path("thinking")).isEqualTo(object(thinking));
        if (!thinking.contains("disabled")) {
            hasNot(body, "temperature");
        }
    }

    @ParameterizedTest
    @CsvSource({"claude-3-5-haiku-20241022, 10000", "claude-sonnet-4-5, 1024"})
    void doesNotThinkWhereItCannot(String model, long limit) {
        ObjectNode body = said(model, limit, HI + ",\"temperature\":0.1,\"reasoning\":{\"effort\":\"high\"}");
        hasNot(body, "thinking");
        assertThat(body.has("temperature")).isTrue();
    }

    @Test
    void readsTheOlderWordsForThinking() {
        assertThat(said(HI + ",\"reasoning_effort\":\"low\"")
                        .at("/thinking/budget_tokens")
                        .asInt())
                .isEqualTo(2_000);
        hasNot(said(HI), "thinking");
        hasNot(said(HI + ",\"include_reasoning\":true"), "thinking");
    }

    @ParameterizedTest
    @CsvSource({
        "claude-opus-4-7, xhigh, xhigh",
        "claude-opus-4-6, xhigh, high",
        "claude-opus-4-6, max, max",
        "claude-sonnet-4-6, max, high",
        "claude-opus-4-5-20251101, minimal, low",
        "claude-sonnet-4-5, high, ''"
    })
    void namesTheNearestEffort(String model, String asked, String sent) {
        JsonNode body = said(model, 10_000, HI + ",\"verbosity\":\"" + asked + "\"");
        assertThat(body.at("/output_config/effort").asString("")).isEqualTo(sent);
    }

    @Test
    void doesNotThinkBeforeAToolThatItMustCall() {
        hasNot(
                said(HI + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],"
                        + "\"tool_choice\":\"required\",\"reasoning\":{\"effort\":\"low\"}"),
                "thinking");
    }

    /// Pieces of one place become one block, and what nobody of Anthropic's signed is left out.
    @Test
    void givesBackWhatTheModelSigned() {
        turns("""
                {"role":"user","content":"Hi"},{"role":"assistant","content":"Ho","reasoning":"ab","reasoning_details":[
                  {"type":"reasoning.text","text":"a","format":"anthropic-claude-v1","index":0},
                  {"type":"reasoning.text","text":"b","format":"anthropic-claude-v1","index":0},
                  {"type":"reasoning.text","signature":"S","format":"anthropic-claude-v1","index":0},
                  {"type":"reasoning.encrypted","data":"D","format":"anthropic-claude-v1","index":1},
                  {"type":"reasoning.text","text":"unsigned","index":2},
                  {"type":"reasoning.text","text":"c","signature":"T","index":3},
                  {"type":"reasoning.encrypted","data":"X","format":"google-gemini-v1","index":4}]},
                {"role":"user","content":"Go"}
                """, """
                [{"role":"user","content":[{"type":"text","text":"Hi"}]},
                 {"role":"assistant","content":[{"type":"thinking","thinking":"ab","signature":"S"},
                   {"type":"redacted_thinking","data":"D"},{"type":"thinking","thinking":"c","signature":"T"},
                   {"type":"text","text":"Ho"}]},
                 {"role":"user","content":[{"type":"text","text":"Go"}]}]
                """);
    }

    /// In the middle of its use of tools a model goes on thinking only where its thoughts are still there.
    @Test
    void doesNotGoOnThinkingWithoutWhatItThought() {
        String calls =
                "\"content\":null,\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]";
        String result = "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"x\"}";
        String details = "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"t\",\"signature\":\"S\"}],";
        String think = ",\"reasoning\":{\"effort\":\"low\"}";
        String user = "{\"role\":\"user\",\"content\":\"Hi\"}";
        hasNot(
                said("\"messages\":[" + user + ",{\"role\":\"assistant\"," + calls + "}," + result + "]" + think),
                "thinking");
        assertThat(said("\"messages\":[" + user + ",{\"role\":\"assistant\"," + details + calls + "}," + result + "]"
                                + think)
                        .has("thinking"))
                .isTrue();
        assertThat(said("\"messages\":[" + user + ",{\"role\":\"assistant\"," + calls + "}," + result + "," + user + "]"
                                + think)
                        .has("thinking"))
                .isFalse();
        assertThat(said("\"messages\":[" + user + ",{\"role\":\"assistant\",\"content\":\"x\"}," + user + "]" + think)
                        .has("thinking"))
                .isTrue();
    }

    /// The API is strict with budgets only.
    @Test
    void goesOnThinkingAsMuchAsItThinksRight() {
        String history =
                "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":null,"
                        + "\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                        + "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"x\"}],\"reasoning\":{\"enabled\":true}";
        assertThat(said("claude-opus-4-7", 10_000, history).has("thinking")).isTrue();
        assertThat(said(SONNET, 10_000, history).has("thinking")).isFalse();
    }

    // ---- the shape of the answer --------------------------------------------------------------------------------

    @Test
    void saysTheSchemaOfTheAnswer() {
        String format =
                ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":true,"
                        + "\"schema\":{\"type\":\"object\"}}}";
        has(HI + format, "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}}");
        hasNot(said("claude-sonnet-4-20250514", 10_000, HI + format), "output_config");
        hasNot(said(HI + ",\"response_format\":{\"type\":\"json_object\"}"), "output_config");
    }

    @Test
    void isTheSameEveryTime() {
        String chat = HI + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"stop\":[\"a\",\"b\"]";
        assertThat(said(chat).toString()).isEqualTo(said(chat).toString());
    }
}
