package dev.faregate.providers;

import java.util.Set;

/// Where OpenAI-compatible providers differ in what they understand.
final class Quirks {
    /// OpenAI refuses `max_tokens` for its reasoning models ("Create chat completion", deprecated field).
    private static final Set<String> NEW_LIMIT_FIELD = Set.of("openai");

    private Quirks() {}

    static String limitField(String slug) {
        return NEW_LIMIT_FIELD.contains(slug) ? "max_completion_tokens" : "max_tokens";
    }
}
