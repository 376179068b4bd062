package dev.faregate.usage;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.time.Duration;
import java.time.InstantSource;

/// How often the datasets may be asked for (contract 2.2): 30 times a minute by one key, 500 times a
/// day by one organization, in UTC minutes and days. Counted by this node alone. Safe to share between
/// threads.
final class DatasetQuota {
    static final int PER_MINUTE = 30;
    static final int PER_DAY = 500;

    private static final int MOST_REMEMBERED = 10_000;

    /// So many calls in the window that began at this time.
    private record Count(long window, int calls) {}

    private final InstantSource clock;
    private final Cache<String, Count> keys = remembering(Duration.ofMinutes(2));
    private final Cache<String, Count> organizations = remembering(Duration.ofHours(25));

    DatasetQuota(InstantSource clock) {
        this.clock = clock;
    }

    /// Counts a call. Throws `ApiException` (429) when it is one too many.
    void take(String keyId, String organizationId) {
        take(keys, keyId, PER_MINUTE, Duration.ofMinutes(1), "requests a minute for this key");
        take(organizations, organizationId, PER_DAY, Duration.ofDays(1), "requests a day for this account");
    }

    private void take(Cache<String, Count> counts, String id, int most, Duration length, String what) {
        long now = clock.millis();
        long window = Math.floorDiv(now, length.toMillis());
        Count count = counts.asMap()
                .merge(
                        id,
                        new Count(window, 1),
                        (old, first) -> old.window() != window
                                ? first
                                : new Count(window, Math.min(most + 1, old.calls() + 1)));
        if (count.calls() > most) {
            long reset = (window + 1) * length.toMillis();
            throw new ApiException(new ApiError.RateLimited(
                    "Rate limit exceeded: datasets may be asked for " + most + " " + what + ".", most, reset, (int)
                            Math.ceilDiv(reset - now, 1_000L)));
        }
    }

    private static Cache<String, Count> remembering(Duration time) {
        return Caffeine.newBuilder()
                .maximumSize(MOST_REMEMBERED)
                .expireAfterWrite(time)
                .build();
    }
}
