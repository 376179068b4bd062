package dev.faregate.formats;

import dev.faregate.base.Trees;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A chat request said as a body of Cohere's Chat API (docs.cohere.com, "Chat", v2), which is near to OpenAI's: what
/// differs are the names of settings and their ranges, out of which the API refuses them. What it has no word for
/// is left out. Pure.
final class CohereRequest {
    private static final BigDecimal LEAST_P = new BigDecimal("0.01");
    private static final BigDecimal MOST_P = new BigDecimal("0.99");
    private static final long MOST_K = 500;

    /// Models that can be told to think, or not to ("Reasoning"); the others refuse it.
    private static final Pattern THINKS = Pattern.compile("reasoning|command-a-plus");

    private final ObjectNode chat;
    private final ObjectNode body;

    private CohereRequest(ObjectNode chat) {
        this.chat = chat;
        this.body = chat.objectNode();
    }

    static byte[] of(ObjectNode chat, Format.Wanted wanted) {
        CohereRequest request = new CohereRequest(chat);
        request.body.put("model", wanted.model()).put("stream", wanted.stream());
        request.conversation();
        request.tools();
        request.settings(wanted);
        return Trees.bytes(request.body);
    }

    // ---- the conversation ---------------------------------------------------------------------------------------

    private void conversation() {
        ArrayNode said = body.putArray("messages");
        JsonNode messages = chat.path("messages");
        if (Trees.isAbsent(messages) && chat.path("prompt").isString()) {
            said.addObject().put("role", "user").set("content", chat.path("prompt"));
        }
        for (int i = 0; i < messages.size(); i++) {
            said.add(message(messages.get(i), "messages[" + i + "]"));
        }
    }

    private ObjectNode message(JsonNode message, String path) {
        ObjectNode made = body.objectNode();
        String at = path + ".content";
        return switch (message.path("role").asString("")) {
            case "system", "developer" -> made.put("role", "system").put("content", text(message.path("content"), at));
            case "user" -> made.put("role", "user").set("content", parts(message.path("content"), at));
            case "assistant" -> assistant(message, at, made.put("role", "assistant"));
            case "tool" -> {
                Trees.copy(message, "tool_call_id", made.put("role", "tool"), "tool_call_id");
                yield made.put("content", text(message.path("content"), at));
            }
            default -> throw ChatErrors.cannot(path + ".role", "must be system, developer, user, assistant or tool");
        };
    }

    /// What is said with calls is the plan for them.
    private ObjectNode assistant(JsonNode message, String path, ObjectNode made) {
        String said = text(message.path("content"), path) + text(message.path("refusal"), path);
        JsonNode calls = message.path("tool_calls");
        if (calls.isEmpty()) {
            return made.put("content", said);
        }
        if (!said.isEmpty()) {
            made.put("tool_plan", said);
        }
        ArrayNode listed = made.putArray("tool_calls");
        for (JsonNode call : calls) {
            ObjectNode one = listed.addObject();
            Trees.copy(call, "id", one, "id");
            ObjectNode function = one.put("type", "function").putObject("function");
            Trees.copy(call.path("function"), "name", function, "name");
            Trees.copy(call.path("function"), "arguments", function, "arguments");
        }
        return made;
    }

    /// The text of what can only be text.
    private static String text(JsonNode content, String path) {
        if (!content.isArray()) {
            return content.asString("");
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            text.append(ChatErrors.textOf(content.get(i), path + "[" + i + "]", "Cohere"));
        }
        return text.toString();
    }

    private JsonNode parts(JsonNode content, String path) {
        if (!content.isArray()) {
            return body.stringNode(content.asString(""));
        }
        ArrayNode parts = body.arrayNode();
        for (int i = 0; i < content.size(); i++) {
            JsonNode part = content.get(i);
            switch (part.path("type").asString("")) {
                case "text" ->
                    parts.addObject()
                            .put("type", "text")
                            .put("text", part.path("text").asString(""));
                case "image_url" -> {
                    ObjectNode image =
                            parts.addObject().put("type", "image_url").putObject("image_url");
                    Trees.copy(part.path("image_url"), "url", image, "url");
                    Trees.copy(part.path("image_url"), "detail", image, "detail");
                }
                default -> throw ChatErrors.cannot(path + "[" + i + "].type", "is of a kind that Cohere does not take");
            }
        }
        return parts;
    }

    // ---- tools --------------------------------------------------------------------------------------------------

    /// A model can be made to call a tool, but not which: then it knows only that one.
    private void tools() {
        JsonNode tools = chat.path("tools");
        if (tools.isEmpty()) {
            return;
        }
        JsonNode choice = chat.path("tool_choice");
        String only = choice.path("function").path("name").asString("");
        ArrayNode made = body.putArray("tools");
        for (int i = 0; i < tools.size(); i++) {
            if (!tools.get(i).path("type").asString("function").equals("function")) {
                throw ChatErrors.cannot(
                        "tools[" + i + "].type", "must be function: Cohere runs no other tools for a chat");
            }
            JsonNode function = tools.get(i).path("function");
            if (only.isEmpty() || only.equals(function.path("name").asString(""))) {
                made.add(tool(function));
            }
        }
        if (!only.isEmpty() || choice.asString("").equals("required")) {
            body.put("tool_choice", "REQUIRED");
        } else if (choice.asString("").equals("none")) {
            body.put("tool_choice", "NONE");
        }
    }

    private ObjectNode tool(JsonNode function) {
        ObjectNode tool = body.objectNode().put("type", "function");
        ObjectNode made = tool.putObject("function");
        Trees.copy(function, "name", made, "name");
        Trees.copy(function, "description", made, "description");
        made.set(
                "parameters",
                function.path("parameters") instanceof ObjectNode given
                        ? given
                        : body.objectNode().put("type", "object"));
        return tool;
    }

    // ---- settings -----------------------------------------------------------------------------------------------

    private void settings(Format.Wanted wanted) {
        if (wanted.outputLimit() > 0) {
            body.put("max_tokens", wanted.outputLimit());
        }
        Trees.copy(chat, "temperature", body, "temperature");
        Trees.copy(chat, "seed", body, "seed");
        within("top_p", LEAST_P, MOST_P, "p");
        within("frequency_penalty", BigDecimal.ZERO, BigDecimal.ONE, "frequency_penalty");
        within("presence_penalty", BigDecimal.ZERO, BigDecimal.ONE, "presence_penalty");
        if (chat.path("top_k").asLong(0) > 0) {
            body.put("k", Math.min(chat.path("top_k").asLong(), MOST_K));
        }
        JsonNode stop = chat.path("stop");
        if (stop.isString()) {
            body.putArray("stop_sequences").add(stop);
        } else if (!stop.isEmpty()) {
            body.set("stop_sequences", stop);
        }
        format(chat.path("response_format"));
        thinking(ReasoningWish.of(chat), wanted);
    }

    private void within(String name, BigDecimal least, BigDecimal most, String as) {
        if (chat.path(name).isNumber()) {
            body.put(as, chat.path(name).decimalValue().max(least).min(most));
        }
    }

    private void format(JsonNode format) {
        switch (format.path("type").asString("")) {
            case "json_object" -> body.putObject("response_format").put("type", "json_object");
            case "json_schema" ->
                Trees.copy(
                        format.path("json_schema"),
                        "schema",
                        body.putObject("response_format").put("type", "json_object"),
                        "json_schema");
            default -> {}
        }
    }

    /// It thinks within a budget, or as much as it thinks right.
    private void thinking(ReasoningWish wish, Format.Wanted wanted) {
        if (wish.mode() == ReasoningWish.Mode.UNSAID
                || !THINKS.matcher(wanted.model()).find()) {
            return;
        }
        ObjectNode thinking = body.putObject("thinking").put("type", wish.off() ? "disabled" : "enabled");
        boolean bounded = wish.budget() > 0 || (wish.effort() != null && wanted.outputLimit() > 0);
        if (wish.on() && bounded) {
            thinking.put("token_budget", Math.max(1, wish.tokens(wanted.outputLimit())));
        }
    }
}
