package dev.faregate.formats;

import dev.faregate.base.Trees;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a model said in one whole answer, gathered block by block, as a message of chat.
final class SaidMessage {
    private final ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "assistant");
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private final ArrayNode details = message.arrayNode();
    private final ArrayNode calls = message.arrayNode();

    void text(String piece) {
        text.append(piece);
    }

    void thought(String piece) {
        thought.append(piece);
    }

    /// An entry of `reasoning_details`.
    void detail(ObjectNode detail) {
        details.add(detail);
    }

    /// The place of the next detail.
    int details() {
        return details.size();
    }

    /// A call of a function; `id` and `name` are left out where they are absent.
    void call(JsonNode id, JsonNode name, String arguments) {
        ObjectNode call = calls.addObject();
        if (!Trees.isAbsent(id)) {
            call.set("id", id);
        }
        ObjectNode function = call.put("type", "function").putObject("function");
        if (!Trees.isAbsent(name)) {
            function.set("name", name);
        }
        function.put("arguments", arguments);
    }

    /// The whole; `hidden`: nothing of the thinking is to be shown.
    ObjectNode whole(boolean hidden) {
        if (text.isEmpty() && !calls.isEmpty()) {
            message.putNull("content");
        } else {
            message.put("content", text.toString());
        }
        if (!hidden && !thought.isEmpty()) {
            message.put("reasoning", thought.toString());
        }
        if (!hidden && !details.isEmpty()) {
            message.set("reasoning_details", details);
        }
        if (!calls.isEmpty()) {
            message.set("tool_calls", calls);
        }
        return message;
    }
}
