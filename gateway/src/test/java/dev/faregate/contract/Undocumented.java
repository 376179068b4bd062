package dev.faregate.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/// Finds fields of an answer that no schema names. A schema validator cannot say that for a document whose
/// objects are open, and all of these are. Of a choice (`anyOf`, `oneOf`) the fields of every branch count.
final class Undocumented {
    /// A schema and the document that its references point into.
    record Source(ApiDocument document, JsonNode schema) {}

    private static final List<String> COMBINED = List.of("$ref", "allOf", "anyOf", "oneOf");

    private final Predicate<String> allowed;
    private final List<String> found = new ArrayList<>();

    private Undocumented(Predicate<String> allowed) {
        this.allowed = allowed;
    }

    /// The ways to fields that none of the schemas names, such as `data[].provider`; `allowed` knows ways
    /// that are fine.
    static List<String> find(JsonNode value, List<Source> schemas, Predicate<String> allowed) {
        Undocumented search = new Undocumented(allowed);
        search.walk("", value, schemas);
        return search.found.stream().distinct().toList();
    }

    private void walk(String way, JsonNode value, List<Source> schemas) {
        if (!value.isContainer() || schemas.isEmpty()) {
            return;
        }
        List<Source> parts = new ArrayList<>();
        for (Source source : schemas) {
            source.document().partsOf(source.schema()).forEach(part -> parts.add(new Source(source.document(), part)));
        }
        if (value.isArray()) {
            List<Source> items = inner(parts, part -> part.path("items"));
            value.forEach(item -> walk(way + "[]", item, items));
            return;
        }
        value.forEachEntry((name, field) -> {
            String here = way.isEmpty() ? name : way + "." + name;
            List<Source> inner =
                    new ArrayList<>(inner(parts, part -> part.path("properties").path(name)));
            if (inner.isEmpty()) {
                if (allowed.test(here)) {
                    return;
                }
                inner.addAll(inner(parts, part -> part.path("additionalProperties")));
                if (inner.isEmpty() && parts.stream().noneMatch(part -> isOpen(part.schema()))) {
                    found.add(here);
                    return;
                }
            }
            walk(here, field, inner);
        });
    }

    private static List<Source> inner(List<Source> parts, java.util.function.UnaryOperator<JsonNode> step) {
        List<Source> inner = new ArrayList<>();
        for (Source part : parts) {
            JsonNode next = step.apply(part.schema());
            if (next.isObject()) {
                inner.add(new Source(part.document(), next));
            }
        }
        return inner;
    }

    /// True for an object of which the document says nothing further.
    private static boolean isOpen(JsonNode schema) {
        JsonNode additional = schema.path("additionalProperties");
        if (additional.isBoolean()) {
            return additional.booleanValue();
        }
        boolean says = schema.has("properties") || COMBINED.stream().anyMatch(schema::has);
        return !says && admitsObjects(schema.path("type"));
    }

    private static boolean admitsObjects(JsonNode type) {
        if (type.isMissingNode()) {
            return true;
        }
        if (type.isString()) {
            return type.asString().equals("object");
        }
        for (JsonNode one : type) {
            if (one.asString().equals("object")) {
                return true;
            }
        }
        return false;
    }
}
