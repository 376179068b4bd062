package dev.faregate.providers;

import dev.faregate.base.Authorities;
import java.time.Duration;

/// What the operator can set about upstream connections; the time limits of a call are its [Deadlines].
///
/// `maxHeadBytes` bounds the header lines of an answer, `maxWholeBytes` the body of a whole answer,
/// `maxStreamBytes` all bytes of an event stream; `authorities` vouch for who answers.
public record UpstreamSettings(
        Pool pool, int maxHeadBytes, long maxWholeBytes, long maxStreamBytes, Authorities authorities) {

    /// The connections of one target on one event loop: at most `maxConnections` of them, of which
    /// `maxIdle` wait for work, each for `idleTimeout` at most and none older than `maxAge`. When all are
    /// busy, up to `maxWaiters` calls queue for up to `maxWait`.
    public record Pool(
            int maxConnections, int maxIdle, Duration idleTimeout, Duration maxAge, int maxWaiters, Duration maxWait) {
        public static final Pool DEFAULTS =
                new Pool(4096, 128, Duration.ofSeconds(30), Duration.ofMinutes(10), 1000, Duration.ofSeconds(2));

        public Pool {
            if (maxConnections < 1 || maxIdle < 0 || maxWaiters < 0) {
                throw new IllegalArgumentException("a pool needs at least one connection and no negative sizes");
            }
            if (!idleTimeout.isPositive() || !maxAge.isPositive() || !maxWait.isPositive()) {
                throw new IllegalArgumentException("the times of a pool must be positive");
            }
        }
    }

    public static final UpstreamSettings DEFAULTS =
            new UpstreamSettings(Pool.DEFAULTS, 64 * 1024, 64L << 20, 256L << 20, Authorities.USUAL);

    /// The defaults, with other authorities.
    public static UpstreamSettings trusting(Authorities authorities) {
        return new UpstreamSettings(
                DEFAULTS.pool, DEFAULTS.maxHeadBytes, DEFAULTS.maxWholeBytes, DEFAULTS.maxStreamBytes, authorities);
    }

    public UpstreamSettings {
        if (maxHeadBytes < 1024 || maxWholeBytes < 1 || maxStreamBytes < 1) {
            throw new IllegalArgumentException("the size limits of upstream answers are too small to work with");
        }
    }
}
