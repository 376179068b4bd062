package dev.faregate.system;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// Bytes and lengths of time as people read them.
final class Sizes {
    private static final List<String> UNITS = List.of("KiB", "MiB", "GiB", "TiB", "PiB");

    private Sizes() {}

    /// `812 bytes`, `12.3 MiB`: rounded down, so that room is never overstated.
    static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + (bytes == 1 ? " byte" : " bytes");
        }
        int unit = 0;
        long tenths = bytes * 10 / 1024;
        while (tenths >= 10_240 && unit < UNITS.size() - 1) {
            tenths /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%d.%d %s", tenths / 10, tenths % 10, UNITS.get(unit));
    }

    /// `3 days 4 hours`, `12 minutes`: the two largest units.
    static String time(Duration length) {
        if (length.toDays() > 0) {
            return part(length.toDays(), "day") + " " + part(length.toHoursPart(), "hour");
        }
        if (length.toHours() > 0) {
            return part(length.toHours(), "hour") + " " + part(length.toMinutesPart(), "minute");
        }
        return length.toMinutes() > 0 ? part(length.toMinutes(), "minute") : part(length.toSeconds(), "second");
    }

    private static String part(long number, String unit) {
        return number + " " + unit + (number == 1 ? "" : "s");
    }
}
