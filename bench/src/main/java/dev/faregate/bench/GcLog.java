package dev.faregate.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads what `-Xlog:gc` writes (JEP 158), to tell how much a JVM allocates: between two collections the
/// heap grows by exactly that. Sizes are whole megabytes, so a window should hold several collections.
final class GcLog {
    /// Serial, Parallel and G1 collections, e.g. `[12.345s][info][gc] GC(7) Pause Young (Normal) (...)
    /// 24M->1M(64M) 1.234ms`.
    private static final Pattern PAUSE = Pattern.compile(
            "^\\[([0-9]+[.,][0-9]+)s\\].*\\bPause (?:Young|Full)\\b.* ([0-9]+)M->([0-9]+)M\\([0-9]+M\\)");

    private static final double BYTES_PER_MEGABYTE = 1024 * 1024;
    private static final int MIN_PAUSES = 3;

    private GcLog() {}

    /// One collection: JVM uptime in seconds, heap in use before and after in megabytes.
    record Pause(double uptime, long before, long after) {}

    static List<Pause> parse(List<String> lines) {
        List<Pause> pauses = new ArrayList<>();
        for (String line : lines) {
            Matcher matcher = PAUSE.matcher(line);
            if (!matcher.find()) continue;
            pauses.add(new Pause(
                    Double.parseDouble(matcher.group(1).replace(',', '.')),
                    Long.parseLong(matcher.group(2)),
                    Long.parseLong(matcher.group(3))));
        }
        return pauses;
    }

    /// Bytes allocated per second, from the first of these collections to the last; empty with too few to
    /// say.
    static OptionalDouble bytesPerSecond(List<Pause> pauses) {
        if (pauses.size() < MIN_PAUSES) return OptionalDouble.empty();
        long megabytes = 0;
        for (int i = 1; i < pauses.size(); i++) {
            megabytes += pauses.get(i).before() - pauses.get(i - 1).after();
        }
        double seconds = pauses.getLast().uptime() - pauses.getFirst().uptime();
        return seconds <= 0 ? OptionalDouble.empty() : OptionalDouble.of(megabytes * BYTES_PER_MEGABYTE / seconds);
    }
}
