package dev.faregate.inference;

import java.time.Duration;

/// The limits of the request path that an operator can set.
///
/// @param maxRequestsPerKey running at once on this node
/// @param keepAlive silence after which a stream gets a comment, so that proxies do not cut it
/// @param maxEventBytes of one upstream event
/// @param maxWholeBytes of a whole upstream answer
/// @param leastClampedTokens an answer is not cut to fewer tokens than this to become affordable
public record InferenceSettings(
        int maxRequestsPerKey, Duration keepAlive, int maxEventBytes, int maxWholeBytes, int leastClampedTokens) {
    public static final InferenceSettings DEFAULTS =
            new InferenceSettings(256, Duration.ofSeconds(5), 4 << 20, 64 << 20, 16);
}
