package dev.faregate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.http.FormFields;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PresetBodyTest {
    private static final String CONFIG = "{\"model\":\"a/b\",\"seed\":7,\"temperature\":0.50,\"provider\":"
            + "{\"sort\":{\"by\":\"price\"},\"allow_fallbacks\":true,\"zdr\":true,\"data_collection\":\"allow\"}}";

    private static PresetForm form(String... fields) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            values.put(fields[i], List.of(fields[i + 1]));
        }
        return PresetForm.typed(new FormFields(values));
    }

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String body(PresetForm form, String before) {
        PresetBody.Result result = PresetBody.of(form, json(before));
        assertThat(result.errors()).isEmpty();
        return new String(result.body(), StandardCharsets.UTF_8);
    }

    @Test
    void aFormThatNobodyTouchedSaysTheSame() {
        String same = body(PresetForm.of(3, 3, json(CONFIG), "Be short", false), CONFIG);
        assertThat(json(same).path("messages").toString())
                .isEqualTo("[{\"role\":\"system\",\"content\":\"Be short\"}]");
        assertThat(same.replaceFirst(",\"messages.*", "}")).isEqualTo(CONFIG);
        String whole = body(PresetForm.of(3, 3, json(CONFIG), null, true), "{}");
        assertThat(json(whole)).isEqualTo(json(CONFIG));
    }

    @Test
    void whatIsEmptiedGoesAndWhatTheFormCannotShowStays() {
        PresetForm before = PresetForm.of(3, 3, json(CONFIG), "Be short", false);
        Map<String, String> values = new HashMap<>(before.values());
        values.putAll(Map.of("model", "", "temperature", "", "provider_zdr", "", "system_prompt", ""));
        assertThat(body(new PresetForm(values, Map.of(), before.once()), CONFIG))
                .isEqualTo("{\"seed\":7,\"provider\":{\"sort\":{\"by\":\"price\"},\"allow_fallbacks\":true,"
                        + "\"data_collection\":\"allow\"}}");
        assertThat(body(form(), "{\"provider\":{\"zdr\":true}}")).isEqualTo("{}");
    }

    @Test
    void jsonThatWasPastedWholeKeepsItsMessagesUnlessAPromptIsTyped() {
        String pasted = "{\"messages\":[{\"role\":\"system\",\"content\":\"Pasted\"}]}";
        assertThat(body(form("as_json", "on", "json", pasted), "{}")).isEqualTo(pasted);
        assertThat(body(form("as_json", "on", "json", pasted, "system_prompt", "Typed"), "{}"))
                .isEqualTo(pasted.replace("Pasted", "Typed"));
    }

    @Test
    void complainsBesideTheField() {
        assertThat(PresetBody.of(form("top_p", "1e9", "max_tokens", "many"), json("{}"))
                        .errors())
                .containsOnlyKeys("top_p", "max_tokens");
        assertThat(PresetBody.of(form("as_json", "on", "json", "{"), json("{}")).errors())
                .containsOnlyKeys("json");
    }

    @Test
    void putsRefusalsBesideTheirFields() {
        PresetForm fields = form("model", "x");
        assertThat(fields.with(refused("provider.order[1]")).errors()).containsOnlyKeys("provider_order");
        assertThat(fields.with(refused("provider.allow_fallbacks")).errors()).containsOnlyKeys("provider_no_fallbacks");
        assertThat(fields.with(refused("models[0]")).errors()).containsOnlyKeys("models");
        assertThat(fields.with(refused("messages")).errors()).containsOnlyKeys("system_prompt");
        assertThat(fields.with(refused("seed")).errors()).containsOnlyKeys("");
        PresetForm whole = form("as_json", "on");
        assertThat(whole.with(refused("seed")).errors()).containsOnlyKeys("json");
        assertThat(whole.with(refused("slug")).errors()).containsOnlyKeys("slug");
    }

    private static ApiException refused(String param) {
        return new ApiException(new ApiError.BadRequest("`" + param + "` is bad.", param));
    }
}
