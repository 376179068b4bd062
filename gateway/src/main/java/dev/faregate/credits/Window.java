package dev.faregate.credits;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How often a limit starts anew: calendar windows in UTC, weeks from Monday; `TOTAL` never does.
public enum Window {
    TOTAL,
    DAILY,
    WEEKLY,
    MONTHLY;

    /// The word of the wire contract, or null for `TOTAL`.
    public @Nullable String wireName() {
        return this == TOTAL ? null : name().toLowerCase(Locale.ROOT);
    }

    /// The window that `instant` lies in begins here; the epoch for `TOTAL`.
    public Instant start(Instant instant) {
        LocalDate day = LocalDate.ofInstant(instant, ZoneOffset.UTC);
        return switch (this) {
            case TOTAL -> Instant.EPOCH;
            case DAILY -> day.atStartOfDay().toInstant(ZoneOffset.UTC);
            case WEEKLY ->
                day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
                        .atStartOfDay()
                        .toInstant(ZoneOffset.UTC);
            case MONTHLY -> day.withDayOfMonth(1).atStartOfDay().toInstant(ZoneOffset.UTC);
        };
    }

    /// The window that begins at `start` ends here, exclusive; null for `TOTAL`.
    public @Nullable Instant end(Instant start) {
        LocalDate day = LocalDate.ofInstant(start, ZoneOffset.UTC);
        LocalDate next = switch (this) {
            case TOTAL -> null;
            case DAILY -> day.plusDays(1);
            case WEEKLY -> day.plusWeeks(1);
            case MONTHLY -> day.plusMonths(1);
        };
        return next == null ? null : next.atStartOfDay().toInstant(ZoneOffset.UTC);
    }
}
