package dev.faregate.observability;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Sends a JSON body to an address that a user set, with everything that guards such a call. Blocks for `timeout` and
/// little more.
@FunctionalInterface
public interface Sender {
    /// What came of it.
    sealed interface Result {
        /// An answer; `retryAfter` is its header of that name, or null.
        record Answered(int status, @Nullable String retryAfter) implements Result {}

        /// None. `forGood`: another try would end the same. `why` names no secret.
        record Failed(String why, boolean forGood) implements Result {}
    }

    Result send(String method, URI url, Map<String, String> headers, byte[] json, Duration timeout);
}
