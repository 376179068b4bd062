package dev.faregate.formats;

import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Reads Google's `GenerateContentResponse`, whole or as the events of a stream, as chat answers. Each event is a
/// response of its own with the next parts; the stream just ends. Of several candidates the first is read.
final class GeminiReading implements Reading {
    static final String SIGNATURE = "thoughtSignature";

    private final boolean hidden;
    private int details;
    private int calls;
    private boolean named;
    private boolean finished;
    private @Nullable JsonNode usage;

    /// `hidden`: nothing of the thinking is to be shown.
    GeminiReading(boolean hidden) {
        this.hidden = hidden;
    }

    @Override
    public byte[] whole(JsonNode answer) {
        if (answer.path("error").isObject()) {
            return Trees.bytes(GeminiFormat.inBand(answer.path("error")));
        }
        ObjectNode chat = head(answer);
        String reason = reason(answer);
        if (answer.path("candidates").isArray() || !reason.isEmpty()) {
            ObjectNode message = said(answer);
            ObjectNode choice = chat.putArray("choices").addObject().put("index", 0);
            choice.set("message", message);
            choice.put("finish_reason", reason.isEmpty() ? "STOP" : told(reason));
        }
        ObjectNode counted = GeminiUsage.chat(answer.path("usageMetadata"));
        if (counted != null) {
            chat.set("usage", counted);
        }
        return Trees.bytes(chat);
    }

    /// The parts of an answer together.
    private ObjectNode said(JsonNode answer) {
        ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "assistant");
        StringBuilder text = new StringBuilder();
        StringBuilder thought = new StringBuilder();
        ObjectNode lists = message.objectNode();
        for (JsonNode part : parts(answer)) {
            ObjectNode delta = delta(part, answer);
            text.append(delta.path("content").asString(""));
            thought.append(delta.path("reasoning").asString(""));
            delta.propertyStream()
                    .filter(field -> field.getValue().isArray())
                    .forEach(field -> field.getValue().forEach(lists.withArray("/" + field.getKey())::add));
        }
        if (text.isEmpty() && calls > 0) {
            message.putNull("content");
        } else {
            message.put("content", text.toString());
        }
        if (!thought.isEmpty()) {
            message.put("reasoning", thought.toString());
        }
        lists.path("tool_calls").forEach(call -> ((ObjectNode) call).remove("index"));
        return message.setAll(lists);
    }

    @Override
    public void event(JsonNode answer, ByteBuf out) {
        if (answer.path("error").isObject()) {
            Chunks.send(GeminiFormat.inBand(answer.path("error")), out);
            return;
        }
        if (!answer.isObject()) {
            return;
        }
        if (answer.path("usageMetadata").isObject()) {
            usage = answer.path("usageMetadata");
        }
        int before = out.writerIndex();
        if (!named) {
            named = true;
            ObjectNode head = head(answer);
            head.putArray("choices");
            Chunks.send(head, out);
        }
        for (JsonNode part : parts(answer)) {
            ObjectNode delta = delta(part, answer);
            if (!delta.isEmpty()) {
                Chunks.delta(delta.put("role", "assistant"), out);
            }
        }
        String reason = reason(answer);
        if (!reason.isEmpty() && !finished) {
            finished = true;
            Chunks.finish(told(reason), out);
        }
        if (out.writerIndex() == before) {
            Chunks.progress(out);
        }
    }

    /// A stream has no last event. Its bill is what it told last, if its answer had finished.
    @Override
    public void end(ByteBuf out) {
        if (!finished) {
            return;
        }
        ObjectNode counted = usage == null ? null : GeminiUsage.chat(usage);
        if (counted != null) {
            ObjectNode chunk = JsonNodeFactory.instance.objectNode();
            chunk.putArray("choices");
            chunk.set("usage", counted);
            Chunks.send(chunk, out);
        }
        Chunks.done(out);
    }

    private static ObjectNode head(JsonNode answer) {
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        Trees.copy(answer, "responseId", chat, "id");
        Trees.copy(answer, "modelVersion", chat, "model");
        return chat;
    }

    private static JsonNode parts(JsonNode answer) {
        return answer.path("candidates").path(0).path("content").path("parts");
    }

    /// Why it stopped, in Google's words; empty while it goes on. A prompt that is blocked has no candidates.
    private static String reason(JsonNode answer) {
        String reason = answer.path("candidates").path(0).path("finishReason").asString("");
        if (!reason.isEmpty()) {
            return reason;
        }
        String blocked = answer.path("promptFeedback").path("blockReason").asString("");
        return blocked.equals("OTHER") ? "BLOCKLIST" : blocked;
    }

    /// An answer that calls tools stops like any other here, and chat has a word for it.
    private String told(String reason) {
        return calls > 0 && reason.equals("STOP") ? "tool_calls" : reason;
    }

    /// What a part says as a delta of chat; empty for kinds that chat has no words for.
    private ObjectNode delta(JsonNode part, JsonNode answer) {
        ObjectNode delta = JsonNodeFactory.instance.objectNode();
        String text = part.path("text").asString("");
        String callId = "";
        if (part.path("functionCall").isObject()) {
            callId = call(part.path("functionCall"), answer, delta);
        } else if (part.path("thought").asBoolean(false)) {
            thought(text, delta);
        } else if (!text.isEmpty()) {
            delta.put("content", text);
        } else if (part.path("inlineData").path("mimeType").asString("").startsWith("image/")) {
            JsonNode data = part.path("inlineData");
            ObjectNode image = delta.putArray("images").addObject().put("type", "image_url");
            image.putObject("image_url")
                    .put(
                            "url",
                            "data:" + data.path("mimeType").stringValue() + ";base64,"
                                    + data.path("data").asString(""));
        }
        String signature = part.path(SIGNATURE).asString("");
        if (!signature.isEmpty() && !hidden) {
            ObjectNode detail = detail(ReasoningDetail.ENCRYPTED, delta).put("data", signature);
            if (!callId.isEmpty()) {
                detail.put("id", callId);
            }
        }
        return delta;
    }

    private void thought(String text, ObjectNode delta) {
        if (!text.isEmpty() && !hidden) {
            delta.put("reasoning", text);
            detail(ReasoningDetail.TEXT, delta).put("text", text);
        }
    }

    private ObjectNode detail(String type, ObjectNode delta) {
        ArrayNode list =
                delta.get("reasoning_details") instanceof ArrayNode known ? known : delta.putArray("reasoning_details");
        return list.addObject()
                .put("type", type)
                .put("format", ReasoningDetail.GEMINI)
                .put("index", details++);
    }

    /// A call comes whole. One without an id gets one that tells it apart in all of a conversation.
    private String call(JsonNode call, JsonNode answer, ObjectNode delta) {
        String given = call.path("id").asString("");
        String id = given.isEmpty() ? "call_" + answer.path("responseId").asString("0") + "_" + calls : given;
        ObjectNode made = delta.putArray("tool_calls").addObject().put("index", calls++);
        ObjectNode function = made.put("id", id).put("type", "function").putObject("function");
        function.put("name", call.path("name").asString(""));
        function.put(
                "arguments", call.path("args").isObject() ? call.path("args").toString() : "{}");
        return id;
    }
}
