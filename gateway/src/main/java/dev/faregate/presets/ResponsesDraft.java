package dev.faregate.presets;

import dev.faregate.chat.RequestReader;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The settings of a body of OpenAI's Responses API (platform.openai.com, "Create a model response"), said
/// as a chat request says them. Pure.
final class ResponsesDraft {
    /// Fields that both kinds of request have.
    private static final Set<String> SHARED = Set.of(
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
            "modalities",
            "image_config",
            "provider",
            "plugins",
            "route",
            "service_tier",
            "cache_control",
            "max_tool_calls",
            "stop_server_tools_when");

    private ResponsesDraft() {}

    static PresetDraft of(ObjectNode body, RequestReader.Limits limits) {
        ObjectNode chat = body.objectNode();
        SHARED.forEach(name -> copy(body, name, chat, name));
        copy(body, "max_output_tokens", chat, "max_tokens");
        copy(body.path("text"), "verbosity", chat, "verbosity");
        format(body.path("text").path("format"), chat);
        toolChoice(body.path("tool_choice"), chat);
        tools(body.path("tools"), chat);
        return PresetDraft.checked(chat, instructions(body.path("instructions")), limits);
    }

    private static @Nullable String instructions(JsonNode text) {
        if (text.isMissingNode() || text.isNull()) {
            return null;
        }
        return PresetDraft.prompt(PresetDraft.text(text, "instructions"), "instructions");
    }

    /// What a chat request calls `response_format`; a schema stands one level deeper there.
    private static void format(JsonNode format, ObjectNode chat) {
        if (!format.isObject()) {
            return;
        }
        if (!format.path("type").asString("").equals("json_schema")) {
            chat.set("response_format", format);
            return;
        }
        ObjectNode schema =
                chat.putObject("response_format").put("type", "json_schema").putObject("json_schema");
        Set.of("name", "description", "schema", "strict").forEach(name -> copy(format, name, schema, name));
    }

    private static void toolChoice(JsonNode choice, ObjectNode chat) {
        if (choice.path("type").asString("").equals("function")) {
            ObjectNode named = chat.putObject("tool_choice");
            named.put("type", "function");
            copy(choice, "name", named.putObject("function"), "name");
        } else if (!choice.isMissingNode()) {
            chat.set("tool_choice", choice);
        }
    }

    private static void tools(JsonNode tools, ObjectNode chat) {
        if (!tools.isArray()) {
            return;
        }
        ArrayNode list = chat.putArray("tools");
        for (JsonNode tool : tools) {
            if (!tool.path("type").asString("").equals("function") || tool.has("function")) {
                list.add(tool);
                continue;
            }
            ObjectNode function = list.addObject().put("type", "function").putObject("function");
            Set.of("name", "description", "parameters", "strict").forEach(name -> copy(tool, name, function, name));
        }
    }

    private static void copy(JsonNode from, String name, ObjectNode to, String as) {
        if (from.has(name) && !from.path(name).isNull()) {
            to.set(as, from.path(name));
        }
    }
}
