package dev.faregate.http;

import dev.faregate.base.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// An [dev.faregate.base.ApiError] as it goes over the wire (contract 1.1). `type` stands in `error.type` and in
/// `error.metadata.error_type`, the number of the status in `error.code` (design D6). `details` are further fields of
/// the `error` object itself.
public record WireError(
        int status,
        String type,
        String message,
        @Nullable String param,
        Map<String, ?> metadata,
        Map<String, ?> details,
        List<Map.Entry<String, String>> headers) {

    /// The whole body: `{"error": {...}}`.
    public byte[] body() {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeName("error");
            writeObject(json);
            json.writeEndObject();
        });
    }

    /// Only the `error` object, for the last chunk of a stream that failed after its first byte (contract 1.2).
    public byte[] errorObject() {
        return Json.write(this::writeObject);
    }

    private void writeObject(JsonGenerator json) {
        json.writeStartObject();
        json.writeNumberProperty("code", status);
        json.writeStringProperty("message", message);
        json.writeStringProperty("type", type);
        if (param != null) {
            json.writeStringProperty("param", param);
        }
        details.forEach((name, value) -> {
            json.writeName(name);
            Values.write(json, value);
        });
        json.writeObjectPropertyStart("metadata");
        json.writeStringProperty("error_type", type);
        metadata.forEach((name, value) -> {
            if (!name.equals("error_type")) {
                json.writeName(name);
                Values.write(json, value);
            }
        });
        json.writeEndObject();
        json.writeEndObject();
    }
}
