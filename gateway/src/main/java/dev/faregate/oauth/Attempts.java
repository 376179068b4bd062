package dev.faregate.oauth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.InstantSource;

/// How often somebody may try something, in windows of the clock; counted by this node alone, and not
/// kept. Safe to share between threads.
final class Attempts {
    private static final int MAX_REMEMBERED = 100_000;

    private record Count(long window, int tries) {}

    private final int most;
    private final Duration length;
    private final InstantSource clock;
    private final Cache<String, Count> counts;

    /// At most `most` in each piece of time of that length.
    Attempts(int most, Duration length, InstantSource clock) {
        this.most = most;
        this.length = length;
        this.clock = clock;
        this.counts = Caffeine.newBuilder()
                .maximumSize(MAX_REMEMBERED)
                .expireAfterWrite(length.multipliedBy(2))
                .build();
    }

    /// Counts a try; false when it is one too many.
    boolean take(String who) {
        long window = Math.floorDiv(clock.millis(), length.toMillis());
        Count count = counts.asMap()
                .merge(
                        who,
                        new Count(window, 1),
                        (old, first) -> old.window() == window
                                ? new Count(window, Math.min(most + 1, old.tries() + 1))
                                : first);
        return count.tries() <= most;
    }

    /// True when nothing is left for now; counts nothing.
    boolean isSpent(String who) {
        Count count = counts.getIfPresent(who);
        return count != null
                && count.window() == Math.floorDiv(clock.millis(), length.toMillis())
                && count.tries() >= most;
    }

    int most() {
        return most;
    }

    /// When the next window begins, in milliseconds since the epoch.
    long opensAt() {
        return (Math.floorDiv(clock.millis(), length.toMillis()) + 1) * length.toMillis();
    }

    int retryAfterSeconds() {
        return (int) Math.ceilDiv(opensAt() - clock.millis(), 1_000L);
    }
}
