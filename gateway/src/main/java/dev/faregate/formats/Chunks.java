package dev.faregate.formats;

import dev.faregate.base.JsonWriter;
import dev.faregate.base.Trees;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The events of a chat stream, as OpenAI's API reference has them ("The chat completion chunk object").
final class Chunks {
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] END = ascii("\n\n");
    private static final byte[] DONE = ascii("[DONE]");

    /// Tells that the answer goes on, and nothing else.
    private static final byte[] PROGRESS = ascii("{\"choices\":[]}");

    private Chunks() {}

    static void progress(ByteBuf out) {
        send(PROGRESS, out);
    }

    static void done(ByteBuf out) {
        send(DONE, out);
    }

    static void send(ObjectNode chunk, ByteBuf out) {
        send(Trees.bytes(chunk), out);
    }

    private static void send(byte[] data, ByteBuf out) {
        out.writeBytes(DATA).writeBytes(data).writeBytes(END);
    }

    /// A piece of text of the answer.
    static void text(String text, ByteBuf out) {
        send(open().text("content", text), out);
    }

    /// A piece of what the model thinks: `text` may be empty where only `signature` comes, and the other way round.
    static void reasoning(String text, String signature, String format, int index, ByteBuf out) {
        JsonWriter json = open();
        if (!text.isEmpty()) {
            json.text("reasoning", text);
        }
        json.beginArray("reasoning_details").beginObject().text("type", "reasoning.text");
        if (!text.isEmpty()) {
            json.text("text", text);
        }
        if (!signature.isEmpty()) {
            json.text("signature", signature);
        }
        send(json.text("format", format).number("index", index).endObject().endArray(), out);
    }

    /// A tool call begins.
    static void call(int place, String id, String name, ByteBuf out) {
        JsonWriter json = open().beginArray("tool_calls").beginObject();
        json.number("index", place).text("id", id).text("type", "function");
        json.beginObject("function").text("name", name).text("arguments", "").endObject();
        send(json.endObject().endArray(), out);
    }

    /// A piece of the arguments of a call.
    static void arguments(int place, String piece, ByteBuf out) {
        JsonWriter json = open().beginArray("tool_calls").beginObject().number("index", place);
        json.beginObject("function").text("arguments", piece).endObject();
        send(json.endObject().endArray(), out);
    }

    /// The end of the answer, and why.
    static void finish(String reason, ByteBuf out) {
        ObjectNode chunk = JsonNodeFactory.instance.objectNode();
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.putObject("delta");
        choice.put("finish_reason", reason);
        send(chunk, out);
    }

    /// A chunk with this delta.
    static void delta(ObjectNode delta, ByteBuf out) {
        ObjectNode chunk = JsonNodeFactory.instance.objectNode();
        chunk.putArray("choices").addObject().put("index", 0).set("delta", delta);
        send(chunk, out);
    }

    private static JsonWriter open() {
        return new JsonWriter()
                .beginObject()
                .beginArray("choices")
                .beginObject()
                .number("index", 0)
                .beginObject("delta")
                .text("role", "assistant");
    }

    private static void send(JsonWriter delta, ByteBuf out) {
        send(delta.endObject().endObject().endArray().endObject().toBytes(), out);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
