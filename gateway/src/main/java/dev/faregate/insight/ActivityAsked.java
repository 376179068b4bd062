package dev.faregate.insight;

import dev.faregate.http.QueryParameters;
import dev.faregate.usage.UsageReport.By;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What the page of activity is asked for, as it stands in its address: by what usage is told apart, of which time, and
/// whose. Days of one's own choice, both included, go before a range. `key` is the hash of one key, null for all.
public record ActivityAsked(
        By by,
        Range range,
        @Nullable LocalDate from,
        @Nullable LocalDate to,
        boolean everywhere,
        @Nullable String key) {
    static final String PATH = "/activity";
    static final String EXPORT = PATH + "/export";

    private static final String EVERYWHERE = "organization";
    private static final List<String> SCOPES = List.of("workspace", EVERYWHERE);

    /// What may be chosen with one click.
    public enum Range {
        DAY("24h", "24 hours"),
        WEEK("7d", "7 days"),
        MONTH("30d", "30 days");

        private final String word;
        private final String label;

        Range(String word, String label) {
            this.word = word;
            this.label = label;
        }

        public String word() {
            return word;
        }

        public String label() {
            return label;
        }
    }

    /// Reads an address. Throws an `ApiException` (400) that names what is wrong.
    static ActivityAsked of(QueryParameters query) {
        String by = query.findWord(
                "by", Arrays.stream(By.values()).map(ActivityAsked::word).toList());
        String range = query.findWord(
                "range", Arrays.stream(Range.values()).map(Range::word).toList());
        LocalDate from = date(query, "from");
        LocalDate to = date(query, "to");
        if (from == null && to != null) {
            throw QueryParameters.wrong("from", "is needed with `to`");
        }
        return new ActivityAsked(
                by == null ? By.MODEL : By.valueOf(by.toUpperCase(Locale.ROOT)),
                Arrays.stream(Range.values())
                        .filter(one -> one.word().equals(range))
                        .findFirst()
                        .orElse(Range.MONTH),
                from,
                to,
                EVERYWHERE.equals(query.findWord("scope", SCOPES)),
                query.find("key"));
    }

    private static @Nullable LocalDate date(QueryParameters query, String name) {
        String text = query.find(name);
        if (text == null) {
            return null;
        }
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw QueryParameters.wrong(name, "must be a date such as 2026-01-31");
        }
    }

    /// The word of a choice in an address.
    public static String word(By by) {
        return by.name().toLowerCase(Locale.ROOT);
    }

    /// What people call a choice.
    public static String label(By by) {
        return switch (by) {
            case MODEL -> "Model";
            case KEY -> "Key";
            case PROVIDER -> "Provider";
            case APP -> "App";
            case ENVIRONMENT -> "Environment";
        };
    }

    /// Whether days of one's own choice are asked for.
    public boolean chosen() {
        return from != null;
    }

    public ActivityAsked by(By wanted) {
        return new ActivityAsked(wanted, range, from, to, everywhere, key);
    }

    /// The same of another time.
    public ActivityAsked of(Range wanted) {
        return new ActivityAsked(by, wanted, null, null, everywhere, key);
    }

    /// The same of one key, by model.
    public ActivityAsked only(@Nullable String hash) {
        return new ActivityAsked(By.MODEL, range, from, to, everywhere, hash);
    }

    public String address() {
        return address(PATH);
    }

    /// The address of the same as a file.
    public String export() {
        return address(EXPORT);
    }

    private String address(String path) {
        StringBuilder address = new StringBuilder(path).append("?by=").append(word(by));
        if (from == null) {
            add(address, "range", range.word());
        } else {
            add(address, "from", from.toString());
            add(address, "to", to == null ? null : to.toString());
        }
        add(address, "scope", everywhere ? EVERYWHERE : null);
        add(address, "key", key);
        return address.toString();
    }

    private static void add(StringBuilder address, String name, @Nullable String value) {
        if (value != null) {
            address.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
    }
}
