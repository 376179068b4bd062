package dev.faregate.http;

import dev.faregate.base.ApiError;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.security.SecureRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What all connections of one listener share. Safe to share between threads.
final class Edge {
    private static final Logger LOG = LoggerFactory.getLogger(Edge.class);

    /// Refused clients come back after one to five seconds, not all at once.
    private static final int MAX_RETRY_SECONDS = 5;

    final EdgeSettings settings;
    final Router router;
    final Authenticator authenticator;
    final @Nullable NotThere notThere;
    final FailureThrottle failures;
    final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    final AtomicInteger openConnections = new AtomicInteger();
    final AtomicInteger openRequests = new AtomicInteger();
    final AtomicLong bufferedBytes = new AtomicLong();
    final LongAdder requests = new LongAdder();
    final LongAdder refusedConnections = new LongAdder();
    final LongAdder overloaded = new LongAdder();
    final LongAdder timedOut = new LongAdder();
    final LongAdder gone = new LongAdder();
    final LongAdder bugs = new LongAdder();
    volatile boolean draining;

    Edge(EdgeSettings settings, Router router, Authenticator authenticator, @Nullable NotThere notThere) {
        this.settings = settings;
        this.router = router;
        this.authenticator = authenticator;
        this.notThere = notThere;
        this.failures = new FailureThrottle(settings.max401sPerMinute(), new SecureRandom().nextLong());
    }

    ApiError overload() {
        overloaded.increment();
        int retryAfter = ThreadLocalRandom.current().nextInt(1, MAX_RETRY_SECONDS + 1);
        return new ApiError.Unavailable("This node is busy. Please try again shortly.", retryAfter);
    }

    /// The one place where a bug is logged. The request's id is the incident's id, which is all that the client sees.
    ApiError incident(Throwable bug, String requestId) {
        bugs.increment();
        LOG.error("incident {}", requestId, bug);
        return new ApiError.Internal(requestId);
    }

    EdgeStats stats() {
        return new EdgeStats(
                openConnections.get(),
                openRequests.get(),
                bufferedBytes.get(),
                requests.sum(),
                refusedConnections.sum(),
                overloaded.sum(),
                timedOut.sum(),
                gone.sum(),
                bugs.sum());
    }
}
