package dev.faregate.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Chat requests as bodies of Google's `generateContent`.
class GeminiRequestTest {
    private static final String FLASH = "gemini-2.5-flash";
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode said(String model, String chat) {
        Format.Wanted wanted = new Format.Wanted(model, 10_000, 0, "somebody", false);
        ObjectNode request = Json.readObject(("{" + chat + "}").getBytes(StandardCharsets.UTF_8));
        return Json.readObject(new GeminiFormat().say(request, wanted).body());
    }

    private static void contents(String model, String messages, String contents) {
        assertThat(said(model, "\"messages\":[" + messages + "]").path("contents"))
                .isEqualTo(json(contents));
    }

    @ParameterizedTest
    @CsvSource({
        "gemini-2.5-flash, false, /models/gemini-2.5-flash:generateContent",
        "gemini-2.5-flash, true, /models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        "models/gemini-3-flash-preview, false, /models/gemini-3-flash-preview:generateContent",
        "a b?c/d, false, /models/a%20b%3Fc%2Fd:generateContent"
    })
    void asksWhereTheModelIs(String model, boolean stream, String path) {
        assertThat(new GeminiFormat().path(new Format.Wanted(model, 0, 0, null, stream)))
                .isEqualTo(path);
    }

    @Test
    void saysTheSettings() {
        assertThat(said(FLASH, HI + """
                ,"model":"x","stream":true,"temperature":1.5,"top_p":0.9,"top_k":5,"seed":7,"stop":["A","B"],
                "frequency_penalty":0.1,"presence_penalty":0.2,"logit_bias":{},"user":"u","n":2,
                "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}
                """)).isEqualTo(json("""
                {"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"maxOutputTokens":10000,
                 "temperature":1.5,"topP":0.9,"topK":5,"seed":7,"frequencyPenalty":0.1,"presencePenalty":0.2,
                 "stopSequences":["A","B"],"responseMimeType":"application/json",
                 "responseJsonSchema":{"type":"object"}}}
                """));
        assertThat(said(FLASH, HI + ",\"stop\":\"X\",\"response_format\":{\"type\":\"json_object\"}")
                        .path("generationConfig"))
                .isEqualTo(json("{\"maxOutputTokens\":10000,\"stopSequences\":[\"X\"],"
                        + "\"responseMimeType\":\"application/json\"}"));
    }

    @Test
    void joinsSystemMessagesAndTurns() {
        JsonNode body = said(FLASH, """
                "messages":[{"role":"system","content":"A"},{"role":"user","content":"1"},{"role":"user","content":"2"},
                 {"role":"developer","content":[{"type":"text","text":"B"}]},{"role":"assistant","content":"3"}]
                """);
        assertThat(body.path("systemInstruction")).isEqualTo(json("{\"parts\":[{\"text\":\"A\"},{\"text\":\"B\"}]}"));
        assertThat(body.path("contents")).isEqualTo(json("""
                [{"role":"user","parts":[{"text":"1"},{"text":"2"}]},{"role":"model","parts":[{"text":"3"}]}]
                """));
        assertThat(said(FLASH, "\"messages\":[{\"role\":\"system\",\"content\":\"A\"}]")
                        .has("systemInstruction"))
                .isFalse();
        assertThat(said(FLASH, "\"prompt\":\"Once\"")
                        .at("/contents/0/parts/0/text")
                        .asString())
                .isEqualTo("Once");
    }

    @Test
    void saysMedia() {
        contents(FLASH, """
                {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}},
                 {"type":"image_url","image_url":{"url":"https://x/a.WEBP?b=c"}},
                 {"type":"file","file":{"filename":"f","file_data":"https://x/paper"}},
                 {"type":"video_url","video_url":{"url":"https://youtu.be/x"}},
                 {"type":"input_audio","input_audio":{"data":"BB","format":"mp3"}}]}
                """, """
                [{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"AA"}},
                 {"fileData":{"mimeType":"image/webp","fileUri":"https://x/a.WEBP?b=c"}},
                 {"fileData":{"mimeType":"application/pdf","fileUri":"https://x/paper"}},
                 {"fileData":{"mimeType":"video/mp4","fileUri":"https://youtu.be/x"}},
                 {"inlineData":{"mimeType":"audio/mp3","data":"BB"}}]}]
                """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"image_url\",\"image_url\":{\"url\":\"file:///etc/passwd\"}} messages[0].content[0].image_url.url",
                "{\"type\":\"hologram\"} messages[0].content[0].type"
            })
    void namesWhatItCannotSay(String example) {
        int cut = example.lastIndexOf(' ');
        String messages = "\"messages\":[{\"role\":\"user\",\"content\":[" + example.substring(0, cut) + "]}]";
        assertThatThrownBy(() -> said(FLASH, messages)).hasMessageContaining("'" + example.substring(cut + 1) + "'");
    }

    @Test
    void refusesToolsThatOthersRun() {
        assertThatThrownBy(() -> said(FLASH, HI + ",\"tools\":[{\"type\":\"web_search\"}]"))
                .hasMessageContaining("tools[0].type");
    }

    @Test
    void saysTools() {
        JsonNode body = said(FLASH, HI + """
                ,"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},
                 {"type":"function","function":{"name":"g","parameters":{}}}],
                "tool_choice":{"type":"function","function":{"name":"f"}}
                """);
        assertThat(body.path("tools")).isEqualTo(json("""
                [{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object"}},
                 {"name":"g"}]}]
                """));
        assertThat(body.path("toolConfig"))
                .isEqualTo(json("{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"f\"]}}"));
    }

    @ParameterizedTest
    @CsvSource({"auto, AUTO", "none, NONE", "required, ANY"})
    void saysWhetherToCallTools(String chat, String mode) {
        JsonNode body = said(
                FLASH,
                HI + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"" + chat
                        + "\"");
        assertThat(body.at("/toolConfig/functionCallingConfig/mode").asString()).isEqualTo(mode);
    }

    /// Results go under the name of the tool that was called; signatures to the part that they came with.
    @Test
    void tellsCallsAndTheirResults() {
        contents("gemini-3-flash-preview", """
                {"role":"user","content":"Hi"},
                {"role":"assistant","content":"Ho","reasoning_details":[
                  {"type":"reasoning.text","text":"shown","format":"google-gemini-v1","index":0},
                  {"type":"reasoning.encrypted","data":"T","format":"google-gemini-v1","index":1},
                  {"type":"reasoning.encrypted","data":"S","format":"google-gemini-v1","id":"a","index":2},
                  {"type":"reasoning.encrypted","data":"X","format":"anthropic-claude-v1","id":"b","index":3}],
                 "tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\\"x\\":1}"}},
                  {"id":"b","type":"function","function":{"name":"g","arguments":""}}]},
                {"role":"tool","tool_call_id":"a","content":"{\\"y\\":2}"},
                {"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"plain"},
                  {"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}
                """, """
                [{"role":"user","parts":[{"text":"Hi"}]},
                 {"role":"model","parts":[{"text":"Ho","thoughtSignature":"T"},
                  {"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"S"},
                  {"functionCall":{"name":"g","args":{}}}]},
                 {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"y":2}}},
                  {"functionResponse":{"name":"g","response":{"result":"plain"}}},
                  {"inlineData":{"mimeType":"image/png","data":"AA"}}]}]
                """);
    }

    @ParameterizedTest
    @CsvSource({"gemini-3-flash-preview, skip_thought_signature_validator", "gemini-2.5-flash, ''"})
    void saysThatNobodySignedACallOfAnotherModel(String model, String signature) {
        JsonNode contents = said(model, """
                "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[
                  {"id":"a","function":{"name":"f","arguments":"{}"}},
                  {"id":"b","function":{"name":"g","arguments":"{}"}}]}]
                """).path("contents");
        assertThat(contents.at("/1/parts/0/thoughtSignature").asString("")).isEqualTo(signature);
        assertThat(contents.at("/1/parts/1").has("thoughtSignature")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gemini-2.5-pro | {\"effort\":\"high\"} | {\"includeThoughts\":true,\"thinkingBudget\":8000}",
                "gemini-2.5-pro | {\"max_tokens\":5} | {\"includeThoughts\":true,\"thinkingBudget\":128}",
                "gemini-2.5-flash-lite | {\"max_tokens\":90000} | {\"includeThoughts\":true,\"thinkingBudget\":24576}",
                "gemini-2.5-flash | {\"enabled\":true,\"exclude\":true} | {\"includeThoughts\":false}",
                "gemini-2.5-flash | {\"effort\":\"none\"} | {\"thinkingBudget\":0}",
                "gemini-3-flash-preview | {\"effort\":\"minimal\"} | {\"includeThoughts\":true,\"thinkingLevel\":\"MINIMAL\"}",
                "gemini-3-pro-preview | {\"effort\":\"medium\"} | {\"includeThoughts\":true,\"thinkingLevel\":\"LOW\"}",
                "gemini-3.1-pro-preview | {\"effort\":\"xhigh\"} | {\"includeThoughts\":true,\"thinkingLevel\":\"HIGH\"}",
                "gemini-3.1-pro-preview | {\"max_tokens\":2000} | {\"includeThoughts\":true,\"thinkingBudget\":2000}"
            })
    void thinksAsTheModelCan(String model, String reasoning, String thinking) {
        assertThat(said(model, HI + ",\"reasoning\":" + reasoning).at("/generationConfig/thinkingConfig"))
                .isEqualTo(json(thinking));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gemini-2.0-flash", "gemma-3-27b-it"})
    void doesNotThinkWhereItCannot(String model) {
        assertThat(said(model, HI + ",\"reasoning\":{\"effort\":\"high\"}").at("/generationConfig"))
                .isEqualTo(json("{\"maxOutputTokens\":10000}"));
    }
}
