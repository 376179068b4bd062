package dev.faregate.observability;

import dev.faregate.base.Json;
import dev.faregate.base.Sha256;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Traces as OTLP in JSON (OpenTelemetry protocol, "OTLP/HTTP, JSON Protobuf Encoding"): ids in hexadecimal, 64-bit
/// numbers as texts. One span a generation, with the attributes that the contract names (3.11): `gen_ai.*`, `user.id`,
/// `session.id`, `trace.metadata.*`. Pure.
final class OtlpJson {
    private static final String SERVICE = "faregate";
    private static final String OURS = "trace.metadata.openrouter.";
    private static final int CLIENT = 3;
    private static final int STATUS_OK = 1;
    private static final int STATUS_ERROR = 2;
    private static final Pattern TRACE_ID = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern SPAN_ID = Pattern.compile("[0-9a-f]{16}");

    private final JsonGenerator json;
    private final Destination.Terms terms;

    private OtlpJson(JsonGenerator json, Destination.Terms terms) {
        this.json = json;
        this.terms = terms;
    }

    /// The body of an export, with as much of each trace as the terms allow.
    static byte[] write(List<Trace> traces, Destination.Terms terms) {
        return Json.write(json -> new OtlpJson(json, terms).export(traces));
    }

    private void export(List<Trace> traces) {
        json.writeStartObject();
        json.writeArrayPropertyStart("resourceSpans");
        json.writeStartObject();
        json.writeObjectPropertyStart("resource");
        json.writeArrayPropertyStart("attributes");
        text("service.name", SERVICE);
        json.writeEndArray();
        json.writeEndObject();
        json.writeArrayPropertyStart("scopeSpans");
        json.writeStartObject();
        json.writeObjectPropertyStart("scope");
        json.writeStringProperty("name", SERVICE);
        json.writeEndObject();
        json.writeArrayPropertyStart("spans");
        traces.forEach(this::span);
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private void span(Trace trace) {
        Trace.Custom custom = trace.custom();
        json.writeStartObject();
        json.writeStringProperty("traceId", traceId(trace));
        json.writeStringProperty(
                "spanId", HexFormat.of().toHexDigits(trace.generation().getLeastSignificantBits()));
        if (custom.parentSpanId() != null
                && SPAN_ID.matcher(custom.parentSpanId()).matches()) {
            json.writeStringProperty("parentSpanId", custom.parentSpanId());
        }
        json.writeStringProperty("name", custom.spanName() == null ? "LLM Generation" : custom.spanName());
        json.writeNumberProperty("kind", CLIENT);
        json.writeStringProperty("startTimeUnixNano", nanos(trace.outcome().started()));
        json.writeStringProperty("endTimeUnixNano", nanos(trace.outcome().ended()));
        json.writeArrayPropertyStart("attributes");
        model(trace);
        usage(trace);
        people(trace);
        custom(custom);
        more(trace);
        json.writeEndArray();
        json.writeObjectPropertyStart("status");
        json.writeNumberProperty("code", trace.failed() ? STATUS_ERROR : STATUS_OK);
        if (trace.outcome().errorType() != null) {
            json.writeStringProperty("message", trace.outcome().errorType());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    /// The client's own trace where it names one: as it is, if it is an id of OTLP, else its hash.
    private static String traceId(Trace trace) {
        String own = trace.custom().traceId();
        if (own == null) {
            return trace.generation().toString().replace("-", "");
        }
        if (TRACE_ID.matcher(own).matches()) {
            return own;
        }
        return HexFormat.of().formatHex(Sha256.of(own), 0, 16);
    }

    private static String nanos(Instant instant) {
        return BigDecimal.valueOf(instant.getEpochSecond())
                .movePointRight(9)
                .add(BigDecimal.valueOf(instant.getNano()))
                .toPlainString();
    }

    private void model(Trace trace) {
        Trace.Route route = trace.route();
        String author = route.model().substring(0, Math.max(0, route.model().indexOf('/')));
        text("gen_ai.operation.name", "chat");
        text("gen_ai.system", author);
        text("gen_ai.provider.name", author);
        text("gen_ai.request.model", route.requestedModel());
        text("gen_ai.response.model", route.model());
        text("gen_ai.response.id", trace.wireId());
        text("gen_ai.response.finish_reason", trace.outcome().finishReason());
        text(OURS + "provider_name", route.providerName());
        text(OURS + "provider_slug", route.endpoint());
        text(OURS + "finish_reason", trace.outcome().finishReason());
        flag(OURS + "streamed", trace.outcome().streamed());
        flag(OURS + "cancelled", trace.outcome().cancelled());
        number(OURS + "latency", trace.outcome().latency());
        if (trace.failed()) {
            text("error.type", trace.outcome().errorType());
            number("http.response.status_code", (long) trace.outcome().status());
        }
    }

    private void usage(Trace trace) {
        Trace.Usage usage = trace.usage();
        number("gen_ai.usage.input_tokens", usage.prompt());
        number("gen_ai.usage.output_tokens", usage.completion());
        if (usage.prompt() != null && usage.completion() != null) {
            number("gen_ai.usage.total_tokens", usage.prompt() + usage.completion());
        }
        number("gen_ai.usage.input_tokens.cached", usage.cached());
        number("gen_ai.usage.output_tokens.reasoning", usage.reasoning());
        amount("gen_ai.usage.total_cost", usage.cost().dollars());
    }

    private void people(Trace trace) {
        text("user.id", trace.client().user());
        text("session.id", trace.client().sessionId());
        text(OURS + "api_key_name", trace.owner().keyName());
    }

    private void custom(Trace.Custom custom) {
        text("trace.name", custom.traceName());
        custom.metadata().forEach((name, value) -> text("trace.metadata." + name, value));
    }

    /// What goes out only where the destination asks for it.
    private void more(Trace trace) {
        if (terms.sendsCost()) {
            amount(OURS + "upstream_inference_cost", trace.usage().upstream().dollars());
            text(OURS + "cost_source", trace.usage().costSource());
            flag(OURS + "is_byok", trace.route().byok());
        }
        if (terms.sendsIdentity()) {
            text(OURS + "entity_id", trace.owner().organizationId());
            text(OURS + "workspace_id", trace.owner().workspaceId());
            text(OURS + "api_key_hash", trace.owner().keyHash());
            text(OURS + "creator_user_id", trace.owner().userId());
        }
        if (terms.sendsContext()) {
            text(OURS + "request_id", trace.client().requestId());
            text(OURS + "http_referer", trace.client().referer());
            text(OURS + "user_agent", trace.client().userAgent());
            Integer app = trace.client().appId();
            number(OURS + "app_id", app == null ? null : app.longValue());
        }
    }

    private void text(String key, @Nullable String value) {
        if (value != null) {
            attribute(key, () -> json.writeStringProperty("stringValue", value));
        }
    }

    private void number(String key, @Nullable Long value) {
        if (value != null) {
            attribute(key, () -> json.writeStringProperty("intValue", Long.toString(value)));
        }
    }

    private void amount(String key, BigDecimal value) {
        attribute(key, () -> json.writeNumberProperty("doubleValue", value));
    }

    private void flag(String key, boolean value) {
        attribute(key, () -> json.writeBooleanProperty("boolValue", value));
    }

    private void attribute(String key, Runnable value) {
        json.writeStartObject();
        json.writeStringProperty("key", key);
        json.writeObjectPropertyStart("value");
        value.run();
        json.writeEndObject();
        json.writeEndObject();
    }
}
