package dev.faregate.formats;

import dev.faregate.base.Trees;
import java.math.BigDecimal;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a chat request asks for besides its messages, said as Converse has it, and what it has no word for in the words
/// of the model's maker (`additionalModelRequestFields`), where the model takes them. What neither has a word for
/// (`seed`, penalties, `logprobs`, `n`) is left out. Pure.
final class BedrockSettings {
    /// Anthropic's effort was a trial when the last model with a budget alone came.
    private static final String EFFORT_TRIAL = "effort-2025-11-24";

    private final ObjectNode chat;
    private final BedrockModel model;
    private final ObjectNode body;
    private final ObjectNode more;

    private BedrockSettings(ObjectNode chat, BedrockModel model, ObjectNode body) {
        this.chat = chat;
        this.model = model;
        this.body = body;
        this.more = body.objectNode();
    }

    /// `called` names the tools that the conversation calls; of `thoughtsKept` see [AnthropicSettings].
    static void write(
            ObjectNode chat,
            Format.Wanted wanted,
            BedrockModel model,
            boolean thoughtsKept,
            Set<String> called,
            ObjectNode body) {
        BedrockSettings settings = new BedrockSettings(chat, model, body);
        boolean forced = settings.tools(called);
        settings.inference(wanted, forced, thoughtsKept);
        settings.output();
        if (!settings.more.isEmpty()) {
            body.set("additionalModelRequestFields", settings.more);
        }
    }

    /// Where the cache is to keep what comes before.
    static ObjectNode cachePoint(JsonNode control, BedrockModel model) {
        ObjectNode block = JsonNodeFactory.instance.objectNode();
        ObjectNode point = block.putObject("cachePoint").put("type", "default");
        if (model.isClaude() && control.path("ttl").asString("").equals("1h")) {
            point.put("ttl", "1h");
        }
        return block;
    }

    // ---- sampling and thinking ----------------------------------------------------------------------------------

    private void inference(Format.Wanted wanted, boolean forced, boolean thoughtsKept) {
        ObjectNode inference = body.objectNode();
        long limit = limit(wanted);
        if (limit > 0) {
            inference.put("maxTokens", limit);
        }
        boolean thinks = model.isClaude()
                ? AnthropicSettings.think(chat, model.claude(), limit, forced, thoughtsKept, more)
                : thinking(ReasoningWish.of(chat));
        if (more.path("output_config").has("effort") && model.claude().thinking() == ClaudeModel.Thinking.BUDGET) {
            more.putArray("anthropic_beta").add(EFFORT_TRIAL);
        }
        boolean sampled = !model.isClaude() || (!thinks && model.claude().sampling());
        if (sampled) {
            sampling(inference);
        }
        ArrayNode stops = AnthropicSettings.list(chat.path("stop"));
        stops.removeIf(one -> model.isClaude() && one.asString("").isBlank());
        if (!stops.isEmpty()) {
            inference.set("stopSequences", stops);
        }
        if (!inference.isEmpty()) {
            body.set("inferenceConfig", inference);
        }
    }

    /// Anthropic's models think within their limit, so it is always named there.
    private long limit(Format.Wanted wanted) {
        if (wanted.outputLimit() > 0 || !model.isClaude()) {
            return wanted.outputLimit();
        }
        return wanted.mostOutput() > 0 ? wanted.mostOutput() : AnthropicRequest.USUAL_LIMIT;
    }

    /// Chat counts the temperature to 2, the API to 1; and Anthropic's models take either of it and `top_p`.
    private void sampling(ObjectNode inference) {
        JsonNode temperature = chat.path("temperature");
        if (temperature.isNumber()) {
            inference.put("temperature", temperature.decimalValue().min(BigDecimal.ONE));
        }
        if (!temperature.isNumber() || !model.isClaude()) {
            Trees.copy(chat, "top_p", inference, "topP");
        }
        if (chat.path("top_k").asLong(0) > 0) {
            switch (model.maker()) {
                case ANTHROPIC -> Trees.copy(chat, "top_k", more, "top_k");
                case NOVA -> Trees.copy(chat, "top_k", more.putObject("inferenceConfig"), "topK");
                case GPT_OSS, OTHER -> {}
            }
        }
    }

    /// Of the models of other makers two are told how much to think; the rest does as it likes.
    private boolean thinking(ReasoningWish wish) {
        if (model.efforts().isEmpty() || wish.mode() == ReasoningWish.Mode.UNSAID) {
            return false;
        }
        String effort = wish.effort() == null ? "medium" : wish.effort();
        String nearest = ReasoningWish.nearest(wish.off() ? "minimal" : effort, model.efforts());
        if (model.maker() == BedrockModel.Maker.GPT_OSS) {
            more.put("reasoning_effort", nearest);
        } else if (wish.off()) {
            more.putObject("reasoningConfig").put("type", "disabled");
        } else {
            more.putObject("reasoningConfig").put("type", "enabled").put("maxReasoningEffort", nearest);
        }
        return wish.on();
    }

    /// A schema is a text there ("JsonSchemaDefinition").
    private void output() {
        JsonNode format = chat.path("response_format");
        JsonNode schema = format.path("json_schema").path("schema");
        if (!format.path("type").asString("").equals("json_schema") || !schema.isObject()) {
            return;
        }
        if (!model.schemas()) {
            throw ChatErrors.cannot("response_format", "cannot be a JSON schema: Bedrock's model takes none");
        }
        ObjectNode text = body.putObject("outputConfig").putObject("textFormat").put("type", "json_schema");
        ObjectNode definition = text.putObject("structure").putObject("jsonSchema");
        definition.put("schema", schema.toString());
        Trees.copy(format.path("json_schema"), "name", definition, "name");
        Trees.copy(format.path("json_schema"), "description", definition, "description");
    }

    // ---- tools --------------------------------------------------------------------------------------------------

    /// Whether the model is made to call one. A conversation that calls tools has to describe them: those that the
    /// client does not are told by their names.
    private boolean tools(Set<String> called) {
        ArrayNode list = body.arrayNode();
        JsonNode tools = chat.path("tools");
        JsonNode asked = chat.path("tool_choice");
        boolean none = asked.asString("").equals("none");
        if (!none || model.knowsMakersChoice() || !called.isEmpty()) {
            for (int i = 0; i < tools.size(); i++) {
                tool(tools.get(i), "tools[" + i + "]", list);
            }
        }
        if (list.isEmpty()) {
            called.forEach(name -> list.addObject()
                    .putObject("toolSpec")
                    .put("name", name)
                    .putObject("inputSchema")
                    .putObject("json")
                    .put("type", "object"));
        }
        if (list.isEmpty()) {
            return false;
        }
        ObjectNode config = body.putObject("toolConfig");
        config.set("tools", list);
        return !tools.isEmpty() && choice(asked, none, config);
    }

    private void tool(JsonNode tool, String path, ArrayNode list) {
        if (!tool.path("type").asString("function").equals("function")) {
            throw ChatErrors.cannot(path + ".type", "must be function: Bedrock runs no other tools for a chat");
        }
        JsonNode function = tool.path("function");
        ObjectNode made = list.addObject().putObject("toolSpec");
        Trees.copy(function, "name", made, "name");
        if (!function.path("description").asString("").isBlank()) {
            Trees.copy(function, "description", made, "description");
        }
        ObjectNode schema = function.path("parameters") instanceof ObjectNode given ? given : body.objectNode();
        made.putObject("inputSchema").set("json", schema.has("type") ? schema : schema.put("type", "object"));
        if (model.schemas() && function.path("strict").asBoolean(false)) {
            made.put("strict", true);
        }
        if (model.isClaude() && tool.path("cache_control").isObject()) {
            list.add(cachePoint(tool.path("cache_control"), model));
        }
    }

    /// Converse has no word for no tool, nor for one at a time: Anthropic's models are told in
    /// their maker's. Whether one has to be called.
    private boolean choice(JsonNode asked, boolean none, ObjectNode config) {
        String name = asked.path("function").path("name").asString("");
        String word = !name.isEmpty() ? "tool" : asked.asString("auto").equals("required") ? "any" : "auto";
        boolean free = !none && word.equals("auto");
        boolean oneByOne = free && !chat.path("parallel_tool_calls").asBoolean(true);
        if (model.knowsMakersChoice() && (none || oneByOne)) {
            ObjectNode choice = more.putObject("tool_choice").put("type", none ? "none" : "auto");
            if (oneByOne) {
                choice.put("disable_parallel_tool_use", true);
            }
        } else if (!none && !Trees.isAbsent(asked)) {
            ObjectNode choice = config.putObject("toolChoice").putObject(word);
            if (!name.isEmpty()) {
                choice.put("name", name);
            }
        }
        return !none && !free;
    }
}
