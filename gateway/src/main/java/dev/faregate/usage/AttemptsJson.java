package dev.faregate.usage;

import dev.faregate.base.Json;
import dev.faregate.base.JsonWriter;
import dev.faregate.usage.Generation.Attempt;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Attempts as the JSON that is stored and answered: `provider_responses` of contract 2.3. Only `status`
/// is always there; what is not known is left out.
final class AttemptsJson {
    private AttemptsJson() {}

    static String write(List<Attempt> attempts) {
        JsonWriter json = new JsonWriter().beginArray();
        for (Attempt attempt : attempts) {
            json.beginObject();
            if (attempt.status() == null) {
                json.nothing("status");
            } else {
                json.number("status", attempt.status());
            }
            writeText(json, "provider_name", attempt.providerName());
            writeText(json, "endpoint_id", attempt.endpoint());
            writeText(json, "model_permaslug", attempt.model());
            writeText(json, "id", attempt.upstreamId());
            if (attempt.latency() != null) {
                json.number("latency", attempt.latency());
            }
            json.flag("is_byok", attempt.byok()).endObject();
        }
        return json.endArray().toString();
    }

    static List<Attempt> read(@Nullable String text) {
        List<Attempt> attempts = new ArrayList<>();
        if (text != null) {
            for (JsonNode node : Json.read(text.getBytes(StandardCharsets.UTF_8))) {
                attempts.add(new Attempt(
                        node.path("status").isInt() ? node.path("status").intValue() : null,
                        text(node, "provider_name"),
                        text(node, "endpoint_id"),
                        text(node, "model_permaslug"),
                        text(node, "id"),
                        node.path("latency").isIntegralNumber()
                                ? node.path("latency").longValue()
                                : null,
                        node.path("is_byok").booleanValue()));
            }
        }
        return attempts;
    }

    private static void writeText(JsonWriter json, String name, @Nullable String text) {
        if (text != null) {
            json.text(name, text);
        }
    }

    private static @Nullable String text(JsonNode node, String name) {
        return node.path(name).isString() ? node.path(name).asString() : null;
    }
}
