package dev.faregate.skins;

import dev.faregate.base.Trees;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The part of a response object that says the request again, as clients insist on it (contract 2.1).
final class ResponsesEcho {
    private static final List<String> OR_NULL = List.of(
            "instructions",
            "metadata",
            "temperature",
            "top_p",
            "top_logprobs",
            "presence_penalty",
            "frequency_penalty",
            "max_output_tokens",
            "max_tool_calls",
            "reasoning",
            "user",
            "safety_identifier",
            "prompt_cache_key",
            "service_tier");

    private static final List<String> OF_A_FUNCTION = List.of("name", "description", "parameters", "strict");

    private final ObjectNode asked = JsonNodeFactory.instance.objectNode();

    ResponsesEcho(ObjectNode body) {
        for (String name : OR_NULL) {
            JsonNode value = body.path(name);
            asked.set(name, value.isMissingNode() ? asked.nullNode() : value);
        }
        asked.set("parallel_tool_calls", or(body, "parallel_tool_calls", asked.booleanNode(true)));
        asked.set("tool_choice", or(body, "tool_choice", asked.stringNode("auto")));
        asked.set("tools", tools(body.path("tools")));
        asked.set("text", text(body.path("text")));
        // Whatever was asked: nothing is stored, and no input is left out to make room.
        asked.put("truncation", "disabled").putNull("previous_response_id");
        asked.put("store", false).put("background", false);
    }

    private static JsonNode or(ObjectNode body, String name, JsonNode usual) {
        return Trees.isAbsent(body.path(name)) ? usual : body.path(name);
    }

    private ObjectNode text(JsonNode text) {
        ObjectNode told = asked.objectNode();
        if (text instanceof ObjectNode said) {
            told.setAll(said);
        }
        if (Trees.isAbsent(told.path("format"))) {
            told.putObject("format").put("type", "text");
        }
        return told;
    }

    /// A function is told with all its fields.
    private ArrayNode tools(JsonNode tools) {
        ArrayNode told = asked.arrayNode();
        for (JsonNode tool : tools) {
            if (!tool.path("type").asString("").equals("function")) {
                told.add(tool);
                continue;
            }
            JsonNode said = tool.has("function") ? tool.path("function") : tool;
            ObjectNode function = told.addObject().put("type", "function");
            for (String name : OF_A_FUNCTION) {
                JsonNode value = said.path(name);
                function.set(name, value.isMissingNode() ? asked.nullNode() : value);
            }
        }
        return told;
    }

    /// A response object as it stands before anything was said; `chat` is an answer or its first chunk.
    ObjectNode begun(JsonNode chat) {
        ObjectNode response = JsonNodeFactory.instance.objectNode();
        Trees.copy(chat, "id", response, "id");
        response.put("object", "response");
        response.put("created_at", chat.path("created").asLong(0));
        Trees.copy(chat, "model", response, "model");
        response.put("status", "in_progress");
        response.putNull("completed_at").putNull("error").putNull("incomplete_details");
        response.putArray("output");
        response.putNull("usage");
        response.setAll(asked);
        return response;
    }
}
