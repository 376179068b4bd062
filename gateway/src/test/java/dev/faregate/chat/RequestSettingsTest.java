package dev.faregate.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestSettingsTest {
    private static final String MESSAGES = "\"messages\": [ {\"role\":\"user\", \"content\":\"Grüße 😀\"} ]";

    /// The body that comes of `request` with `config` under it; readable as a request again.
    private static String laid(String config, @Nullable String prompt, String request) {
        byte[] bytes = ("xx" + request).getBytes(UTF_8);
        ChatRequestReader reader = new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS);
        ChatRequest asked = reader.read(bytes, 2, bytes.length);
        PresetReference reference = PresetReference.of(asked.facts());
        byte[] body = RequestSettings.of(config.getBytes(UTF_8), prompt)
                .under(asked, reference == null ? asked.facts().model() : reference.model());
        reader.read(body, 0, body.length);
        return new String(body, UTF_8);
    }

    @Test
    void addsWhatTheRequestDoesNotSay() {
        assertThat(laid(
                        "{\"model\":\"a/b\", \"temperature\" : 0.70,\"top_p\":1}",
                        null,
                        "{ \"model\":\"@preset/x\", " + MESSAGES + " ,\"top_p\": 0.5,\"x_new\":{\"a\":1} }"))
                .isEqualTo("{" + MESSAGES + ",\"top_p\": 0.5,\"x_new\":{\"a\":1},\"model\":\"a/b\","
                        + "\"temperature\" : 0.70}");
    }

    @Test
    void keepsTheModelOfTheRequest() {
        for (String request : new String[] {
            "{\"model\":\"c/d@preset/x\"," + MESSAGES + "}", "{\"preset\":\"x\",\"model\":\"c/d\"," + MESSAGES + "}",
        }) {
            assertThat(laid("{\"model\":\"a/b\",\"models\":[\"e/f\"]}", null, request))
                    .isEqualTo("{\"model\":\"c/d\"," + MESSAGES + ",\"models\":[\"e/f\"]}");
        }
    }

    @Test
    void takesNullAndTheOtherNameOfALimitAsSaid() {
        assertThat(laid(
                        "{\"temperature\":1,\"max_tokens\":10,\"provider\":{\"zdr\":true}}",
                        null,
                        "{\"preset\":\"x\",\"temperature\":null,\"max_completion_tokens\":5," + MESSAGES + "}"))
                .isEqualTo("{\"temperature\":null,\"max_completion_tokens\":5," + MESSAGES
                        + ",\"provider\":{\"zdr\":true}}");
    }

    @Test
    void putsTheSystemPromptFirst() {
        assertThat(laid("{}", "Say \"hi\"\nélan", "{\"preset\":\"x\"," + MESSAGES + "}"))
                .isEqualTo("{\"messages\":[{\"role\":\"system\",\"content\":\"Say \\\"hi\\\"\\nélan\"},"
                        + MESSAGES.substring(MESSAGES.indexOf('[') + 1) + "}");
        assertThat(laid("{}", "Be brief.", "{\"preset\":\"x\",\"prompt\":\"Once\",\"a\":1}"))
                .isEqualTo("{\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                        + "{\"role\":\"user\",\"content\":\"Once\"}],\"a\":1}");
        assertThat(laid("{\"top_k\":1}", null, "{\"preset\":\"x\",\"prompt\":\"Once\"}"))
                .isEqualTo("{\"prompt\":\"Once\",\"top_k\":1}");
    }

    @Test
    void leavesInstructionsOfTheRequestAlone() {
        for (String role : new String[] {"system", "developer", "s\\u0079stem"}) {
            String messages = "\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"a\"}],\"role\":\"user\"},"
                    + "{\"role\":\"" + role + "\",\"content\":\"b\"}]";
            assertThat(laid("{}", "Be brief.", "{\"preset\":\"x\"," + messages + "}"))
                    .isEqualTo("{" + messages + "}");
        }
    }

    @Test
    void makesOneListOfTools() {
        String web = "{\"type\":\"openrouter:web_search\",\"max_uses\":1}";
        String web2 = "{\"type\":\"openrouter:web_search\",\"max_uses\":2}";
        String one = "{\"type\":\"openrouter:subagent\",\"max_uses\":1,\"parameters\":{\"name\":\"one\"}}";
        String two = "{\"type\":\"openrouter:subagent\",\"max_uses\":1,\"parameters\":{\"name\":\"two\"}}";
        String twoNew = "{\"max_uses\":1,\"parameters\":{\"model\":\"m\",\"name\":\"two\"},"
                + "\"type\":\"openrouter:subagent\"}";
        String weather = "{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}";
        String weatherNew = "{\"function\":{\"description\":\"d\",\"name\":\"weather\"},\"type\":\"function\"}";
        String clock = "{\"type\":\"function\",\"function\":{\"name\":\"clock\"}}";
        String stored = "{\"tools\":[" + String.join(",", web, one, two, weather) + "]}";
        assertThat(laid(
                        stored,
                        null,
                        "{\"preset\":\"x\",\"tools\":[ " + clock + ", " + weatherNew + "," + twoNew + "," + web2 + "],"
                                + MESSAGES + "}"))
                .isEqualTo("{\"tools\":[" + String.join(",", web2, one, twoNew, weatherNew, clock) + "]," + MESSAGES
                        + "}");
        assertThat(laid(stored, null, "{\"preset\":\"x\"," + MESSAGES + "}"))
                .isEqualTo("{" + MESSAGES + "," + stored.substring(1));
        // What the request sends twice it sends twice.
        String docs = "{\"type\":\"mcp\",\"max_uses\":1,\"server_label\":\"docs\"}";
        String mail = "{\"type\":\"mcp\",\"max_uses\":1,\"server_label\":\"mail\"}";
        assertThat(laid(
                        "{\"tools\":[" + docs + "]}",
                        null,
                        "{\"preset\":\"x\",\"tools\":[" + String.join(",", clock, mail, clock) + "]," + MESSAGES + "}"))
                .isEqualTo("{\"tools\":[" + String.join(",", docs, clock, mail, clock) + "]," + MESSAGES + "}");
        assertThat(laid(stored, null, "{\"preset\":\"x\",\"tools\":null," + MESSAGES + "}"))
                .isEqualTo("{\"tools\":null," + MESSAGES + "}");
    }

    @Test
    void keepsBackWhatOnlyPresetsHave() {
        assertThat(laid(
                        "{\"cache_enabled\":true,\"cache_ttl_seconds\":5,\"top_k\":1}",
                        null,
                        "{\"preset\":\"x\"," + MESSAGES + "}"))
                .isEqualTo("{" + MESSAGES + ",\"top_k\":1}");
    }

    /// The reader's bound on depth is the operator's; nothing here has one of its own.
    @Test
    void followsTheReaderAsDeepAsItGoes() {
        String deep = "[".repeat(200) + "]".repeat(200);
        ChatRequestReader reader = new ChatRequestReader(new RequestReader.Limits(500, 1, 10, 1, 1));
        byte[] bytes = ("{\"messages\":[{\"x\":" + deep + ",\"role\":\"user\"}]}").getBytes(UTF_8);
        byte[] body = RequestSettings.of(("{\"image_config\":{\"a\":" + deep + "}}").getBytes(UTF_8), "Be brief.")
                .under(reader.read(bytes, 0, bytes.length), null);
        assertThat(new String(body, UTF_8))
                .startsWith("{\"messages\":[{\"role\":\"system\"")
                .contains(deep + "}}");
    }

    @Test
    void findsTheReference() {
        assertThat(PresetReference.ofModel("a/b")).isNull();
        PresetReference alone = Objects.requireNonNull(PresetReference.ofModel("@preset/my-one"));
        assertThat(alone).isEqualTo(new PresetReference("my-one", null));
        assertThat(PresetReference.ofModel("a/b:free@preset/my-one"))
                .isEqualTo(new PresetReference("my-one", "a/b:free"));
        assertThat(laid("{\"model\":\"a/b\"}", null, "{\"model\":\"@preset/x\",\"preset\":\"x\"," + MESSAGES + "}"))
                .isEqualTo("{" + MESSAGES + ",\"model\":\"a/b\"}");
        assertThatThrownBy(() -> laid("{}", null, "{\"model\":\"@preset/x\",\"preset\":\"y\"," + MESSAGES + "}"))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("two presets");
    }
}
