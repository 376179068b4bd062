package dev.faregate.testkit;

/// A provider's wire format, told by where it is asked.
enum Wire {
    OPENAI,
    ANTHROPIC,
    GEMINI;

    private static final String STREAMS = ":streamGenerateContent";

    static Wire of(String path) {
        if (path.endsWith(":generateContent") || path.endsWith(STREAMS)) {
            return GEMINI;
        }
        return path.endsWith("/messages") ? ANTHROPIC : OPENAI;
    }

    AnswerFormat format(String id, long created, Asked asked, Script script, Shape shape) {
        return switch (this) {
            case OPENAI -> new OpenAiFormat("chatcmpl-" + id, created, asked, script, shape);
            case ANTHROPIC -> new AnthropicFormat("msg_" + id, asked, script, shape);
            case GEMINI -> new GeminiFormat(id, asked, script, shape);
        };
    }

    String error(int status, String message) {
        return switch (this) {
            case OPENAI -> OpenAiFormat.errorBody(status, message);
            case ANTHROPIC -> AnthropicFormat.errorBody(status, message);
            case GEMINI -> GeminiFormat.errorBody(status, message);
        };
    }

    /// The model that a path names, or the empty text: only Gemini's do.
    static String model(String path) {
        int colon = path.lastIndexOf(':');
        return of(path) == GEMINI ? path.substring(path.lastIndexOf('/', colon) + 1, colon) : "";
    }

    static boolean streams(String path) {
        return path.endsWith(STREAMS);
    }
}
