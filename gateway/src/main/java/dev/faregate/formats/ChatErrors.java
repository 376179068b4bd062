package dev.faregate.formats;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.JsonWriter;
import dev.faregate.base.Trees;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Errors as a provider of OpenAI's format tells them, with what another router would add.
final class ChatErrors {
    static final String TOO_LONG = "context_length_exceeded";

    private ChatErrors() {}

    /// The text of a part of a message that can only be text at `provider`; `path` is that of the part.
    static String textOf(JsonNode part, String path, String provider) {
        String type = part.path("type").asString("");
        if (!type.equals("text") && !type.equals("refusal")) {
            throw cannot(path + ".type", "must be text: " + provider + " takes nothing else in such a message");
        }
        return part.path(type).asString("");
    }

    /// What a provider says about an error: its own word, its text, and what that means (`error_type` of contract
    /// 1.1), where it means something in particular.
    record Told(
            @Nullable String word,
            @Nullable String message,
            @Nullable String means) {
        /// The body of an error answer.
        byte[] body() {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            ObjectNode error = body.putObject("error").put("message", message);
            if (word != null) {
                error.put("code", word);
            }
            return Trees.bytes(mean(body, error));
        }

        /// An error inside of an answer that had begun well: an event of its stream, or its document.
        ObjectNode inBand(int status) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            return mean(body, body.putObject("error").put("code", status).put("message", message));
        }

        private ObjectNode mean(ObjectNode body, ObjectNode error) {
            if (means != null) {
                error.putObject("metadata").put("error_type", means);
            }
            return body;
        }
    }

    /// The `error` object of an answer; a missing node for what is none.
    static JsonNode error(byte[] body) {
        try {
            return Json.read(body).path("error");
        } catch (ApiException e) {
            return JsonNodeFactory.instance.missingNode();
        }
    }

    static @Nullable String text(JsonNode value) {
        return value.isString() ? value.stringValue() : null;
    }

    /// The refusal of a request that this format has no words for.
    static ApiException cannot(String path, String why) {
        return new ApiException(new ApiError.BadRequest("'" + path + "' " + why + ".", path));
    }

    /// The body of a 400 of ours, told like a provider's.
    static byte[] body(String message) {
        return new JsonWriter()
                .beginObject()
                .beginObject("error")
                .text("message", message)
                .endObject()
                .endObject()
                .toBytes();
    }
}
