package dev.faregate.observability;

import dev.faregate.http.BodyFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What kinds of destinations can be kept, and what the configuration of each must have (contract 2.4). Two of them
/// are delivered to; the others are kept as they are.
public enum DestinationType {
    ARIZE("arize", List.of("apiKey", "spaceKey", "modelId")),
    BRAINTRUST("braintrust", List.of("apiKey", "projectId")),
    CLICKHOUSE("clickhouse", List.of("host", "database", "username", "password")),
    DATADOG("datadog", List.of("apiKey", "mlApp")),
    GRAFANA("grafana", List.of("apiKey", "instanceId")),
    LANGFUSE("langfuse", List.of("secretKey", "publicKey")),
    LANGSMITH("langsmith", List.of("apiKey")),
    NEWRELIC("newrelic", List.of("licenseKey")),
    OPIK("opik", List.of("apiKey", "workspace", "projectName")),
    OTEL_COLLECTOR("otel-collector", List.of("endpoint")),
    POSTHOG("posthog", List.of("apiKey")),
    RAMP("ramp", List.of("apiKey")),
    S3("s3", List.of("bucketName", "accessKeyId", "secretAccessKey")),
    SENTRY("sentry", List.of("otlpEndpoint", "dsn")),
    SNOWFLAKE("snowflake", List.of("account", "token")),
    WEAVE("weave", List.of("apiKey", "entity", "project")),
    WEBHOOK("webhook", List.of("url"));

    private static final List<String> METHODS = List.of("POST", "PUT");
    private static final List<String> REGIONS = List.of("us", "eu");

    static final int MAX_TEXT = 4_000;
    static final int MAX_HEADERS = 50;

    private final String word;
    private final List<String> required;

    DestinationType(String word, List<String> required) {
        this.word = word;
        this.required = required;
    }

    public String word() {
        return word;
    }

    static @Nullable DestinationType find(String word) {
        for (DestinationType type : values()) {
            if (type.word.equals(word)) {
                return type;
            }
        }
        return null;
    }

    public boolean isDelivered() {
        return this == WEBHOOK || this == OTEL_COLLECTOR;
    }

    /// What a form has to ask.
    public DestinationKind kind() {
        List<DestinationKind.Field> fields = new ArrayList<>();
        for (String name : required) {
            fields.add(new DestinationKind.Field(name, ConfigSecrets.isSecret(name), true, List.of()));
        }
        switch (this) {
            case WEBHOOK -> fields.add(new DestinationKind.Field("method", false, false, METHODS));
            case NEWRELIC -> fields.add(new DestinationKind.Field("region", false, false, REGIONS));
            case ARIZE,
                    BRAINTRUST,
                    CLICKHOUSE,
                    DATADOG,
                    GRAFANA,
                    LANGFUSE,
                    LANGSMITH,
                    OPIK,
                    OTEL_COLLECTOR,
                    POSTHOG,
                    RAMP,
                    S3,
                    SENTRY,
                    SNOWFLAKE,
                    WEAVE -> {}
        }
        return new DestinationKind(word, isDelivered(), isDelivered(), List.copyOf(fields));
    }

    /// Throws a 400 that names the field when a configuration of this type cannot be one.
    void check(ObjectNode config) {
        for (String field : required) {
            JsonNode value = config.path(field);
            if (!value.isString() || value.asString().isBlank()) {
                throw BodyFields.wrong("config." + field, "is required and must not be empty");
            }
        }
        for (Map.Entry<String, JsonNode> field : config.properties()) {
            String name = "config." + field.getKey();
            if (field.getKey().equals("headers")) {
                headers(field.getValue());
            } else if (field.getValue().isString()
                    && field.getValue().asString().length() > MAX_TEXT) {
                throw BodyFields.wrong(name, "must have at most " + MAX_TEXT + " characters");
            }
        }
        switch (this) {
            case WEBHOOK -> {
                Addresses.check("config.url", config.path("url").asString());
                choice(config, "method", METHODS);
            }
            case OTEL_COLLECTOR ->
                Addresses.check("config.endpoint", config.path("endpoint").asString());
            case NEWRELIC -> choice(config, "region", REGIONS);
            case ARIZE,
                    BRAINTRUST,
                    CLICKHOUSE,
                    DATADOG,
                    GRAFANA,
                    LANGFUSE,
                    LANGSMITH,
                    OPIK,
                    POSTHOG,
                    RAMP,
                    S3,
                    SENTRY,
                    SNOWFLAKE,
                    WEAVE -> {}
        }
    }

    private static void headers(JsonNode headers) {
        if (headers.isNull()) {
            return;
        }
        if (!headers.isObject() || headers.size() > MAX_HEADERS) {
            throw BodyFields.wrong("config.headers", "must be an object of at most " + MAX_HEADERS + " texts");
        }
        for (Map.Entry<String, JsonNode> header : headers.properties()) {
            if (!header.getValue().isString()
                    || header.getValue().asString().length() > MAX_TEXT
                    || !Addresses.isHeader(header.getKey(), header.getValue().asString())) {
                throw BodyFields.wrong(
                        "config.headers", "must hold names and values that HTTP allows in a header of a request");
            }
        }
    }

    private static void choice(ObjectNode config, String field, List<String> words) {
        JsonNode value = config.path(field);
        if (!value.isMissingNode() && !value.isNull() && (!value.isString() || !words.contains(value.asString()))) {
            throw BodyFields.wrong("config." + field, "must be one of " + String.join(", ", words));
        }
    }
}
