package dev.faregate.oauth;

import dev.faregate.base.Usd;
import dev.faregate.pages.Moments;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;

/// Money and times as pages show them; the exact value stands in their `title`.
public final class Shown {
    private static final int MOST_DECIMALS = 6;
    private static final int LEAST_DECIMALS = 2;

    private Shown() {}

    /// `$12.50`, `$0.000075`; rounded to six decimals.
    public static String money(Usd amount) {
        BigDecimal rounded =
                amount.dollars().setScale(MOST_DECIMALS, RoundingMode.HALF_UP).stripTrailingZeros();
        if (rounded.scale() < LEAST_DECIMALS) {
            rounded = rounded.setScale(LEAST_DECIMALS, RoundingMode.UNNECESSARY);
        }
        return (rounded.signum() < 0 ? "-$" : "$") + rounded.abs().toPlainString();
    }

    /// How long ago something was, or how far off it is: `3 hours ago`, `in 2 days`; a date beyond a
    /// month.
    public static String relative(Instant time, Instant now) {
        boolean past = !time.isAfter(now);
        Duration distance = past ? Duration.between(time, now) : Duration.between(now, time);
        if (distance.toDays() > 30) {
            return Moments.date(time);
        }
        if (distance.toSeconds() < 60) {
            return past ? "just now" : "in a moment";
        }
        String much = distance.toMinutes() < 60
                ? count(distance.toMinutes(), "minute")
                : distance.toHours() < 24 ? count(distance.toHours(), "hour") : count(distance.toDays(), "day");
        return past ? much + " ago" : "in " + much;
    }

    private static String count(long many, String what) {
        return many + " " + what + (many == 1 ? "" : "s");
    }

    /// The share of `part` in `whole`, in percent from 0 to 100.
    static int percent(Usd part, Usd whole) {
        if (part.nanos() <= 0) {
            return 0;
        }
        if (part.compareTo(whole) >= 0) {
            return 100;
        }
        long divisor = Math.max(1, whole.nanos() / 100);
        return (int) Math.clamp(part.nanos() / divisor, 0, 100);
    }
}
