package dev.faregate.keys;

import org.jspecify.annotations.Nullable;

/// How fast a key may go, null being no limit: requests and tokens (prompt and completion) in a minute,
/// and requests that run at the same time. Each node keeps its share of them, so they are soft (rulings
/// 2).
public record RateLimits(
        @Nullable Integer requestsPerMinute,
        @Nullable Long tokensPerMinute,
        @Nullable Integer parallel) {
    public static final RateLimits NONE = new RateLimits(null, null, null);

    public boolean isNone() {
        return requestsPerMinute == null && tokensPerMinute == null && parallel == null;
    }
}
