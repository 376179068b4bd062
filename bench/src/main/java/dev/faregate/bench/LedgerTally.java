package dev.faregate.bench;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// What one window of `bench ledger` saw. Belongs to the loop of the load; read after the window.
final class LedgerTally {
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final int DIGITS = 3;

    /// From the moment a request was due until its hold was durable, nanoseconds.
    final Histogram hold = new Histogram(LONGEST_NANOS, DIGITS);
    /// From the moment its answer was over until its settlement was durable.
    final Histogram settle = new Histogram(LONGEST_NANOS, DIGITS);
    /// The two of one request together: what the ledger adds to it.
    final Histogram both = new Histogram(LONGEST_NANOS, DIGITS);

    long completed;
    long errors;
    String firstError = "";

    void complete(long holdNanos, long settleNanos) {
        completed++;
        Tally.record(settle, settleNanos);
        Tally.record(both, holdNanos + settleNanos);
    }

    void fail(String reason) {
        if (errors++ == 0) firstError = reason;
    }
}
