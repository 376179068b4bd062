package dev.faregate.guardrails;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearPatternTest {
    private static List<String> found(String pattern, String text) {
        List<String> found = new ArrayList<>();
        LinearPattern.compile(pattern).find(text, (from, to) -> found.add(text.substring(from, to)));
        return found;
    }

    @Test
    void findsEveryMatchThatIsNotEmpty() {
        assertThat(found("\\b(sk-[a-zA-Z0-9]{4})\\b", "sk-ab12 sk-toolong sk-CD34"))
                .containsExactly("sk-ab12", "sk-CD34");
        assertThat(found("a*", "baab")).containsExactly("aa");
        assertThat(found("(?i)straße|😀+", "STRASSE Straße 😀😀")).containsExactly("Straße", "😀😀");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a",
                "a**",
                "(?=a)b",
                "(?<!a)b",
                "(a)\\1",
                "[z-a]",
                "a{2000}",
                "*",
                "\\",
                "(?P<n",
                "x{1000}{1000}"
            })
    void refusesWhatIsNotOfTheLanguageOrTooLarge(String pattern) {
        assertThatThrownBy(() -> LinearPattern.compile(pattern)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesPatternsThatAreTooLongOrNestedTooDeeply() {
        assertThatThrownBy(() -> LinearPattern.compile("a".repeat(LinearPattern.MAX_LENGTH + 1)))
                .hasMessageContaining("2000 characters");
        assertThatThrownBy(() -> LinearPattern.compile("((a{30}){30}){30}"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LinearPattern.compile("[a-z]{499}b{9}")).hasMessageContaining("steps");
        assertThat(LinearPattern.compile("(".repeat(100) + "a" + ")".repeat(100))
                        .steps())
                .isPositive();
    }

    /// What backtracking engines need exponential time for.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$",
                "(a|aa)+$",
                "(a|a?)+$",
                "(.*a){20}$",
                "^(([a-z])+.)+[A-Z]([a-z])+$",
                "(a*)*b",
                "(?:a?){50}a{50}b",
                "(\\w+\\s?)*!$",
                "([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@)",
                "x[^y]*y"
            })
    void readsEvilTextsForEvilPatternsInLinearTime(String pattern) {
        for (String text : List.of("a".repeat(100_000), "a ".repeat(50_000), "x".repeat(100_000))) {
            found(pattern, text);
        }
    }

    /// Each search is linear, but there are as many of them as characters: that is stopped.
    @Test
    void stopsAPatternThatReadsToTheEndForEachSmallFind() {
        assertThatThrownBy(() -> found("x[^y]*y|x", "x".repeat(100_000))).isInstanceOf(LinearPattern.TooMuchWork.class);
        assertThat(found("x[^y]*y|x", "x".repeat(100))).hasSize(100);
    }

    @Test
    void allowsOrdinaryPatternsOnLongTexts() {
        String text = "The quick brown fox, 12345, mail@example.com; ".repeat(4_000);
        assertThat(found("\\d+", text)).hasSize(4_000);
        assertThat(found("\\b\\w+\\b", text)).hasSizeGreaterThan(20_000);
        assertThat(found("[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}", text))
                .hasSize(4_000);
    }
}
