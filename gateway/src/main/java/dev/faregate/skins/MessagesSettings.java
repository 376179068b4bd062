package dev.faregate.skins;

import dev.faregate.base.Trees;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a body of Anthropic's Messages API (docs.anthropic.com, "Messages") asks for besides its messages, said as a
/// chat request says it. Pure.
public final class MessagesSettings {
    static final int MAX_FALLBACKS = 3;
    static final int MAX_STOPS = 4;

    /// Fields that both kinds of request have.
    private static final List<String> SHARED = List.of(
            "model",
            "models",
            "max_tokens",
            "temperature",
            "top_p",
            "top_k",
            "provider",
            "plugins",
            "cache_control",
            "max_tool_calls",
            "stop_server_tools_when");

    private MessagesSettings() {}

    /// The chat fields that the settings of `body` are. Throws `ApiException` with a 400 for what has no chat form.
    public static ObjectNode chat(ObjectNode body) {
        ObjectNode chat = body.objectNode();
        SHARED.forEach(name -> Trees.copy(body, name, chat, name));
        serviceTier(body.path("service_tier"), chat);
        stops(body.path("stop_sequences"), chat);
        thinking(body.path("thinking"), chat);
        output(body, chat);
        toolChoice(body.path("tool_choice"), chat);
        tools(body.path("tools"), chat);
        fallbacks(body.path("fallbacks"), chat);
        return chat;
    }

    /// `standard_only` is Anthropic's word for no priority.
    private static void serviceTier(JsonNode tier, ObjectNode chat) {
        if (!Trees.isAbsent(tier)) {
            chat.set("service_tier", tier.asString("").equals("standard_only") ? chat.stringNode("default") : tier);
        }
    }

    private static void stops(JsonNode stops, ObjectNode chat) {
        if (Trees.isAbsent(stops)) {
            return;
        }
        if (!stops.isArray() || stops.size() > MAX_STOPS) {
            throw Fields.mustBe("stop_sequences", "an array of at most " + MAX_STOPS + " strings");
        }
        for (int i = 0; i < stops.size(); i++) {
            if (!stops.get(i).isString()) {
                throw Fields.mustBe("stop_sequences[" + i + "]", "a string");
            }
        }
        if (!stops.isEmpty()) {
            chat.set("stop", stops);
        }
    }

    private static void thinking(JsonNode thinking, ObjectNode chat) {
        if (Trees.isAbsent(thinking)) {
            return;
        }
        switch (thinking.path("type").asString("")) {
            case "enabled" -> {
                JsonNode budget = thinking.path("budget_tokens");
                if (!budget.isIntegralNumber() || !budget.canConvertToInt() || budget.intValue() < 1) {
                    throw Fields.mustBe("thinking.budget_tokens", "a whole number from 1");
                }
                chat.putObject("reasoning").set("max_tokens", budget);
            }
            case "adaptive" -> chat.putObject("reasoning").put("enabled", true);
            case "disabled" -> chat.putObject("reasoning").put("enabled", false);
            default -> throw Fields.mustBe("thinking.type", "one of enabled, adaptive, disabled");
        }
    }

    /// The effort of Anthropic's models is what the contract calls `verbosity` (3.7); `output_format` is where the
    /// format stood before `output_config` came.
    private static void output(ObjectNode body, ObjectNode chat) {
        JsonNode config = body.path("output_config");
        Trees.copy(config, "effort", chat, "verbosity");
        String path = Trees.isAbsent(config.path("format")) ? "output_format" : "output_config.format";
        JsonNode format = path.equals("output_format") ? body.path(path) : config.path("format");
        if (Trees.isAbsent(format)) {
            return;
        }
        if (!format.path("type").asString("").equals("json_schema")) {
            throw Fields.mustBe(path + ".type", "json_schema");
        }
        ObjectNode schema =
                chat.putObject("response_format").put("type", "json_schema").putObject("json_schema");
        schema.put("name", "output").put("strict", true);
        schema.set("schema", Fields.object(format.path("schema"), path + ".schema"));
    }

    private static void toolChoice(JsonNode choice, ObjectNode chat) {
        if (Trees.isAbsent(choice)) {
            return;
        }
        switch (choice.path("type").asString("")) {
            case "auto" -> chat.put("tool_choice", "auto");
            case "none" -> chat.put("tool_choice", "none");
            case "any" -> chat.put("tool_choice", "required");
            case "tool" -> {
                String name = Fields.text(choice, "name", "tool_choice.name");
                chat.putObject("tool_choice")
                        .put("type", "function")
                        .putObject("function")
                        .put("name", name);
            }
            default -> throw Fields.mustBe("tool_choice.type", "one of auto, any, tool, none");
        }
        if (choice.path("disable_parallel_tool_use").asBoolean(false)) {
            chat.put("parallel_tool_calls", false);
        }
    }

    /// Tools of the client's own become functions; those that a server runs are called the same everywhere.
    private static void tools(JsonNode tools, ObjectNode chat) {
        if (Trees.isAbsent(tools)) {
            return;
        }
        if (!tools.isArray()) {
            throw Fields.mustBe("tools", "an array");
        }
        ArrayNode list = chat.arrayNode();
        for (int i = 0; i < tools.size(); i++) {
            JsonNode tool = Fields.object(tools.get(i), "tools[" + i + "]");
            list.add(isOwn(tool) ? function(tool, "tools[" + i + "]") : tool);
        }
        if (!list.isEmpty()) {
            chat.set("tools", list);
        }
    }

    /// Whether the client itself runs the tool.
    static boolean isOwn(JsonNode tool) {
        return tool.path("type").asString("custom").equals("custom");
    }

    private static ObjectNode function(JsonNode tool, String path) {
        ObjectNode made = ((ObjectNode) tool).objectNode().put("type", "function");
        ObjectNode function = made.putObject("function").put("name", Fields.text(tool, "name", path + ".name"));
        Trees.copy(tool, "description", function, "description");
        function.set("parameters", Fields.object(tool.path("input_schema"), path + ".input_schema"));
        Trees.copy(tool, "strict", function, "strict");
        Trees.copy(tool, "cache_control", made, "cache_control");
        return made;
    }

    /// Contract 2.1: at most three, nothing but a `model` inside, and not beside `models`.
    private static void fallbacks(JsonNode fallbacks, ObjectNode chat) {
        if (Trees.isAbsent(fallbacks)) {
            return;
        }
        if (chat.has("models")) {
            throw Fields.bad("Send either 'models' or 'fallbacks', not both.", "fallbacks");
        }
        if (!fallbacks.isArray() || fallbacks.size() > MAX_FALLBACKS) {
            throw Fields.mustBe("fallbacks", "an array of at most " + MAX_FALLBACKS + " objects");
        }
        ArrayNode models = chat.arrayNode();
        for (int i = 0; i < fallbacks.size(); i++) {
            String path = "fallbacks[" + i + "]";
            JsonNode fallback = Fields.object(fallbacks.get(i), path);
            if (fallback.size() > 1) {
                throw Fields.bad("'" + path + "' may have a 'model' and nothing else.", path);
            }
            models.add(Fields.text(fallback, "model", path + ".model"));
        }
        if (!models.isEmpty()) {
            chat.set("models", models);
        }
    }
}
