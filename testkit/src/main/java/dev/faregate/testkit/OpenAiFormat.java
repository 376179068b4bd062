package dev.faregate.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/// The JSON of one answer as OpenAI writes it (API reference, chat completions: the object and the chunk
/// object; embeddings), and for rankings as Jina does, nulls included. Chunks are counted from 0:
/// role, pieces, finish, and usage when it has a chunk of its own.
final class OpenAiFormat {
    private static final String FILLER = "the quick brown fox jumps over the lazy dog and runs on ";

    private final String id;
    private final long created;
    private final String model;
    private final Script script;
    private final Asked asked;
    private final Shape shape;
    private final boolean usageSent;

    OpenAiFormat(String id, long created, Asked asked, Script script, Shape shape) {
        this.id = id;
        this.created = created;
        this.model = asked.model().isEmpty() ? "unknown" : asked.model();
        this.script = script;
        this.asked = asked;
        this.shape = shape;
        this.usageSent = script.usage().sent(asked.stream(), asked.includeUsage());
    }

    int chunks() {
        boolean ownChunk = usageSent && script.usage().place() == UsageReport.Place.OWN_CHUNK;
        return shape.pieces() + (ownChunk ? 3 : 2);
    }

    /// Completion tokens that are out once chunk `index` is.
    long deliveredAfter(int index) {
        return index > shape.pieces() ? shape.tokens().completion() : shape.deliveredAfter(index);
    }

    /// The events of chunk `index`: one for each choice.
    List<String> chunk(int index) {
        if (index > shape.pieces() + 1) {
            return List.of(envelope("[]", usageJson()));
        }
        List<String> events = new ArrayList<>(asked.choices());
        for (int choice = 0; choice < asked.choices(); choice++) {
            events.add(envelope(choiceJson(index, choice), usageIn(index, choice)));
        }
        return events;
    }

    /// A content chunk with any text.
    String contentChunk(String text) {
        return envelope(delta(0, "{\"content\":" + quote(text) + "}", "null"), nullUsage());
    }

    /// The whole answer, for a request that does not stream.
    String whole() {
        Vectors vectors = asked.vectors();
        if (vectors != null) {
            return "{\"object\":\"list\",\"data\":" + vectors.json() + ",\"model\":" + quote(model)
                    + (usageSent ? ",\"usage\":" + promptUsage() : "") + "}";
        }
        Ranking ranking = asked.ranking();
        if (ranking != null) {
            return "{\"model\":" + quote(model) + ",\"results\":" + ranking.json()
                    + (usageSent ? ",\"usage\":" + promptUsage() : "") + "}";
        }
        StringBuilder choices = new StringBuilder();
        for (int choice = 0; choice < asked.choices(); choice++) {
            choices.append(choice == 0 ? "" : ",")
                    .append("{\"index\":")
                    .append(choice)
                    .append(",\"message\":")
                    .append(message())
                    .append(",\"logprobs\":null,\"finish_reason\":\"")
                    .append(finishReason())
                    .append("\"}");
        }
        return "{\"id\":\"" + id + "\",\"object\":\"chat.completion\",\"created\":" + created + ",\"model\":"
                + quote(model) + ",\"choices\":[" + choices + "]"
                + (usageSent ? ",\"usage\":" + usageJson() : "")
                + ",\"service_tier\":\"default\",\"system_fingerprint\":null}";
    }

    /// An error body (API reference, error codes).
    static String error(int status, String message) {
        String type = switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 429 -> "rate_limit_error";
            default -> status < 500 ? "invalid_request_error" : "server_error";
        };
        String code = status == 429 ? "\"rate_limit_exceeded\"" : "null";
        return "{\"error\":{\"message\":" + quote(message) + ",\"type\":\"" + type + "\",\"param\":null,\"code\":"
                + code + "}}";
    }

    static String models(List<String> ids, long created) {
        StringBuilder data = new StringBuilder();
        for (String id : ids) {
            data.append(data.isEmpty() ? "" : ",")
                    .append("{\"id\":")
                    .append(quote(id))
                    .append(",\"object\":\"model\",\"created\":")
                    .append(created)
                    .append(",\"owned_by\":\"testkit\"}");
        }
        return "{\"object\":\"list\",\"data\":[" + data + "]}";
    }

    static String quote(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + "\"";
    }

    /// The token counts as a reader of the usage object takes them; null when there are none or they are
    /// no counts.
    static @Nullable TokenCounts reported(TokenCounts truth, UsageReport.Lie lie) {
        return switch (lie) {
            case NONE -> truth;
            case TIMES_TEN ->
                new TokenCounts(truth.prompt() * 10, truth.completion() * 10, truth.cached(), truth.reasoning());
            case NEGATIVE -> new TokenCounts(-truth.prompt(), -truth.completion(), -truth.cached(), -truth.reasoning());
            case PARTS_ABOVE_WHOLE ->
                new TokenCounts(truth.prompt(), truth.completion(), truth.prompt() + 1, truth.completion() + 1);
            case TEXT, HUGE, FRACTION, NULL -> null;
        };
    }

    private String envelope(String choices, String usage) {
        return "{\"id\":\"" + id + "\",\"object\":\"chat.completion.chunk\",\"created\":" + created + ",\"model\":"
                + quote(model) + ",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":" + choices
                + (usage.isEmpty() ? "" : ",\"usage\":" + usage) + "}";
    }

    private String choiceJson(int index, int choice) {
        if (index == 0) {
            return delta(choice, "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null");
        }
        if (index > shape.pieces()) {
            return delta(choice, "{}", "\"" + finishReason() + "\"");
        }
        int piece = index - 1;
        if (piece < shape.reasoningPieces()) {
            return delta(choice, "{\"reasoning_content\":" + quote(filler(piece)) + "}", "null");
        }
        piece -= shape.reasoningPieces();
        if (piece < script.content().chunks()) {
            return delta(choice, "{\"content\":" + quote(contentPiece(piece)) + "}", "null");
        }
        return delta(choice, toolDelta(piece - script.content().chunks()), "null");
    }

    private static String delta(int choice, String delta, String finish) {
        return "[{\"index\":" + choice + ",\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finish
                + "}]";
    }

    private String toolDelta(int piece) {
        int left = piece;
        List<ToolCall> calls = script.content().toolCalls();
        for (int i = 0; i < calls.size(); i++) {
            ToolCall call = calls.get(i);
            if (left == 0) {
                return "{\"tool_calls\":[{\"index\":" + i + ",\"id\":\"call_" + id + "_" + i
                        + "\",\"type\":\"function\",\"function\":{\"name\":" + quote(call.name())
                        + ",\"arguments\":\"\"}}]}";
            }
            if (left < call.pieces()) {
                return "{\"tool_calls\":[{\"index\":" + i + ",\"function\":{\"arguments\":"
                        + quote(call.fragment(left - 1)) + "}}]}";
            }
            left -= call.pieces();
        }
        throw new IllegalStateException("no tool piece " + piece);
    }

    private String message() {
        int content = Math.min(shape.otherPieces(), script.content().chunks());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content; i++) {
            text.append(contentPiece(i));
        }
        StringBuilder reasoning = new StringBuilder();
        for (int i = 0; i < shape.reasoningPieces(); i++) {
            reasoning.append(filler(i));
        }
        boolean toolsOnly = content == 0 && !script.content().toolCalls().isEmpty();
        return "{\"role\":\"assistant\",\"content\":" + (toolsOnly ? "null" : quote(text.toString()))
                + ",\"refusal\":null"
                + (reasoning.isEmpty() ? "" : ",\"reasoning_content\":" + quote(reasoning.toString()))
                + toolCalls(shape.otherPieces() - content)
                + ",\"annotations\":[]}";
    }

    /// The calls that are complete or begun within the first `pieces` tool pieces; a cut call has cut
    /// arguments.
    private String toolCalls(int pieces) {
        StringBuilder out = new StringBuilder();
        int left = pieces;
        List<ToolCall> calls = script.content().toolCalls();
        for (int i = 0; i < calls.size() && left > 0; i++) {
            ToolCall call = calls.get(i);
            StringBuilder arguments = new StringBuilder();
            for (int fragment = 0; fragment < Math.min(left, call.pieces()) - 1; fragment++) {
                arguments.append(call.fragment(fragment));
            }
            out.append(i == 0 ? "" : ",")
                    .append("{\"id\":\"call_" + id + "_" + i + "\",\"type\":\"function\",\"function\":{\"name\":")
                    .append(quote(call.name()))
                    .append(",\"arguments\":")
                    .append(quote(arguments.toString()))
                    .append("}}");
            left -= call.pieces();
        }
        return out.isEmpty() ? "" : ",\"tool_calls\":[" + out + "]";
    }

    private String finishReason() {
        if (shape.limited()) {
            return "length";
        }
        return script.content().toolCalls().isEmpty() ? "stop" : "tool_calls";
    }

    private String contentPiece(int piece) {
        String text = script.content().text();
        if (text == null) {
            return filler(piece);
        }
        int characters = text.codePointCount(0, text.length());
        int chunks = script.content().chunks();
        int from = text.offsetByCodePoints(0, (int) ((long) characters * piece / chunks));
        int to = text.offsetByCodePoints(0, (int) ((long) characters * (piece + 1) / chunks));
        return text.substring(from, to);
    }

    private String filler(int piece) {
        int bytes = script.content().chunkBytes();
        int start = (int) ((long) piece * bytes % FILLER.length());
        return FILLER.repeat(Math.ceilDiv(start + bytes, FILLER.length())).substring(start, start + bytes);
    }

    /// The last chunk of a choice carries usage if it has no chunk of its own; all others a null if usage
    /// is sent.
    private String usageIn(int index, int choice) {
        boolean here = usageSent
                && script.usage().place() == UsageReport.Place.FINISH_CHUNK
                && index > shape.pieces()
                && choice == asked.choices() - 1;
        return here ? usageJson() : nullUsage();
    }

    private String nullUsage() {
        return usageSent && script.usage().place() == UsageReport.Place.OWN_CHUNK ? "null" : "";
    }

    private String promptUsage() {
        UsageReport.Lie lie = script.usage().lie();
        TokenCounts truth = shape.tokens();
        String prompt =
                number(Objects.requireNonNullElse(reported(truth, lie), truth).prompt(), lie);
        return lie == UsageReport.Lie.NULL
                ? "null"
                : "{\"prompt_tokens\":" + prompt + ",\"total_tokens\":" + prompt + "}";
    }

    private String usageJson() {
        UsageReport.Lie lie = script.usage().lie();
        if (lie == UsageReport.Lie.NULL) {
            return "null";
        }
        TokenCounts truth = shape.tokens();
        TokenCounts said = Objects.requireNonNullElse(reported(truth, lie), truth);
        return "{\"prompt_tokens\":" + number(said.prompt(), lie)
                + ",\"completion_tokens\":" + number(said.completion(), lie)
                + ",\"total_tokens\":" + number(said.prompt() + said.completion(), lie)
                + ",\"prompt_tokens_details\":{\"cached_tokens\":" + number(said.cached(), lie)
                + ",\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":"
                + number(said.reasoning(), lie)
                + ",\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}";
    }

    private static String number(long count, UsageReport.Lie lie) {
        return switch (lie) {
            case TEXT -> "\"" + count + "\"";
            case HUGE -> count == 0 ? "0" : count + "0000000000000000000000";
            case FRACTION -> count + ".5";
            case NONE, TIMES_TEN, NEGATIVE, PARTS_ABOVE_WHOLE, NULL -> Long.toString(count);
        };
    }
}
