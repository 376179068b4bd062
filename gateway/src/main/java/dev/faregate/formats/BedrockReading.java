package dev.faregate.formats;

import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Reads answers of Converse, whole or as the events of a stream ("ConverseStreamOutput"), as chat answers. Blocks that
/// chat has no words for are left out, and events that nobody knows are not looked at.
final class BedrockReading implements Reading {
    private final boolean hidden;
    private final String signedBy;

    /// Blocks of thinking and calls so far; the place of the last one is one less.
    private int thoughts;

    private int calls;

    /// The block that was last thought in, and the call that is open and whether a piece of its arguments came.
    private int thinking = -1;

    private boolean calling;
    private boolean argued;
    private boolean stopped;
    private boolean done;

    /// `hidden`: nothing of the thinking is to be shown. `claude`: what is signed is signed by Anthropic.
    BedrockReading(boolean hidden, boolean claude) {
        this.hidden = hidden;
        this.signedBy = claude ? ReasoningDetail.CLAUDE : ReasoningDetail.UNKNOWN;
    }

    // ---- whole --------------------------------------------------------------------------------------------------

    @Override
    public byte[] whole(JsonNode answer) {
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        JsonNode content = answer.path("output").path("message").path("content");
        if (content.isArray()) {
            ObjectNode choice = chat.putArray("choices").addObject().put("index", 0);
            choice.set("message", said(content));
            Trees.copy(answer, "stopReason", choice, "finish_reason");
        }
        ObjectNode counted = BedrockUsage.chat(answer.path("usage"));
        if (counted != null) {
            chat.set("usage", counted);
        }
        return Trees.bytes(chat);
    }

    private ObjectNode said(JsonNode content) {
        SaidMessage said = new SaidMessage();
        for (JsonNode block : content) {
            said.text(block.path("text").asString(""));
            for (JsonNode cited : block.path("citationsContent").path("content")) {
                said.text(cited.path("text").asString(""));
            }
            JsonNode reasoning = block.path("reasoningContent");
            if (reasoning.isObject()) {
                said.thought(reasoning.path("reasoningText").path("text").asString(""));
                said.detail(detail(reasoning, said.details()));
            }
            JsonNode call = block.path("toolUse");
            if (call.isObject()) {
                JsonNode input = call.path("input");
                said.call(call.path("toolUseId"), call.path("name"), input.isObject() ? input.toString() : "{}");
            }
        }
        return said.whole(hidden);
    }

    private ObjectNode detail(JsonNode reasoning, int index) {
        ObjectNode detail = JsonNodeFactory.instance.objectNode();
        if (reasoning.has("redactedContent")) {
            detail.put("type", ReasoningDetail.ENCRYPTED);
            Trees.copy(reasoning, "redactedContent", detail, "data");
        } else {
            detail.put("type", ReasoningDetail.TEXT);
            Trees.copy(reasoning.path("reasoningText"), "text", detail, "text");
            Trees.copy(reasoning.path("reasoningText"), "signature", detail, "signature");
        }
        return detail.put("format", signedBy).put("index", index);
    }

    // ---- streams ------------------------------------------------------------------------------------------------

    @Override
    public void event(JsonNode event, ByteBuf out) {
        for (Map.Entry<String, JsonNode> one : event.properties()) {
            JsonNode what = one.getValue();
            switch (one.getKey()) {
                case "messageStart" -> Chunks.progress(out);
                case "contentBlockStart" -> opened(what.path("start").path("toolUse"), out);
                case "contentBlockDelta" ->
                    delta(what.path("delta"), what.path("contentBlockIndex").asInt(0), out);
                case "contentBlockStop" -> closed(out);
                case "messageStop" -> stopped(what.path("stopReason"), out);
                case "metadata" -> counted(what.path("usage"), out);
                default -> {
                    if (one.getKey().endsWith("Exception") || one.getKey().equals("error")) {
                        Chunks.send(BedrockFormat.inBand(one.getKey(), what), out);
                    }
                }
            }
        }
    }

    /// The counts come last. Where they do not come, the stream has still ended well once the model had stopped.
    @Override
    public void end(ByteBuf out) {
        if (stopped && !done) {
            Chunks.done(out);
        }
    }

    private void opened(JsonNode call, ByteBuf out) {
        if (!call.isObject()) {
            Chunks.progress(out);
            return;
        }
        calling = true;
        argued = false;
        Chunks.call(
                calls++, call.path("toolUseId").asString(""), call.path("name").asString(""), out);
    }

    private void delta(JsonNode delta, int block, ByteBuf out) {
        String text = delta.path("text").asString("");
        String piece = delta.path("toolUse").path("input").asString("");
        if (!text.isEmpty()) {
            Chunks.text(text, out);
        } else if (!piece.isEmpty() && calling) {
            argued = true;
            Chunks.arguments(calls - 1, piece, out);
        } else if (delta.path("reasoningContent").isObject()) {
            thought(delta.path("reasoningContent"), block, out);
        } else {
            Chunks.progress(out);
        }
    }

    private void thought(JsonNode piece, int block, ByteBuf out) {
        if (block != thinking) {
            thinking = block;
            thoughts++;
        }
        String text = piece.path("text").asString("");
        String signature = piece.path("signature").asString("");
        if (!hidden && piece.has("redactedContent")) {
            ObjectNode delta = JsonNodeFactory.instance.objectNode();
            delta.putArray("reasoning_details").add(detail(piece, thoughts - 1));
            Chunks.delta(delta, out);
        } else if (hidden || (text.isEmpty() && signature.isEmpty())) {
            Chunks.progress(out);
        } else {
            Chunks.reasoning(text, signature, signedBy, thoughts - 1, out);
        }
    }

    /// A call without a piece of arguments has none, which chat says as `{}`.
    private void closed(ByteBuf out) {
        if (calling && !argued) {
            Chunks.arguments(calls - 1, "{}", out);
        } else {
            Chunks.progress(out);
        }
        calling = false;
    }

    private void stopped(JsonNode reason, ByteBuf out) {
        stopped = true;
        Chunks.finish(reason.asString("end_turn"), out);
    }

    private void counted(JsonNode usage, ByteBuf out) {
        ObjectNode chunk = JsonNodeFactory.instance.objectNode();
        chunk.putArray("choices");
        ObjectNode counted = BedrockUsage.chat(usage);
        if (counted != null) {
            chunk.set("usage", counted);
        }
        Chunks.send(chunk, out);
        if (stopped && !done) {
            done = true;
            Chunks.done(out);
        }
    }
}
