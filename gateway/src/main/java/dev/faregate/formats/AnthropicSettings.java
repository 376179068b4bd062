package dev.faregate.formats;

import dev.faregate.base.Trees;
import java.math.BigDecimal;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a chat request asks for besides its messages, said as Anthropic's Messages API has it. What the API has no word
/// for (`seed`, penalties, `logprobs`, `n`) is left out, and so is what the model would refuse. Pure.
final class AnthropicSettings {
    /// The API's own range of `thinking.budget_tokens`, and contract 3.10.
    static final long LEAST_BUDGET = 1_024;

    static final long MOST_BUDGET = 128_000;

    private final ObjectNode chat;
    private final ClaudeModel model;
    private final ObjectNode body;

    private AnthropicSettings(ObjectNode chat, ClaudeModel model, ObjectNode body) {
        this.chat = chat;
        this.model = model;
        this.body = body;
    }

    /// `body` has its `max_tokens`; `thoughtsKept` says that what the model thought while it uses tools is still there,
    /// without which the API refuses a budget for more.
    static void write(ObjectNode chat, Format.Wanted wanted, boolean thoughtsKept, ObjectNode body) {
        AnthropicSettings settings = new AnthropicSettings(chat, ClaudeModel.of(wanted.model()), body);
        if (wanted.stream()) {
            body.put("stream", true);
        }
        if (wanted.user() != null) {
            body.putObject("metadata").put("user_id", wanted.user());
        }
        if (chat.path("service_tier").asString("").equals("default")) {
            body.put("service_tier", "standard_only");
        }
        Trees.copy(chat, "cache_control", body, "cache_control");
        settings.stops(chat.path("stop"));
        boolean forced = settings.tools();
        long limit = body.path("max_tokens").asLong();
        boolean thinks = settings.thinking(ReasoningWish.of(chat), limit, forced, thoughtsKept);
        settings.verbosity();
        settings.output();
        if (!thinks && settings.model.sampling()) {
            settings.sampling();
        }
    }

    /// Says in `into` how the model is to think, and answers whether it will. `limit` is what it may put out, in
    /// tokens.
    static boolean think(
            ObjectNode chat, ClaudeModel model, long limit, boolean forced, boolean thoughtsKept, ObjectNode into) {
        AnthropicSettings settings = new AnthropicSettings(chat, model, into);
        boolean thinks = settings.thinking(ReasoningWish.of(chat), limit, forced, thoughtsKept);
        settings.verbosity();
        return thinks;
    }

    private void stops(JsonNode stop) {
        ArrayNode stops = list(stop);
        // The API refuses sequences without a visible character.
        stops.removeIf(one -> one.asString("").isBlank());
        if (!stops.isEmpty()) {
            body.set("stop_sequences", stops);
        }
    }

    static ArrayNode list(JsonNode stop) {
        ArrayNode stops = JsonNodeFactory.instance.arrayNode();
        if (stop.isString()) {
            stops.add(stop);
        } else {
            stop.forEach(stops::add);
        }
        return stops;
    }

    /// Chat counts the temperature to 2, the API to 1; and most models take either of it and `top_p`.
    private void sampling() {
        JsonNode temperature = chat.path("temperature");
        if (temperature.isNumber()) {
            body.put("temperature", temperature.decimalValue().min(BigDecimal.ONE));
        } else {
            Trees.copy(chat, "top_p", body, "top_p");
        }
        if (chat.path("top_k").asLong(0) > 0) {
            Trees.copy(chat, "top_k", body, "top_k");
        }
    }

    // ---- tools --------------------------------------------------------------------------------------------------

    /// Whether the model is made to call one.
    private boolean tools() {
        JsonNode tools = chat.path("tools");
        if (tools.isEmpty()) {
            return false;
        }
        ArrayNode list = body.putArray("tools");
        for (int i = 0; i < tools.size(); i++) {
            list.add(tool(tools.get(i), "tools[" + i + "]"));
        }
        return choice();
    }

    private ObjectNode tool(JsonNode tool, String path) {
        if (!tool.path("type").asString("function").equals("function")) {
            throw ChatErrors.cannot(path + ".type", "must be function: Anthropic runs no other tools for a chat");
        }
        JsonNode function = tool.path("function");
        ObjectNode made = body.objectNode();
        Trees.copy(function, "name", made, "name");
        Trees.copy(function, "description", made, "description");
        ObjectNode schema = function.path("parameters") instanceof ObjectNode given ? given : body.objectNode();
        made.set("input_schema", schema.has("type") ? schema : schema.put("type", "object"));
        if (model.schemas() && function.path("strict").asBoolean(false)) {
            made.put("strict", true);
        }
        Trees.copy(tool, "cache_control", made, "cache_control");
        return made;
    }

    private boolean choice() {
        JsonNode asked = chat.path("tool_choice");
        String name = asked.path("function").path("name").asString("");
        ObjectNode choice = body.objectNode();
        if (!name.isEmpty()) {
            choice.put("type", "tool").put("name", name);
        } else {
            choice.put(
                    "type",
                    switch (asked.asString("auto")) {
                        case "none" -> "none";
                        case "required" -> "any";
                        default -> "auto";
                    });
        }
        String type = choice.path("type").asString();
        boolean oneByOne = !chat.path("parallel_tool_calls").asBoolean(true) && !type.equals("none");
        if (oneByOne) {
            choice.put("disable_parallel_tool_use", true);
        }
        if (oneByOne || !Trees.isAbsent(asked)) {
            body.set("tool_choice", choice);
        }
        return type.equals("any") || type.equals("tool");
    }

    // ---- thinking and the shape of the answer -------------------------------------------------------------------

    /// Whether the model will think. The output limit is what was set aside for, so the budget gives way to it.
    private boolean thinking(ReasoningWish wish, long limit, boolean forced, boolean thoughtsKept) {
        if (model.thinking() == ClaudeModel.Thinking.NONE || wish.mode() == ReasoningWish.Mode.UNSAID) {
            return false;
        }
        if (wish.off()) {
            body.putObject("thinking").put("type", "disabled");
            return false;
        }
        if (forced) {
            // A model that must call a tool may not think first: the API refuses both together.
            return false;
        }
        boolean adaptive = model.thinking() == ClaudeModel.Thinking.ADAPTIVE
                || (model.thinking() == ClaudeModel.Thinking.EITHER && wish.budget() == 0);
        if (adaptive) {
            body.putObject("thinking").put("type", "adaptive").put("display", wish.hidden() ? "omitted" : "summarized");
            if (wish.effort() != null) {
                effort(wish.effort());
            }
            return true;
        }
        long budget = Math.min(Math.clamp(wish.tokens(limit), LEAST_BUDGET, MOST_BUDGET), limit - 1);
        if (budget < LEAST_BUDGET || !thoughtsKept) {
            return false;
        }
        body.putObject("thinking").put("type", "enabled").put("budget_tokens", budget);
        return true;
    }

    /// `verbosity` is what the contract calls the effort of Anthropic's models (3.7).
    private void verbosity() {
        String verbosity = chat.path("verbosity").asString("");
        if (ReasoningWish.EFFORTS.contains(verbosity)) {
            effort(verbosity);
        }
    }

    private void output() {
        JsonNode format = chat.path("response_format");
        JsonNode schema = format.path("json_schema").path("schema");
        if (format.path("type").asString("").equals("json_schema") && schema.isObject() && model.schemas()) {
            config().putObject("format").put("type", "json_schema").set("schema", schema);
        }
    }

    private void effort(String wanted) {
        if (!model.efforts().isEmpty()) {
            config().put("effort", ReasoningWish.nearest(wanted, model.efforts()));
        }
    }

    private ObjectNode config() {
        return body.get("output_config") instanceof ObjectNode known ? known : body.putObject("output_config");
    }
}
