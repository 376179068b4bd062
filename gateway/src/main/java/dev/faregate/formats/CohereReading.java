package dev.faregate.formats;

import dev.faregate.base.Trees;
import dev.faregate.chat.ReasoningDetail;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Reads answers of Cohere's Chat API, whole or as its stream, as chat answers. The plan for tool calls is told as what
/// the model says before them. Citations, which chat has no words for, are left out.
final class CohereReading implements Reading {
    private final boolean hidden;
    private int calls;

    /// Whether the open call has arguments yet.
    private boolean argued;

    /// `hidden`: nothing of the thinking is to be shown.
    CohereReading(boolean hidden) {
        this.hidden = hidden;
    }

    // ---- whole --------------------------------------------------------------------------------------------------

    @Override
    public byte[] whole(JsonNode answer) {
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        Trees.copy(answer, "id", chat, "id");
        if (answer.path("message").isObject()) {
            ObjectNode choice = chat.putArray("choices").addObject().put("index", 0);
            choice.set("message", said(answer.path("message")));
            Trees.copy(answer, "finish_reason", choice, "finish_reason");
        }
        ObjectNode counted = usage(answer.path("usage"));
        if (counted != null) {
            chat.set("usage", counted);
        }
        return Trees.bytes(chat);
    }

    private ObjectNode said(JsonNode message) {
        SaidMessage said = new SaidMessage();
        said.text(message.path("tool_plan").asString(""));
        StringBuilder thought = new StringBuilder();
        for (JsonNode part : message.path("content")) {
            said.text(part.path("text").asString(""));
            thought.append(part.path("thinking").asString(""));
        }
        if (!thought.isEmpty()) {
            said.thought(thought.toString());
            said.detail(JsonNodeFactory.instance
                    .objectNode()
                    .put("type", ReasoningDetail.TEXT)
                    .put("text", thought.toString())
                    .put("format", ReasoningDetail.UNKNOWN)
                    .put("index", 0));
        }
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            String arguments = function.path("arguments").asString("");
            said.call(call.path("id"), function.path("name"), arguments.isEmpty() ? "{}" : arguments);
        }
        return said.whole(hidden);
    }

    /// What is billed is told apart from what was read and written, which counts more: Cohere's own words around a
    /// prompt are free.
    private static @Nullable ObjectNode usage(JsonNode usage) {
        JsonNode counted = usage.path("billed_units").isObject() ? usage.path("billed_units") : usage.path("tokens");
        if (!counted.path("input_tokens").isNumber()
                || !counted.path("output_tokens").isNumber()) {
            return null;
        }
        long prompt = counted.path("input_tokens").asLong(-1);
        long completion = counted.path("output_tokens").asLong(-1);
        return JsonNodeFactory.instance
                .objectNode()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", completion)
                .put("total_tokens", Counts.sum(prompt, completion));
    }

    // ---- streams ------------------------------------------------------------------------------------------------

    @Override
    public void event(JsonNode event, ByteBuf out) {
        JsonNode message = event.path("delta").path("message");
        switch (event.path("type").asString("")) {
            case "message-start" -> start(event, out);
            case "content-start", "content-delta" -> content(message.path("content"), out);
            case "tool-plan-delta" -> text(message.path("tool_plan").asString(""), out);
            case "tool-call-start" -> called(message.path("tool_calls"), out);
            case "tool-call-delta" ->
                arguments(
                        message.path("tool_calls")
                                .path("function")
                                .path("arguments")
                                .asString(""),
                        out);
            case "tool-call-end" -> arguments(argued ? "" : "{}", out);
            case "message-end" -> ending(event.path("delta"), out);
            // Ends of parts, citations, or what nobody knows yet.
            default -> Chunks.progress(out);
        }
    }

    @Override
    public void end(ByteBuf out) {}

    private static void start(JsonNode event, ByteBuf out) {
        ObjectNode chunk = JsonNodeFactory.instance.objectNode();
        Trees.copy(event, "id", chunk, "id");
        chunk.putArray("choices");
        Chunks.send(chunk, out);
    }

    private void content(JsonNode part, ByteBuf out) {
        String thought = part.path("thinking").asString("");
        if (thought.isEmpty()) {
            text(part.path("text").asString(""), out);
        } else if (hidden) {
            Chunks.progress(out);
        } else {
            Chunks.reasoning(thought, "", ReasoningDetail.UNKNOWN, 0, out);
        }
    }

    private static void text(String text, ByteBuf out) {
        if (text.isEmpty()) {
            Chunks.progress(out);
        } else {
            Chunks.text(text, out);
        }
    }

    private void called(JsonNode call, ByteBuf out) {
        String name = call.path("function").path("name").asString("");
        argued = false;
        Chunks.call(calls++, call.path("id").asString(""), name, out);
        String arguments = call.path("function").path("arguments").asString("");
        if (!arguments.isEmpty()) {
            arguments(arguments, out);
        }
    }

    private void arguments(String piece, ByteBuf out) {
        if (piece.isEmpty() || calls == 0) {
            Chunks.progress(out);
        } else {
            argued = true;
            Chunks.arguments(calls - 1, piece, out);
        }
    }

    private static void ending(JsonNode delta, ByteBuf out) {
        if (delta.path("error").isString()) {
            Chunks.send(CohereFormat.inBand(delta.path("error")), out);
            return;
        }
        ObjectNode chunk = JsonNodeFactory.instance.objectNode();
        ArrayNode choices = chunk.putArray("choices");
        if (delta.path("finish_reason").isString()) {
            ObjectNode choice = choices.addObject().put("index", 0);
            choice.putObject("delta");
            choice.set("finish_reason", delta.path("finish_reason"));
        }
        ObjectNode counted = usage(delta.path("usage"));
        if (counted != null) {
            chunk.set("usage", counted);
        }
        Chunks.send(chunk, out);
        Chunks.done(out);
    }
}
