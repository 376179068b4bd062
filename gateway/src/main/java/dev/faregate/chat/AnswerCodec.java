package dev.faregate.chat;

import org.jspecify.annotations.Nullable;

/// Makes our answer of a provider's, without a tree: one for each answer, on one thread. Besides it keeps what settling
/// needs: usage, and how much was delivered.
public sealed interface AnswerCodec permits AnswerRewriter, EmbeddingsRewriter {
    /// The codec for the answer to such a request.
    static AnswerCodec of(ChatRequest.Facts asked, AnswerIdentity id) {
        return switch (asked.kind()) {
            case CHAT -> new AnswerRewriter(id, asked.stream());
            case EMBEDDINGS -> new EmbeddingsRewriter(id, asked.messages());
        };
    }

    /// What the provider reported, or null while it reported none that can be believed.
    @Nullable
    TokenUsage usage();

    @Nullable
    String upstreamId();

    @Nullable
    String upstreamModel();

    /// The JSON text of a top-level `error` member, or null when none came.
    @Nullable
    String upstreamError();

    /// As the provider said it; null while the answer has not finished, and where answers just end.
    @Nullable
    String nativeFinishReason();

    /// The normalised finish reason, or null as [#nativeFinishReason].
    @Nullable
    String finishReason();

    /// Bytes of generated text passed on so far, as JSON: never fewer than tokens.
    long deliveredBytes();

    /// Keeps the generated text, up to a bound, for [#keptText]: where its tokens can be counted should the
    /// provider not report them.
    void keepText();

    /// The generated text that was kept, decoded; null when it was not asked for.
    @Nullable
    String keptText();

    /// Delivered bytes that are not in [#keptText].
    long bytesNotKept();

    /// Also gives every piece of generated text to `all`.
    void keepTexts(AnswerTexts all);
}
