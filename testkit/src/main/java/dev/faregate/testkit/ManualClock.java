package dev.faregate.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/// A clock that stands still until a test moves it; UTC. Safe to share between threads. `Clock` is also
/// an `InstantSource`, so it fits wherever either is asked for.
public final class ManualClock extends Clock {
    /// A Wednesday, well inside its month and year, so that a window only rolls over when a test wants it
    /// to.
    public static final Instant START = Instant.parse("2026-01-14T12:00:00Z");

    private volatile Instant now;

    public ManualClock() {
        this(START);
    }

    public ManualClock(Instant start) {
        this.now = start;
    }

    /// Moves forward, or back with a negative duration (a clock that jumps is a fault worth testing).
    public synchronized Instant advance(Duration by) {
        Instant moved = now.plus(by);
        now = moved;
        return moved;
    }

    public synchronized void set(Instant instant) {
        now = instant;
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    /// Zones do not matter to an instant, so this is the same clock.
    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
