package dev.faregate.usage;

import dev.faregate.base.Json;
import dev.faregate.base.JsonWriter;
import dev.faregate.usage.Generation.Attempt;
import dev.faregate.usage.Generation.Cost;
import dev.faregate.usage.Generation.Route;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Attempts as the JSON that is answered, `provider_responses` of contract 2.3, and as the JSON that is stored beside
/// the rest of their generation. As answered, only `status` is always there, and what is not known is left out.
///
/// As stored, an attempt that ran where the generation ran, mostly the only one, is `[status, latency]`, with the
/// model as a third element where it is not the generation's: one row is written for each request, and its other
/// columns say the rest. Any other attempt is stored as it is answered.
final class AttemptsJson {
    private AttemptsJson() {}

    /// As answered.
    static String write(List<Attempt> attempts) {
        JsonWriter json = new JsonWriter().beginArray();
        for (Attempt attempt : attempts) {
            write(json, attempt);
        }
        return json.endArray().toString();
    }

    private static void write(JsonWriter json, Attempt attempt) {
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

    /// The attempts of a generation as they are stored with it; null when there are none.
    static @Nullable String store(List<Attempt> attempts, Route route, Cost cost) {
        if (attempts.isEmpty()) {
            return null;
        }
        JsonWriter json = new JsonWriter().beginArray();
        for (Attempt attempt : attempts) {
            if (ranThere(attempt, route, cost)) {
                writeShort(json, attempt, route);
            } else {
                write(json, attempt);
            }
        }
        return json.endArray().toString();
    }

    private static boolean ranThere(Attempt attempt, Route route, Cost cost) {
        return attempt.status() != null
                && attempt.latency() != null
                && attempt.model() != null
                && attempt.byok() == cost.byok()
                && Objects.equals(attempt.providerName(), route.providerName())
                && route.endpoint().equals(attempt.endpoint())
                && Objects.equals(attempt.upstreamId(), route.upstreamId());
    }

    private static void writeShort(JsonWriter json, Attempt attempt, Route route) {
        json.beginArray()
                .number(Objects.requireNonNull(attempt.status()))
                .number(Objects.requireNonNull(attempt.latency()));
        String model = Objects.requireNonNull(attempt.model());
        if (!model.equals(route.model())) {
            json.text(model);
        }
        json.endArray();
    }

    /// What [#store] wrote; `route` and `cost` are of the same generation.
    static List<Attempt> read(@Nullable String text, Route route, Cost cost) {
        List<Attempt> attempts = new ArrayList<>();
        if (text != null) {
            for (JsonNode node : Json.read(text.getBytes(StandardCharsets.UTF_8))) {
                attempts.add(node.isArray() ? readShort(node, route, cost) : read(node));
            }
        }
        return attempts;
    }

    private static Attempt readShort(JsonNode node, Route route, Cost cost) {
        return new Attempt(
                node.path(0).intValue(),
                route.providerName(),
                route.endpoint(),
                node.size() > 2 ? node.path(2).asString() : route.model(),
                route.upstreamId(),
                node.path(1).longValue(),
                cost.byok());
    }

    private static Attempt read(JsonNode node) {
        return new Attempt(
                node.path("status").isInt() ? node.path("status").intValue() : null,
                text(node, "provider_name"),
                text(node, "endpoint_id"),
                text(node, "model_permaslug"),
                text(node, "id"),
                node.path("latency").isIntegralNumber() ? node.path("latency").longValue() : null,
                node.path("is_byok").booleanValue());
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
