package dev.faregate.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is drawn of limits.
class LimitBarTest {
    @ParameterizedTest
    @CsvSource({
        "100, 0, 0, 0, 0, FINE",
        "100, 41.5, 6.25, 415, 62, FINE",
        "100, 0.000000001, 0, 6, 0, FINE",
        "100, 79.9, 0, 799, 0, FINE",
        "100, 80, 0, 800, 0, NEAR",
        "100, 70, 15, 700, 150, NEAR",
        "100, 100, 0, 1000, 0, OVER",
        "100, 90, 10, 900, 100, NEAR",
        "5, 12, 3, 1000, 0, OVER",
        "0, 0, 0, 1000, 0, OVER",
        "9000000000, 8999999999, 1, 999, 1, NEAR"
    })
    void drawsWhatIsSpentAndHeldWithoutPassingTheEnd(
            String limit, String spent, String held, int used, int kept, LimitBar.Level level) {
        LimitBar bar = LimitBar.of(Usd.parse(limit), Usd.parse(spent), Usd.parse(held));
        assertThat(bar).isEqualTo(new LimitBar(used, kept, level));
    }
}
