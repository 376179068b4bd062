package dev.faregate.testkit;

/// A provider's wire format, told by where it is asked.
enum Wire {
    OPENAI,
    ANTHROPIC,
    GEMINI,
    COHERE;

    private static final String STREAMS = ":streamGenerateContent";

    /// How Vertex is asked for models of other makers.
    private static final String RAW = ":rawPredict";

    private static final String RAW_STREAMS = ":streamRawPredict";

    static Wire of(String path) {
        if (path.endsWith(":generateContent") || path.endsWith(STREAMS)) {
            return GEMINI;
        }
        boolean raw = path.contains("/publishers/anthropic/") && (path.endsWith(RAW) || path.endsWith(RAW_STREAMS));
        if (raw || path.endsWith("/messages")) {
            return ANTHROPIC;
        }
        return path.endsWith("/chat") ? COHERE : OPENAI;
    }

    AnswerFormat format(String id, long created, Asked asked, Script script, Shape shape) {
        return switch (this) {
            case OPENAI -> new OpenAiFormat("chatcmpl-" + id, created, asked, script, shape);
            case ANTHROPIC -> new AnthropicFormat("msg_" + id, asked, script, shape);
            case GEMINI -> new GeminiFormat(id, asked, script, shape);
            case COHERE -> new CohereFormat(id, asked, script, shape);
        };
    }

    String error(int status, String message) {
        return switch (this) {
            case OPENAI -> OpenAiFormat.errorBody(status, message);
            case ANTHROPIC -> AnthropicFormat.errorBody(status, message);
            case GEMINI -> GeminiFormat.errorBody(status, message);
            case COHERE -> CohereFormat.errorBody(message);
        };
    }

    /// Whether a path says what else the body would: the model, and whether to stream.
    static boolean isInPath(String path) {
        return of(path) != OPENAI && path.lastIndexOf(':') > path.lastIndexOf('/');
    }

    /// The model that such a path names.
    static String model(String path) {
        int colon = path.lastIndexOf(':');
        return path.substring(path.lastIndexOf('/', colon) + 1, colon);
    }

    static boolean streams(String path) {
        return path.endsWith(STREAMS) || path.endsWith(RAW_STREAMS);
    }
}
