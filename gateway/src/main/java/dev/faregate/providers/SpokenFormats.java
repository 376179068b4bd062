package dev.faregate.providers;

import dev.faregate.base.Secret;
import dev.faregate.chat.RequestKind;
import dev.faregate.formats.AnthropicFormat;
import dev.faregate.formats.CohereFormat;
import dev.faregate.formats.GeminiFormat;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.models.WireFormat;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// Providers that are reached with a plain key at their base URL, each in the wire format that it speaks.
public final class SpokenFormats {
    /// Of the Messages API (docs.anthropic.com, "Versions").
    private static final String ANTHROPIC_VERSION = "2023-06-01";

    private SpokenFormats() {}

    /// `key` is null for servers that want none. The base URL of `facts` is the operator's or shipped, and so
    /// trusted (design section 7). Not for Vertex, which is [VertexProvider], nor Azure, which is [#azure]. Throws
    /// `IllegalArgumentException` with words for whoever wrote the URL.
    public static Provider provider(
            UpstreamProvider facts, UpstreamClient client, @Nullable Secret key, Deadlines deadlines) {
        if (facts.baseUrl() == null) {
            throw new IllegalArgumentException("provider " + facts.slug() + " needs a base_url");
        }
        URI base = URI.create(facts.baseUrl());
        RequestHeaders credential = credential(facts.format(), key);
        return switch (facts.format()) {
            case OPENAI -> new OpenAiProvider(facts, client, base, true, credential, deadlines);
            case ANTHROPIC ->
                new NativeProvider(facts, client, new AnthropicFormat(), base, credential, null, deadlines);
            case GEMINI ->
                new NativeProvider(facts, client, new GeminiFormat(), base, credential, besideGemini(key), deadlines);
            case COHERE -> new NativeProvider(facts, client, new CohereFormat(), base, credential, null, deadlines);
            case BEDROCK -> BedrockAccount.of(facts, base, key).provider(facts, client, deadlines);
            case VERTEX, AZURE, BUILT_IN ->
                throw new IllegalArgumentException(
                        "the wire format " + facts.format().word() + " is not spoken");
        };
    }

    /// The operator's own resource of Azure; see [AzurePlace].
    public static Provider azure(
            UpstreamProvider facts,
            UpstreamClient client,
            URI endpoint,
            @Nullable String apiVersion,
            Secret key,
            Deadlines deadlines) {
        OpenAiProvider.Account account = new OpenAiProvider.Account(
                AzurePlace.chatUrl(endpoint, apiVersion), true, OwnProviders.apiKey(key), null);
        return new OpenAiProvider(facts, client, account, deadlines);
    }

    /// Google makes embeddings in OpenAI's format too (ai.google.dev, "OpenAI compatibility"), and counts there what
    /// they cost, which its own API does not.
    private static TranslatedCall.Embeddings besideGemini(@Nullable Secret key) {
        return new TranslatedCall.Embeddings(
                "/openai" + RequestKind.EMBEDDINGS.path(), lines(credential(WireFormat.OPENAI, key)));
    }

    /// The header lines that carry a key, and what else the format wants in each request.
    static RequestHeaders credential(WireFormat format, @Nullable Secret key) {
        RequestHeaders.Builder lines = RequestHeaders.builder();
        if (format == WireFormat.ANTHROPIC) {
            lines.add("anthropic-version", ANTHROPIC_VERSION);
        }
        if (key != null) {
            switch (format) {
                case OPENAI, BEDROCK, COHERE -> lines.add("Authorization", "Bearer " + key.reveal());
                case ANTHROPIC -> lines.add("x-api-key", key.reveal());
                case GEMINI -> lines.add("x-goog-api-key", key.reveal());
                case VERTEX, AZURE, BUILT_IN ->
                    throw new IllegalArgumentException("the wire format " + format.word() + " takes no plain key");
            }
        }
        return lines.build();
    }

    /// The lines of every upload, but for its type.
    static RequestHeaders uploadLines(RequestHeaders credential) {
        return RequestHeaders.builder()
                .add("Accept", "application/json")
                .add("User-Agent", "Faregate")
                .build()
                .plus(credential);
    }

    /// The lines of every request for an answer.
    static RequestHeaders lines(RequestHeaders credential) {
        return RequestHeaders.builder()
                .add("Content-Type", "application/json")
                .add("Accept", "text/event-stream, application/json")
                .add("User-Agent", "Faregate")
                .build()
                .plus(credential);
    }
}
