package dev.faregate.testkit;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/// A provider's wire format, told by where it is asked.
enum Wire {
    OPENAI,
    ANTHROPIC,
    GEMINI,
    BEDROCK;

    private static final String CONVERSES = "/converse-stream";
    private static final String STREAMS = ":streamGenerateContent";

    static Wire of(String path) {
        if (path.endsWith(":generateContent") || path.endsWith(STREAMS)) {
            return GEMINI;
        }
        if (path.endsWith("/converse") || path.endsWith(CONVERSES)) {
            return BEDROCK;
        }
        return path.endsWith("/messages") ? ANTHROPIC : OPENAI;
    }

    AnswerFormat format(String id, long created, Asked asked, Script script, Shape shape) {
        return switch (this) {
            case OPENAI -> new OpenAiFormat("chatcmpl-" + id, created, asked, script, shape);
            case ANTHROPIC -> new AnthropicFormat("msg_" + id, asked, script, shape);
            case GEMINI -> new GeminiFormat(id, asked, script, shape);
            case BEDROCK -> new BedrockFormat(id, asked, script, shape);
        };
    }

    String error(int status, String message) {
        return switch (this) {
            case OPENAI -> OpenAiFormat.errorBody(status, message);
            case ANTHROPIC -> AnthropicFormat.errorBody(status, message);
            case GEMINI -> GeminiFormat.errorBody(status, message);
            case BEDROCK -> BedrockFormat.errorBody(message);
        };
    }

    /// Whether it is the path, and not the body, that names the model and says whether to stream.
    boolean isToldByPath() {
        return this == GEMINI || this == BEDROCK;
    }

    /// The model that a path names, or the empty text.
    static String model(String path) {
        int end = switch (of(path)) {
            case GEMINI -> path.lastIndexOf(':');
            case BEDROCK -> path.lastIndexOf('/');
            case OPENAI, ANTHROPIC -> 0;
        };
        String encoded = path.substring(path.lastIndexOf('/', end - 1) + 1, end);
        return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
    }

    static boolean streams(String path) {
        return path.endsWith(STREAMS) || path.endsWith(CONVERSES);
    }
}
