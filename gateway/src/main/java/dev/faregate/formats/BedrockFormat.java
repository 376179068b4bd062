package dev.faregate.formats;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/// Amazon Bedrock's Converse (Amazon Bedrock API Reference, "Converse", "ConverseStream", "Common Error Types"). A
/// stream comes as frames (see [EventStreamReader]).
public final class BedrockFormat implements Format {
    /// The model is in the path: an id, or the ARN of an inference profile, with its colons and slashes encoded.
    @Override
    public String path(Wanted wanted) {
        String model = URLEncoder.encode(wanted.model(), StandardCharsets.UTF_8).replace("+", "%20");
        return "/model/" + model + (wanted.stream() ? "/converse-stream" : "/converse");
    }

    @Override
    public Said say(ObjectNode chat, Wanted wanted) {
        boolean hidden = ReasoningWish.of(chat).hidden();
        boolean claude = BedrockModel.of(wanted.model()).isClaude();
        return new Said(BedrockRequest.of(chat, wanted), new BedrockReading(hidden, claude));
    }

    @Override
    public Refusal refusal(int status, byte[] body) {
        JsonNode error = error(body);
        String message = message(error);
        return new Refusal(
                meant(status, word(error), message), told(word(error), message).body());
    }

    /// An exception in the stream: its type and what it says.
    static ObjectNode inBand(String type, JsonNode error) {
        int status = status(type);
        return told(type, message(error)).inBand(status == 0 ? 502 : status);
    }

    /// The status that an exception has as an answer of its own; 0 for one that nobody knows.
    private static int status(String type) {
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "validationexception" -> 400;
            case "accessdeniedexception" -> 403;
            case "resourcenotfoundexception" -> 404;
            case "throttlingexception", "modelnotreadyexception", "servicequotaexceededexception" -> 429;
            case "internalserverexception", "modelerrorexception", "modelstreamerrorexception" -> 502;
            case "serviceunavailableexception" -> 503;
            case "modeltimeoutexception" -> 504;
            default -> 0;
        };
    }

    /// Several things are told like a bad request that are the operator's to mend and not the client's: a model that is
    /// not there, or is there by an inference profile only; an account that may not yet ask; a quota.
    private static int meant(int status, @Nullable String word, @Nullable String message) {
        if (status != 400) {
            return status;
        }
        if (says(message, "model identifier is invalid") || says(message, "on-demand throughput")) {
            return 404;
        }
        if (says(message, "Operation not allowed")) {
            return 403;
        }
        int known = word == null ? 0 : status(word);
        return known == 0 ? status : known;
    }

    private static ChatErrors.Told told(@Nullable String word, @Nullable String message) {
        boolean tooLong = says(message, "Input is too long")
                || says(message, "prompt is too long")
                || says(message, "exceed context limit")
                || says(message, "maximum context length");
        return new ChatErrors.Told(word, message, tooLong ? ChatErrors.TOO_LONG : null);
    }

    private static boolean says(@Nullable String message, String words) {
        return message != null && message.contains(words);
    }

    private static JsonNode error(byte[] body) {
        try {
            return Json.read(body);
        } catch (ApiException e) {
            return MissingNode.getInstance();
        }
    }

    private static @Nullable String message(JsonNode error) {
        String message = ChatErrors.text(error.path("message"));
        return message == null ? ChatErrors.text(error.path("Message")) : message;
    }

    /// Of `com.amazon.coral.service#ThrottlingException` what is behind the mark.
    private static @Nullable String word(JsonNode error) {
        String type = ChatErrors.text(error.path("__type"));
        return type == null ? null : type.substring(type.indexOf('#') + 1);
    }
}
