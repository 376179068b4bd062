package dev.faregate.leaks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.keys.KeyHash;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyText;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a report may say.
class FindingsTest {
    private static Findings read(String json) {
        return Findings.of(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsWhatWasFoundAndWhere() {
        String text = KeyText.generate(KeyKind.INFERENCE).reveal();
        Findings findings = read("[{\"token\":\"" + text
                + "\",\"type\":\"faregate_api_key\",\"url\":\" https://example.com/x \",\"source\":\"Gist_Comment\"},"
                + "{\"token\":\"t\"}]");
        assertThat(findings.all())
                .containsExactly(
                        new Findings.Finding(
                                KeyHash.of(text), true, "faregate_api_key", "https://example.com/x", "gist_comment"),
                        new Findings.Finding(KeyHash.of("t"), true, "", null, null));
    }

    @Test
    void whatFailsTheChecksumIsNotLookedUp() {
        String good = KeyText.generate(KeyKind.INFERENCE).reveal();
        assertThat(Findings.isCandidate(good)).isTrue();
        assertThat(Findings.isCandidate(good.substring(0, good.length() - 1))).isFalse();
        assertThat(Findings.isCandidate("sk-fg-v1-x")).isFalse();
        assertThat(Findings.isCandidate("sk-of-another-system")).isTrue();
        assertThat(Findings.isCandidate("x".repeat(KeyText.MAX_LENGTH + 1))).isFalse();
    }

    @Test
    void whatADatabaseCannotKeepIsTakenOutAndCut() {
        Findings.Finding finding = read("[{\"token\":\"t\",\"url\":\"a\\u0000b\\n\\ud800c\",\"source\":\""
                        + "s".repeat(500) + "\"}]")
                .all()
                .getFirst();
        assertThat(finding.url()).isEqualTo("abc");
        assertThat(finding.source()).hasSize(50);
        assertThat(read("[{\"token\":\"t\",\"type\":\"a\\ud800b\",\"url\":\"" + "u".repeat(1_999)
                                + "\\ud83d\\ude00\"}]")
                        .all()
                        .getFirst())
                .as("no half characters")
                .satisfies(half -> {
                    assertThat(half.type()).isEqualTo("ab");
                    assertThat(half.url()).isEqualTo("u".repeat(1_999));
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "1",
                "null",
                "[1]",
                "[{}]",
                "[null]",
                "[{\"token\":1}]",
                "[{\"token\":\"\"}]",
                "[{\"token\":null}]",
                "[[]]",
                "[",
                ""
            })
    void refusesWhatIsNoReport(String json) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.error()).isInstanceOf(ApiError.BadRequest.class));
    }

    @Test
    void refusesTooMany() {
        String one = "{\"token\":\"t\"}";
        assertThat(read("[" + (one + ",").repeat(Findings.MAX - 1) + one + "]").all())
                .hasSize(Findings.MAX);
        assertThatThrownBy(() -> read("[" + (one + ",").repeat(Findings.MAX) + one + "]"))
                .hasMessageContaining(String.valueOf(Findings.MAX));
    }
}
