package dev.faregate.formats;

import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
import io.netty.buffer.ByteBuf;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Reads Anthropic messages, whole or as their stream ("Streaming Messages"), as chat answers. Blocks that chat has no
/// words for are left out, and events that nobody knows are not looked at.
final class AnthropicReading implements Reading {
    private static final Set<String> THINKING = Set.of("thinking", "redacted_thinking");

    private final boolean hidden;

    /// Blocks of thinking and calls so far; the place of the open one is one less.
    private int thoughts;

    private int calls;

    /// Of the open block: its type, and for a call what it was opened with and whether a piece of arguments came.
    private String open = "";

    private @Nullable JsonNode input;
    private boolean argued;

    private @Nullable ObjectNode usage;

    /// `hidden`: nothing of the thinking is to be shown.
    AnthropicReading(boolean hidden) {
        this.hidden = hidden;
    }

    // ---- whole --------------------------------------------------------------------------------------------------

    @Override
    public byte[] whole(JsonNode message) {
        if (message.path("type").asString("").equals("error")) {
            return Trees.bytes(AnthropicFormat.inBand(message.path("error")));
        }
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        Trees.copy(message, "id", chat, "id");
        Trees.copy(message, "model", chat, "model");
        if (message.path("content").isArray()) {
            ObjectNode choice = chat.putArray("choices").addObject().put("index", 0);
            choice.set("message", said(message.path("content")));
            Trees.copy(message, "stop_reason", choice, "finish_reason");
        }
        ObjectNode counted = AnthropicUsage.chat(message.path("usage"));
        if (counted != null) {
            chat.set("usage", counted);
        }
        return Trees.bytes(chat);
    }

    private ObjectNode said(JsonNode content) {
        SaidMessage said = new SaidMessage();
        for (JsonNode block : content) {
            switch (block.path("type").asString("")) {
                case "text" -> said.text(block.path("text").asString(""));
                case "thinking" -> {
                    said.thought(block.path("thinking").asString(""));
                    said.detail(signed(block, said.details()));
                }
                case "redacted_thinking" -> said.detail(redacted(block, said.details()));
                case "tool_use" -> said.call(block.path("id"), block.path("name"), arguments(block.path("input")));
                default -> {}
            }
        }
        return said.whole(hidden);
    }

    private static ObjectNode signed(JsonNode block, int index) {
        ObjectNode detail = detail(ReasoningDetail.TEXT, index);
        Trees.copy(block, "thinking", detail, "text");
        Trees.copy(block, "signature", detail, "signature");
        return detail;
    }

    private static ObjectNode redacted(JsonNode block, int index) {
        ObjectNode detail = detail(ReasoningDetail.ENCRYPTED, index);
        Trees.copy(block, "data", detail, "data");
        return detail;
    }

    private static ObjectNode detail(String type, int index) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", type)
                .put("format", ReasoningDetail.CLAUDE)
                .put("index", index);
    }

    private static String arguments(JsonNode input) {
        return input.isObject() ? input.toString() : "{}";
    }

    // ---- streams ------------------------------------------------------------------------------------------------

    @Override
    public void event(JsonNode event, ByteBuf out) {
        switch (event.path("type").asString("")) {
            case "message_start" -> start(event.path("message"), out);
            case "content_block_start" -> opened(event.path("content_block"), out);
            case "content_block_delta" -> delta(event.path("delta"), out);
            case "content_block_stop" -> closed(out);
            case "message_delta" -> ending(event, out);
            case "message_stop" -> Chunks.done(out);
            case "error" -> Chunks.send(AnthropicFormat.inBand(event.path("error")), out);
            // A ping, or what nobody knows yet.
            default -> {}
        }
    }

    @Override
    public void end(ByteBuf out) {}

    private void start(JsonNode message, ByteBuf out) {
        ObjectNode chunk = JsonNodeFactory.instance.objectNode();
        Trees.copy(message, "id", chunk, "id");
        Trees.copy(message, "model", chunk, "model");
        chunk.putArray("choices");
        if (message.path("usage") instanceof ObjectNode counted) {
            // It is told at the end, when it is whole: half of it would be taken for the bill of a stream that broke.
            usage = counted;
        }
        Chunks.send(chunk, out);
    }

    private void opened(JsonNode block, ByteBuf out) {
        open = block.path("type").asString("");
        argued = false;
        if (THINKING.contains(open)) {
            thoughts++;
        }
        switch (open) {
            case "tool_use" -> {
                input = block.path("input");
                Chunks.call(
                        calls++,
                        block.path("id").asString(""),
                        block.path("name").asString(""),
                        out);
            }
            case "redacted_thinking" -> redacted(block, out);
            case "text" -> text(block.path("text").asString(""), out);
            case "thinking" -> thinking(block.path("thinking").asString(""), "", out);
            default -> Chunks.progress(out);
        }
    }

    private void redacted(JsonNode block, ByteBuf out) {
        if (hidden) {
            Chunks.progress(out);
            return;
        }
        ObjectNode delta = JsonNodeFactory.instance.objectNode();
        delta.putArray("reasoning_details").add(redacted(block, thoughts - 1));
        Chunks.delta(delta, out);
    }

    private void delta(JsonNode delta, ByteBuf out) {
        switch (delta.path("type").asString("")) {
            case "text_delta" -> text(delta.path("text").asString(""), out);
            case "thinking_delta" -> thinking(delta.path("thinking").asString(""), "", out);
            case "signature_delta" -> thinking("", delta.path("signature").asString(""), out);
            case "input_json_delta" -> argument(delta.path("partial_json").asString(""), out);
            default -> Chunks.progress(out);
        }
    }

    private static void text(String text, ByteBuf out) {
        if (text.isEmpty()) {
            Chunks.progress(out);
        } else {
            Chunks.text(text, out);
        }
    }

    private void thinking(String text, String signature, ByteBuf out) {
        if (hidden || (text.isEmpty() && signature.isEmpty())) {
            Chunks.progress(out);
        } else {
            Chunks.reasoning(text, signature, ReasoningDetail.CLAUDE, thoughts - 1, out);
        }
    }

    private void argument(String piece, ByteBuf out) {
        if (piece.isEmpty() || !open.equals("tool_use")) {
            Chunks.progress(out);
        } else {
            argued = true;
            Chunks.arguments(calls - 1, piece, out);
        }
    }

    /// A call without a piece of arguments has those that it was opened with: mostly none, which chat says as `{}`.
    private void closed(ByteBuf out) {
        if (open.equals("tool_use") && !argued && input != null) {
            Chunks.arguments(calls - 1, arguments(input), out);
        } else {
            Chunks.progress(out);
        }
        open = "";
    }

    private void ending(JsonNode event, ByteBuf out) {
        if (event.path("usage") instanceof ObjectNode counted) {
            // What it says counts from the beginning; what it leaves out was said when the message began.
            counted.propertyStream()
                    .filter(field -> !field.getValue().isNull())
                    .forEach(field -> known().set(field.getKey(), field.getValue()));
        }
        ObjectNode chunk = JsonNodeFactory.instance.objectNode();
        ArrayNode choices = chunk.putArray("choices");
        JsonNode reason = event.path("delta").path("stop_reason");
        if (reason.isString()) {
            ObjectNode choice = choices.addObject().put("index", 0);
            choice.putObject("delta");
            choice.set("finish_reason", reason);
        }
        ObjectNode counted = AnthropicUsage.chat(known());
        if (counted != null) {
            chunk.set("usage", counted);
        }
        Chunks.send(chunk, out);
    }

    private ObjectNode known() {
        ObjectNode known = usage;
        if (known == null) {
            known = JsonNodeFactory.instance.objectNode();
            usage = known;
        }
        return known;
    }
}
