package dev.faregate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.http.FormFields;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class GuardrailBodyTest {
    private static final String SHOWN = """
            {"name":"Interns","description":null,"limit_usd":20,"reset_interval":"weekly",
             "include_byok_in_budgets":false,"dry_run":false,
             "allowed_models":["gone/model"],"ignored_models":null,"allowed_providers":null,"ignored_providers":null,
             "allowed_data_regions":["europe"],"enforce_zdr":true,"enforce_zdr_anthropic":true,
             "enforce_zdr_google":false,"enforce_zdr_openai":null,"enforce_zdr_xai":null,"enforce_zdr_other":null,
             "enable_free_model_training":true,"enable_paid_model_training":false,"enable_free_model_publication":null,
             "content_filters":[{"pattern":" a b ","action":"block","label":null}],
             "content_filter_builtins":[{"slug":"email","action":"redact","label":"[EMAIL]"}]}""";

    private static GuardrailForm form(String... fields) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            values.put(fields[i], List.of(fields[i + 1]));
        }
        return GuardrailForm.typed(new FormFields(values));
    }

    private static JsonNode json(byte[] body) {
        return Json.read(body);
    }

    private static JsonNode shown() {
        return Json.read(SHOWN.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void saysWhatTheFormSays() {
        JsonNode body = json(GuardrailBody.create(
                        form(
                                "name", "Interns",
                                "limit_usd", "$1,250.50",
                                "reset_interval", "weekly",
                                "allowed_models", "a/b\r\n c/d, a/b\n\n",
                                "region_us", "on",
                                "enforce_zdr_xai", "on",
                                "enable_paid_model_training", "on",
                                "builtin_email", "redact",
                                "pattern_3", " zeus",
                                "action_3", "block",
                                "label_3", "Code"),
                        "w")
                .body());
        assertThat(body.path("limit_usd").decimalValue()).isEqualByComparingTo("1250.50");
        assertThat(body.path("reset_interval").asString()).isEqualTo("weekly");
        assertThat(body.path("allowed_models").toString()).isEqualTo("[\"a/b\",\"c/d\"]");
        assertThat(body.path("allowed_data_regions").toString()).isEqualTo("[\"us\"]");
        assertThat(body.path("enforce_zdr_xai").booleanValue()).isTrue();
        assertThat(body.path("enforce_zdr_google").isNull()).isTrue();
        assertThat(body.path("enable_paid_model_training").booleanValue()).isFalse();
        assertThat(body.path("content_filters").toString())
                .isEqualTo("[{\"pattern\":\" zeus\",\"action\":\"block\",\"label\":\"Code\"}]");
        assertThat(body.path("content_filter_builtins").toString())
                .isEqualTo("[{\"slug\":\"email\",\"action\":\"redact\"}]");
        assertThat(body.path("workspace_id").asString()).isEqualTo("w");
    }

    @Test
    void aFormThatNobodyTouchedChangesNothing() {
        GuardrailBody.Result same = GuardrailBody.update(GuardrailForm.of(shown()), shown());
        assertThat(same.errors()).isEmpty();
        assertThat(json(same.body()).size()).as(json(same.body()).toString()).isZero();
    }

    @Test
    void oneGroupThatChangesEndsTheOldFieldForAll() {
        GuardrailForm before = GuardrailForm.of(shown());
        Map<String, String> values = new LinkedHashMap<>(before.values());
        values.put("enforce_zdr_anthropic", "");
        GuardrailForm after = new GuardrailForm(values, before.filters(), Map.of(), before.once());
        assertThat(json(GuardrailBody.update(after, shown()).body()).toString())
                .isEqualTo("{\"enforce_zdr_anthropic\":null,\"enforce_zdr\":null}");
    }

    @Test
    void complainsBesideTheField() {
        Map<String, String> errors = GuardrailBody.create(form("name", " ", "limit_usd", "plenty"), "w")
                .errors();
        assertThat(errors).containsOnlyKeys("name", "limit_usd");
        assertThat(errors.get("limit_usd")).startsWith("Write an amount in dollars");
    }

    @Test
    void putsRefusalsBesideTheirFields() {
        GuardrailForm form = form("name", "x");
        assertThat(form.with(refused("content_filters[2].pattern", "`content_filters[2].pattern` is bad."))
                        .error("pattern_2"))
                .isEqualTo("Is bad.");
        assertThat(form.with(refused("allowed_models", "Invalid allowed_models: a/b"))
                        .error("allowed_models"))
                .isEqualTo("There is no model “a/b” here.");
        assertThat(form.with(refused("allowed_providers[1]", "`allowed_providers[1]` is not the slug of a provider."))
                        .error("allowed_providers"))
                .isEqualTo("Is not the slug of a provider.");
        assertThat(form.with(refused("something", "`something` is bad.")).formError())
                .isEqualTo("Is bad.");
    }

    @Test
    void hasRoomForTwoMorePatternsUpToTheLimit() {
        assertThat(form("name", "x").rows()).hasSize(2);
        String[] full = new String[100];
        for (int i = 0; i < 50; i++) {
            full[2 * i] = "pattern_" + i;
            full[2 * i + 1] = "p" + i;
        }
        assertThat(form(full).rows()).hasSize(50);
    }

    private static ApiException refused(String param, String message) {
        return new ApiException(new ApiError.BadRequest(message, param));
    }
}
