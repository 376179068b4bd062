package dev.faregate.http;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// A whole answer of a blocking handler. `headers` never holds framing headers; the edge writes those.
public record Response(int status, String contentType, List<Map.Entry<String, String>> headers, byte[] body) {
    public static final String JSON = "application/json";

    public Response {
        headers = List.copyOf(headers);
    }

    public static Response json(int status, byte[] body) {
        return new Response(status, JSON, List.of(), body);
    }

    public static Response json(int status, Consumer<JsonGenerator> write) {
        return json(status, Json.write(write));
    }

    /// What the contract answers to a deletion.
    public static Response deleted() {
        return json(200, json -> {
            json.writeStartObject();
            json.writeBooleanProperty("deleted", true);
            json.writeEndObject();
        });
    }

    public static Response text(int status, String text) {
        return new Response(status, "text/plain; charset=utf-8", List.of(), text.getBytes(StandardCharsets.UTF_8));
    }

    public Response withHeader(String name, String value) {
        List<Map.Entry<String, String>> more = new java.util.ArrayList<>(headers);
        more.add(Map.entry(name, value));
        return new Response(status, contentType, more, body);
    }
}
