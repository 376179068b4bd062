package dev.faregate.formats;

import dev.faregate.base.Trees;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a chat request asks for besides its messages, said as Google's `generateContent` has it. What it has no word
/// for is left out. Pure.
final class GeminiSettings {
    private final ObjectNode chat;
    private final GeminiModel model;
    private final ObjectNode body;
    private final ObjectNode config;

    private GeminiSettings(ObjectNode chat, GeminiModel model, ObjectNode body) {
        this.chat = chat;
        this.model = model;
        this.body = body;
        this.config = body.objectNode();
    }

    static void write(ObjectNode chat, Format.Wanted wanted, GeminiModel model, ObjectNode body) {
        GeminiSettings settings = new GeminiSettings(chat, model, body);
        settings.tools();
        settings.generation(wanted);
        if (!settings.config.isEmpty()) {
            body.set("generationConfig", settings.config);
        }
    }

    private void generation(Format.Wanted wanted) {
        if (wanted.outputLimit() > 0) {
            config.put("maxOutputTokens", wanted.outputLimit());
        }
        Trees.copy(chat, "temperature", config, "temperature");
        Trees.copy(chat, "top_p", config, "topP");
        if (chat.path("top_k").asLong(0) > 0) {
            Trees.copy(chat, "top_k", config, "topK");
        }
        if (chat.path("seed").canConvertToInt()) {
            Trees.copy(chat, "seed", config, "seed");
        }
        Trees.copy(chat, "frequency_penalty", config, "frequencyPenalty");
        Trees.copy(chat, "presence_penalty", config, "presencePenalty");
        JsonNode stop = chat.path("stop");
        if (stop.isString()) {
            config.putArray("stopSequences").add(stop);
        } else if (!stop.isEmpty()) {
            config.set("stopSequences", stop);
        }
        format(chat.path("response_format"));
        thinking(ReasoningWish.of(chat), wanted.outputLimit());
    }

    private void format(JsonNode format) {
        switch (format.path("type").asString("")) {
            case "json_object" -> config.put("responseMimeType", "application/json");
            case "json_schema" -> {
                config.put("responseMimeType", "application/json");
                Trees.copy(format.path("json_schema"), "schema", config, "responseJsonSchema");
            }
            default -> {}
        }
    }

    /// A named budget is sent as one, an effort as the level that comes nearest, or as its share of the output limit
    /// where the model knows no levels.
    private void thinking(ReasoningWish wish, long limit) {
        if (!model.thinks() || wish.mode() == ReasoningWish.Mode.UNSAID) {
            return;
        }
        ObjectNode thinking = config.putObject("thinkingConfig");
        if (wish.off()) {
            // A model that cannot do without says so itself.
            thinking.put("thinkingBudget", 0);
            return;
        }
        thinking.put("includeThoughts", !wish.hidden());
        String effort = wish.effort();
        if (wish.budget() > 0 || (effort != null && model.levels().isEmpty())) {
            if (wish.budget() > 0 || limit > 0) {
                thinking.put("thinkingBudget", model.budget(wish.tokens(limit)));
            }
        } else if (effort != null) {
            String level = ReasoningWish.nearest(effort, model.levels());
            thinking.put("thinkingLevel", level.toUpperCase(Locale.ROOT));
        }
    }

    private void tools() {
        JsonNode tools = chat.path("tools");
        if (tools.isEmpty()) {
            return;
        }
        ArrayNode declared = body.putArray("tools").addObject().putArray("functionDeclarations");
        for (int i = 0; i < tools.size(); i++) {
            if (!tools.get(i).path("type").asString("function").equals("function")) {
                throw ChatErrors.cannot(
                        "tools[" + i + "].type", "must be function: Gemini runs no other tools for a chat");
            }
            JsonNode function = tools.get(i).path("function");
            ObjectNode made = declared.addObject();
            Trees.copy(function, "name", made, "name");
            Trees.copy(function, "description", made, "description");
            if (!function.path("parameters").isEmpty()) {
                Trees.copy(function, "parameters", made, "parametersJsonSchema");
            }
        }
        choice(chat.path("tool_choice"));
    }

    private void choice(JsonNode asked) {
        String name = asked.path("function").path("name").asString("");
        if (Trees.isAbsent(asked)) {
            return;
        }
        ObjectNode calling = body.putObject("toolConfig").putObject("functionCallingConfig");
        if (!name.isEmpty()) {
            calling.put("mode", "ANY").putArray("allowedFunctionNames").add(name);
            return;
        }
        calling.put(
                "mode",
                switch (asked.asString("auto")) {
                    case "none" -> "NONE";
                    case "required" -> "ANY";
                    default -> "AUTO";
                });
    }
}
