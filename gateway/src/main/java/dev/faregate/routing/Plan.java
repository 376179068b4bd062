package dev.faregate.routing;

import java.util.List;

/// The endpoints a request may use, in the order to try them; never empty.
public record Plan(List<Candidate> candidates) {
    public Plan {
        candidates = List.copyOf(candidates);
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("a plan has at least one candidate");
        }
    }

    public Candidate first() {
        return candidates.getFirst();
    }
}
