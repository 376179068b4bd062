package dev.faregate.base;

import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What is done again and again with trees of JSON where one is said as another.
public final class Trees {
    private Trees() {}

    /// A field that is not there and one that is null are the same.
    public static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    /// Nothing happens where the field is absent or null.
    public static void copy(JsonNode from, String name, ObjectNode to, String as) {
        if (!isAbsent(from.path(name))) {
            to.set(as, from.path(name));
        }
    }

    /// The parts of a message: one text that asks for nothing more is a string, which every provider takes.
    public static JsonNode simplest(ArrayNode parts) {
        if (parts.isEmpty()) {
            return parts.stringNode("");
        }
        JsonNode only = parts.get(0);
        boolean plain = parts.size() == 1 && only.size() == 2 && only.has("text");
        return plain ? only.get("text") : parts;
    }

    /// The tree as JSON text.
    public static byte[] bytes(JsonNode tree) {
        return tree.toString().getBytes(StandardCharsets.UTF_8);
    }
}
