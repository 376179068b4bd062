package dev.faregate.testkit;

import static dev.faregate.testkit.Pieces.quote;

import java.util.ArrayList;
import java.util.List;

/// The JSON of one answer as Cohere writes it (docs.cohere.com, "Chat" v2, "A Guide to Streaming Responses"). Parts are
/// opened and closed around their pieces; `message-end` has the reason and the usage, of which the billed units are
/// less than what was read, and `[DONE]` ends the stream.
final class CohereFormat extends NativeFormat {
    /// Of the template around a prompt, which is read and not billed.
    private static final int TEMPLATE_TOKENS = 65;

    CohereFormat(String id, Asked asked, Script script, Shape shape) {
        super(id, asked, script, shape);
    }

    @Override
    public List<String> chunk(int index) {
        if (index == 0) {
            return List.of(
                    "{\"type\":\"message-start\",\"id\":\"" + id + "\",\"delta\":{\"message\":{\"role\":\"assistant\","
                            + "\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}");
        }
        if (index > shape.pieces()) {
            return List.of("{\"type\":\"message-end\",\"id\":\"" + id + "\",\"delta\":{\"finish_reason\":\""
                    + finishReason() + "\"" + (usageSent ? ",\"usage\":" + usage() : "") + "}}");
        }
        return piece(index - 1);
    }

    private List<String> piece(int piece) {
        int thoughts = shape.reasoningPieces();
        if (piece < thoughts) {
            return part(piece, thoughts, 0, "thinking", pieces.thought(piece));
        }
        int block = thoughts > 0 ? 1 : 0;
        int at = piece - thoughts;
        if (at < pieces.texts()) {
            return part(at, pieces.texts(), block, "text", pieces.text(at));
        }
        Pieces.OfCall part = pieces.ofCall(at - pieces.texts());
        List<String> events = new ArrayList<>();
        events.add(
                part.opens()
                        ? event(
                                "tool-call-start",
                                part.place(),
                                "\"tool_calls\":"
                                        + call(part.place(), part.call().name(), ""))
                        : event(
                                "tool-call-delta",
                                part.place(),
                                "\"tool_calls\":{\"function\":{\"arguments\":"
                                        + quote(part.call().fragment(part.fragment())) + "}}"));
        if (part.closes() || piece == shape.pieces() - 1) {
            events.add("{\"type\":\"tool-call-end\",\"index\":" + part.place() + "}");
        }
        return events;
    }

    /// Piece number `at` of a part of the content.
    private static List<String> part(int at, int all, int block, String kind, String text) {
        List<String> events = new ArrayList<>();
        if (at == 0) {
            events.add(event("content-start", block, "\"content\":{\"type\":\"" + kind + "\",\"" + kind + "\":\"\"}"));
        }
        events.add(event("content-delta", block, "\"content\":{\"" + kind + "\":" + quote(text) + "}"));
        if (at == all - 1) {
            events.add("{\"type\":\"content-end\",\"index\":" + block + "}");
        }
        return events;
    }

    private static String event(String type, int index, String message) {
        return "{\"type\":\"" + type + "\",\"index\":" + index + ",\"delta\":{\"message\":{" + message + "}}}";
    }

    private String call(int place, String name, String arguments) {
        return "{\"id\":\"" + name + "_" + id + "_" + place + "\",\"type\":\"function\",\"function\":{\"name\":"
                + quote(name) + ",\"arguments\":" + quote(arguments) + "}}";
    }

    @Override
    public String contentChunk(String text) {
        return event("content-delta", 0, "\"content\":{\"text\":" + quote(text) + "}");
    }

    @Override
    public String whole() {
        List<String> content = new ArrayList<>();
        if (shape.reasoningPieces() > 0) {
            content.add("{\"type\":\"thinking\",\"thinking\":" + quote(pieces.thought()) + "}");
        }
        if (pieces.texts() > 0) {
            content.add("{\"type\":\"text\",\"text\":" + quote(pieces.text()) + "}");
        }
        List<String> calls = new ArrayList<>();
        pieces.calls().forEach(made -> calls.add(call(made.place(), made.name(), made.arguments())));
        return "{\"id\":\"" + id + "\",\"finish_reason\":\"" + finishReason() + "\",\"message\":{\"role\":\"assistant\""
                + (content.isEmpty() ? "" : ",\"content\":[" + String.join(",", content) + "]")
                + (calls.isEmpty() ? "" : ",\"tool_calls\":[" + String.join(",", calls) + "]") + "}"
                + (usageSent ? ",\"usage\":" + usage() : "") + "}";
    }

    private String usage() {
        TokenCounts said = said();
        return "{\"billed_units\":" + counts(said.prompt(), said.completion()) + ",\"tokens\":"
                + counts(said.prompt() + TEMPLATE_TOKENS, said.completion() + 2) + "}";
    }

    private static String counts(long input, long output) {
        return "{\"input_tokens\":" + input + ",\"output_tokens\":" + output + "}";
    }

    private String finishReason() {
        if (shape.limited()) {
            return "MAX_TOKENS";
        }
        return pieces.callsTools() ? "TOOL_CALL" : "COMPLETE";
    }

    @Override
    public String error(int status, String message) {
        return errorBody(message);
    }

    static String errorBody(String message) {
        return "{\"id\":\"00000000-0000-0000-0000-000000000000\",\"message\":" + quote(message) + "}";
    }

    @Override
    public String errorEvent(int code, String message) {
        return "{\"type\":\"message-end\",\"delta\":{\"error\":" + quote(message) + ",\"finish_reason\":\"ERROR\"}}";
    }

    @Override
    public String last() {
        return "[DONE]";
    }

    /// Every event is named like its type, with which its data begins.
    @Override
    public String name(String data) {
        int from = "{\"type\":\"".length();
        return data.startsWith("{") ? data.substring(from, data.indexOf('"', from)) : "";
    }
}
