package dev.faregate.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.http.BodyFields;
import dev.faregate.http.FormFields;
import dev.faregate.keys.KeyKind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The forms of keys and credits, as bodies of the API.
class KeyBodyTest {
    private static final Instant NOW = Instant.parse("2026-11-26T23:30:00Z");

    private static KeyForm form(String... fields) {
        return KeyForm.typed(fields(fields));
    }

    private static FormFields fields(String... fields) {
        Map<String, List<String>> values = new HashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            values.put(fields[i], List.of(fields[i + 1]));
        }
        return new FormFields(values);
    }

    private static JsonNode body(KeyForm form) {
        KeyBody.Result result = KeyBody.create(form, KeyKind.INFERENCE, "w", NOW);
        assertThat(result.errors()).isEmpty();
        return Json.read(result.body());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"25|25", "0.50|0.50", "$ 1,234.5|1234.5", "1000000|1000000", "0.000000001|0.000000001"})
    void readsDollars(String typed, String amount) {
        assertThat(body(form("name", "a", "limit", typed)).get("limit").decimalValue())
                .isEqualByComparingTo(amount);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lots", "-1", "1e9", "1,2", "0.0000000001", "10 USD", "١٠"})
    void saysWhatIsNoAmount(String typed) {
        assertThat(KeyBody.create(form("name", "a", "limit", typed), KeyKind.INFERENCE, "w", NOW)
                        .errors())
                .containsOnlyKeys("limit");
    }

    @Test
    void takesAnEmptyFieldAsNoLimit() {
        JsonNode body = body(form("name", "a", "limit", "", "rpm", "", "allowed_ips", " \r\n"));
        assertThat(body.get("limit").isNull()).isTrue();
        assertThat(body.get("rate_limits").isNull()).isTrue();
        assertThat(body.get("allowed_ips").isNull()).isTrue();
        assertThat(body.get("expires_at").isNull()).isTrue();
    }

    @Test
    void endsAKeyWithItsLastDay() {
        assertThat(body(form("name", "a", "expires", "7")).get("expires_at").asString())
                .isEqualTo("2026-12-04T00:00:00Z");
        assertThat(body(form("name", "a", "expires", "on", "expires_on", "2026-11-26"))
                        .get("expires_at")
                        .asString())
                .isEqualTo("2026-11-27T00:00:00Z");
        for (String day : List.of("2026-11-25", "soon", "")) {
            assertThat(KeyBody.create(
                                    form("name", "a", "expires", "on", "expires_on", day), KeyKind.INFERENCE, "w", NOW)
                            .errors())
                    .containsOnlyKeys("expires");
        }
    }

    @Test
    void readsAddressesHoweverTheyAreApart() {
        assertThat(body(form("name", "a", "allowed_ips", "10.0.0.1\r\n2001:db8::/32, 10.0.0.2"))
                        .get("allowed_ips"))
                .extracting(JsonNode::asString)
                .containsExactly("10.0.0.1", "2001:db8::/32", "10.0.0.2");
    }

    @Test
    void wantsANameAndWholeNumbers() {
        assertThat(KeyBody.create(form("name", " ", "rpm", "1.5", "tpm", "many"), KeyKind.INFERENCE, "w", NOW)
                        .errors())
                .containsOnlyKeys("name", "rpm", "tpm");
    }

    @Test
    void leavesAloneWhatTheFormOfAManagementKeyDoesNotShow() {
        assertThat(Json.read(KeyBody.update(form("name", "Terraform"), KeyKind.MANAGEMENT)
                        .body()))
                .isEqualTo(Json.read("{\"name\":\"Terraform\"}".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void takesNoNameOfAFormThatIsNotOurs() {
        String ours = KeyForm.fresh().once();
        assertThat(form("once", ours).once()).isEqualTo(ours);
        assertThat(form("once", "a\r\nX-Injected: 1").once()).hasSize(ours.length());
    }

    @Test
    void putsAComplaintOfTheApiBesideItsField() {
        ApiException refused = BodyFields.wrong("allowed_ips[1]", "is no address");
        String once = KeyForm.fresh().once();
        KeyForm form = form("name", "a", "once", once).with(refused);
        assertThat(form.error("allowed_ips")).isEqualTo("Is no address.");
        assertThat(form.value("name")).isEqualTo("a");
        assertThat(form.once()).as("a form that is sent again is another one").isNotEqualTo(once);
    }

    @Test
    void readsAnEntryOfCredit() {
        KeyBody.Result grant = CreditForm.typed(
                        fields("amount_usd", "$1,000", "reason", "Invoice", "expires_on", "2027-01-31"))
                .body();
        assertThat(grant.errors()).isEmpty();
        assertThat(Json.read(grant.body()))
                .isEqualTo(Json.read("{\"kind\":\"grant\",\"amount_usd\":1000,\"reason\":\"Invoice\","
                        .concat("\"expires_at\":\"2027-02-01T00:00:00Z\"}")
                        .getBytes(StandardCharsets.UTF_8)));
        assertThat(CreditForm.typed(fields("amount_usd", "1e3", "expires_on", "x"))
                        .body()
                        .errors())
                .containsOnlyKeys("amount_usd", "reason", "expires_on");
        assertThat(Json.read(CreditForm.typed(fields("kind", "correction", "amount_usd", "-3.5", "reason", "Twice"))
                                .body()
                                .body())
                        .get("amount_usd")
                        .decimalValue())
                .isEqualByComparingTo("-3.5");
    }
}
