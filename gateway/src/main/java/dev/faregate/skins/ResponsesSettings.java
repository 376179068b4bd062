package dev.faregate.skins;

import dev.faregate.base.Trees;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a body of OpenAI's Responses API (platform.openai.com, "Create a model response") asks for besides its
/// input, said as a chat request says it. Pure.
public final class ResponsesSettings {
    /// Fields that both kinds of request have.
    private static final List<String> SHARED = List.of(
            "model",
            "models",
            "temperature",
            "top_p",
            "top_k",
            "frequency_penalty",
            "presence_penalty",
            "top_logprobs",
            "parallel_tool_calls",
            "reasoning",
            "image_config",
            "provider",
            "plugins",
            "route",
            "service_tier",
            "cache_control",
            "max_tool_calls",
            "stop_server_tools_when");

    private static final String LOGPROBS = "message.output_text.logprobs";
    private static final Set<String> CHOICES = Set.of("auto", "none", "required");
    private static final Set<String> MODALITIES = Set.of("text", "image");
    private static final List<String> SCHEMA = List.of("name", "description", "schema", "strict");
    private static final List<String> FUNCTION = List.of("name", "description", "parameters", "strict");

    private ResponsesSettings() {}

    /// The chat fields that the settings of `body` are. Throws `ApiException` with a 400 for what has no chat form.
    public static ObjectNode chat(ObjectNode body) {
        ObjectNode chat = body.objectNode();
        SHARED.forEach(name -> Trees.copy(body, name, chat, name));
        limit(body.path("max_output_tokens"), chat);
        logprobs(body, chat);
        modalities(body.path("modalities"), chat);
        text(body.path("text"), chat);
        toolChoice(body.path("tool_choice"), chat);
        tools(body.path("tools"), chat);
        return chat;
    }

    private static void limit(JsonNode limit, ObjectNode chat) {
        if (Trees.isAbsent(limit)) {
            return;
        }
        if (!limit.isIntegralNumber() || !limit.canConvertToInt() || limit.intValue() < 1) {
            throw Fields.mustBe("max_output_tokens", "a whole number from 1");
        }
        chat.set("max_tokens", limit);
    }

    /// Here they are one of the things to include; in chat they are switched on.
    private static void logprobs(ObjectNode body, ObjectNode chat) {
        boolean wanted = body.path("top_logprobs").asInt(0) > 0;
        JsonNode include = body.path("include");
        if (!Trees.isAbsent(include) && !include.isArray()) {
            throw Fields.mustBe("include", "an array");
        }
        for (JsonNode one : include) {
            wanted |= one.asString("").equals(LOGPROBS);
        }
        if (wanted) {
            chat.put("logprobs", true);
        }
    }

    private static void modalities(JsonNode modalities, ObjectNode chat) {
        if (Trees.isAbsent(modalities)) {
            return;
        }
        if (!modalities.isArray()) {
            throw Fields.mustBe("modalities", "an array");
        }
        for (int i = 0; i < modalities.size(); i++) {
            if (!MODALITIES.contains(modalities.get(i).asString(""))) {
                throw Fields.mustBe("modalities[" + i + "]", "one of text, image");
            }
        }
        chat.set("modalities", modalities);
    }

    /// What a chat request calls `response_format`; a schema stands one level deeper there.
    private static void text(JsonNode text, ObjectNode chat) {
        if (Trees.isAbsent(text)) {
            return;
        }
        Trees.copy(Fields.object(text, "text"), "verbosity", chat, "verbosity");
        JsonNode format = text.path("format");
        if (Trees.isAbsent(format)) {
            return;
        }
        switch (Fields.text(Fields.object(format, "text.format"), "type", "text.format.type")) {
            case "text" -> {}
            case "json_object" -> chat.putObject("response_format").put("type", "json_object");
            case "json_schema" -> {
                Fields.text(format, "name", "text.format.name");
                Fields.object(format.path("schema"), "text.format.schema");
                ObjectNode schema = chat.putObject("response_format")
                        .put("type", "json_schema")
                        .putObject("json_schema");
                SCHEMA.forEach(name -> Trees.copy(format, name, schema, name));
            }
            default -> throw Fields.mustBe("text.format.type", "one of text, json_object, json_schema");
        }
    }

    private static void toolChoice(JsonNode choice, ObjectNode chat) {
        if (Trees.isAbsent(choice)) {
            return;
        }
        if (choice.isString()) {
            if (!CHOICES.contains(choice.stringValue())) {
                throw Fields.mustBe("tool_choice", "one of auto, none, required, or an object");
            }
            chat.set("tool_choice", choice);
            return;
        }
        switch (Fields.text(Fields.object(choice, "tool_choice"), "type", "tool_choice.type")) {
            case "function", "custom" -> chat.set("tool_choice", named(choice, "tool_choice"));
            case "allowed_tools" -> chat.set("tool_choice", allowed(choice));
            default -> throw Fields.mustBe("tool_choice.type", "one of function, custom, allowed_tools");
        }
    }

    /// A tool called by its kind and name, which chat says one level deeper.
    private static ObjectNode named(JsonNode tool, String path) {
        String type = tool.path("type").stringValue();
        JsonNode names = tool.has(type) ? tool.path(type) : tool;
        ObjectNode named = ((ObjectNode) tool).objectNode().put("type", type);
        named.putObject(type).put("name", Fields.text(names, "name", path + ".name"));
        return named;
    }

    private static ObjectNode allowed(JsonNode choice) {
        ObjectNode made = ((ObjectNode) choice).objectNode().put("type", "allowed_tools");
        ObjectNode allowed = made.putObject("allowed_tools");
        allowed.put("mode", Fields.text(choice, "mode", "tool_choice.mode"));
        JsonNode tools = choice.path("tools");
        if (!tools.isArray()) {
            throw Fields.mustBe("tool_choice.tools", "an array");
        }
        ArrayNode list = allowed.putArray("tools");
        for (int i = 0; i < tools.size(); i++) {
            String path = "tool_choice.tools[" + i + "]";
            JsonNode tool = Fields.object(tools.get(i), path);
            Fields.text(tool, "type", path + ".type");
            if (!isOwn(tool)) {
                throw Fields.mustBe(path + ".type", "one of function, custom");
            }
            list.add(named(tool, path));
        }
        return made;
    }

    /// Tools that the client runs are said as chat says them; those that a server runs are called the same
    /// everywhere.
    private static void tools(JsonNode tools, ObjectNode chat) {
        if (Trees.isAbsent(tools)) {
            return;
        }
        if (!tools.isArray()) {
            throw Fields.mustBe("tools", "an array");
        }
        ArrayNode list = chat.arrayNode();
        for (int i = 0; i < tools.size(); i++) {
            String path = "tools[" + i + "]";
            JsonNode tool = Fields.object(tools.get(i), path);
            switch (Fields.text(tool, "type", path + ".type")) {
                case "function" -> list.add(function(tool, path));
                case "custom" -> list.add(custom(tool, path));
                default -> list.add(tool);
            }
        }
        if (!list.isEmpty()) {
            chat.set("tools", list);
        }
    }

    /// Whether the client itself runs the tool.
    static boolean isOwn(JsonNode tool) {
        String type = tool.path("type").asString("");
        return type.equals("function") || type.equals("custom");
    }

    private static ObjectNode function(JsonNode tool, String path) {
        ObjectNode made = named(tool, path);
        JsonNode said = tool.has("function") ? tool.path("function") : tool;
        ObjectNode function = (ObjectNode) made.get("function");
        FUNCTION.forEach(name -> Trees.copy(said, name, function, name));
        return made;
    }

    private static ObjectNode custom(JsonNode tool, String path) {
        ObjectNode made = named(tool, path);
        ObjectNode custom = (ObjectNode) made.get("custom");
        Trees.copy(tool, "description", custom, "description");
        JsonNode format = tool.path("format");
        if (format.path("type").asString("").equals("grammar")) {
            ObjectNode grammar =
                    custom.putObject("format").put("type", "grammar").putObject("grammar");
            Trees.copy(format, "definition", grammar, "definition");
            Trees.copy(format, "syntax", grammar, "syntax");
        } else {
            Trees.copy(tool, "format", custom, "format");
        }
        return made;
    }
}
