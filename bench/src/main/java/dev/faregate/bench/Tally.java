package dev.faregate.bench;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// What one measuring window saw. Written by the load generator's loop only; read after the window has
/// been taken away from it.
final class Tally {
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final int DIGITS = 3;

    /// From the intended send time to the last byte, nanoseconds.
    final Histogram total = new Histogram(LONGEST_NANOS, DIGITS);
    /// Streams only: to the first event.
    final Histogram firstEvent = new Histogram(LONGEST_NANOS, DIGITS);
    /// Streams only: between two events.
    final Histogram gap = new Histogram(LONGEST_NANOS, DIGITS);

    long completed;
    long errors;

    @Nullable
    String firstError;

    void complete(long nanos) {
        completed++;
        record(total, nanos);
    }

    void fail(String reason) {
        errors++;
        if (firstError == null) firstError = reason;
    }

    static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
    }
}
