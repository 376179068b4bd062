package dev.faregate.credits;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The generations that this process holds money for, or may come to: from before a hold is sent until its
/// caller was told no, or its end is durable. A hold of this very life that stands in the database and not
/// here belongs to nobody (rulings 3.3). Safe to share between threads.
final class KnownHolds {
    private final Set<String> generations = ConcurrentHashMap.newKeySet();

    void add(String generation) {
        generations.add(generation);
    }

    void remove(String generation) {
        generations.remove(generation);
    }

    boolean contains(String generation) {
        return generations.contains(generation);
    }
}
