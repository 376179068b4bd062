package dev.faregate.formats;

import dev.faregate.chat.AnthropicError;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's Messages API (docs.anthropic.com, "Create a Message", "Streaming Messages", "Errors").
public final class AnthropicFormat implements Format {
    @Override
    public String path(Wanted wanted) {
        return "/messages";
    }

    @Override
    public Said say(ObjectNode chat, Wanted wanted) {
        return new Said(AnthropicRequest.of(chat, wanted), reading(chat));
    }

    static Reading reading(ObjectNode chat) {
        return new AnthropicReading(ReasoningWish.of(chat).hidden());
    }

    @Override
    public Refusal refusal(int status, byte[] body) {
        ChatErrors.Told told = told(ChatErrors.error(body));
        // An account without credit is told like a bad request, but it is ours to mend and not the client's.
        boolean spent = status == 400 && says(told, "credit balance is too low");
        return new Refusal(spent ? 402 : status, told.body());
    }

    /// The `error` event of a stream, or an error in place of a message.
    static ObjectNode inBand(JsonNode error) {
        return told(error).inBand(AnthropicError.status(error.path("type").asString("")));
    }

    private static ChatErrors.Told told(JsonNode error) {
        ChatErrors.Told told =
                new ChatErrors.Told(ChatErrors.text(error.path("type")), ChatErrors.text(error.path("message")), null);
        boolean tooLong = says(told, "prompt is too long") || says(told, "exceed context limit");
        return tooLong ? new ChatErrors.Told(told.word(), told.message(), ChatErrors.TOO_LONG) : told;
    }

    private static boolean says(ChatErrors.Told told, String words) {
        @Nullable String message = told.message();
        return message != null && message.contains(words);
    }
}
