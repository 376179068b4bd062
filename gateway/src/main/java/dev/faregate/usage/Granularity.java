package dev.faregate.usage;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// How long the pieces of time are that analytics answers by: UTC, weeks from Monday. Minutes are not kept.
enum Granularity {
    HOUR,
    DAY,
    WEEK,
    MONTH;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    String label() {
        return name().charAt(0) + word().substring(1);
    }

    /// The column of the rows: `date__day`.
    String column() {
        return "date__" + word();
    }

    Span span() {
        return this == HOUR ? Span.HOUR : Span.DAY;
    }

    /// The slot in which the piece begins that this slot of [#span] is in.
    int begin(int slot) {
        return switch (this) {
            case HOUR, DAY -> slot;
            case WEEK ->
                (int) LocalDate.ofEpochDay(slot)
                        .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
                        .toEpochDay();
            case MONTH -> (int) LocalDate.ofEpochDay(slot).withDayOfMonth(1).toEpochDay();
        };
    }

    /// The beginning of a slot as the contract writes it, `2026-01-31T00:00:00.000Z`.
    String text(int slot) {
        LocalDateTime begin = LocalDateTime.ofEpochSecond((long) slot * span().seconds(), 0, ZoneOffset.UTC);
        return begin.toLocalDate() + "T" + "%02d".formatted(begin.getHour()) + ":00:00.000Z";
    }

    static Optional<Granularity> find(String word) {
        return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(Granularity::word).toList();
    }
}
