package dev.faregate.base;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/// Ids made by the application: UUIDv7 (RFC 9562 section 5.7), so they sort by time of creation.
public final class Ids {
    private static final SecureRandom SECURE = new SecureRandom();

    /// Ids are made of time and chance; without chance they are a border.
    private static final RandomGenerator NO_CHANCE = () -> 0;

    private Ids() {}

    /// A fresh id from the secure generator, for records that people refer to.
    public static UUID next() {
        return uuid7(System.currentTimeMillis(), SECURE);
    }

    /// A fresh id for the relay path: 74 random bits from a fast generator. Such an id names a record; it
    /// is never a right to read one.
    public static UUID nextFast() {
        return uuid7(System.currentTimeMillis(), ThreadLocalRandom.current());
    }

    /// The smallest id of a time, for "all since then": smaller than any that was or will be made at or after it.
    public static UUID firstAt(Instant time) {
        return uuid7(time.toEpochMilli(), NO_CHANCE);
    }

    /// When an id of ours was made, to the millisecond.
    public static Instant instantOf(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    /// The id for a given time (milliseconds since the epoch) and source of randomness.
    public static UUID uuid7(long epochMillis, RandomGenerator random) {
        long high = (epochMillis << 16) | 0x7000 | (random.nextLong() & 0x0FFF);
        long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }
}
