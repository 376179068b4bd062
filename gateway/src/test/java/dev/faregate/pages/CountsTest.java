package dev.faregate.pages;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Counts as people read them.
class CountsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "999, 999",
        "1000, 1.0K",
        "12399, 12.3K",
        "999999, 999K",
        "1000000, 1.0M",
        "4560000000, 4.5B",
        "9223372036854775807, 9223P"
    })
    void roundsDownToThreeDigits(long count, String shown) {
        assertThat(Counts.shown(count)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"7|7", "1234567|1,234,567"})
    void groupsTheExactCount(long count, String exact) {
        assertThat(Counts.exact(count)).isEqualTo(exact);
    }
}
