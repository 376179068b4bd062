package dev.faregate.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Times as every page tells them.
class MomentsTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "PT-30S, just now",
        "PT-60S, 1 minute ago",
        "PT-5H, 5 hours ago",
        "P-2D, 2 days ago",
        "P-40D, 40 days ago",
        "P-61D, 26 Sep 2026",
        "PT10S, in a moment",
        "PT59M, in 59 minutes",
        "PT36H, in 2 days",
        "P90D, 24 Feb 2027"
    })
    void tellsTimesAsPeopleDo(Duration ahead, String words) {
        assertThat(Moments.shown(NOW.plus(ahead), NOW)).isEqualTo(words);
    }

    @Test
    void tellsThemExactlyInUtc() {
        assertThat(Moments.exact(NOW.minus(Duration.ofHours(5)))).isEqualTo("2026-11-26 07:00:00 UTC");
        assertThat(Moments.date(NOW)).isEqualTo("26 Nov 2026");
    }
}
