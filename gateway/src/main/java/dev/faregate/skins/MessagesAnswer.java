package dev.faregate.skins;

import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
import dev.faregate.chat.ToolArguments;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A whole chat answer said as an Anthropic message, and the parts that a stream of one has too. Pure.
final class MessagesAnswer {
    /// Reasons of Anthropic's own, told as they came from one of its models.
    private static final Set<String> OWN_REASONS = Set.of(
            "end_turn",
            "max_tokens",
            "stop_sequence",
            "tool_use",
            "pause_turn",
            "refusal",
            "model_context_window_exceeded");

    private MessagesAnswer() {}

    static byte[] whole(JsonNode chat) {
        JsonNode choice = chat.path("choices").path(0);
        ObjectNode message = head(chat);
        ArrayNode content = message.putArray("content");
        JsonNode said = choice.path("message");
        reasoning(said, content);
        text(said.path("content"), content);
        text(said.path("refusal"), content);
        said.path("tool_calls").forEach(call -> content.add(toolUse(call)));
        boolean tools = !said.path("tool_calls").isEmpty();
        message.put("stop_reason", stopReason(choice, tools));
        message.set("usage", usage(chat.path("usage")));
        Trees.copy(chat, "faregate_metadata", message, "faregate_metadata");
        return Trees.bytes(message);
    }

    /// Everything of a message but what is generated, as it stands before the first token.
    static ObjectNode head(JsonNode chat) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        Trees.copy(chat, "id", message, "id");
        message.put("type", "message").put("role", "assistant");
        Trees.copy(chat, "model", message, "model");
        message.putArray("content");
        message.putNull("container").putNull("stop_reason").putNull("stop_sequence");
        message.putNull("stop_details");
        message.set("usage", usage(message));
        return message;
    }

    private static void reasoning(JsonNode said, ArrayNode content) {
        JsonNode details = said.path("reasoning_details");
        for (JsonNode detail : details) {
            String redacted = Reasoning.redacted(detail);
            String text = ReasoningDetail.shown(detail);
            String signature = Reasoning.signature(detail);
            if (redacted != null) {
                content.add(redacted(redacted));
            } else if (!text.isEmpty() || !signature.isEmpty()) {
                content.add(thinking(text, signature));
            }
        }
        String plain = said.path("reasoning").asString("");
        if (details.isEmpty() && !plain.isEmpty()) {
            content.add(thinking(plain, ""));
        }
    }

    /// A text, or the texts of parts.
    private static void text(JsonNode said, ArrayNode content) {
        if (said.isString() && !said.stringValue().isEmpty()) {
            content.add(textBlock(said.stringValue()));
        }
        for (JsonNode part : said.isArray() ? said : content.arrayNode()) {
            text(part.path("text"), content);
        }
    }

    private static ObjectNode toolUse(JsonNode call) {
        JsonNode function = call.path("function");
        ObjectNode block =
                toolUse(call.path("id").asString(""), function.path("name").asString(""));
        block.set("input", ToolArguments.object(function.path("arguments").asString("")));
        return block;
    }

    static ObjectNode textBlock(String text) {
        return block("text").put("text", text).putNull("citations");
    }

    static ObjectNode thinking(String text, String signature) {
        return block("thinking").put("thinking", text).put("signature", signature);
    }

    static ObjectNode redacted(String data) {
        return block("redacted_thinking").put("data", data);
    }

    /// A call without its input, which a stream tells piece by piece.
    static ObjectNode toolUse(String id, String name) {
        ObjectNode block = block("tool_use").put("id", id).put("name", name);
        block.putObject("input");
        block.putObject("caller").put("type", "direct");
        return block;
    }

    private static ObjectNode block(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }

    /// `choice` has the finish reason; `tools` says that it has calls, which some providers end with `stop`.
    static String stopReason(JsonNode choice, boolean tools) {
        String raw = choice.path("native_finish_reason").asString("");
        if (OWN_REASONS.contains(raw) && !(tools && raw.equals("end_turn"))) {
            return raw;
        }
        return switch (choice.path("finish_reason").asString("")) {
            case "length" -> "max_tokens";
            case "tool_calls" -> "tool_use";
            case "content_filter" -> "refusal";
            default -> tools ? "tool_use" : "end_turn";
        };
    }

    /// The `usage` of a message from that of a chat answer (contract 3.11). Anthropic counts what was read from or
    /// written to its cache beside `input_tokens`; chat counts it in `prompt_tokens`.
    static ObjectNode usage(JsonNode chat) {
        JsonNode prompt = chat.path("prompt_tokens_details");
        long read = prompt.path("cached_tokens").asLong(0);
        long written = prompt.path("cache_write_tokens").asLong(0);
        long whole = chat.path("prompt_tokens").asLong(0);
        ObjectNode usage = JsonNodeFactory.instance.objectNode();
        usage.put("input_tokens", Math.max(0, whole - read - written));
        usage.put("output_tokens", chat.path("completion_tokens").asLong(0));
        usage.put("cache_creation_input_tokens", written).put("cache_read_input_tokens", read);
        usage.putNull("cache_creation").putNull("inference_geo").putNull("server_tool_use");
        usage.putObject("output_tokens_details")
                .put(
                        "thinking_tokens",
                        chat.path("completion_tokens_details")
                                .path("reasoning_tokens")
                                .asLong(0));
        usage.put("service_tier", "standard");
        for (String name : List.of("cost", "is_byok", "cost_details")) {
            Trees.copy(chat, name, usage, name);
        }
        return usage;
    }
}
