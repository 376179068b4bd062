package dev.faregate.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One JSON or YAML object being read, and where it stands: every complaint names the path. A key that is
/// absent and a key that is null are the same.
final class Fields {
    private final ObjectNode node;
    private final String path;

    private Fields(ObjectNode node, String path) {
        this.node = node;
        this.path = path;
    }

    static Fields of(JsonNode node, String path) {
        if (node instanceof ObjectNode object) {
            return new Fields(object, path);
        }
        throw new CatalogueException(path, "not an object");
    }

    /// The objects of a list at the top level; none when the node is absent.
    static List<Fields> list(@Nullable JsonNode node, String path) {
        if (node == null || node.isNull() || node.isMissingNode()) {
            return List.of();
        }
        if (!node.isArray()) {
            throw new CatalogueException(path, "not a list");
        }
        List<Fields> found = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            found.add(of(node.get(i), path + "[" + i + "]"));
        }
        return found;
    }

    CatalogueException wrong(String problem) {
        return new CatalogueException(path, problem);
    }

    CatalogueException wrong(String key, String problem) {
        return new CatalogueException(path + "." + key, problem);
    }

    String path() {
        return path;
    }

    boolean has(String key) {
        return value(key) != null;
    }

    /// A spelling mistake must not be taken for silence.
    void onlyKeys(Set<String> known) {
        for (String key : node.propertyNames()) {
            if (!known.contains(key)) {
                throw wrong(key, "not a known setting");
            }
        }
    }

    String text(String key) {
        String found = findText(key);
        if (found == null) {
            throw wrong(key, "missing");
        }
        return found;
    }

    @Nullable
    String findText(String key) {
        JsonNode value = value(key);
        if (value == null) {
            return null;
        }
        if (!value.isString() || value.asString().isBlank()) {
            throw wrong(key, "not a text");
        }
        return value.asString();
    }

    /// A whole number above 0, or null.
    @Nullable
    Long findPositive(String key) {
        JsonNode value = value(key);
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() <= 0) {
            throw wrong(key, "not a whole number above 0");
        }
        return value.asLong();
    }

    boolean flag(String key, boolean otherwise) {
        JsonNode value = value(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw wrong(key, "neither true nor false");
        }
        return value.asBoolean();
    }

    /// A number as its text, or a text; null when absent.
    @Nullable
    String findNumberText(String key) {
        JsonNode value = value(key);
        if (value == null) {
            return null;
        }
        if (!value.isString() && !value.isNumber()) {
            throw wrong(key, "not a decimal number");
        }
        return value.asString();
    }

    @Nullable
    List<String> findTexts(String key) {
        JsonNode value = value(key);
        if (value == null) {
            return null;
        }
        if (!value.isArray()) {
            throw wrong(key, "not a list");
        }
        List<String> found = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) {
            JsonNode item = value.get(i);
            if (!item.isString() || item.asString().isBlank()) {
                throw wrong(key + "[" + i + "]", "not a text");
            }
            found.add(item.asString());
        }
        return found;
    }

    /// As [#findTexts], every one of them a word of `vocabulary`.
    @Nullable
    List<String> findWords(String key, List<String> vocabulary) {
        List<String> found = findTexts(key);
        if (found != null) {
            for (int i = 0; i < found.size(); i++) {
                if (!vocabulary.contains(found.get(i))) {
                    throw wrong(key + "[" + i + "]", "not one of " + String.join(", ", vocabulary));
                }
            }
        }
        return found;
    }

    @Nullable
    Fields findObject(String key) {
        JsonNode value = value(key);
        return value == null ? null : of(value, path + "." + key);
    }

    List<Fields> objects(String key) {
        return list(value(key), path + "." + key);
    }

    private @Nullable JsonNode value(String key) {
        JsonNode value = node.get(key);
        return value == null || value.isNull() ? null : value;
    }
}
