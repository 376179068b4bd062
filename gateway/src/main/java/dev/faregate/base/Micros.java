package dev.faregate.base;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// Instants as both databases keep them: microseconds since the epoch, UTC.
public final class Micros {
    private static final long PER_SECOND = 1_000_000L;

    private Micros() {}

    public static long of(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    /// The same for a column that may be empty.
    public static @Nullable Long ofNullable(@Nullable Instant instant) {
        return instant == null ? null : of(instant);
    }

    /// The same for a column that may be empty.
    public static @Nullable Instant toNullable(@Nullable Long micros) {
        return micros == null ? null : toInstant(micros);
    }

    public static Instant toInstant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * 1_000L);
    }
}
