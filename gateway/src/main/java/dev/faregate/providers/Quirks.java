package dev.faregate.providers;

import java.net.URI;
import java.util.Locale;
import java.util.Set;

/// Where OpenAI-compatible providers differ in what they understand.
final class Quirks {
    /// OpenAI refuses `max_tokens` for its reasoning models ("Create chat completion", deprecated field).
    private static final Set<String> NEW_LIMIT_FIELD = Set.of("openai");

    /// Regions are before it, as in `eu.api.openai.com`.
    private static final String OPENAI_HOST = ".api.openai.com";

    private Quirks() {}

    static String limitField(String slug) {
        return NEW_LIMIT_FIELD.contains(slug) ? "max_completion_tokens" : "max_tokens";
    }

    /// Whether the role `developer` is known at this address. It is OpenAI's own word ("Create chat completion",
    /// developer message); most others refuse it, and all take `system`, which OpenAI reads as the same.
    static boolean knowsDevelopers(URI url) {
        String host = url.getHost();
        return host != null && ("." + host.toLowerCase(Locale.ROOT)).endsWith(OPENAI_HOST);
    }
}
