package dev.faregate.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What the length of a prompt is guessed by.
class PromptEstimateTest {
    private static PromptEstimate of(String chat) {
        return PromptEstimate.of(Json.read(chat.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void takesTextsCallsAndToolsButNoThoughts() {
        PromptEstimate estimate = of("""
                {"model":"a/b","messages":[
                  {"role":"system","content":"Be brief."},
                  {"role":"user","content":[{"type":"text","text":"Look:"},
                    {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
                    {"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}]},
                  {"role":"assistant","content":null,"reasoning_details":[{"type":"reasoning.text","text":"Hm."}],
                   "tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},
                  {"role":"tool","tool_call_id":"t","content":"Grüße"}],
                 "tools":[{"type":"function","function":{"name":"f"}}],
                 "response_format":{"type":"json_object"}}
                """);
        assertThat(estimate.texts())
                .containsExactly(
                        "Be brief.",
                        "Look:",
                        "f",
                        "{}",
                        "Grüße",
                        "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}",
                        "{\"type\":\"json_object\"}");
        assertThat(estimate.others())
                .isEqualTo(5 * PromptEstimate.FRAME_TOKENS + PromptEstimate.IMAGE_TOKENS + PromptEstimate.FILE_TOKENS);
    }

    @Test
    void guessesThreeBytesForATokenWhereNobodyCanCount() {
        assertThat(of("{\"messages\":[{\"role\":\"user\",\"content\":\"Grüße\"}]}")
                        .byBytes())
                .isEqualTo(3);
        assertThat(of("{\"messages\":[{\"role\":\"user\",\"content\":\"\"}]}").byBytes())
                .isZero();
    }
}
