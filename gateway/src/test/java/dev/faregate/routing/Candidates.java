package dev.faregate.routing;

import dev.faregate.chat.ChatRequest;
import dev.faregate.models.Model;

/// Candidates for tests of other packages.
public final class Candidates {
    private Candidates() {}

    /// A request at the first endpoint of a model.
    public static Candidate of(Model model, ChatRequest request) {
        return Candidate.of(model, model.endpoints().getFirst(), request, 0);
    }
}
