package dev.faregate.routing;

import dev.faregate.models.Variant;
import java.util.List;

/// The endpoints a request may use, in the order to try them; never empty. `firstVariant`: how the first one's model
/// was asked for.
public record Plan(List<Candidate> candidates, Variant firstVariant) {
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
