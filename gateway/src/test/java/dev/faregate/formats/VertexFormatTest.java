package dev.faregate.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Where Vertex is asked for whose models, and what becomes of Anthropic's requests there.
class VertexFormatTest {
    private final VertexFormat format = new VertexFormat();

    private static Format.Wanted wanted(String model, boolean stream) {
        return new Format.Wanted(model, 500, 0, "somebody", stream);
    }

    @ParameterizedTest
    @CsvSource({
        "gemini-2.5-flash, false, /publishers/google/models/gemini-2.5-flash:generateContent",
        "google/gemini-2.5-flash, true, /publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        "claude-opus-4-6@default, false, /publishers/anthropic/models/claude-opus-4-6@default:rawPredict",
        "anthropic/claude-sonnet-5, true, /publishers/anthropic/models/claude-sonnet-5:streamRawPredict",
        "claude-x/../y, false, /publishers/anthropic/models/claude-x%2F..%2Fy:rawPredict"
    })
    void asksEachMakersModelsAtTheirPlace(String model, boolean stream, String path) {
        assertThat(format.path(wanted(model, stream))).isEqualTo(path);
    }

    @ParameterizedTest
    @CsvSource({
        "meta/llama-3.3-70b-instruct-maas, true",
        "openai/gpt-oss-20b-maas, true",
        "google/gemini-2.5-flash, false",
        "anthropic/claude-sonnet-5, false",
        "gemini-2.5-flash, false",
        "claude-sonnet-5@default, false"
    })
    void asksTheOthersInOpenAisFormat(String model, boolean openAi) {
        assertThat(VertexFormat.isOpenAi(model)).isEqualTo(openAi);
    }

    private JsonNode said(String model, String more) {
        String chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]" + more + "}";
        return Json.read(format.say(Json.readObject(chat.getBytes(StandardCharsets.UTF_8)), wanted(model, true))
                .body());
    }

    @Test
    void saysAnthropicsRequestsWithoutTheModelAndWithTheVersionOfVertex() {
        assertThat(said(
                        "claude-haiku-4-5@20251001",
                        ",\"service_tier\":\"default\",\"cache_control\":{\"type\":\"ephemeral\"},\"temperature\":0.5"))
                .isEqualTo(Json.read("""
                        {"max_tokens":500,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],
                         "stream":true,"metadata":{"user_id":"somebody"},"temperature":0.5,
                         "anthropic_version":"vertex-2023-10-16"}
                        """.getBytes(StandardCharsets.UTF_8)));
    }

    /// The name tells what a model takes, with Vertex's version as with Anthropic's own.
    @Test
    void knowsWhatAModelTakes() {
        JsonNode newest = said("claude-opus-4-7@default", ",\"temperature\":0.5,\"reasoning\":{\"effort\":\"high\"}");
        assertThat(newest.at("/thinking/type").asString()).isEqualTo("adaptive");
        assertThat(newest.has("temperature")).isFalse();
        assertThat(said("gemini-3-flash-preview", ",\"reasoning\":{\"effort\":\"low\"}")
                        .at("/generationConfig/thinkingConfig/thinkingLevel")
                        .asString())
                .isEqualTo("LOW");
    }

    @Test
    void readsErrorsOfGoogleAndOfAnthropic() {
        String google =
                "[{\"error\":{\"code\":429,\"message\":\"Resource exhausted\",\"status\":\"RESOURCE_EXHAUSTED\","
                        + "\"details\":[{\"retryDelay\":\"7s\"}]}}]";
        Format.Refusal refusal = format.refusal(429, google.getBytes(StandardCharsets.UTF_8));
        assertThat(refusal.retryAfter()).isEqualTo(7);
        assertThat(new String(refusal.body(), StandardCharsets.UTF_8)).contains("Resource exhausted");
        String anthropic =
                "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: 9\"}}";
        assertThat(new String(
                        format.refusal(400, anthropic.getBytes(StandardCharsets.UTF_8))
                                .body(),
                        StandardCharsets.UTF_8))
                .contains("context_length_exceeded");
    }
}
