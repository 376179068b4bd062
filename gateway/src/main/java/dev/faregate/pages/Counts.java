package dev.faregate.pages;

import java.util.List;
import java.util.Locale;

/// Counts as people read them.
public final class Counts {
    private static final List<String> UNITS = List.of("", "K", "M", "B", "T", "P");

    private Counts() {}

    /// `987`, `12.3K`, `4.5M`: three digits, rounded down.
    public static String shown(long count) {
        long whole = count;
        long tenths = 0;
        int unit = 0;
        while (whole >= 1_000 && unit < UNITS.size() - 1) {
            tenths = whole % 1_000 / 100;
            whole /= 1_000;
            unit++;
        }
        return whole + (unit > 0 && whole < 100 ? "." + tenths : "") + UNITS.get(unit);
    }

    /// `12,345`.
    public static String exact(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /// `1 row`, `1,234 rows`
    public static String exact(long count, String unit) {
        return exact(count) + " " + unit + (count == 1 ? "" : "s");
    }
}
