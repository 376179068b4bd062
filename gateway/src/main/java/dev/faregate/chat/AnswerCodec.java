package dev.faregate.chat;

import org.jspecify.annotations.Nullable;

/// Makes our answer of a provider's, without a tree: one for each answer, on one thread. Besides it keeps what settling
/// needs: usage, and how much was delivered. Most kinds of answers hold no generated text and do
/// not finish, they just end: what is asked about that has answers here.
public sealed interface AnswerCodec permits WholeAnswer, EmbeddingsRewriter {
    /// The codec for the answer to such a request.
    static AnswerCodec of(ChatRequest request, AnswerIdentity id) {
        ChatRequest.Facts asked = request.facts();
        return switch (asked.kind()) {
            case CHAT -> new AnswerRewriter(id, asked.stream());
            case EMBEDDINGS -> new EmbeddingsRewriter(id, asked.messages());
            case RERANK -> new RerankRewriter(id, request);
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
    default @Nullable String nativeFinishReason() {
        return null;
    }

    /// The normalised finish reason, or null as [#nativeFinishReason].
    default @Nullable String finishReason() {
        return null;
    }

    /// Bytes of generated text passed on so far, as JSON: never fewer than tokens.
    default long deliveredBytes() {
        return 0;
    }

    /// Keeps the generated text, up to a bound, for [#keptText]: where its tokens can be counted should the
    /// provider not report them.
    default void keepText() {}

    /// The generated text that was kept, decoded; null when it was not asked for.
    default @Nullable String keptText() {
        return null;
    }

    /// Delivered bytes that are not in [#keptText].
    default long bytesNotKept() {
        return 0;
    }

    /// Also gives every piece of generated text to `all`.
    default void keepTexts(AnswerTexts all) {}
}
