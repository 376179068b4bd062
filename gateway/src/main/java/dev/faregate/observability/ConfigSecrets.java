package dev.faregate.observability;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Shows a configuration without its secrets, and understands what it showed when that comes back (contract 2.4:
/// "Masked values are ignored; unset fields keep their current value"). The mask of a value is always the same, so
/// whoever reads twice sees no change.
final class ConfigSecrets {
    private static final List<String> WORDS =
            List.of("key", "token", "secret", "password", "dsn", "credential", "authorization");

    private static final int SHOWN = 4;
    private static final int SHORT = 16;

    private ConfigSecrets() {}

    /// The configuration as it may be shown: values of secret fields and of all headers masked.
    static ObjectNode masked(ObjectNode config) {
        ObjectNode shown = config.deepCopy();
        mask(shown, false);
        return shown;
    }

    private static void mask(ObjectNode object, boolean all) {
        for (Map.Entry<String, JsonNode> field : List.copyOf(object.properties())) {
            String name = field.getKey();
            JsonNode value = field.getValue();
            if (value instanceof ObjectNode inner) {
                mask(inner, all || name.equals("headers") || isSecret(name));
            } else if ((all || isSecret(name)) && !value.isNull()) {
                object.put(name, mask(value.isString() ? value.asString() : value.toString()));
            }
        }
    }

    static boolean isSecret(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return WORDS.stream().anyMatch(lower::contains);
    }

    static String mask(String text) {
        return text.length() < SHORT ? "..." : text.substring(0, SHOWN) + "..." + text.substring(text.length() - SHOWN);
    }

    /// The stored configuration with what a PATCH names; null takes a field away, and a mask leaves it.
    static ObjectNode merged(ObjectNode stored, ObjectNode patch) {
        ObjectNode merged = stored.deepCopy();
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            String name = field.getKey();
            if (field.getValue().isNull()) {
                merged.remove(name);
            } else {
                merged.set(name, unmasked(stored, name, field.getValue(), false));
            }
        }
        return merged;
    }

    /// The stored value where `value` is its mask; inside an object, for each of its fields.
    private static JsonNode unmasked(ObjectNode stored, String name, JsonNode value, boolean all) {
        JsonNode known = stored.path(name);
        if (value instanceof ObjectNode inner) {
            ObjectNode result = inner.deepCopy();
            if (known instanceof ObjectNode before) {
                boolean secret = all || name.equals("headers") || isSecret(name);
                inner.properties()
                        .forEach(field ->
                                result.set(field.getKey(), unmasked(before, field.getKey(), field.getValue(), secret)));
            }
            return result;
        }
        boolean isMask = value.isString()
                && (all || isSecret(name))
                && !known.isMissingNode()
                && value.asString().equals(mask(known.isString() ? known.asString() : known.toString()));
        return isMask ? known : value;
    }
}
