package dev.faregate.usage;

import dev.faregate.pages.Moments;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/// That a key spent unusually much on a UTC day, as it was noticed `at` some time.
public record SpendAlert(String keyId, LocalDate day, Instant at, UnusualSpend spend) {
    /// The key that an alert is about, as far as people need it to know which one it is and where to find it.
    public record Subject(
            String keyId,
            String organizationId,
            String organizationName,
            String name,
            String label,
            String hash,
            @Nullable String creatorUserId) {}

    /// The rest of a sentence about the key, as it is read at `now`.
    public String words(Instant now) {
        return spend.words(when(now));
    }

    /// The same with the date, for what is read later.
    public String datedWords(Instant now) {
        String date = Moments.date(day.atStartOfDay(ZoneOffset.UTC).toInstant());
        String when = when(now);
        return spend.words(when.startsWith("on ") ? when : when + " (" + date + ", UTC)");
    }

    private String when(Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        if (day.equals(today)) {
            return "today";
        }
        return day.equals(today.minusDays(1))
                ? "yesterday"
                : "on " + Moments.date(day.atStartOfDay(ZoneOffset.UTC).toInstant());
    }
}
