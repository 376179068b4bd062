package dev.faregate.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.storage.Snapshot;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
    private static final Manifest MANIFEST = new Manifest(
            "0.1.0-SNAPSHOT",
            new Snapshot(
                    Instant.parse("2030-01-31T03:00:00.123456Z"),
                    "31",
                    Map.of("posting", 3L, "audit_event", 12L),
                    new Snapshot.Holds(2, 1_500_000_001L)),
            4096,
            "ab".repeat(32));

    private static String json() {
        return new String(MANIFEST.toJson(), StandardCharsets.UTF_8);
    }

    private static Manifest parse(String json) {
        return Manifest.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsWhatItWrites() {
        assertThat(parse(json())).isEqualTo(MANIFEST);
        assertThat(json()).contains("\"usd\":1.500000001");
        assertThat(MANIFEST.rows("posting")).isEqualTo(3);
        assertThat(MANIFEST.rows("transfer")).isZero();
    }

    @Test
    void readsWhatALaterProgramAdds() {
        assertThat(parse(json().replace("{\"format\"", "{\"note\":\"new\",\"format\"")))
                .isEqualTo(MANIFEST);
    }

    @ParameterizedTest
    @CsvSource({"\"format\":1, \"format\":2, format 2 (sqlite)", "\"sqlite\", \"duckdb\", format 1 (duckdb)"})
    void saysOfWhichFormatItIsAndWhichIsRead(String what, String with, String words) {
        assertThatThrownBy(() -> parse(json().replace(what, with)))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining(words)
                .hasMessageContaining("made by faregate 0.1.0-SNAPSHOT; this version reads format 1 (sqlite)");
    }

    /// Each is one change of a good manifest.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            "format":1                      | "format":"1"
            "format":1                      | "format":1.5
            "format":1                      | "format":99999999999999999999999999
            "format":1                      | "format":1,"format":1
            "program":"0.1.0-SNAPSHOT"      | "program":"two\\nlines"
            "program":"0.1.0-SNAPSHOT"      | "program":"\\u001b[2J"
            "taken_at":"2030                | "taken_at":"yesterday
            "taken_at":"2030                | "taken_at":"+1000000000
            "taken_at":"2030                | "taken_at":"-1000000000
            "schema":"31"                   | "schema":""
            "schema":"31"                   | "schema":31.5e400
            "bytes":4096                    | "bytes":-1
            "bytes":4096                    | "bytes":9223372036854775808
            "bytes":4096                    | "bytes":4096.5
            "bytes":4096                    | "bytes":null
            "posting":3                     | "posting":-3
            "posting":3                     | "posting":"3"
            "posting":3                     | "posting":{}
            "count":2                       | "count":-2
            "usd":1.500000001               | "usd":1e999999999
            "usd":1.500000001               | "usd":1e-999999999
            "usd":1.500000001               | "usd":"much"
            "usd":1.500000001               | "usd":0.0000000001
            """)
    void refusesWhatCannotBe(String what, String with) {
        String changed = json().replace(what, with);
        assertThat(changed).isNotEqualTo(json());
        assertThatThrownBy(() -> parse(changed))
                .isInstanceOf(BackupException.class)
                .hasMessage("The backup is damaged: its manifest cannot be read.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{}", "{", "not json", "\u0000", "{\"format\":1}"})
    void refusesWhatIsNoManifest(String json) {
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void refusesEndlessNesting() {
        assertThatThrownBy(() -> parse("{\"format\":".repeat(100_000))).isInstanceOf(BackupException.class);
    }
}
