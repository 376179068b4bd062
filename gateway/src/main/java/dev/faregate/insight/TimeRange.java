package dev.faregate.insight;

import dev.faregate.http.QueryParameters;
import dev.faregate.pages.Moments;
import dev.faregate.usage.UsageReport;
import dev.faregate.usage.UsageReport.Step;
import dev.faregate.usage.UsageReport.Stretch;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/// Which time a page of usage shows, and in pieces of which length: hours of a short time where they are kept, weeks of
/// a long one. All of it is UTC; days and hours that have begun are in it.
final class TimeRange {
    /// Days that are shown one by one at most; more are shown week by week.
    static final int MOST_DAYS = 92;

    /// Days that are shown hour by hour at most.
    private static final int MOST_DAYS_OF_HOURS = 2;

    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("d MMM, HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private TimeRange() {}

    /// The stretch that is asked for; `hours`: whether hours are kept of what is asked. Throws an `ApiException` (400)
    /// for days that cannot be told.
    static Stretch of(ActivityAsked asked, boolean hours, Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        LocalDate from = asked.from();
        if (from != null) {
            LocalDate to = asked.to() == null ? today : asked.to();
            return chosen(from, to, hours, now, today);
        }
        return switch (asked.range()) {
            case DAY -> hours ? lastHours(now) : days(today.minusDays(1), today, Step.DAY);
            case WEEK -> days(today.minusDays(6), today, Step.DAY);
            case MONTH -> days(today.minusDays(29), today, Step.DAY);
        };
    }

    private static Stretch chosen(LocalDate from, LocalDate to, boolean hours, Instant now, LocalDate today) {
        if (to.isAfter(today)) {
            throw QueryParameters.wrong("to", "must not be after today, " + today);
        }
        if (from.isAfter(to)) {
            throw QueryParameters.wrong("from", "must not be after " + to);
        }
        long days = ChronoUnit.DAYS.between(from, to) + 1;
        if (days > UsageReport.LONGEST.toDays()) {
            throw QueryParameters.wrong(
                    "from", "must be at most " + UsageReport.LONGEST.toDays() + " days before the end");
        }
        if (from.isBefore(LocalDate.EPOCH)) {
            throw QueryParameters.wrong("from", "must not be before 1970");
        }
        boolean kept = !begin(from).isBefore(now.minus(UsageReport.HOURS_REACH));
        Step step = days > MOST_DAYS ? Step.WEEK : days <= MOST_DAYS_OF_HOURS && hours && kept ? Step.HOUR : Step.DAY;
        return days(from, to, step);
    }

    private static Stretch lastHours(Instant now) {
        Instant end = now.truncatedTo(ChronoUnit.HOURS).plus(Duration.ofHours(1));
        return new Stretch(end.minus(Duration.ofHours(24)), end, Step.HOUR);
    }

    private static Stretch days(LocalDate first, LocalDate last, Step step) {
        return new Stretch(begin(first), begin(last.plusDays(1)), step);
    }

    private static Instant begin(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /// What a piece that begins then is called: `12 Aug, 14:00`, `12 Aug 2026`, `Week of 10 Aug 2026`.
    static String words(Instant begin, Step step) {
        return switch (step) {
            case HOUR -> HOUR.format(begin);
            case DAY -> Moments.date(begin);
            case WEEK -> "Week of " + Moments.date(begin);
        };
    }
}
