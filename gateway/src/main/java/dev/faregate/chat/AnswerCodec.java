package dev.faregate.chat;

import org.jspecify.annotations.Nullable;

/// Makes our answer of a provider's, without a tree: one for each answer, on one thread. Besides it keeps what settling
/// needs: usage, and how much was delivered. Most kinds of answers hold no generated text and do
/// not finish, they just end: what is asked about that has answers here.
public abstract sealed class AnswerCodec
        permits AnswerRewriter, EmbeddingsRewriter, ImagesRewriter, RerankRewriter, TranscriptionRewriter {
    @Nullable
    TokenUsage usage;

    @Nullable
    String upstreamId;

    @Nullable
    String upstreamModel;

    @Nullable
    String upstreamError;

    /// The codec for the answer to such a request.
    public static AnswerCodec of(ChatRequest request, AnswerIdentity id) {
        ChatRequest.Facts asked = request.facts();
        return switch (asked.kind()) {
            case CHAT -> new AnswerRewriter(id, asked.stream());
            case EMBEDDINGS -> new EmbeddingsRewriter(id, asked.messages());
            case RERANK -> new RerankRewriter(id, request);
            case IMAGES -> new ImagesRewriter(id, asked.choices());
            case TRANSCRIPTIONS -> new TranscriptionRewriter(request);
        };
    }

    /// What the provider reported, or null while it reported none that can be believed.
    public final @Nullable TokenUsage usage() {
        return usage;
    }

    public final @Nullable String upstreamId() {
        return upstreamId;
    }

    public final @Nullable String upstreamModel() {
        return upstreamModel;
    }

    /// The JSON text of a top-level `error` member, or null when none came.
    public final @Nullable String upstreamError() {
        return upstreamError;
    }

    /// As the provider said it; null while the answer has not finished, and where answers just end.
    public @Nullable String nativeFinishReason() {
        return null;
    }

    /// The normalised finish reason, or null as [#nativeFinishReason].
    public @Nullable String finishReason() {
        return null;
    }

    /// Bytes of generated text passed on so far, as JSON: never fewer than tokens.
    public long deliveredBytes() {
        return 0;
    }

    /// How many images were made so far; [TokenUsage#NOT_SAID] where none are asked for.
    public long images() {
        return TokenUsage.NOT_SAID;
    }

    /// Keeps the generated text, up to a bound, for [#keptText]: where its tokens can be counted should the
    /// provider not report them.
    public void keepText() {}

    /// The generated text that was kept, decoded; null when it was not asked for.
    public @Nullable String keptText() {
        return null;
    }

    /// Delivered bytes that are not in [#keptText].
    public long bytesNotKept() {
        return 0;
    }

    /// Also gives every piece of generated text to `all`.
    public void keepTexts(AnswerTexts all) {}
}
