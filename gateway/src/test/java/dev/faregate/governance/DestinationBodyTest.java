package dev.faregate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.http.FormFields;
import dev.faregate.observability.DestinationKind;
import dev.faregate.observability.ManagedDestinations;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DestinationBodyTest {
    private static final String SHOWN = """
            {"name":"Hook","type":"webhook","enabled":true,"privacy_mode":false,"broadcast_generation_cost":true,
             "broadcast_generation_identity":false,"broadcast_generation_request_context":false,"sampling_rate":0.50,
             "api_key_hashes":null,"filter_rules":{"enabled":true,"groups":[]},
             "config":{"url":"https://a/b","extra":1,"headers":{"Authorization":"Bear...6789","X-Team":"..."}}}""";

    private static DestinationKind kind(String word) {
        return ManagedDestinations.kinds().stream()
                .filter(kind -> kind.word().equals(word))
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode shown() {
        return Json.read(SHOWN.getBytes(StandardCharsets.UTF_8));
    }

    private static DestinationForm changed(String field, String value) {
        DestinationForm form = DestinationForm.of(kind("webhook"), shown());
        Map<String, String> values = new HashMap<>(form.values());
        values.put(field, value);
        return new DestinationForm(form.kind(), values, Map.of(), form.once());
    }

    private static String update(String field, String value) {
        DestinationBody.Result result = DestinationBody.update(changed(field, value), shown());
        assertThat(result.errors()).isEmpty();
        return new String(result.body(), StandardCharsets.UTF_8);
    }

    @Test
    void knowsWhatEachTypeAsksFor() {
        assertThat(ManagedDestinations.kinds()).hasSize(17);
        assertThat(ManagedDestinations.kinds().stream().limit(2).map(DestinationKind::word))
                .containsExactlyInAnyOrder("webhook", "otel-collector");
        assertThat(kind("s3").fields())
                .containsExactly(
                        new DestinationKind.Field("bucketName", false, true, List.of()),
                        new DestinationKind.Field("accessKeyId", true, true, List.of()),
                        new DestinationKind.Field("secretAccessKey", true, true, List.of()));
    }

    @Test
    void aFormThatNobodyTouchedChangesNothing() {
        assertThat(update("name", "Hook")).isEqualTo("{}");
    }

    @Test
    void saysOnlyWhatDiffers() {
        assertThat(update("sampling_rate", "0.5")).isEqualTo("{}");
        assertThat(update("config_url", "https://a/c")).isEqualTo("{\"config\":{\"url\":\"https://a/c\"}}");
        assertThat(update("config_url", "")).isEqualTo("{\"config\":{\"url\":null}}");
        assertThat(update("headers", "")).isEqualTo("{\"config\":{\"headers\":null}}");
        assertThat(update("headers", "Authorization: Bear...6789\nX-Team: a:b"))
                .isEqualTo("{\"config\":{\"headers\":{\"Authorization\":\"Bear...6789\",\"X-Team\":\"a:b\"}}}");
        assertThat(update("filter_rules", "")).isEqualTo("{\"filter_rules\":null}");
    }

    @Test
    void saysEverythingOfANewOne() {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        fields.put("name", List.of("Dog"));
        fields.put("sampling_rate", List.of("1"));
        fields.put("config_apiKey", List.of("secret"));
        fields.put("config_mlApp", List.of("app"));
        DestinationForm form = DestinationForm.typed(kind("datadog"), new FormFields(fields));
        JsonNode body = Json.read(DestinationBody.create(form, "w").body());
        assertThat(body.path("type").asString()).isEqualTo("datadog");
        assertThat(body.path("workspace_id").asString()).isEqualTo("w");
        assertThat(body.path("enabled").asBoolean()).isFalse();
        assertThat(body.path("config").toString()).isEqualTo("{\"apiKey\":\"secret\",\"mlApp\":\"app\"}");
    }

    @Test
    void aMistakeKeepsMasksAndForgetsSecrets() {
        DestinationForm form = changed("headers", "Authorization: Bear...6789\nX-Team: secret\nX-New: secret")
                .with(Map.of(), shown());
        assertThat(form.value("headers")).isEqualTo("Authorization: Bear...6789\nX-Team:\nX-New:");
        assertThat(DestinationBody.update(form, shown()).errors()).containsOnlyKeys("headers");
    }
}
