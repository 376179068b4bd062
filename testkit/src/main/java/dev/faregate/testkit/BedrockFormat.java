package dev.faregate.testkit;

import static dev.faregate.testkit.Pieces.quote;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/// The JSON of one answer as Amazon Bedrock's Converse writes it (Amazon Bedrock API Reference, "Converse",
/// "ConverseStream"), and the frames that its streams come in (Smithy specification, "Amazon Event Stream
/// Specification"). The first chunk is `messageStart`; only calls are opened, all blocks are closed; the last chunk is
/// `messageStop`, and `metadata` with what was counted ends the stream. The data of an event here is an object with its
/// type as the one field.
final class BedrockFormat extends NativeFormat {
    BedrockFormat(String id, Asked asked, Script script, Shape shape) {
        super(id, asked, script, shape);
    }

    @Override
    public List<String> chunk(int index) {
        if (index == 0) {
            return List.of("{\"messageStart\":{\"role\":\"assistant\"}}");
        }
        if (index > shape.pieces()) {
            return List.of("{\"messageStop\":{\"stopReason\":\"" + stopReason() + "\"}}");
        }
        return piece(index - 1);
    }

    private List<String> piece(int piece) {
        List<String> events = new ArrayList<>();
        boolean last = piece == shape.pieces() - 1;
        int thoughts = shape.reasoningPieces();
        if (piece < thoughts) {
            events.add(delta(0, "{\"reasoningContent\":{\"text\":" + quote(pieces.thought(piece)) + "}}"));
            if (piece == thoughts - 1) {
                events.add(delta(0, "{\"reasoningContent\":{\"signature\":\"" + signature() + "\"}}"));
                events.add(closed(0));
            }
            return events;
        }
        int block = thoughts > 0 ? 1 : 0;
        int texts = pieces.texts();
        int at = piece - thoughts;
        if (at < texts) {
            events.add(delta(block, text(pieces.text(at))));
            if (at == texts - 1) {
                events.add(closed(block));
            }
            return events;
        }
        Pieces.OfCall part = pieces.ofCall(at - texts);
        block += (texts > 0 ? 1 : 0) + part.place();
        String name = part.call().name();
        events.add(
                part.opens()
                        ? "{\"contentBlockStart\":{\"start\":{\"toolUse\":{\"toolUseId\":\"" + callId(part.place())
                                + "\",\"name\":" + quote(name) + "}},\"contentBlockIndex\":" + block + "}}"
                        : delta(
                                block,
                                "{\"toolUse\":{\"input\":" + quote(part.call().fragment(part.fragment())) + "}}"));
        if (part.closes() || last) {
            events.add(closed(block));
        }
        return events;
    }

    private String signature() {
        return "c2ln" + id;
    }

    private String callId(int place) {
        return "tooluse_" + id + "_" + place;
    }

    private static String text(String text) {
        return "{\"text\":" + quote(text) + "}";
    }

    private static String delta(int block, String delta) {
        return "{\"contentBlockDelta\":{\"delta\":" + delta + ",\"contentBlockIndex\":" + block
                + ",\"p\":\"abcdefghij\"}}";
    }

    private static String closed(int block) {
        return "{\"contentBlockStop\":{\"contentBlockIndex\":" + block + "}}";
    }

    @Override
    public String contentChunk(String text) {
        return delta(0, text(text));
    }

    @Override
    public String whole() {
        List<String> blocks = new ArrayList<>();
        if (shape.reasoningPieces() > 0) {
            blocks.add("{\"reasoningContent\":{\"reasoningText\":{\"text\":" + quote(pieces.thought())
                    + ",\"signature\":\"" + signature() + "\"}}}");
        }
        if (pieces.texts() > 0) {
            blocks.add(text(pieces.text()));
        }
        pieces.calls()
                .forEach(made -> blocks.add("{\"toolUse\":{\"toolUseId\":\"" + callId(made.place()) + "\",\"name\":"
                        + quote(made.name()) + ",\"input\":"
                        + (made.arguments().isEmpty() ? "{}" : made.arguments()) + "}}"));
        return "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[" + String.join(",", blocks)
                + "]}},\"stopReason\":\"" + stopReason() + "\"" + (usageSent ? ",\"usage\":" + usage() : "")
                + ",\"metrics\":{\"latencyMs\":12}}";
    }

    private String usage() {
        TokenCounts said = said();
        return "{\"inputTokens\":" + (said.prompt() - said.cached()) + ",\"outputTokens\":" + said.completion()
                + ",\"totalTokens\":" + (said.prompt() + said.completion()) + ",\"cacheReadInputTokens\":"
                + said.cached() + ",\"cacheWriteInputTokens\":0}";
    }

    private String stopReason() {
        if (shape.limited()) {
            return "max_tokens";
        }
        return pieces.callsTools() ? "tool_use" : "end_turn";
    }

    @Override
    public String error(int status, String message) {
        return errorBody(message);
    }

    static String errorBody(String message) {
        return "{\"message\":" + quote(message) + "}";
    }

    @Override
    public String errorEvent(int code, String message) {
        String type = switch (code) {
            case 400 -> "validationException";
            case 429 -> "throttlingException";
            case 503 -> "serviceUnavailableException";
            case 424 -> "modelStreamErrorException";
            default -> "internalServerException";
        };
        return "{\"" + type + "\":" + errorBody(message) + "}";
    }

    @Override
    public String last() {
        return "{\"metadata\":{" + (usageSent ? "\"usage\":" + usage() + "," : "") + "\"metrics\":{\"latencyMs\":12}}}";
    }

    @Override
    public String name(String data) {
        return data.substring(2, data.indexOf('"', 2));
    }

    @Override
    public String streamType() {
        return "application/vnd.amazon.eventstream";
    }

    @Override
    public byte[] events(List<String> data, String lineEnd) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String one : data) {
            String name = name(one);
            // Between the colon behind the name and the last brace; what has none is broken on purpose.
            out.writeBytes(frame(name, one.endsWith("}") ? one.substring(name.length() + 4, one.length() - 1) : one));
        }
        return out.toByteArray();
    }

    /// A frame of an event, or of an exception where its type is called one.
    static byte[] frame(String type, String payload) {
        boolean exception = type.endsWith("Exception");
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        header(headers, exception ? ":exception-type" : ":event-type", type);
        header(headers, ":content-type", "application/json");
        header(headers, ":message-type", exception ? "exception" : "event");
        byte[] body = payload.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(headers.size() + body.length + 16);
        frame.putInt(frame.capacity()).putInt(headers.size());
        frame.putInt(checksum(frame));
        frame.put(headers.toByteArray()).put(body);
        return frame.putInt(checksum(frame)).array();
    }

    private static void header(ByteArrayOutputStream out, String name, String value) {
        out.write(name.length());
        out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        out.write(7);
        out.write(value.length() >> 8);
        out.write(value.length());
        out.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }

    private static int checksum(ByteBuffer written) {
        CRC32 crc = new CRC32();
        crc.update(written.array(), 0, written.position());
        return (int) crc.getValue();
    }
}
