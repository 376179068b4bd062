package dev.faregate.bench;

import java.util.OptionalDouble;
import org.HdrHistogram.Histogram;

/// One window of the ledger at one load point on one store. Latencies are milliseconds from the moment
/// the request, or the end of its upstream call, was due; CPU is microseconds per request: of the whole
/// benchmark, load included, of the thread that writes, and of PostgreSQL's processes where they can be
/// seen.
record LedgerRound(
        String store,
        LedgerPoint point,
        int rows,
        double seconds,
        long completed,
        long errors,
        String firstError,
        double holdP50,
        double holdP99,
        double settleP50,
        double settleP99,
        double bothP99,
        double operationsPerBatch,
        double batchesPerSecond,
        double cpuMicros,
        OptionalDouble writerMicros,
        OptionalDouble serverMicros,
        OptionalDouble connections) {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_MICRO = 1e3;

    /// CPU time used in the window, nanoseconds; negative for not known.
    record Cpu(long process, long writer, long server) {
        OptionalDouble per(long requests, long nanos) {
            return nanos < 0 || requests == 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(nanos / NANOS_PER_MICRO / requests);
        }
    }

    static LedgerRound of(
            String store,
            LedgerPoint point,
            int rows,
            double seconds,
            LedgerTally tally,
            long batches,
            long operations,
            Cpu cpu,
            OptionalDouble connections) {
        return new LedgerRound(
                store,
                point,
                rows,
                seconds,
                tally.completed,
                tally.errors,
                tally.firstError,
                millis(tally.hold, 50),
                millis(tally.hold, 99),
                millis(tally.settle, 50),
                millis(tally.settle, 99),
                millis(tally.both, 99),
                batches == 0 ? 0 : (double) operations / batches,
                batches / seconds,
                cpu.per(tally.completed, cpu.process()).orElse(0),
                cpu.per(tally.completed, cpu.writer()),
                cpu.per(tally.completed, cpu.server()),
                connections);
    }

    double perSecond() {
        return completed / seconds;
    }

    private static double millis(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
    }
}
