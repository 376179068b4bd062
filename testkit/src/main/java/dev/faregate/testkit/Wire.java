package dev.faregate.testkit;

/// A provider's wire format, told by where it is asked.
enum Wire {
    OPENAI,
    ANTHROPIC;

    static Wire of(String path) {
        return path.endsWith("/messages") ? ANTHROPIC : OPENAI;
    }

    AnswerFormat format(String id, long created, Asked asked, Script script, Shape shape) {
        return switch (this) {
            case OPENAI -> new OpenAiFormat("chatcmpl-" + id, created, asked, script, shape);
            case ANTHROPIC -> new AnthropicFormat("msg_" + id, asked, script, shape);
        };
    }

    String error(int status, String message) {
        return switch (this) {
            case OPENAI -> OpenAiFormat.errorBody(status, message);
            case ANTHROPIC -> AnthropicFormat.errorBody(status, message);
        };
    }
}
