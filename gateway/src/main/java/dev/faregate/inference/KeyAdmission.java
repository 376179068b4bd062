package dev.faregate.inference;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.chat.TokenUsage;
import dev.faregate.keys.Caller;
import dev.faregate.keys.RateLimits;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/// How fast a key may go on this node: requests that run at once, and what its `rate_limits` say of
/// requests and tokens in a minute. Minutes are those of the clock, in UTC. Tokens are counted when they
/// are known, which is when a request ends, so a limit on them is passed by what runs when it is
/// reached.
///
/// Each node keeps to its share, the limit divided by the nodes that live but at least one: soft, and
/// without asking anybody (rulings 2). Safe to share between threads; never blocks.
public final class KeyAdmission {
    private static final long MINUTE_MS = TimeUnit.MINUTES.toMillis(1);
    private static final int BUSY_RETRY_SECONDS = 1;

    private static final class Counts {
        private final AtomicInteger requests = new AtomicInteger();
        private final AtomicLong tokens = new AtomicLong();
    }

    /// What the keys with such limits did in one minute; the next minute begins with nothing, so no key
    /// is kept for longer.
    private record Minute(long number, ConcurrentMap<String, Counts> keys) {
        long endMillis() {
            return (number + 1) * MINUTE_MS;
        }
    }

    private final int mostAtOnce;
    private final IntSupplier nodes;
    private final InstantSource clock;
    private final KeyConcurrency running = new KeyConcurrency();
    private volatile Minute minute = new Minute(0, new ConcurrentHashMap<>());

    /// `mostAtOnce`: for any key, on this node (setting `limits.requests_per_key`). `nodes`: how many
    /// live.
    public KeyAdmission(int mostAtOnce, IntSupplier nodes, InstantSource clock) {
        this.mostAtOnce = mostAtOnce;
        this.nodes = nodes;
        this.clock = clock;
    }

    /// Lets a request in; it must be followed by [#leave], once. Throws a 429, and then lets nothing in.
    void enter(Caller caller) {
        RateLimits rates = caller.key().rules().rates();
        Integer own = rates.parallel();
        int most = own == null ? mostAtOnce : (int) Math.min(mostAtOnce, share(own));
        if (!running.enter(caller.keyId(), most)) {
            throw new ApiException(new ApiError.RateLimited(
                    "This key has " + most + " requests running, which is the most it may have.",
                    most,
                    clock.millis() + TimeUnit.SECONDS.toMillis(BUSY_RETRY_SECONDS),
                    BUSY_RETRY_SECONDS));
        }
        try {
            count(caller.keyId(), rates);
        } catch (ApiException e) {
            leave(caller.keyId());
            throw e;
        }
    }

    void leave(String keyId) {
        running.leave(keyId);
    }

    private void count(String keyId, RateLimits rates) {
        Integer requests = rates.requestsPerMinute();
        Long tokens = rates.tokensPerMinute();
        if (requests == null && tokens == null) {
            return;
        }
        Minute now = now();
        Counts counts = now.keys().computeIfAbsent(keyId, _ -> new Counts());
        if (tokens != null && counts.tokens.get() >= share(tokens)) {
            throw exceeded("tokens", tokens, now);
        }
        if (requests != null && counts.requests.getAndIncrement() >= share(requests)) {
            counts.requests.decrementAndGet();
            throw exceeded("requests", requests, now);
        }
    }

    /// Counts what a request used.
    void used(Caller caller, TokenUsage usage) {
        if (caller.key().rules().rates().tokensPerMinute() == null) {
            return;
        }
        long tokens =
                Math.min(usage.prompt(), TokenUsage.MAX_TOKENS) + Math.min(usage.completion(), TokenUsage.MAX_TOKENS);
        now().keys().computeIfAbsent(caller.keyId(), _ -> new Counts()).tokens.addAndGet(tokens);
    }

    private ApiException exceeded(String what, long limit, Minute now) {
        long left = Math.max(1, now.endMillis() - clock.millis());
        return new ApiException(new ApiError.RateLimited(
                "Rate limit exceeded: this key may use " + limit + " " + what + " per minute.",
                limit,
                now.endMillis(),
                Math.toIntExact(Math.ceilDiv(left, TimeUnit.SECONDS.toMillis(1)))));
    }

    private long share(long limit) {
        return Math.max(1, limit / Math.max(1, nodes.getAsInt()));
    }

    private Minute now() {
        long number = Math.floorDiv(clock.millis(), MINUTE_MS);
        Minute current = minute;
        return current.number() == number ? current : begin(number);
    }

    private synchronized Minute begin(long number) {
        Minute current = minute;
        if (current.number() != number) {
            current = new Minute(number, new ConcurrentHashMap<>());
            minute = current;
        }
        return current;
    }
}
