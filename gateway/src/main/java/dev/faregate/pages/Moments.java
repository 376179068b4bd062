package dev.faregate.pages;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Times as people read them: how long ago or ahead, and a date where that says more. Always UTC, like the windows of
/// limits.
public final class Moments {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("d MMM yyyy", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter EXACT = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    private static final Duration JUST_NOW = Duration.ofSeconds(45);
    private static final Duration TOLD_AS_DAYS = Duration.ofDays(60);

    private Moments() {}

    /// `3 minutes ago`, `in 5 days`, `12 Aug 2026`.
    public static String shown(Instant at, Instant now) {
        Duration ahead = Duration.between(now, at);
        Duration length = ahead.abs();
        if (length.compareTo(JUST_NOW) < 0) {
            return ahead.isNegative() ? "just now" : "in a moment";
        }
        if (length.compareTo(TOLD_AS_DAYS) > 0) {
            return date(at);
        }
        String words = words(length);
        return ahead.isNegative() ? words + " ago" : "in " + words;
    }

    /// `12 Aug 2026`.
    public static String date(Instant at) {
        return DATE.format(at);
    }

    /// `2026-08-12 14:03:11 UTC`.
    public static String exact(Instant at) {
        return EXACT.format(at);
    }

    private static String words(Duration length) {
        long minutes = (length.toSeconds() + 30) / 60;
        if (minutes < 60) {
            return count(Math.max(1, minutes), "minute");
        }
        long hours = (length.toMinutes() + 30) / 60;
        if (hours < 36) {
            return count(hours, "hour");
        }
        return count((length.toHours() + 12) / 24, "day");
    }

    private static String count(long number, String unit) {
        return number + " " + unit + (number == 1 ? "" : "s");
    }
}
