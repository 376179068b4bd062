package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFieldsTest {
    private static final Instant NOW = Instant.parse("2026-09-21T12:00:00Z");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-09-21T12:00:01Z",
                "2026-09-21T12:00:00.000001Z",
                "2027-12-31T23:59:59+00:00",
                "9999-12-31T23:59:59.999999999Z"
            })
    void takesUtcTimesInTheFuture(String time) {
        assertThat(fields("{\"expires_at\":\"" + time + "\"}").expiresAt(NOW)).isAfter(NOW);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"2026-09-21T12:00:00Z\"",
                "\"2020-01-01T00:00:00Z\"",
                "\"2027-12-31T23:59Z\"",
                "\"2027-12-31T23:59:59\"",
                "\"2027-12-31T23:59:59+02:00\"",
                "\"2027-12-31T23:59:59-00:00\"",
                "\"2027-12-31t23:59:59z\"",
                "\"2027-12-31\"",
                "\"2027-02-30T00:00:00Z\"",
                "\"2027-13-01T00:00:00Z\"",
                "\"+10000-01-01T00:00:00Z\"",
                "\" 2027-12-31T23:59:59Z\"",
                "\"\"",
                "1893456000",
                "true",
                "{}"
            })
    void refusesAnyOtherTime(String time) {
        assertBad("{\"expires_at\":" + time + "}", fields -> fields.expiresAt(NOW), "expires_at");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "50.00, 50000000000", "0.000000001, 1", "1e-9, 1", "1E+3, 1000000000000", "-0.0, 0"})
    void readsLimitsExactly(String json, long nanos) {
        assertThat(fields("{\"limit\":" + json + "}").limit()).isEqualTo(Usd.ofNanos(nanos));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-0.01", "0.0000000001", "1e400000000", "9223372037", "\"5\"", "true", "[]", "{}", "1e-400000000"
            })
    void refusesLimitsThatAreNoAmount(String json) {
        assertBad("{\"limit\":" + json + "}", KeyFields::limit, "limit");
    }

    @Test
    void readsNoLimitFromNullAndFromNothing() {
        assertThat(fields("{\"limit\":null}").limit()).isNull();
        assertThat(fields("{}").limit()).isNull();
    }

    @Test
    void readsWindows() {
        assertThat(fields("{\"limit_reset\":\"weekly\"}").limitReset()).isEqualTo(Window.WEEKLY);
        assertThat(fields("{\"limit_reset\":null}").limitReset()).isEqualTo(Window.TOTAL);
        assertThat(fields("{}").limitReset()).isEqualTo(Window.TOTAL);
        for (String bad : new String[] {"\"total\"", "\"Daily\"", "\"yearly\"", "1", "false"}) {
            assertBad("{\"limit_reset\":" + bad + "}", KeyFields::limitReset, "limit_reset");
        }
    }

    @Test
    void takesNamesOfAnyScript() {
        assertThat(fields("{\"name\":\"My Prøject 鍵 🔑\"}").name()).isEqualTo("My Prøject 鍵 🔑");
        assertThat(fields("{\"label\":\"New Key\"}").name()).isEqualTo("New Key");
        assertThat(fields("{\"label\":\"b\",\"name\":\"a\"}").name()).isEqualTo("a");
        assertThat(fields("{\"name\":\"" + "🔑".repeat(200) + "\"}").name()).hasSize(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "\"  \"", "null", "5", "[\"a\"]", "\"a\\u0000b\"", "\"a\\nb\"", "\"\\ud800\""})
    void refusesNamesThatAreNone(String json) {
        assertBad("{\"name\":" + json + "}", KeyFields::name, "name");
    }

    @Test
    void refusesAnEndlessName() {
        assertBad("{\"name\":\"" + "a".repeat(201) + "\"}", KeyFields::name, "name");
    }

    @Test
    void wantsTrueFlagsOrFalseOnes() {
        assertThat(fields("{\"disabled\":true}").flag("disabled")).isTrue();
        assertBad("{\"disabled\":\"true\"}", fields -> fields.flag("disabled"), "disabled");
        assertBad("{\"disabled\":null}", fields -> fields.flag("disabled"), "disabled");
        assertBad("{\"disabled\":1}", fields -> fields.flag("disabled"), "disabled");
    }

    @Test
    void readsTheKeyOfAnotherSystem() {
        String body = "{\"external\":{\"user\":\"u-1\",\"api_key\":\"" + "x".repeat(32) + "\"}}";
        assertThat(fields(body).externalUser()).isEqualTo("u-1");
        assertThat(Objects.requireNonNull(fields(body).externalKey()).reveal()).hasSize(32);
        assertBad("{\"external\":{}}", KeyFields::externalUser, "external.user");
        assertBad("{\"external\":7}", KeyFields::externalUser, "external");
        assertBad("{\"external\":{\"api_key\":\"short\"}}", KeyFields::externalKey, "external.api_key");
        assertBad(
                "{\"external\":{\"api_key\":\"sk-fg-v1-" + "x".repeat(46) + "\"}}",
                KeyFields::externalKey,
                "external.api_key");
    }

    private static void assertBad(String body, Function<KeyFields, Object> read, String param) {
        assertThatThrownBy(() -> read.apply(fields(body)))
                .as(body)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error()).isInstanceOfSatisfying(ApiError.BadRequest.class, bad -> {
                            assertThat(bad.param()).isEqualTo(param);
                            assertThat(bad.message()).contains("`" + param + "`");
                        }));
    }

    private static KeyFields fields(String body) {
        return new KeyFields(Json.readObject(body.getBytes(StandardCharsets.UTF_8)));
    }
}
