package dev.faregate.testkit;

import static dev.faregate.testkit.Pieces.quote;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The JSON of one answer as Google writes it (ai.google.dev, "Generating content"): every event is a response with the
/// next parts and what was counted so far, and the stream just ends after the one with a finish reason. A call comes
/// whole, with the piece that ends it.
final class GeminiFormat extends NativeFormat {
    private final String model;

    GeminiFormat(String id, Asked asked, Script script, Shape shape) {
        super(id, asked, script, shape);
        this.model = asked.model();
    }

    @Override
    public List<String> chunk(int index) {
        if (index == 0) {
            return List.of(response("", null));
        }
        if (index > shape.pieces()) {
            return List.of(response("{\"text\":\"\",\"thoughtSignature\":\"" + signature() + "\"}", finishReason()));
        }
        return List.of(response(part(index - 1), null));
    }

    private String part(int piece) {
        if (piece < shape.reasoningPieces()) {
            return "{\"text\":" + quote(pieces.thought(piece)) + ",\"thought\":true}";
        }
        int at = piece - shape.reasoningPieces();
        if (at < pieces.texts()) {
            return "{\"text\":" + quote(pieces.text(at)) + "}";
        }
        Pieces.OfCall part = pieces.ofCall(at - pieces.texts());
        return part.closes()
                ? call(part.place(), part.call().name(), part.call().arguments())
                : "";
    }

    /// As Gemini signs them: the first of several.
    private String call(int place, String name, String arguments) {
        String signed = place == 0 ? ",\"thoughtSignature\":\"" + signature() + "\"" : "";
        return "{\"functionCall\":{\"name\":" + quote(name) + ",\"args\":" + (arguments.isEmpty() ? "{}" : arguments)
                + "}" + signed + "}";
    }

    private String signature() {
        return "c2ln" + id;
    }

    private String response(String parts, @Nullable String finishReason) {
        return "{\"candidates\":[{\"content\":{\"parts\":[" + parts + "],\"role\":\"model\"}"
                + (finishReason == null ? "" : ",\"finishReason\":\"" + finishReason + "\"") + ",\"index\":0}]"
                + (usageSent ? ",\"usageMetadata\":" + usage(finishReason != null) : "")
                + ",\"modelVersion\":" + quote(model) + ",\"responseId\":\"" + id + "\"}";
    }

    @Override
    public String contentChunk(String text) {
        return response("{\"text\":" + quote(text) + "}", null);
    }

    @Override
    public String whole() {
        List<String> parts = new ArrayList<>();
        if (shape.reasoningPieces() > 0) {
            parts.add("{\"text\":" + quote(pieces.thought()) + ",\"thought\":true}");
        }
        if (pieces.texts() > 0) {
            parts.add("{\"text\":" + quote(pieces.text()) + "}");
        }
        pieces.calls().forEach(made -> parts.add(call(made.place(), made.name(), made.arguments())));
        return response(String.join(",", parts), finishReason());
    }

    /// Thoughts are counted beside the answer.
    private String usage(boolean whole) {
        TokenCounts said = said();
        long answer = whole ? said.completion() - said.reasoning() : 1;
        return "{\"promptTokenCount\":" + said.prompt() + ",\"candidatesTokenCount\":" + answer
                + (said.reasoning() == 0 ? "" : ",\"thoughtsTokenCount\":" + said.reasoning())
                + (said.cached() == 0 ? "" : ",\"cachedContentTokenCount\":" + said.cached())
                + ",\"totalTokenCount\":" + (said.prompt() + said.completion())
                + ",\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":" + said.prompt() + "}]}";
    }

    private String finishReason() {
        return shape.limited() ? "MAX_TOKENS" : "STOP";
    }

    @Override
    public String error(int status, String message) {
        return errorBody(status, message);
    }

    static String errorBody(int status, String message) {
        String word = switch (status) {
            case 400 -> "INVALID_ARGUMENT";
            case 401 -> "UNAUTHENTICATED";
            case 403 -> "PERMISSION_DENIED";
            case 404 -> "NOT_FOUND";
            case 429 -> "RESOURCE_EXHAUSTED";
            case 503 -> "UNAVAILABLE";
            case 504 -> "DEADLINE_EXCEEDED";
            default -> status < 500 ? "FAILED_PRECONDITION" : "INTERNAL";
        };
        return "{\"error\":{\"code\":" + status + ",\"message\":" + quote(message) + ",\"status\":\"" + word + "\"}}";
    }

    @Override
    public String errorEvent(int code, String message) {
        return errorBody(code, message);
    }

    @Override
    public @Nullable String last() {
        return null;
    }

    @Override
    public String name(String data) {
        return "";
    }
}
