package dev.faregate.chat;

/// What a request asks a model for. Everything that differs between kinds is asked of the kind, or written once for
/// each: how a request is read ([RequestReader]), and how its answer is ([AnswerCodec]).
public enum RequestKind {
    CHAT("/chat/completions", "/chat/completions", "completions"),
    EMBEDDINGS("/embeddings", "/embeddings", "embeddings"),
    RERANK("/rerank", "/rerank", "rerank"),
    IMAGES("/images", "/images/generations", "image"),
    TRANSCRIPTIONS("/audio/transcriptions", "/audio/transcriptions", "stt");

    private final String path;
    private final String upstreamPath;
    private final String apiType;

    RequestKind(String path, String upstreamPath, String apiType) {
        this.path = path;
        this.upstreamPath = upstreamPath;
        this.apiType = apiType;
    }

    /// Where such requests go, below our base as below that of another router.
    public String path() {
        return path;
    }

    /// Where they go below the base of a provider in OpenAI's format.
    public String upstreamPath() {
        return upstreamPath;
    }

    /// `api_type` of a generation (contract 2.3).
    public String apiType() {
        return apiType;
    }
}
