package dev.faregate.skins;

import dev.faregate.base.Json;
import dev.faregate.chat.AnthropicError;
import dev.faregate.http.ErrorShape;
import dev.faregate.http.Response;
import dev.faregate.http.Values;
import dev.faregate.http.WireError;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Failures as Anthropic's clients read them (contract 1.1): the type by the status, and `request_id` null as long as
/// there is no generation. What the contract's own shape says in `error.metadata` stands in `metadata`.
public final class AnthropicErrors implements ErrorShape {
    public static final AnthropicErrors SHAPE = new AnthropicErrors();

    private AnthropicErrors() {}

    @Override
    public Response render(WireError error, String requestId) {
        return Response.json(error.status(), body(error, null));
    }

    static byte[] body(WireError error, @Nullable String generation) {
        return Json.write(json -> {
            json.writeStartObject();
            write(error, json);
            json.writeStringProperty("request_id", generation);
            if (!error.metadata().isEmpty()) {
                json.writeName("metadata");
                Values.write(json, error.metadata());
            }
            json.writeEndObject();
        });
    }

    /// The data of an `error` event.
    static byte[] event(WireError error) {
        return Json.write(json -> {
            json.writeStartObject();
            write(error, json);
            json.writeEndObject();
        });
    }

    private static void write(WireError error, JsonGenerator json) {
        json.writeStringProperty("type", "error");
        json.writeObjectPropertyStart("error");
        json.writeStringProperty("type", AnthropicError.type(error.status()));
        json.writeStringProperty("message", error.message());
        json.writeStringProperty("error_type", error.type());
        json.writeEndObject();
    }
}
