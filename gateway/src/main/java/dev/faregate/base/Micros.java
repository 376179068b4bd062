package dev.faregate.base;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Instants as both databases keep them: microseconds since the epoch, UTC.
public final class Micros {
    private static final long PER_SECOND = 1_000_000L;

    private Micros() {}

    public static long of(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    public static Instant toInstant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * 1_000L);
    }
}
