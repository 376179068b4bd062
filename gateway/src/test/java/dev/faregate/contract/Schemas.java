package dev.faregate.contract;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/// The named schemas of one document, compiled when they are first used. Safe to share between threads.
final class Schemas {
    private static final int MAX_COMPLAINTS = 10;

    private final String prefix;
    private final JsonNode named;
    private final SchemaRegistry registry;
    private final AtomicInteger sequence = new AtomicInteger();

    /// By identity would do, but equal schemas may share as well.
    private final Map<JsonNode, Schema> compiled = new ConcurrentHashMap<>();

    /// References in `document` are absolute: `iri#/components/schemas/NAME`.
    Schemas(String iri, JsonNode document) {
        this.prefix = iri + "#/components/schemas/";
        this.named = document.path("components").path("schemas");
        this.registry = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                builder -> builder.schemas(Map.of(iri, "{\"components\":{\"schemas\":" + named + "}}"))
                        .schemaRegistryConfig(SchemaRegistryConfig.builder()
                                .formatAssertionsEnabled(true)
                                .build()));
    }

    JsonNode named(String name) {
        return named.path(name);
    }

    List<String> violations(JsonNode schema, JsonNode value) {
        return compile(schema).validate(value).stream()
                .limit(MAX_COMPLAINTS)
                .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
                .toList();
    }

    private Schema compile(JsonNode schema) {
        return compiled.computeIfAbsent(
                schema,
                node -> registry.getSchema(
                        SchemaLocation.of("https://inline.test/" + sequence.incrementAndGet()), node));
    }

    /// The schemas that `schema` combines by `$ref`, `allOf`, `anyOf` and `oneOf`, itself included.
    List<JsonNode> parts(JsonNode schema) {
        List<JsonNode> parts = new ArrayList<>();
        collect(schema, parts, new HashSet<>());
        return parts;
    }

    private void collect(JsonNode schema, List<JsonNode> parts, Set<String> seen) {
        JsonNode ref = schema.path("$ref");
        if (ref.isString()) {
            if (ref.asString().startsWith(prefix) && seen.add(ref.asString())) {
                collect(named.path(ref.asString().substring(prefix.length())), parts, seen);
            }
        }
        parts.add(schema);
        for (String combined : List.of("allOf", "anyOf", "oneOf")) {
            for (JsonNode inner : schema.path(combined)) {
                collect(inner, parts, seen);
            }
        }
    }
}
