package dev.faregate.inference;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// How many requests of each key run on this node at once, bounded. Safe to share between threads.
final class KeyConcurrency {
    private final ConcurrentMap<String, Integer> running = new ConcurrentHashMap<>();

    /// Takes one of `limit` places; false when all are taken. A taken place must be given back with
    /// [#leave], once.
    boolean enter(String keyId, int limit) {
        if (running.merge(keyId, 1, Integer::sum) <= limit) {
            return true;
        }
        leave(keyId);
        return false;
    }

    void leave(String keyId) {
        running.computeIfPresent(keyId, (_, now) -> now == 1 ? null : now - 1);
    }
}
