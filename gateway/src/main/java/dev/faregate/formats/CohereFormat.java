package dev.faregate.formats;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Cohere's Chat API, v2 (docs.cohere.com, "Chat", "A Guide to Streaming Responses", "Errors").
public final class CohereFormat implements Format {
    private static final String TOO_LONG = "too many tokens";

    @Override
    public String path(Wanted wanted) {
        return "/chat";
    }

    @Override
    public Said say(ObjectNode chat, Wanted wanted) {
        boolean hidden = ReasoningWish.of(chat).hidden();
        return new Said(CohereRequest.of(chat, wanted), new CohereReading(hidden));
    }

    /// An error is a document with a `message`, and nothing else that says more than the status.
    @Override
    public Refusal refusal(int status, byte[] body) {
        return new Refusal(status, told(message(body)).body());
    }

    private static @Nullable String message(byte[] body) {
        try {
            return ChatErrors.text(Json.read(body).path("message"));
        } catch (ApiException notJson) {
            return null;
        }
    }

    /// An error that ends a stream: `error` of its last event.
    static ObjectNode inBand(JsonNode error) {
        return told(ChatErrors.text(error)).inBand(502);
    }

    private static ChatErrors.Told told(@Nullable String message) {
        boolean tooLong = message != null && message.contains(TOO_LONG);
        return new ChatErrors.Told(null, message, tooLong ? ChatErrors.TOO_LONG : null);
    }
}
