package dev.faregate.models;

import org.jspecify.annotations.Nullable;

/// The language a provider speaks. `BUILT_IN` is served by the gateway itself and cannot be given to
/// anyone else.
public enum WireFormat {
    OPENAI("openai"),
    ANTHROPIC("anthropic"),
    GEMINI("gemini"),
    VERTEX("vertex"),
    BEDROCK("bedrock"),
    AZURE("azure"),
    COHERE("cohere"),
    BUILT_IN("built-in");

    private final String word;

    WireFormat(String word) {
        this.word = word;
    }

    /// As files write it.
    public String word() {
        return word;
    }

    /// Whether requests can be sent in it.
    public boolean isSpoken() {
        return switch (this) {
            case OPENAI, ANTHROPIC, GEMINI, VERTEX, BEDROCK, AZURE, COHERE -> true;
            case BUILT_IN -> false;
        };
    }

    /// Whether a plain key and a base URL are all that requests in it need: Vertex wants a service account, and
    /// keys of Azure say where it is.
    public boolean takesPlainKey() {
        return isSpoken() && this != VERTEX && this != AZURE;
    }

    static @Nullable WireFormat find(String word) {
        for (WireFormat format : values()) {
            if (format.word.equals(word)) {
                return format;
            }
        }
        return null;
    }
}
