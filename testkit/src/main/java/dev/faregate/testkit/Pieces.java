package dev.faregate.testkit;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.io.JsonStringEncoder;

/// What an answer says, piece by piece, whatever format it is said in: first what the model thinks, then its text, then
/// the tools it calls.
record Pieces(Script script, Shape shape) {
    private static final String FILLER = "the quick brown fox jumps over the lazy dog and runs on ";

    /// A piece of call number `place`; `fragment` is -1 for the one that opens it.
    record OfCall(int place, ToolCall call, int fragment) {
        boolean opens() {
            return fragment < 0;
        }

        boolean closes() {
            return fragment == call.pieces() - 2;
        }
    }

    /// A call as far as it came: a cut one has cut arguments.
    record Made(int place, String name, String arguments) {}

    static String quote(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + "\"";
    }

    /// Pieces of text that are in the answer.
    int texts() {
        return Math.min(shape.otherPieces(), script.content().chunks());
    }

    boolean toolsOnly() {
        return texts() == 0 && !script.content().toolCalls().isEmpty();
    }

    boolean callsTools() {
        return !script.content().toolCalls().isEmpty();
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < texts(); i++) {
            text.append(text(i));
        }
        return text.toString();
    }

    String thought() {
        StringBuilder thought = new StringBuilder();
        for (int i = 0; i < shape.reasoningPieces(); i++) {
            thought.append(thought(i));
        }
        return thought.toString();
    }

    String text(int piece) {
        String text = script.content().text();
        if (text == null) {
            return thought(piece);
        }
        int characters = text.codePointCount(0, text.length());
        int chunks = script.content().chunks();
        int from = text.offsetByCodePoints(0, (int) ((long) characters * piece / chunks));
        int to = text.offsetByCodePoints(0, (int) ((long) characters * (piece + 1) / chunks));
        return text.substring(from, to);
    }

    String thought(int piece) {
        int bytes = script.content().chunkBytes();
        int start = (int) ((long) piece * bytes % FILLER.length());
        return FILLER.repeat(Math.ceilDiv(start + bytes, FILLER.length())).substring(start, start + bytes);
    }

    /// The piece that is number `piece` of those of all calls.
    OfCall ofCall(int piece) {
        int left = piece;
        List<ToolCall> calls = script.content().toolCalls();
        for (int i = 0; i < calls.size(); i++) {
            if (left < calls.get(i).pieces()) {
                return new OfCall(i, calls.get(i), left - 1);
            }
            left -= calls.get(i).pieces();
        }
        throw new IllegalStateException("no tool piece " + piece);
    }

    /// The calls that are complete or begun.
    List<Made> calls() {
        List<Made> made = new ArrayList<>();
        int left = shape.otherPieces() - texts();
        List<ToolCall> calls = script.content().toolCalls();
        for (int i = 0; i < calls.size() && left > 0; i++) {
            ToolCall call = calls.get(i);
            StringBuilder arguments = new StringBuilder();
            for (int fragment = 0; fragment < Math.min(left, call.pieces()) - 1; fragment++) {
                arguments.append(call.fragment(fragment));
            }
            made.add(new Made(i, call.name(), arguments.toString()));
            left -= call.pieces();
        }
        return made;
    }
}
