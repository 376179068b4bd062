package dev.faregate.testkit;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/// A provider's wire format, told by where it is asked.
enum Wire {
    OPENAI,
    ANTHROPIC,
    GEMINI,
    BEDROCK,
    COHERE;

    private static final String CONVERSES = "/converse-stream";
    private static final String STREAMS = ":streamGenerateContent";

    /// How Vertex is asked for models of other makers.
    private static final String RAW = ":rawPredict";

    private static final String RAW_STREAMS = ":streamRawPredict";

    static Wire of(String path) {
        if (path.endsWith(":generateContent") || path.endsWith(STREAMS)) {
            return GEMINI;
        }
        if (path.endsWith("/converse") || path.endsWith(CONVERSES)) {
            return BEDROCK;
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
            case BEDROCK -> new BedrockFormat(id, asked, script, shape);
            case COHERE -> new CohereFormat(id, asked, script, shape);
        };
    }

    String error(int status, String message) {
        return switch (this) {
            case OPENAI -> OpenAiFormat.errorBody(status, message);
            case ANTHROPIC -> AnthropicFormat.errorBody(status, message);
            case GEMINI -> GeminiFormat.errorBody(status, message);
            case BEDROCK -> BedrockFormat.errorBody(message);
            case COHERE -> CohereFormat.errorBody(message);
        };
    }

    /// Whether a path says what else the body would: the model, and whether to stream.
    static boolean isInPath(String path) {
        Wire wire = of(path);
        return wire == BEDROCK || (wire != OPENAI && path.lastIndexOf(':') > path.lastIndexOf('/'));
    }

    /// The model that such a path names.
    static String model(String path) {
        int end = of(path) == BEDROCK ? path.lastIndexOf('/') : path.lastIndexOf(':');
        String encoded = path.substring(path.lastIndexOf('/', end - 1) + 1, end);
        return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
    }

    static boolean streams(String path) {
        return path.endsWith(STREAMS) || path.endsWith(RAW_STREAMS) || path.endsWith(CONVERSES);
    }
}
