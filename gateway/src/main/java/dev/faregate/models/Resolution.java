package dev.faregate.models;

import java.util.List;

/// What a model name in a request means.
public sealed interface Resolution {
    /// One model. It may have no usable endpoint in this snapshot; that is for routing to say.
    record Found(Model model, Variant variant) implements Resolution {}

    /// A name without author that several models share; `candidates` are their ids, sorted.
    record Ambiguous(List<String> candidates) implements Resolution {}

    /// No such model.
    record Unknown() implements Resolution {}
}
