package dev.faregate.providers;

import dev.faregate.models.UpstreamProvider;
import dev.faregate.models.WireFormat;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// Where OpenAI-compatible providers differ in what they understand.
final class Quirks {
    /// OpenAI refuses `max_tokens` for its reasoning models ("Create chat completion", deprecated field).
    private static final Set<String> NEW_LIMIT_FIELD = Set.of("openai");

    /// What OpenAI's models are called in deployments, unless their owner had another idea.
    private static final Pattern OPENAI_MODEL = Pattern.compile("(?:^|[^a-z])(?:gpt|codex|o[1-9])(?:[^a-z]|$)");

    /// Regions are before it, as in `eu.api.openai.com`.
    private static final String OPENAI_HOST = ".api.openai.com";

    private Quirks() {}

    /// On Azure the same models want the new field, and those of other makers know only the old one.
    static String limitField(UpstreamProvider provider, String model) {
        boolean newer = provider.format() == WireFormat.AZURE
                ? OPENAI_MODEL.matcher(model).find()
                : NEW_LIMIT_FIELD.contains(provider.slug());
        return newer ? "max_completion_tokens" : "max_tokens";
    }

    /// Whether the role `developer` is known at this address. It is OpenAI's own word ("Create chat completion",
    /// developer message); most others refuse it, and all take `system`, which OpenAI reads as the same.
    static boolean knowsDevelopers(URI url) {
        String host = url.getHost();
        return host != null && ("." + host.toLowerCase(Locale.ROOT)).endsWith(OPENAI_HOST);
    }
}
