package dev.faregate.chat;

/// What a request asks a model for. Everything that differs between kinds is asked of the kind, or written once for
/// each: how a request is read ([RequestReader]), and how its answer is ([AnswerCodec]).
public enum RequestKind {
    CHAT("/chat/completions", "completions"),
    EMBEDDINGS("/embeddings", "embeddings"),
    RERANK("/rerank", "rerank");

    private final String path;
    private final String apiType;

    RequestKind(String path, String apiType) {
        this.path = path;
        this.apiType = apiType;
    }

    /// Where such requests go, below the base of a provider in OpenAI's format, as below ours.
    public String path() {
        return path;
    }

    /// `api_type` of a generation (contract 2.3).
    public String apiType() {
        return apiType;
    }
}
