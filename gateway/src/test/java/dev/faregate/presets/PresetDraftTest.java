package dev.faregate.presets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.chat.RequestReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class PresetDraftTest {
    private static final RequestReader.Limits LIMITS = RequestReader.Limits.DEFAULTS;

    private static ObjectNode object(String json) {
        return Json.readObject(json.getBytes(UTF_8));
    }

    private static PresetDraft chat(String json) {
        return PresetDraft.ofChat(object(json), LIMITS);
    }

    @Test
    void keepsSettingsAndTakesTheSystemTextOut() {
        PresetDraft draft = chat("""
                {"model":"openai/gpt-5.4","messages":[{"role":"system","content":"You are helpful."},
                 {"role":"user","content":"Hello!"},
                 {"role":"developer","content":[{"type":"text","text":"And"},{"type":"text","text":"brief."}]}],
                 "temperature":0.70,"stream":true,"user":"u","session_id":"s","metadata":{"a":"b"},"n":2,"top_p":null,
                 "provider":{"order":["b","a"],"sort":"price"},"unknown":1,"cache_enabled":true,"preset":"other"}
                """);
        assertThat(draft.config())
                .isEqualTo("{\"model\":\"openai/gpt-5.4\",\"temperature\":0.70,"
                        + "\"provider\":{\"order\":[\"b\",\"a\"],\"sort\":\"price\"},\"cache_enabled\":true}");
        assertThat(draft.systemPrompt()).isEqualTo("You are helpful.\n\nAnd\nbrief.");
        assertThat(chat("{}")).isEqualTo(new PresetDraft("{}", null));
    }

    @Test
    void refersToNoOtherPreset() {
        assertThat(chat("{\"model\":\"a/b@preset/x\"}").config()).isEqualTo("{\"model\":\"a/b\"}");
        assertThat(chat("{\"model\":\"@preset/x\"}").config()).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "temperature|{\"temperature\":\"hot\"}",
                "top_p|{\"top_p\":2}",
                "max_tokens|{\"max_tokens\":0}",
                "provider.sort|{\"provider\":{\"sort\":\"luck\"}}",
                "tools|{\"tools\":{}}",
                "model|{\"model\":5}",
                "messages|{\"messages\":5}",
                "messages|{\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"image_url\"}]}]}",
                "messages|{\"messages\":[{\"role\":\"system\",\"content\":\"a\\u0000\"}]}",
                "cache_enabled|{\"cache_enabled\":1}",
                "cache_ttl_seconds|{\"cache_ttl_seconds\":86401}",
                "cache_ttl_seconds|{\"cache_ttl_seconds\":1.5}",
            })
    void refusesWhatARequestCouldNotHave(String line) {
        String[] parts = line.split("\\|");
        assertThatThrownBy(() -> chat(parts[1]))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error())
                                .isInstanceOfSatisfying(
                                        ApiError.BadRequest.class,
                                        error -> assertThat(error.param()).isEqualTo(parts[0])));
    }

    @Test
    void boundsItsSize() {
        String large = "x".repeat(PresetDraft.MAX_CONFIG_BYTES);
        assertThatThrownBy(() -> chat("{\"image_config\":{\"a\":\"" + large + "\"}}"))
                .isInstanceOf(ApiException.class);
        String prompt = "x".repeat(PresetDraft.MAX_PROMPT_LENGTH + 1);
        assertThatThrownBy(() -> chat("{\"messages\":[{\"role\":\"system\",\"content\":\"" + prompt + "\"}]}"))
                .isInstanceOf(ApiException.class);
    }

    @Test
    void saysAMessagesBodyAsAChatRequest() {
        PresetDraft draft = MessagesDraft.of(object("""
                {"model":"anthropic/claude","max_tokens":1024,"system":[{"type":"text","text":"Review."}],
                 "messages":[{"role":"user","content":"Hi"}],"stop_sequences":["END"],"stream":true,
                 "thinking":{"type":"enabled","budget_tokens":2000},"tool_choice":{"type":"any",
                 "disable_parallel_tool_use":true},"fallbacks":[{"model":"a/b"}],"metadata":{"user_id":"u"},
                 "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}},
                          {"type":"web_search_20250305","name":"web_search","max_uses":3}]}
                """), LIMITS);
        assertThat(draft.systemPrompt()).isEqualTo("Review.");
        assertThat(object(draft.config())).isEqualTo(object("""
                {"model":"anthropic/claude","max_tokens":1024,"stop":["END"],"reasoning":{"max_tokens":2000},
                 "tool_choice":"required","parallel_tool_calls":false,"models":["a/b"],
                 "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},
                          {"type":"web_search_20250305","name":"web_search","max_uses":3}]}
                """));
        assertThat(object(MessagesDraft.of(object("{\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\"}}"), LIMITS)
                        .config()))
                .isEqualTo(object("{\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}}"));
        assertThatThrownBy(() -> MessagesDraft.of(object("{\"thinking\":{\"type\":\"deep\"}}"), LIMITS))
                .isInstanceOf(ApiException.class);
    }

    @Test
    void saysAResponsesBodyAsAChatRequest() {
        PresetDraft draft = ResponsesDraft.of(object("""
                {"model":"openai/gpt","instructions":"Classify.","input":"Hello","max_output_tokens":50,"store":false,
                 "text":{"verbosity":"low","format":{"type":"json_schema","name":"n","schema":{"type":"object"},
                 "strict":true}},"tool_choice":{"type":"function","name":"f"},"reasoning":{"effort":"low"},
                 "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":null}]}
                """), LIMITS);
        assertThat(draft.systemPrompt()).isEqualTo("Classify.");
        assertThat(object(draft.config())).isEqualTo(object("""
                {"model":"openai/gpt","max_tokens":50,"verbosity":"low","reasoning":{"effort":"low"},
                 "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},
                 "strict":true}},"tool_choice":{"type":"function","function":{"name":"f"}},
                 "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]}
                """));
        assertThat(ResponsesDraft.of(object("{\"text\":{\"format\":{\"type\":\"text\"}}}"), LIMITS)
                        .config())
                .as("text is what a model answers with anyway")
                .isEqualTo("{}");
    }
}
