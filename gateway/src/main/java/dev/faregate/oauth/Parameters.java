package dev.faregate.oauth;

import dev.faregate.base.Json;
import dev.faregate.http.FormFields;
import dev.faregate.http.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The parameters of an OAuth request. "Parameters sent without a value MUST be treated as if they were
/// omitted. The authorization server MUST ignore unrecognized request parameters. Request and response
/// parameters MUST NOT be included more than once." (RFC 6749 section 3.1)
record Parameters(Map<String, List<String>> values) {
    private static final int MAX_LENGTH = 4_000;

    /// Those in the query of a page.
    static Parameters ofQuery(Request request) {
        return new Parameters(request.head().query());
    }

    /// Those of a form; a 415 for a body of another type.
    static Parameters ofForm(Request request) {
        FormFields form = FormFields.of(request);
        Map<String, List<String>> values = new HashMap<>();
        form.names().forEach(name -> values.put(name, form.raw(name)));
        return new Parameters(values);
    }

    /// Those of a JSON object, as page 003 sends them: texts, and lists of texts for what may be repeated.
    static Parameters ofJson(Request request) {
        ObjectNode body = Json.readObject(request.body());
        Map<String, List<String>> values = new HashMap<>();
        for (Map.Entry<String, JsonNode> property : body.properties()) {
            List<String> texts = new ArrayList<>();
            JsonNode value = property.getValue();
            for (JsonNode item : value.isArray() ? value.values() : List.of(value)) {
                if (item.isString()) {
                    texts.add(item.asString());
                } else if (!item.isNull()) {
                    throw OAuthException.invalidRequest(property.getKey() + " must be a text");
                }
            }
            values.put(property.getKey(), texts);
        }
        return new Parameters(values);
    }

    /// The value, exactly as sent; null when there is none.
    @Nullable
    String find(String name) {
        List<String> found = values.getOrDefault(name, List.of());
        if (found.size() > 1) {
            throw OAuthException.invalidRequest(name + " is given more than once");
        }
        if (found.isEmpty() || found.getFirst().isEmpty()) {
            return null;
        }
        return checked(name, found.getFirst());
    }

    String get(String name) {
        String value = find(name);
        if (value == null) {
            throw OAuthException.invalidRequest(name + " is missing");
        }
        return value;
    }

    /// The values of what may be repeated.
    List<String> all(String name) {
        return values.getOrDefault(name, List.of()).stream()
                .filter(value -> !value.isEmpty())
                .map(value -> checked(name, value))
                .toList();
    }

    /// One value that is not repeated and could be sent back, or null: for a complaint that must not
    /// complain.
    @Nullable
    String findQuietly(String name) {
        List<String> found = values.getOrDefault(name, List.of());
        return found.size() == 1 && !found.getFirst().isEmpty() && isPlain(found.getFirst()) ? found.getFirst() : null;
    }

    /// Names that stand there more than once, but for those that may.
    List<String> repeated(String... allowed) {
        return values.entrySet().stream()
                .filter(entry -> entry.getValue().size() > 1)
                .map(Map.Entry::getKey)
                .filter(name -> !List.of(allowed).contains(name))
                .sorted()
                .toList();
    }

    private static String checked(String name, String value) {
        if (!isPlain(value)) {
            throw OAuthException.invalidRequest(
                    name + " must have at most " + MAX_LENGTH + " characters and no control characters");
        }
        return value;
    }

    private static boolean isPlain(String value) {
        return value.length() <= MAX_LENGTH && value.chars().noneMatch(Character::isISOControl);
    }
}
