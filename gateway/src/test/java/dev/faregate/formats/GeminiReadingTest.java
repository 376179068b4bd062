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

/// Google's responses as chat answers, whole and event by event.
class GeminiReadingTest {
    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static JsonNode whole(String answer) {
        return Json.read(new GeminiReading(false).whole(json(answer)));
    }

    private static List<String> chunks(String... events) {
        GeminiReading reading = new GeminiReading(false);
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

    private static String event(String parts, String more) {
        return "{\"candidates\":[{\"content\":{\"parts\":[" + parts + "],\"role\":\"model\"}" + more
                + "}],\"usageMetadata\":{\"promptTokenCount\":10,\"candidatesTokenCount\":3,\"thoughtsTokenCount\":4,"
                + "\"cachedContentTokenCount\":2},\"modelVersion\":\"gemini-x\",\"responseId\":\"r1\"}";
    }

    @Test
    void readsAWholeAnswer() {
        assertThat(whole("""
                {"candidates":[{"content":{"role":"model","parts":[{"text":"Hm.","thought":true},{"text":"Hel"},
                   {"text":"lo","thoughtSignature":"T"},
                   {"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"S"},
                   {"functionCall":{"id":"given","name":"g"}},{"executableCode":{}},
                   {"inlineData":{"mimeType":"image/png","data":"AA"}}]},"finishReason":"STOP"}],
                 "usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"thoughtsTokenCount":4,
                  "toolUsePromptTokenCount":5,"cachedContentTokenCount":2,
                  "promptTokensDetails":[{"modality":"TEXT","tokenCount":4},{"modality":"AUDIO","tokenCount":6}]},
                 "modelVersion":"gemini-x","responseId":"r1"}
                """)).isEqualTo(json("""
                {"id":"r1","model":"gemini-x","choices":[{"index":0,"message":{"role":"assistant","content":"Hello",
                  "reasoning":"Hm.","reasoning_details":[
                   {"type":"reasoning.text","format":"google-gemini-v1","index":0,"text":"Hm."},
                   {"type":"reasoning.encrypted","format":"google-gemini-v1","index":1,"data":"T"},
                   {"type":"reasoning.encrypted","format":"google-gemini-v1","index":2,"data":"S","id":"call_r1_0"}],
                  "tool_calls":[{"id":"call_r1_0","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}},
                   {"id":"given","type":"function","function":{"name":"g","arguments":"{}"}}],
                  "images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]},
                  "finish_reason":"tool_calls"}],
                 "usage":{"prompt_tokens":15,"completion_tokens":7,"total_tokens":22,
                  "prompt_tokens_details":{"cached_tokens":2,"audio_tokens":6},
                  "completion_tokens_details":{"reasoning_tokens":4,"audio_tokens":0}}}
                """));
    }

    @Test
    void readsAStream() {
        List<String> chunks = chunks(
                event("{\"text\":\"Hm.\",\"thought\":true}", ""),
                event("{\"text\":\"Hello\"}", ""),
                event("{\"functionCall\":{\"name\":\"f\",\"args\":{}},\"thoughtSignature\":\"S\"}", ""),
                event("{\"text\":\"\"}", ",\"finishReason\":\"STOP\""));
        assertThat(json(chunks.getFirst())).isEqualTo(json("{\"id\":\"r1\",\"model\":\"gemini-x\",\"choices\":[]}"));
        assertThat(chunks.getLast()).isEqualTo("[DONE]");
        JsonNode usage = json(chunks.get(chunks.size() - 2)).path("usage");
        assertThat(usage.path("completion_tokens").asInt()).isEqualTo(7);
        List<JsonNode> deltas = chunks.stream()
                .filter(chunk -> chunk.startsWith("{"))
                .map(chunk -> json(chunk).at("/choices/0"))
                .filter(choice -> choice.isObject())
                .toList();
        assertThat(deltas).hasSize(4);
        assertThat(deltas.get(0).at("/delta/reasoning").asString()).isEqualTo("Hm.");
        assertThat(deltas.get(1).at("/delta/content").asString()).isEqualTo("Hello");
        assertThat(deltas.get(2).at("/delta/tool_calls/0")).isEqualTo(json("""
                {"index":0,"id":"call_r1_0","type":"function","function":{"name":"f","arguments":"{}"}}
                """));
        assertThat(deltas.get(2).at("/delta/reasoning_details/0/data").asString())
                .isEqualTo("S");
        assertThat(deltas.get(3).path("finish_reason").asString()).isEqualTo("tool_calls");
    }

    /// A stream that stops without a reason is told as it came, and no bill of it.
    @Test
    void doesNotFinishWhatDidNot() {
        assertThat(chunks(event("{\"text\":\"Hello\"}", "")))
                .noneMatch(chunk -> chunk.contains("usage") || chunk.contains("DONE"));
    }

    @Test
    void hidesThinkingWhereItIsNotWanted() {
        byte[] read = new GeminiReading(true)
                .whole(json(
                        event("{\"text\":\"Hm.\",\"thought\":true},{\"text\":\"x\",\"thoughtSignature\":\"S\"}", "")));
        assertThat(Json.read(read).at("/choices/0/message"))
                .isEqualTo(json("{\"role\":\"assistant\",\"content\":\"x\"}"));
    }

    @ParameterizedTest
    @CsvSource({"SAFETY, SAFETY", "PROHIBITED_CONTENT, PROHIBITED_CONTENT", "OTHER, BLOCKLIST"})
    void tellsThatAPromptIsBlocked(String reason, String told) {
        String blocked =
                "{\"promptFeedback\":{\"blockReason\":\"" + reason + "\"},\"usageMetadata\":{\"promptTokenCount\":10}}";
        assertThat(whole(blocked).at("/choices/0/finish_reason").asString()).isEqualTo(told);
        assertThat(whole(blocked).at("/usage/completion_tokens").asInt(-1)).isZero();
        assertThat(chunks(blocked)).anyMatch(chunk -> chunk.contains("\"finish_reason\":\"" + told + "\""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"promptTokenCount\":\"1\"}",
                "{\"candidatesTokenCount\":1}",
                "{\"promptTokenCount\":1.5,\"candidatesTokenCount\":1}",
                "null"
            })
    void reportsNothingWhereNothingIsToBeBelieved(String usage) {
        assertThat(whole("{\"candidates\":[],\"usageMetadata\":" + usage + "}").has("usage"))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "\"text\"", "null", "1"})
    void ignoresWhatItDoesNotKnow(String event) {
        assertThat(chunks(event)).isEmpty();
    }

    @Test
    void tellsAnErrorInTheStream() {
        String error = "{\"error\":{\"code\":503,\"message\":\"Busy\",\"status\":\"UNAVAILABLE\"}}";
        assertThat(json(chunks(error).getLast())).isEqualTo(json("{\"error\":{\"code\":503,\"message\":\"Busy\"}}"));
        assertThat(whole(error).at("/error/code").asInt()).isEqualTo(503);
    }

    private static Format.Refusal refusal(int status, String body) {
        return new GeminiFormat().refusal(status, body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void tellsRefusals() {
        Format.Refusal wrongKey = refusal(
                400,
                "[{\"error\":{\"code\":400,\"message\":\"API key not valid.\",\"status\":\"INVALID_ARGUMENT\","
                        + "\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}]");
        assertThat(wrongKey.status()).as("our key, not the client's request").isEqualTo(401);
        Format.Refusal tooOften = refusal(
                429,
                "{\"error\":{\"code\":429,\"message\":\"Quota\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":"
                        + "[{\"@type\":\"x\"},{\"@type\":\"google.rpc.RetryInfo\",\"retryDelay\":\"34.5s\"}]}}");
        assertThat(tooOften.retryAfter()).isEqualTo(34);
        assertThat(Json.read(tooOften.body()))
                .isEqualTo(json("{\"error\":{\"message\":\"Quota\",\"code\":\"RESOURCE_EXHAUSTED\"}}"));
        assertThat(Json.read(refusal(
                                        400,
                                        "{\"error\":{\"message\":\"The input token count (9) exceeds the maximum number of"
                                                + " tokens allowed (8).\"}}")
                                .body())
                        .at("/error/metadata/error_type")
                        .asString())
                .isEqualTo("context_length_exceeded");
        assertThat(refusal(502, "<html>").status()).isEqualTo(502);
    }
}
