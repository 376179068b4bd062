package dev.faregate.leaks;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.FailureThrottle;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.function.LongSupplier;

/// How often an address may call something that needs no key, in a minute. Each has a count of its own, apart from
/// that of failed authentications, so that none of it keeps anybody from using their keys. Safe to share between
/// threads.
final class StrangerLimit {
    private final int perMinute;

    /// Seconds of a steady clock.
    private final LongSupplier seconds;

    private final FailureThrottle throttle;

    StrangerLimit(int perMinute, LongSupplier seconds) {
        this.perMinute = perMinute;
        this.seconds = seconds;
        this.throttle = new FailureThrottle(perMinute, new SecureRandom().nextLong());
    }

    /// Counts a call; throws a 429 with this sentence when there were too many.
    void admit(InetAddress from, String otherwise) {
        long now = seconds.getAsLong();
        if (!throttle.book(from, now)) {
            int left = FailureThrottle.secondsLeft(now);
            throw new ApiException(
                    new ApiError.RateLimited(otherwise, perMinute, System.currentTimeMillis() + left * 1_000L, left));
        }
    }
}
