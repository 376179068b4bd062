package dev.faregate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.http.FormFields;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ProviderKeyBodyTest {
    private static final String SHOWN = """
            {"name":"Production","disabled":false,"is_fallback":false,"is_required":true,"is_byok_only":false,
             "declared_zdr":false,"allowed_models":["a/b"],"allowed_api_key_hashes":null,"allowed_user_ids":[],
             "sort_order":3}""";

    private static ProviderKeyForm form(String... fields) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            values.put(fields[i], List.of(fields[i + 1]));
        }
        return ProviderKeyForm.typed(new FormFields(values));
    }

    private static JsonNode shown() {
        return Json.read(SHOWN.getBytes(StandardCharsets.UTF_8));
    }

    private static String json(ProviderKeyBody.Result result) {
        return new String(result.body(), StandardCharsets.UTF_8);
    }

    @Test
    void saysWhatTheFormSays() {
        ProviderKeyBody.Result made = ProviderKeyBody.create(
                form("provider", "openai", "is_fallback", "on", "sort_order", "2", "allowed_models", "a/b, c/d"),
                Secret.of(" sk-1\r\n"),
                "w");
        assertThat(made.errors()).isEmpty();
        assertThat(json(made))
                .isEqualTo("{\"name\":null,\"is_required\":false,\"is_byok_only\":false,\"is_fallback\":true,"
                        + "\"declared_zdr\":null,\"allowed_models\":[\"a/b\",\"c/d\"],\"allowed_api_key_hashes\":null,"
                        + "\"allowed_user_ids\":null,\"sort_order\":2,\"provider\":\"openai\",\"workspace_id\":\"w\","
                        + "\"key\":\"sk-1\"}");
    }

    @Test
    void leavesThePlaceOfANewKeyToTheServer() {
        JsonNode body = Json.read(ProviderKeyBody.create(form("everywhere", "on"), Secret.of("k"), "w")
                .body());
        assertThat(body.has("sort_order")).isFalse();
        assertThat(body.get("workspace_id").isNull()).isTrue();
    }

    @Test
    void aFormThatNobodyTouchedChangesNothing() {
        ProviderKeyBody.Result same = ProviderKeyBody.update(ProviderKeyForm.of(shown()), shown());
        assertThat(same.errors()).isEmpty();
        assertThat(json(same)).isEqualTo("{}");
    }

    @Test
    void anEmptyPlaceStaysWhereItIs() {
        ProviderKeyBody.Result result = ProviderKeyBody.update(form("sort_order", ""), shown());
        assertThat(result.errors()).isEmpty();
        assertThat(Json.read(result.body()).has("sort_order")).isFalse();
        assertThat(ProviderKeyBody.update(form("sort_order", "1.5"), shown()).errors())
                .containsOnlyKeys("sort_order");
    }

    @Test
    void putsRefusalsBesideTheirFields() {
        ProviderKeyForm form = form("provider", "azure");
        assertThat(form.with(refused("allowed_models[3]", "`allowed_models[3]` is bad."))
                        .error("allowed_models"))
                .isEqualTo("Is bad.");
        assertThat(form.with(refused("key[0].api_key", "`key[0].api_key` is required."))
                        .error("key"))
                .isEqualTo("In the JSON, `key[0].api_key` is required.");
        assertThat(form.with(refused("something", "`something` is bad.")).formError())
                .isEqualTo("Is bad.");
    }

    private static ApiException refused(String param, String message) {
        return new ApiException(new ApiError.BadRequest(message, param));
    }
}
