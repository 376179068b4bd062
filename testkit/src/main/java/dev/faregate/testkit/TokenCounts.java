package dev.faregate.testkit;

/// Tokens of one or many requests. As in OpenAI's usage, `cached` is a part of `prompt` and `reasoning` a
/// part of `completion`.
public record TokenCounts(long prompt, long completion, long cached, long reasoning) {
    public static final TokenCounts ZERO = new TokenCounts(0, 0, 0, 0);

    public TokenCounts plus(TokenCounts other) {
        return new TokenCounts(
                prompt + other.prompt,
                completion + other.completion,
                cached + other.cached,
                reasoning + other.reasoning);
    }

    /// The same with only the first `delivered` completion tokens, of which reasoning comes first.
    TokenCounts cutTo(long delivered) {
        long kept = Math.min(completion, delivered);
        return new TokenCounts(prompt, kept, cached, Math.min(reasoning, kept));
    }
}
