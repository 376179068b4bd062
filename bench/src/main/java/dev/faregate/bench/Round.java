package dev.faregate.bench;

import java.util.OptionalDouble;

/// One measuring window of one subject at one load point. Latencies in milliseconds, counted from the
/// intended send time; for streams `p50` and `p99` are those of the first event, and the gaps and the
/// whole stand beside them.
record Round(
        double seconds,
        long completed,
        long errors,
        String firstError,
        OptionalDouble cpuSeconds,
        double p50,
        double p99,
        OptionalDouble gapP50,
        OptionalDouble gapP99,
        OptionalDouble wholeP50,
        OptionalDouble residentMegabytes,
        OptionalDouble allocatedPerRequest) {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double PER = 10_000;

    static Round of(
            Tally tally,
            boolean streams,
            double seconds,
            OptionalDouble cpuSeconds,
            OptionalDouble residentMegabytes,
            OptionalDouble allocatedPerSecond) {
        double perSecond = tally.completed / seconds;
        return new Round(
                seconds,
                tally.completed,
                tally.errors,
                tally.firstError == null ? "" : tally.firstError,
                cpuSeconds,
                millis(streams ? tally.firstEvent : tally.total, 50),
                millis(streams ? tally.firstEvent : tally.total, 99),
                streams ? OptionalDouble.of(millis(tally.gap, 50)) : OptionalDouble.empty(),
                streams ? OptionalDouble.of(millis(tally.gap, 99)) : OptionalDouble.empty(),
                streams ? OptionalDouble.of(millis(tally.total, 50)) : OptionalDouble.empty(),
                residentMegabytes,
                allocatedPerSecond.isEmpty() || perSecond == 0
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(allocatedPerSecond.getAsDouble() / perSecond));
    }

    double perSecond() {
        return completed / seconds;
    }

    /// CPU seconds for 10,000 requests (or streams).
    OptionalDouble cpuPer10k() {
        return cpuSeconds.isEmpty() || completed == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(cpuSeconds.getAsDouble() * PER / completed);
    }

    private static double millis(org.HdrHistogram.Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
    }
}
