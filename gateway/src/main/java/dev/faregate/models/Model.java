package dev.faregate.models;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A model of the catalogue. `id` is `author/slug`, with a variant suffix where the variant is a model of
/// its own (`openai/gpt-oss-20b:free`); `canonicalSlug` never changes its meaning; `created` is in Unix
/// seconds.
///
/// `endpoints` are all endpoints anybody could use (with a credential of their own, say); `usable` are
/// those that the snapshot this value comes from can use right now: provider configured, price known;
/// cheapest first.
public record Model(
        String id,
        String canonicalSlug,
        List<String> aliases,
        String name,
        @Nullable String description,
        long created,
        @Nullable String knowledgeCutoff,
        long contextLength,
        List<String> inputModalities,
        List<String> outputModalities,
        String tokenizer,
        List<String> categories,
        Set<String> supportedParameters,
        List<ModelEndpoint> endpoints,
        List<ModelEndpoint> usable) {
    private static final Set<String> BYTE_LEVEL = Set.of("GPT", "Llama3", "Llama4", "DeepSeek", "Mistral");

    public String author() {
        return id.substring(0, id.indexOf('/'));
    }

    /// The id without its author.
    public String slug() {
        return id.substring(id.indexOf('/') + 1);
    }

    /// Whether its tokenizer may fold characters (NFC, NFKC) before it cuts: false only for vocabularies
    /// that are known to work on the very bytes.
    public boolean foldsText() {
        return !BYTE_LEVEL.contains(tokenizer);
    }

    /// Whether it makes vectors, and so is asked for embeddings rather than chatted with.
    public boolean embeds() {
        return outputModalities.contains("embeddings");
    }

    /// Whether it ranks documents.
    public boolean reranks() {
        return outputModalities.contains("rerank");
    }

    /// Whether it makes images and nothing else; one that also writes is chatted with.
    public boolean draws() {
        return draws(outputModalities);
    }

    static boolean draws(List<String> outputModalities) {
        return outputModalities.contains("image") && !outputModalities.contains("text");
    }

    /// Whether it writes down what is said in audio, and nothing else.
    public boolean transcribes() {
        return outputModalities.contains("transcription");
    }

    /// Whether it is chatted with.
    public boolean chats() {
        return !embeds() && !reranks() && !draws() && !transcribes();
    }

    public boolean isUsable() {
        return !usable.isEmpty();
    }

    /// `text+image->text`
    public String modality() {
        return String.join("+", inputModalities) + "->" + String.join("+", outputModalities);
    }

    Model withEndpoints(List<ModelEndpoint> all, List<ModelEndpoint> nowUsable) {
        return new Model(
                id,
                canonicalSlug,
                aliases,
                name,
                description,
                created,
                knowledgeCutoff,
                contextLength,
                inputModalities,
                outputModalities,
                tokenizer,
                categories,
                supportedParameters,
                all,
                nowUsable);
    }
}
