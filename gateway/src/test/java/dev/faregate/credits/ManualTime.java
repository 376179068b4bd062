package dev.faregate.credits;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A clock that stands still until it is told to go on.
final class ManualTime implements InstantSource {
    private volatile Instant now;

    ManualTime(String begin) {
        now = Instant.parse(begin);
    }

    @Override
    public Instant instant() {
        return now;
    }

    /// By one caller at a time.
    void advance(Duration by) {
        now = instant().plus(by);
    }
}
