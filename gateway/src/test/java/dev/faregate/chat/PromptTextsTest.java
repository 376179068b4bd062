package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Texts are found where people and programs write them, and replaced without touching a byte around them.
class PromptTextsTest {
    private static ChatRequest read(String body) {
        byte[] bytes = ("   " + body).getBytes(StandardCharsets.UTF_8);
        return new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(bytes, 3, bytes.length);
    }

    private static List<String> texts(String body) {
        List<String> texts = new ArrayList<>();
        PromptTexts.rewrite(read(body), (text, user) -> {
            texts.add((user ? "user:" : "") + text);
            return null;
        });
        return texts;
    }

    private static String replaced(String body, String what, String by) {
        byte[] changed =
                PromptTexts.rewrite(read(body), (text, _) -> text.contains(what) ? text.replace(what, by) : null);
        return changed == null ? body : new String(changed, StandardCharsets.UTF_8);
    }

    @Test
    void findsEveryTextAndNothingElse() {
        assertThat(texts("""
                {"model":"a/b","messages":[
                  {"content":"one","role":"system"},
                  {"role":"user","content":[{"type":"text","text":"two"},{"type":"image_url","image_url":{"url":"data:x"}}]},
                  {"role":"assistant","content":null,"refusal":"three","reasoning":"four","tool_calls":[
                    {"id":"call_1","type":"function","function":{"name":"f","arguments":"{\\"a\\":\\"five\\",\\"b\\":[6,true]}"}},
                    {"id":"call_2","type":"custom","custom":{"name":"g","input":"seven"}}],
                   "function_call":{"name":"h","arguments":"not json"}},
                  {"role":"tool","tool_call_id":"call_1","content":"eight"}],
                 "prediction":{"type":"content","content":"nine"},
                 "tools":[{"type":"function","function":{"name":"f","description":"not a message"}}],
                 "user":"u"}"""))
                .containsExactly(
                        "one", "user:two", "three", "four", "five", "6", "true", "seven", "not json", "eight", "nine");
        assertThat(texts("{\"model\":\"a/b\",\"prompt\":\"all\"}")).containsExactly("user:all");
    }

    private static String embedded(String input) {
        byte[] body = ("{\"model\":\"m\", \"input\":" + input + "}").getBytes(StandardCharsets.UTF_8);
        ChatRequest request = RequestReader.of(RequestKind.EMBEDDINGS, RequestReader.Limits.DEFAULTS)
                .read(body, 0, body.length);
        byte[] changed = PromptTexts.rewrite(
                request, (text, user) -> user && text.contains("secret") ? text.replace("secret", "[X]") : null);
        String whole = new String(changed == null ? body : changed, StandardCharsets.UTF_8);
        return whole.substring("{\"model\":\"m\", \"input\":".length(), whole.length() - 1);
    }

    @Test
    void findsTheTextsThatAreToBeEmbedded() {
        assertThat(embedded("\"a secret\"")).isEqualTo("\"a [X]\"");
        assertThat(embedded("[ \"secret\" , \"other\",\"secret\"]")).isEqualTo("[ \"[X]\" , \"other\",\"[X]\"]");
        assertThat(embedded("[{\"content\":[{\"type\":\"text\",\"text\":\"secret\"},"
                        + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"secret\"}}]}]"))
                .isEqualTo("[{\"content\":[{\"type\":\"text\",\"text\":\"[X]\"},"
                        + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"secret\"}}]}]");
        assertThat(embedded("[[1,2],[3]]")).isEqualTo("[[1,2],[3]]");
        assertThat(texts("{\"model\":\"a/b\",\"prompt\":\"all\",\"input\":\"nobody's\"}"))
                .containsExactly("user:all");
    }

    @Test
    void leavesTheBytesAroundAReplacementAlone() {
        String body =
                "{ \"messages\" : [ {\"role\":\"user\",\"content\" : \"a \\u0078 \\\"b\\\" \\ud83d\\ude00 c\"} ] , \"n\":1,\"x\":{\"b\":2.50}}";
        assertThat(replaced(body, "\"b\"", "[B]"))
                .isEqualTo(
                        "{ \"messages\" : [ {\"role\":\"user\",\"content\" : \"a x [B] 😀 c\"} ] , \"n\":1,\"x\":{\"b\":2.50}}");
        assertThat(replaced(body, "absent", "[B]")).isEqualTo(body);
    }

    @Test
    void leavesArgumentsThatAreJsonJson() {
        String body =
                "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":"
                        + "\"{\\\"phone\\\": 4155552671, \\\"note\\\":\\\"say \\\\\\\"4155552671\\\\\\\"\\\"}\"}}]}]}";
        String changed = replaced(body, "4155552671", "[PHONE]");
        String arguments = Json.read(changed.getBytes(StandardCharsets.UTF_8))
                .at("/messages/0/tool_calls/0/function/arguments")
                .asString();
        assertThat(arguments).isEqualTo("{\"phone\": \"[PHONE]\", \"note\":\"say \\\"[PHONE]\\\"\"}");
    }

    @Test
    void whatIsLeftIsARequestAgain() {
        String changed = replaced(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x@y.z\"},{\"role\":\"user\",\"content\":\"\\\\ x@y.z\\n\"}]}",
                "x@y.z",
                "[\"\\\n]");
        ChatRequest again = read(changed);
        assertThat(again.facts().messages()).isEqualTo(2);
        assertThat(again.lastUserText()).isEqualTo("\\ [\"\\\n]\n");
    }
}
