package dev.faregate.chat;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The arguments of a tool call, which chat carries as text and other formats as an object.
public final class ToolArguments {
    private ToolArguments() {}

    /// Arguments that are no JSON object, as some models make them, are shown as the text they are.
    public static ObjectNode object(String arguments) {
        if (arguments.isBlank()) {
            return JsonNodeFactory.instance.objectNode();
        }
        ObjectNode object = find(arguments);
        return object == null ? JsonNodeFactory.instance.objectNode().put("arguments", arguments) : object;
    }

    /// The object that a text is, or null when it is none.
    public static @Nullable ObjectNode find(String text) {
        try {
            return Json.readObject(text.getBytes(StandardCharsets.UTF_8));
        } catch (ApiException e) {
            return null;
        }
    }
}
