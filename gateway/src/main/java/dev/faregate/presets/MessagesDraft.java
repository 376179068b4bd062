package dev.faregate.presets;

import dev.faregate.chat.ChatRequestReader;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The settings of an Anthropic messages body (docs.anthropic.com, "Messages"), said as a chat request says
/// them. Pure.
final class MessagesDraft {
    /// Fields that both kinds of request have.
    private static final Set<String> SHARED = Set.of(
            "model",
            "models",
            "max_tokens",
            "temperature",
            "top_p",
            "top_k",
            "provider",
            "plugins",
            "service_tier",
            "cache_control",
            "max_tool_calls",
            "stop_server_tools_when");

    private MessagesDraft() {}

    static PresetDraft of(ObjectNode body, ChatRequestReader.Limits limits) {
        ObjectNode chat = body.objectNode();
        SHARED.forEach(name -> copy(body, name, chat, name));
        copy(body, "stop_sequences", chat, "stop");
        thinking(body.path("thinking"), chat);
        toolChoice(body.path("tool_choice"), chat);
        tools(body.path("tools"), chat);
        fallbacks(body.path("fallbacks"), chat);
        return PresetDraft.checked(chat, system(body.path("system")), limits);
    }

    private static @Nullable String system(JsonNode system) {
        boolean absent = system.isMissingNode() || system.isNull();
        return absent ? null : PresetDraft.prompt(PresetDraft.text(system, "system"), "system");
    }

    private static void thinking(JsonNode thinking, ObjectNode chat) {
        switch (thinking.path("type").asString("")) {
            case "enabled" -> {
                ObjectNode reasoning = chat.putObject("reasoning");
                copy(thinking, "budget_tokens", reasoning, "max_tokens");
            }
            case "adaptive" -> chat.putObject("reasoning").put("enabled", true);
            case "disabled" -> chat.putObject("reasoning").put("enabled", false);
            default -> {
                if (!thinking.isMissingNode() && !thinking.isNull()) {
                    throw PresetDraft.bad(
                            "'thinking.type' must be one of enabled, adaptive, disabled.", "thinking.type");
                }
            }
        }
    }

    private static void toolChoice(JsonNode choice, ObjectNode chat) {
        switch (choice.path("type").asString("")) {
            case "auto" -> chat.put("tool_choice", "auto");
            case "none" -> chat.put("tool_choice", "none");
            case "any" -> chat.put("tool_choice", "required");
            case "tool" -> {
                ObjectNode named = chat.putObject("tool_choice");
                named.put("type", "function");
                copy(choice, "name", named.putObject("function"), "name");
            }
            default -> {
                if (!choice.isMissingNode() && !choice.isNull()) {
                    throw PresetDraft.bad(
                            "'tool_choice.type' must be one of auto, any, tool, none.", "tool_choice.type");
                }
            }
        }
        if (choice.path("disable_parallel_tool_use").asBoolean(false)) {
            chat.put("parallel_tool_calls", false);
        }
    }

    /// Tools of the client's own become functions; those that a server runs are called the same everywhere.
    private static void tools(JsonNode tools, ObjectNode chat) {
        if (!tools.isArray()) {
            return;
        }
        ArrayNode list = chat.putArray("tools");
        for (JsonNode tool : tools) {
            String type = tool.path("type").asString("custom");
            if (!type.equals("custom")) {
                list.add(tool);
                continue;
            }
            ObjectNode function = list.addObject().put("type", "function").putObject("function");
            copy(tool, "name", function, "name");
            copy(tool, "description", function, "description");
            copy(tool, "input_schema", function, "parameters");
        }
    }

    private static void fallbacks(JsonNode fallbacks, ObjectNode chat) {
        if (fallbacks.isArray() && !chat.has("models")) {
            ArrayNode models = chat.putArray("models");
            fallbacks.forEach(fallback -> models.add(fallback.path("model")));
        }
    }

    private static void copy(JsonNode from, String name, ObjectNode to, String as) {
        if (from.has(name) && !from.path(name).isNull()) {
            to.set(as, from.path(name));
        }
    }
}
