package dev.faregate.inference;

import dev.faregate.base.ApiError;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// The requests that run on this node, so that those of a key that was closed can be cut (ledger,
/// "Revocation"). A walk over all of them for each closed key: management writes are rare, and there are
/// at most as many as the node lets in. Safe to share between threads.
public final class RunningRequests {
    private static final ApiError REVOKED =
            new ApiError.Unauthenticated("disabled", "This API key was disabled or deleted while the request ran.");

    private final Set<Relay> running = ConcurrentHashMap.newKeySet();

    /// Before the request asks for its hold: whoever closes the key after the hold finds it here.
    void add(Relay relay) {
        running.add(relay);
    }

    void remove(Relay relay) {
        running.remove(relay);
    }

    /// The keys that have requests running.
    public Set<String> keys() {
        return running.stream().map(Relay::keyId).collect(Collectors.toSet());
    }

    /// Cuts every request of a key, each on its own loop; does not wait.
    public void cut(String keyId) {
        for (Relay relay : running) {
            if (relay.keyId().equals(keyId)) {
                relay.revoke(REVOKED);
            }
        }
    }
}
