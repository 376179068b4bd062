package dev.faregate.skins;

import dev.faregate.base.JsonWriter;
import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
import dev.faregate.http.EventStream;
import dev.faregate.http.WireError;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Tells a chat answer as Anthropic's Messages API does (docs.anthropic.com, "Streaming Messages"): one content block
/// after the other, each opened, filled and closed, then why it stopped and what it cost.
final class MessagesTelling implements Telling {
    private static final byte[] PING = "{\"type\":\"ping\"}".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] STOP = "{\"type\":\"message_stop\"}".getBytes(StandardCharsets.US_ASCII);

    /// More calls at once are nothing that a model does.
    private static final int MAX_CALLS = 1_000;

    private enum Block {
        NONE,
        TEXT,
        THINKING,
        REDACTED,
        TOOL
    }

    private boolean begun;
    private Block open = Block.NONE;
    private int index = -1;

    /// Of the open thinking block: its place among the details, and whether it was signed, after which it is over.
    private long detail = -1;

    private boolean signed;

    /// Of the open or last call: its place and its id.
    private long call = -1;

    private String callId = "";
    private int calls;
    private @Nullable JsonNode finish;

    @Override
    public byte[] whole(JsonNode chat) {
        return MessagesAnswer.whole(chat);
    }

    @Override
    public void chunk(JsonNode chunk, ByteBuf out) {
        if (!begun) {
            begun = true;
            ObjectNode start = event("message_start");
            start.set("message", MessagesAnswer.head(chunk));
            send(start, out);
        }
        for (JsonNode choice : chunk.path("choices")) {
            // A message has one voice; a preset may ask for several.
            if (choice.path("index").asInt(0) == 0) {
                choice(choice, out);
            }
        }
        if (chunk.path("usage").isObject()) {
            ending(chunk, out);
        }
    }

    private void choice(JsonNode choice, ByteBuf out) {
        JsonNode delta = choice.path("delta");
        thinking(delta, out);
        text(delta.path("content"), out);
        text(delta.path("refusal"), out);
        for (JsonNode part : delta.path("tool_calls")) {
            tool(part, out);
        }
        if (choice.path("finish_reason").isString()) {
            finish = choice;
            close(out);
        }
    }

    /// Details say more than the plain text, which stands beside them once more.
    private void thinking(JsonNode delta, ByteBuf out) {
        JsonNode details = delta.path("reasoning_details");
        for (JsonNode part : details) {
            String redacted = Reasoning.redacted(part);
            if (redacted != null) {
                open(Block.REDACTED, MessagesAnswer.redacted(redacted), out);
                continue;
            }
            long place = part.path("index").asLong(detail);
            think(ReasoningDetail.shown(part), place, out);
            sign(Reasoning.signature(part), place, out);
        }
        if (details.isEmpty()) {
            think(delta.path("reasoning").asString(""), detail, out);
        }
    }

    private void think(String text, long place, ByteBuf out) {
        if (text.isEmpty()) {
            return;
        }
        intoThinking(place, out);
        delta("thinking_delta", "thinking", text, out);
    }

    private void sign(String signature, long place, ByteBuf out) {
        if (signature.isEmpty()) {
            return;
        }
        intoThinking(place, out);
        delta("signature_delta", "signature", signature, out);
        signed = true;
    }

    private void intoThinking(long place, ByteBuf out) {
        if (open != Block.THINKING || place != detail || signed) {
            open(Block.THINKING, MessagesAnswer.thinking("", ""), out);
            detail = place;
            signed = false;
        }
    }

    private void text(JsonNode said, ByteBuf out) {
        if (!said.isString() || said.stringValue().isEmpty()) {
            return;
        }
        if (open != Block.TEXT) {
            open(Block.TEXT, MessagesAnswer.textBlock(""), out);
        }
        delta("text_delta", "text", said.stringValue(), out);
    }

    /// Calls come one after the other. A block that was closed cannot be opened again, so a provider that mixes the
    /// pieces of several calls cannot be told.
    private void tool(JsonNode part, ByteBuf out) {
        long place = part.path("index").asLong(0);
        String id = part.path("id").asString("");
        JsonNode function = part.path("function");
        boolean another = place > call || (place == call && !id.isEmpty() && !id.equals(callId));
        if (another) {
            if (++calls > MAX_CALLS) {
                throw new IllegalStateException("the answer calls more than " + MAX_CALLS + " tools");
            }
            call = place;
            callId = id;
            open(Block.TOOL, MessagesAnswer.toolUse(id, function.path("name").asString("")), out);
        } else if (place < call || open != Block.TOOL) {
            throw new IllegalStateException("the answer goes back to a call that it had left");
        }
        String piece = function.path("arguments").asString("");
        if (!piece.isEmpty()) {
            delta("input_json_delta", "partial_json", piece, out);
        }
    }

    private void open(Block kind, ObjectNode block, ByteBuf out) {
        close(out);
        open = kind;
        ObjectNode start = event("content_block_start").put("index", ++index);
        start.set("content_block", block);
        send(start, out);
    }

    private void close(ByteBuf out) {
        if (open != Block.NONE) {
            open = Block.NONE;
            send(event("content_block_stop").put("index", index), out);
        }
    }

    private void delta(String type, String name, String value, ByteBuf out) {
        byte[] data = new JsonWriter()
                .beginObject()
                .text("type", "content_block_delta")
                .number("index", index)
                .beginObject("delta")
                .text("type", type)
                .text(name, value)
                .endObject()
                .endObject()
                .toBytes();
        EventStream.event(out, "content_block_delta", data);
    }

    private void ending(JsonNode chunk, ByteBuf out) {
        close(out);
        JsonNode reason = finish == null ? chunk : finish;
        ObjectNode end = event("message_delta");
        end.putObject("delta")
                .put("stop_reason", MessagesAnswer.stopReason(reason, calls > 0))
                .putNull("stop_sequence")
                .putNull("stop_details")
                .putNull("container");
        ObjectNode usage = MessagesAnswer.usage(chunk.path("usage"));
        // What a stream does not say at its end.
        usage.remove(List.of("inference_geo", "service_tier"));
        end.set("usage", usage);
        Trees.copy(chunk, "faregate_metadata", end, "faregate_metadata");
        send(end, out);
    }

    @Override
    public void keepAlive(ByteBuf out) {
        EventStream.event(out, "ping", PING);
    }

    @Override
    public void done(ByteBuf out) {
        EventStream.event(out, "message_stop", STOP);
    }

    @Override
    public void broken(WireError error, ByteBuf out) {
        EventStream.event(out, "error", AnthropicErrors.event(error));
    }

    @Override
    public byte[] error(WireError error, String generation) {
        return AnthropicErrors.body(error, generation);
    }

    private static ObjectNode event(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }

    private static void send(ObjectNode event, ByteBuf out) {
        EventStream.event(out, event.path("type").stringValue(), Trees.bytes(event));
    }
}
