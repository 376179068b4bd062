package dev.faregate.testkit;

import static dev.faregate.testkit.Pieces.quote;

import java.util.ArrayList;
import java.util.List;

/// The JSON of one answer as Anthropic writes it (docs.anthropic.com, "Create a Message", "Streaming Messages",
/// "Errors"). The first chunk is `message_start` and a ping; blocks are opened and closed around their pieces; the last
/// chunk is `message_delta`, and `message_stop` ends the stream. Usage is always told.
final class AnthropicFormat extends NativeFormat {
    private final String model;

    AnthropicFormat(String id, Asked asked, Script script, Shape shape) {
        super(id, asked, script, shape);
        this.model = asked.model();
    }

    @Override
    public List<String> chunk(int index) {
        if (index == 0) {
            return List.of(
                    "{\"type\":\"message_start\",\"message\":" + message("[]", "null", usage(1)) + "}",
                    "{\"type\":\"ping\"}");
        }
        if (index > shape.pieces()) {
            return List.of("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"" + stopReason()
                    + "\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":"
                    + said().completion() + "}}");
        }
        return piece(index - 1);
    }

    private List<String> piece(int piece) {
        List<String> events = new ArrayList<>();
        boolean last = piece == shape.pieces() - 1;
        int thoughts = shape.reasoningPieces();
        if (piece < thoughts) {
            if (piece == 0) {
                events.add(opened(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"));
            }
            events.add(delta(0, "thinking_delta", "thinking", pieces.thought(piece)));
            if (piece == thoughts - 1) {
                events.add(delta(0, "signature_delta", "signature", signature()));
                events.add(closed(0));
            }
            return events;
        }
        int block = thoughts > 0 ? 1 : 0;
        int texts = pieces.texts();
        int at = piece - thoughts;
        if (at < texts) {
            if (at == 0) {
                events.add(opened(block, "{\"type\":\"text\",\"text\":\"\"}"));
            }
            events.add(delta(block, "text_delta", "text", pieces.text(at)));
            if (at == texts - 1) {
                events.add(closed(block));
            }
            return events;
        }
        Pieces.OfCall part = pieces.ofCall(at - texts);
        block += (texts > 0 ? 1 : 0) + part.place();
        events.add(
                part.opens()
                        ? opened(block, call(part.place(), part.call().name(), "{}"))
                        : delta(
                                block,
                                "input_json_delta",
                                "partial_json",
                                part.call().fragment(part.fragment())));
        if (part.closes() || last) {
            events.add(closed(block));
        }
        return events;
    }

    private String signature() {
        return "c2ln" + id.replace("msg_", "");
    }

    private String call(int place, String name, String input) {
        return "{\"type\":\"tool_use\",\"id\":\"toolu_" + id + "_" + place + "\",\"name\":" + quote(name)
                + ",\"input\":" + input + "}";
    }

    private static String opened(int block, String content) {
        return "{\"type\":\"content_block_start\",\"index\":" + block + ",\"content_block\":" + content + "}";
    }

    private static String delta(int block, String type, String name, String value) {
        return "{\"type\":\"content_block_delta\",\"index\":" + block + ",\"delta\":{\"type\":\"" + type + "\",\""
                + name + "\":" + quote(value) + "}}";
    }

    private static String closed(int block) {
        return "{\"type\":\"content_block_stop\",\"index\":" + block + "}";
    }

    @Override
    public String contentChunk(String text) {
        return delta(0, "text_delta", "text", text);
    }

    @Override
    public String whole() {
        List<String> blocks = new ArrayList<>();
        if (shape.reasoningPieces() > 0) {
            blocks.add("{\"type\":\"thinking\",\"thinking\":" + quote(pieces.thought()) + ",\"signature\":\""
                    + signature() + "\"}");
        }
        if (pieces.texts() > 0) {
            blocks.add("{\"type\":\"text\",\"text\":" + quote(pieces.text()) + "}");
        }
        pieces.calls()
                .forEach(made -> blocks.add(
                        call(made.place(), made.name(), made.arguments().isEmpty() ? "{}" : made.arguments())));
        return message("[" + String.join(",", blocks) + "]", "\"" + stopReason() + "\"", usage(said().completion()));
    }

    private String message(String content, String stopReason, String usage) {
        return "{\"id\":\"" + id + "\",\"type\":\"message\",\"role\":\"assistant\",\"model\":" + quote(model)
                + ",\"content\":" + content + ",\"stop_reason\":" + stopReason + ",\"stop_sequence\":null"
                + (usageSent ? ",\"usage\":" + usage : "") + "}";
    }

    private String usage(long output) {
        TokenCounts said = said();
        return "{\"input_tokens\":" + (said.prompt() - said.cached())
                + ",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":" + said.cached()
                + ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":0,\"ephemeral_1h_input_tokens\":0}"
                + ",\"output_tokens\":" + output + ",\"service_tier\":\"standard\"}";
    }

    private String stopReason() {
        if (shape.limited()) {
            return "max_tokens";
        }
        return pieces.callsTools() ? "tool_use" : "end_turn";
    }

    @Override
    public String error(int status, String message) {
        return errorBody(status, message);
    }

    static String errorBody(int status, String message) {
        return "{\"type\":\"error\",\"error\":{\"type\":\"" + type(status) + "\",\"message\":" + quote(message)
                + "},\"request_id\":\"req_sim\"}";
    }

    @Override
    public String errorEvent(int code, String message) {
        return "{\"type\":\"error\",\"error\":{\"type\":\"" + type(code) + "\",\"message\":" + quote(message) + "}}";
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 504 -> "timeout_error";
            case 529 -> "overloaded_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    @Override
    public String last() {
        return "{\"type\":\"message_stop\"}";
    }

    /// Every event is named like its type, with which its data begins.
    @Override
    public String name(String data) {
        int from = "{\"type\":\"".length();
        return data.substring(from, data.indexOf('"', from));
    }
}
