package dev.faregate.routing;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What was counted in the newest periods of one length, a slot for each. The running period is one of them, so
/// a window of 30 minutes reaches 29 to 30 minutes back and never further. Slots are made when something falls
/// into them, and used again when the ring comes round.
///
/// Time never goes back here: what is stamped older than the whole window counts as of the newest period, so a
/// clock that jumps back loses nothing. Not safe to share between threads.
final class SlidingWindow {
    /// What fell into one period. The histograms are there once something was timed.
    static final class Slot {
        private long period;
        long answered;
        long failed;

        @Nullable
        LogHistogram latency;

        @Nullable
        LogHistogram speed;

        private void begin(long begun) {
            period = begun;
            answered = 0;
            failed = 0;
            if (latency != null) {
                latency.clear();
            }
            if (speed != null) {
                speed.clear();
            }
        }
    }

    private final @Nullable Slot[] ring;
    private final long periodNanos;
    private long newest;

    SlidingWindow(int periods, Duration period) {
        this.ring = new Slot[periods];
        this.periodNanos = period.toNanos();
    }

    /// Where to count what happened at `nanos`, which is 0 or more.
    Slot at(long nanos) {
        long period = nanos / periodNanos;
        if (period > newest) {
            newest = period;
        } else if (period <= newest - ring.length) {
            period = newest;
        }
        int place = (int) (period % ring.length);
        Slot slot = ring[place];
        if (slot == null) {
            slot = new Slot();
            slot.begin(period);
            ring[place] = slot;
        } else if (slot.period != period) {
            slot.begin(period);
        }
        return slot;
    }

    /// Shows what fell into the newest `periods` at `nanos`, in no order.
    void newest(int periods, long nanos, Consumer<Slot> reader) {
        long last = Math.max(newest, nanos / periodNanos);
        for (Slot slot : ring) {
            if (slot != null && slot.period > last - periods) {
                reader.accept(slot);
            }
        }
    }
}
