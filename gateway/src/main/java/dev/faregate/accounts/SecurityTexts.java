package dev.faregate.accounts;

import dev.faregate.pages.Moments;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the pages about security say: when codes are looked at again, and browsers by their names. Pure.
public final class SecurityTexts {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /// In this order: each of them claims to be the ones after it too.
    private static final String[][] BROWSERS = {
        {"Edg/", "Edge"},
        {"OPR/", "Opera"},
        {"Firefox/", "Firefox"},
        {"Chrome/", "Chrome"},
        {"Safari/", "Safari"},
    };

    private static final Map<String, String> SYSTEMS =
            Map.of("Windows", "Windows", "Macintosh", "macOS", "Linux", "Linux", "CrOS", "ChromeOS");

    private SecurityTexts() {}

    /// A time, and when it is told.
    public record When(Instant at, Instant now) {
        /// Where no markup can stand.
        public String text() {
            return Moments.shown(at, now);
        }
    }

    static String locked(Instant until, Instant now) {
        long minutes = Math.max(1, ChronoUnit.MINUTES.between(now, until.plus(Duration.ofSeconds(59))));
        return "There were too many wrong codes in a row. The next one is looked at in " + minutes + " minute"
                + (minutes == 1 ? "" : "s") + ", at " + CLOCK.format(until)
                + ". A recovery code or a passkey works meanwhile.";
    }

    /// "Firefox on Linux", as far as the browser says so.
    static String browser(@Nullable String userAgent) {
        if (userAgent == null) {
            return "Unknown browser";
        }
        String browser = "Unknown browser";
        for (String[] known : BROWSERS) {
            if (userAgent.contains(known[0])) {
                browser = known[1];
                break;
            }
        }
        String system = system(userAgent);
        return system == null ? browser : browser + " on " + system;
    }

    private static @Nullable String system(String userAgent) {
        if (userAgent.contains("Android")) {
            return "Android";
        }
        if (userAgent.contains("iPhone") || userAgent.contains("iPad")) {
            return "iOS";
        }
        return SYSTEMS.entrySet().stream()
                .filter(entry -> userAgent.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }
}
