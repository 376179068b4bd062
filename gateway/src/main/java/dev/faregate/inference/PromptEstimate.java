package dev.faregate.inference;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What the tokens of a prompt are guessed by: its texts, and tokens for all that is no text. For people who plan, not
/// for money: a bound would be several times too high for them. Pure.
///
/// @param texts to be counted
/// @param others tokens beside them
record PromptEstimate(List<String> texts, long others) {
    /// Around a message, or a tool.
    static final int FRAME_TOKENS = 4;

    /// A large image, scaled as providers do (docs.anthropic.com, "Vision").
    static final int IMAGE_TOKENS = 1_600;

    /// A page of a document, read as text and as an image (docs.anthropic.com, "PDF support").
    static final int FILE_TOKENS = 3_000;

    /// UTF-8 bytes of a token where the vocabulary is not known, rounded down.
    private static final int BYTES_PER_TOKEN = 3;

    /// Of a chat request. What the assistant thought in earlier turns is not counted; providers leave it out.
    static PromptEstimate of(JsonNode chat) {
        List<String> texts = new ArrayList<>();
        long others = 0;
        for (JsonNode message : chat.path("messages")) {
            others += FRAME_TOKENS + content(message.path("content"), texts);
            for (JsonNode call : message.path("tool_calls")) {
                texts.add(call.path("function").path("name").asString(""));
                texts.add(call.path("function").path("arguments").asString(""));
            }
        }
        for (JsonNode tool : chat.path("tools")) {
            others += FRAME_TOKENS;
            texts.add(tool.toString());
        }
        JsonNode format = chat.path("response_format");
        if (format.isObject()) {
            texts.add(format.toString());
        }
        return new PromptEstimate(texts, others);
    }

    /// Adds the texts; returns the tokens of what is none.
    private static long content(JsonNode content, List<String> texts) {
        if (content.isString()) {
            texts.add(content.stringValue());
            return 0;
        }
        long others = 0;
        for (JsonNode part : content) {
            switch (part.path("type").asString("")) {
                case "text" -> texts.add(part.path("text").asString(""));
                case "image_url" -> others += IMAGE_TOKENS;
                default -> others += FILE_TOKENS;
            }
        }
        return others;
    }

    /// The tokens of the texts where nobody can count them.
    long byBytes() {
        long bytes = 0;
        for (String text : texts) {
            bytes += text.getBytes(StandardCharsets.UTF_8).length;
        }
        return Math.ceilDiv(bytes, BYTES_PER_TOKEN);
    }
}
