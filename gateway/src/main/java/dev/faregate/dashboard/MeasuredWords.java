package dev.faregate.dashboard;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/// What was measured of endpoints, in words.
final class MeasuredWords {
    static final String UNKNOWN = "–";

    private static final double MILLIS_PER_SECOND = 1_000;

    private MeasuredWords() {}

    /// `0.42 s`
    static String seconds(double millis) {
        return String.format(Locale.ROOT, "%.2f s", millis / MILLIS_PER_SECOND);
    }

    /// `52 tokens/s`
    static String speed(double tokensPerSecond) {
        return String.format(Locale.ROOT, tokensPerSecond < 10 ? "%.1f tokens/s" : "%.0f tokens/s", tokensPerSecond);
    }

    /// `99.9 %`; never rounded up, so that one failure in 10,000 is not 100 %.
    static String percent(double percent) {
        return BigDecimal.valueOf(percent).setScale(1, RoundingMode.FLOOR) + " %";
    }
}
