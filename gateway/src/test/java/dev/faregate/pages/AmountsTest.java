package dev.faregate.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How pages say money and time.
class AmountsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    0           | $0.00
                    0.5         | $0.50
                    100         | $100.00
                    1234567.891 | $1,234,567.89
                    12.345678   | $12.3456
                    0.004213789 | $0.00421378
                    0.000000075 | $0.000000075
                    -3.5        | -$3.50
                    999.999999  | $999.999
                    """)
    void saysMoneyInSixDigitsAndNeverMoreThanThereIs(String amount, String shown) {
        assertThat(Amounts.shown(Usd.parse(amount))).isEqualTo(shown);
    }

    @Test
    void saysTheWholeAmountExactly() {
        assertThat(Amounts.exact(Usd.parse("1234567.891"))).isEqualTo("$1,234,567.891 USD");
        assertThat(Amounts.exact(Usd.parse("-0.000000075"))).isEqualTo("-$0.000000075 USD");
    }

    @ParameterizedTest
    @CsvSource({
        "-PT10S, just now",
        "PT10S, in a moment",
        "-PT60S, 1 minute ago",
        "PT59M, in 59 minutes",
        "-PT35H, 35 hours ago",
        "PT24H, in 24 hours",
        "-P9D, 9 days ago",
        "P61D, 31 Jan 2027"
    })
    void saysTimeAsPeopleDo(Duration away, String shown) {
        Instant now = Instant.parse("2026-12-01T12:00:00Z");
        assertThat(Moments.shown(now.plus(away), now)).isEqualTo(shown);
    }

    @Test
    void saysTimeExactlyInUtc() {
        assertThat(Moments.exact(Instant.parse("2026-12-01T12:00:00.123Z"))).isEqualTo("2026-12-01 12:00:00 UTC");
    }
}
