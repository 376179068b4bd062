package dev.faregate.testkit;

import static dev.faregate.testkit.Pieces.quote;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The JSON of one answer as OpenAI writes it (API reference, chat completions: the object and the
/// chunk object; embeddings; images and the events of an image), a transcript; and for rankings as
/// Jina does, nulls included. Chunks are counted from 0: role, pieces, finish, and usage when it has a chunk
/// of its own.
final class OpenAiFormat implements AnswerFormat {
    private final String id;
    private final long created;
    private final String model;
    private final Script script;
    private final Asked asked;
    private final Shape shape;
    private final Pieces pieces;
    private final boolean usageSent;

    OpenAiFormat(String id, long created, Asked asked, Script script, Shape shape) {
        this.id = id;
        this.created = created;
        this.model = asked.model().isEmpty() ? "unknown" : asked.model();
        this.script = script;
        this.asked = asked;
        this.shape = shape;
        this.pieces = new Pieces(script, shape);
        this.usageSent = script.usage().sent(asked.stream(), asked.includeUsage());
    }

    @Override
    public int chunks() {
        Pictures pictures = asked.pictures();
        if (pictures != null) {
            return pictures.partial() + 1;
        }
        boolean ownChunk = usageSent && script.usage().place() == UsageReport.Place.OWN_CHUNK;
        return shape.pieces() + (ownChunk ? 3 : 2);
    }

    @Override
    public long deliveredAfter(int index) {
        Pictures pictures = asked.pictures();
        if (pictures != null) {
            return index > pictures.partial() ? shape.tokens().completion() : 0;
        }
        return index > shape.pieces() ? shape.tokens().completion() : shape.deliveredAfter(index);
    }

    /// One event for each choice.
    @Override
    public List<String> chunk(int index) {
        Pictures pictures = asked.pictures();
        if (pictures != null) {
            return List.of(pictures.event(index, created, usageSent ? imageUsage() : ""));
        }
        if (index > shape.pieces() + 1) {
            return List.of(envelope("[]", usageJson()));
        }
        List<String> events = new ArrayList<>(asked.choices());
        for (int choice = 0; choice < asked.choices(); choice++) {
            events.add(envelope(choiceJson(index, choice), usageIn(index, choice)));
        }
        return events;
    }

    @Override
    public String contentChunk(String text) {
        return envelope(delta(0, "{\"content\":" + quote(text) + "}", "null"), nullUsage());
    }

    @Override
    public String whole() {
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
        Transcript transcript = asked.transcript();
        if (transcript != null) {
            return transcript.json(usageSent ? ",\"usage\":" + transcriptUsage(transcript) : "");
        }
        Pictures pictures = asked.pictures();
        if (pictures != null) {
            return "{\"created\":" + created + ",\"background\":\"opaque\",\"data\":" + pictures.json()
                    + ",\"output_format\":\"png\",\"size\":\"1024x1024\""
                    + (usageSent ? ",\"usage\":" + imageUsage() : "") + "}";
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

    @Override
    public String error(int status, String message) {
        return errorBody(status, message);
    }

    @Override
    public String errorEvent(int code, String message) {
        return errorBody(code, message);
    }

    @Override
    public String last() {
        return "[DONE]";
    }

    @Override
    public String afterError() {
        return last();
    }

    @Override
    public String name(String data) {
        return asked.pictures() == null ? "" : Pictures.type(data);
    }

    /// An error body (API reference, error codes).
    static String errorBody(int status, String message) {
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
            return delta(choice, "{\"reasoning_content\":" + quote(pieces.thought(piece)) + "}", "null");
        }
        piece -= shape.reasoningPieces();
        if (piece < script.content().chunks()) {
            return delta(choice, "{\"content\":" + quote(pieces.text(piece)) + "}", "null");
        }
        return delta(choice, toolDelta(piece - script.content().chunks()), "null");
    }

    private static String delta(int choice, String delta, String finish) {
        return "[{\"index\":" + choice + ",\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finish
                + "}]";
    }

    private String toolDelta(int piece) {
        Pieces.OfCall part = pieces.ofCall(piece);
        return part.opens()
                ? "{\"tool_calls\":[{\"index\":" + part.place() + ",\"id\":\"call_" + id + "_" + part.place()
                        + "\",\"type\":\"function\",\"function\":{\"name\":"
                        + quote(part.call().name()) + ",\"arguments\":\"\"}}]}"
                : "{\"tool_calls\":[{\"index\":" + part.place() + ",\"function\":{\"arguments\":"
                        + quote(part.call().fragment(part.fragment())) + "}}]}";
    }

    private String message() {
        String thought = pieces.thought();
        return "{\"role\":\"assistant\",\"content\":" + (pieces.toolsOnly() ? "null" : quote(pieces.text()))
                + ",\"refusal\":null"
                + (thought.isEmpty() ? "" : ",\"reasoning_content\":" + quote(thought))
                + toolCalls()
                + ",\"annotations\":[]}";
    }

    private String toolCalls() {
        String calls = pieces.calls().stream()
                .map(made -> "{\"id\":\"call_" + id + "_" + made.place()
                        + "\",\"type\":\"function\",\"function\":{\"name\":"
                        + quote(made.name()) + ",\"arguments\":"
                        + quote(made.arguments()) + "}}")
                .collect(Collectors.joining(","));
        return calls.isEmpty() ? "" : ",\"tool_calls\":[" + calls + "]";
    }

    private String finishReason() {
        if (shape.limited()) {
            return "length";
        }
        return pieces.callsTools() ? "tool_calls" : "stop";
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

    private String transcriptUsage(Transcript transcript) {
        UsageReport.Lie lie = script.usage().lie();
        if (lie == UsageReport.Lie.NULL) {
            return "null";
        }
        if (transcript.isTimed()) {
            return "{\"type\":\"duration\",\"seconds\":" + Transcript.SECONDS + "}";
        }
        TokenCounts truth = shape.tokens();
        TokenCounts said = Objects.requireNonNullElse(reported(truth, lie), truth);
        return "{\"type\":\"tokens\",\"input_tokens\":" + number(said.prompt(), lie)
                + ",\"output_tokens\":" + number(said.completion(), lie)
                + ",\"total_tokens\":" + number(said.prompt() + said.completion(), lie)
                + ",\"input_token_details\":{\"text_tokens\":0,\"audio_tokens\":" + number(said.prompt(), lie) + "}}";
    }

    private String imageUsage() {
        UsageReport.Lie lie = script.usage().lie();
        if (lie == UsageReport.Lie.NULL) {
            return "null";
        }
        TokenCounts truth = shape.tokens();
        TokenCounts said = Objects.requireNonNullElse(reported(truth, lie), truth);
        return "{\"input_tokens\":" + number(said.prompt(), lie)
                + ",\"output_tokens\":" + number(said.completion(), lie)
                + ",\"total_tokens\":" + number(said.prompt() + said.completion(), lie)
                + ",\"input_tokens_details\":{\"text_tokens\":" + number(said.prompt(), lie)
                + ",\"image_tokens\":0}}";
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
