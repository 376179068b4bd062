package dev.faregate.accounts;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The operations of a PATCH (RFC 7644 section 3.5.2). Pure.
final class ScimPatch {
    private static final int MAX_OPERATIONS = 1_000;
    private static final Pattern SCHEMA = Pattern.compile("^urn:[^\\[]*:");

    enum Kind {
        ADD,
        REMOVE,
        REPLACE
    }

    /// `path` is as [#plain] makes it, null for the resource itself; `value` may be a missing node.
    record Operation(
            Kind kind, @Nullable String path, @Nullable String written, JsonNode value) {}

    private ScimPatch() {}

    static void each(JsonNode request, Consumer<Operation> then) {
        JsonNode operations = field(request, "operations");
        if (!operations.isArray() || operations.isEmpty() || operations.size() > MAX_OPERATIONS) {
            throw ScimProblem.wrong(
                    "invalidSyntax", "Operations must be a list of 1 to " + MAX_OPERATIONS + " operations.");
        }
        for (JsonNode operation : operations) {
            String word = field(operation, "op").asString("").toUpperCase(Locale.ROOT);
            Kind kind = Arrays.stream(Kind.values())
                    .filter(known -> known.name().equals(word))
                    .findFirst()
                    .orElseThrow(() -> ScimProblem.wrong("invalidSyntax", "op must be add, remove or replace."));
            String path = field(operation, "path").asString("");
            JsonNode value = field(operation, "value");
            if (path.isBlank() && (kind == Kind.REMOVE || !value.isObject())) {
                // RFC 7644 sections 3.5.2.1 and 3.5.2.2.
                throw ScimProblem.wrong(
                        kind == Kind.REMOVE ? "noTarget" : "invalidValue",
                        "Without a path, an operation adds or replaces an object of attributes.");
            }
            then.accept(new Operation(
                    kind, path.isBlank() ? null : plain(path), path.isBlank() ? null : path.strip(), value));
        }
    }

    /// An attribute without its schema, whatever its case (RFC 7643 section 2.1).
    static String plain(String path) {
        return SCHEMA.matcher(path.strip()).replaceFirst("").toLowerCase(Locale.ROOT);
    }

    /// A field whatever its case: directories differ about `Operations`.
    static JsonNode field(JsonNode node, String lowerCase) {
        for (String name : node.propertyNames()) {
            if (name.toLowerCase(Locale.ROOT).equals(lowerCase)) {
                return node.path(name);
            }
        }
        return node.path(lowerCase);
    }
}
