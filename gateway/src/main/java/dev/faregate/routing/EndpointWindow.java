package dev.faregate.routing;

import dev.faregate.models.Measurements.EndpointFigures;
import dev.faregate.models.Measurements.Percentiles;
import java.time.Duration;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What was lately seen of one endpoint: minutes for half an hour, ten-minute periods for a day. Grows to about
/// 50 KB when it is busy in every minute, and not beyond.
///
/// Safe to share between threads by a lock of its own. It is held for some 0.1 microseconds to count and some ten
/// to read, and only requests of the same endpoint meet in it; counters without a lock would have to be emptied
/// while others count in them.
///
/// Times are nanoseconds since an origin that the owner chose, 0 or more.
final class EndpointWindow {
    private static final Duration SHORT = Duration.ofMinutes(5);
    private static final Duration HALF_HOUR = Duration.ofMinutes(30);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration PART_OF_DAY = Duration.ofMinutes(10);

    /// Latencies are kept in tenths of a millisecond, up to seven minutes.
    private static final long NANOS_PER_LATENCY_UNIT = 100_000;

    private static final double LATENCY_UNITS_PER_MILLI = 10;

    /// Speeds are kept in tenths of a token per second, up to 400,000 tokens per second.
    private static final double SPEED_UNITS = 10;

    private final SlidingWindow minutes = new SlidingWindow(periods(HALF_HOUR, MINUTE), MINUTE);
    private final SlidingWindow day = new SlidingWindow(periods(DAY, PART_OF_DAY), PART_OF_DAY);
    private volatile long lastNanos;

    EndpointWindow(long nanos) {
        this.lastNanos = nanos;
    }

    private static int periods(Duration whole, Duration one) {
        return (int) whole.dividedBy(one);
    }

    /// When something was last counted.
    long lastNanos() {
        return lastNanos;
    }

    synchronized void failed(long nanos) {
        lastNanos = nanos;
        minutes.at(nanos).failed++;
        day.at(nanos).failed++;
    }

    /// A whole answer, with the time to its first token and its speed in tokens per second; below 0 is not known.
    synchronized void answered(long nanos, long latencyNanos, double speed) {
        lastNanos = nanos;
        day.at(nanos).answered++;
        SlidingWindow.Slot minute = minutes.at(nanos);
        minute.answered++;
        if (latencyNanos >= 0) {
            if (minute.latency == null) {
                minute.latency = new LogHistogram();
            }
            minute.latency.add((latencyNanos + NANOS_PER_LATENCY_UNIT / 2) / NANOS_PER_LATENCY_UNIT);
        }
        if (speed >= 0) {
            if (minute.speed == null) {
                minute.speed = new LogHistogram();
            }
            minute.speed.add(Math.round(speed * SPEED_UNITS));
        }
    }

    synchronized EndpointFigures figures(long nanos) {
        LogHistogram latency = new LogHistogram();
        LogHistogram speed = new LogHistogram();
        minutes.newest(periods(HALF_HOUR, MINUTE), nanos, slot -> {
            if (slot.latency != null) {
                latency.addAll(slot.latency);
            }
            if (slot.speed != null) {
                speed.addAll(slot.speed);
            }
        });
        return new EndpointFigures(
                EndpointFigures.HEALTHY,
                uptime(minutes, periods(SHORT, MINUTE), nanos),
                uptime(minutes, periods(HALF_HOUR, MINUTE), nanos),
                uptime(day, periods(DAY, PART_OF_DAY), nanos),
                percentiles(latency, latency::notAbove, LATENCY_UNITS_PER_MILLI),
                percentiles(speed, speed::notBelow, SPEED_UNITS));
    }

    private static @Nullable Double uptime(SlidingWindow window, int periods, long nanos) {
        long[] sums = new long[2];
        window.newest(periods, nanos, slot -> {
            sums[0] += slot.answered;
            sums[1] += slot.answered + slot.failed;
        });
        return sums[1] < EndpointMeasurements.LEAST_SAMPLES ? null : (Double) (100.0 * sums[0] / sums[1]);
    }

    private static @Nullable Percentiles percentiles(LogHistogram seen, IntToDoubleFunction at, double units) {
        return seen.count() < EndpointMeasurements.LEAST_SAMPLES
                ? null
                : new Percentiles(
                        at.applyAsDouble(50) / units,
                        at.applyAsDouble(75) / units,
                        at.applyAsDouble(90) / units,
                        at.applyAsDouble(99) / units);
    }
}
