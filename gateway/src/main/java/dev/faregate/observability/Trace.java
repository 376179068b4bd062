package dev.faregate.observability;

import dev.faregate.base.Usd;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One ended generation as it is reported to destinations (contract 3.11): what it was, never what was said in it.
/// A null figure is not known.
public record Trace(
        UUID generation, Owner owner, Client client, Route route, Outcome outcome, Usage usage, Custom custom) {

    /// Whose it is. `keyHash` is the key's public name.
    public record Owner(
            String organizationId,
            String workspaceId,
            String keyHash,
            String keyName,
            @Nullable String userId) {}

    /// What the client said about itself.
    public record Client(
            @Nullable String user,
            @Nullable String sessionId,
            @Nullable String requestId,
            @Nullable Integer appId,
            @Nullable String referer,
            @Nullable String userAgent) {}

    public record Route(
            String requestedModel,
            String model,
            @Nullable String provider,
            @Nullable String providerName,
            String endpoint,
            boolean byok) {}

    /// `status` is the one that the client saw; times are in milliseconds.
    public record Outcome(
            int status,
            @Nullable String errorType,
            boolean streamed,
            boolean cancelled,
            @Nullable String finishReason,
            @Nullable Long latency,
            Instant started,
            Instant ended) {}

    /// `cost` is what the organization was charged, `upstream` the list price.
    public record Usage(
            @Nullable Long prompt,
            @Nullable Long completion,
            @Nullable Long cached,
            @Nullable Long reasoning,
            Usd cost,
            Usd upstream,
            String costSource) {}

    /// What the request's `trace` and `metadata` say: some keys name the span, the others are passed on.
    public record Custom(
            @Nullable String traceId,
            @Nullable String parentSpanId,
            @Nullable String traceName,
            @Nullable String spanName,
            Map<String, String> metadata) {
        public static final Custom NONE = new Custom(null, null, null, null, Map.of());
        private static final List<String> NAMED =
                List.of("trace_id", "parent_span_id", "trace_name", "span_name", "generation_name");

        /// Pairs that are passed on.
        static final int MAX_PAIRS = 64;

        static final int MAX_NAME = 64;
        static final int MAX_VALUE = 512;

        public Custom {
            metadata = Map.copyOf(metadata);
        }

        /// Reads both objects; null is an absent one. What is too long is cut, what is nested is its JSON text.
        public static Custom of(@Nullable JsonNode trace, @Nullable JsonNode metadata) {
            java.util.LinkedHashMap<String, String> pairs = new java.util.LinkedHashMap<>();
            collect(pairs, metadata);
            collect(pairs, trace);
            String span = text(trace, "generation_name");
            return new Custom(
                    text(trace, "trace_id"),
                    text(trace, "parent_span_id"),
                    text(trace, "trace_name"),
                    span == null ? text(trace, "span_name") : span,
                    pairs);
        }

        private static void collect(Map<String, String> pairs, @Nullable JsonNode object) {
            if (object == null || !object.isObject()) {
                return;
            }
            for (Map.Entry<String, JsonNode> pair : object.properties()) {
                if (pairs.size() < MAX_PAIRS
                        && !NAMED.contains(pair.getKey())
                        && !pair.getValue().isNull()) {
                    JsonNode value = pair.getValue();
                    pairs.put(
                            cut(pair.getKey(), MAX_NAME),
                            cut(value.isString() ? value.asString() : value.toString(), MAX_VALUE));
                }
            }
        }

        private static @Nullable String text(@Nullable JsonNode object, String name) {
            JsonNode value = object == null ? null : object.get(name);
            return value != null && value.isString() && !value.asString().isBlank()
                    ? cut(value.asString(), MAX_VALUE)
                    : null;
        }

        private static String cut(String text, int most) {
            return text.length() <= most ? text : text.substring(0, most);
        }
    }

    /// `gen-` and the id, as clients know it.
    String wireId() {
        return "gen-" + generation;
    }

    boolean failed() {
        return outcome.status() >= 400 || outcome.errorType() != null;
    }
}
