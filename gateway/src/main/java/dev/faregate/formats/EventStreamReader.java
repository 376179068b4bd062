package dev.faregate.formats;

import dev.faregate.base.Json;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Reads `application/vnd.amazon.eventstream` (Smithy specification, "Amazon Event Stream Specification") from bytes
/// that arrive cut anywhere: frames of a prelude with the two lengths and its checksum, headers, a payload, and the
/// checksum of all of it.
///
/// An event or an exception is told as an object with one field: its type, and in it what the
/// payload says. Memory grows with the bytes that came and never with those that were announced.
///
/// One reader per stream, one thread at a time. It keeps plain heap memory and needs no closing.
public final class EventStreamReader {
    /// What the stream is like so far; once it is not well, nothing more is read.
    public enum State {
        WELL,
        TOO_LARGE,
        /// A wrong checksum, lengths that cannot be, or a payload that is no JSON.
        DAMAGED
    }

    /// As the specification bounds the headers of a frame.
    static final int MAX_HEADER_BYTES = 128 * 1024;

    private static final int PRELUDE = 12;
    private static final int CHECKSUM = 4;

    /// Memory that is kept from one frame to the next; the room of a larger one is given back.
    private static final int KEPT_BYTES = 16 * 1024;

    private final int maxFrameBytes;
    private byte[] frame = new byte[0];
    private int filled;

    /// What has to be there before the reading goes on: the prelude, then the whole frame.
    private int needed = PRELUDE;

    private State state = State.WELL;

    /// A frame of more than `maxFrameBytes`, all of it counted, ends the reading.
    public EventStreamReader(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    /// Reads all readable bytes of `in` and tells each message that became whole, in order.
    public State feed(ByteBuf in, Consumer<JsonNode> sink) {
        while (state == State.WELL && in.isReadable()) {
            int take = Math.min(in.readableBytes(), needed - filled);
            room(filled + take);
            in.readBytes(frame, filled, take);
            filled += take;
            if (filled == needed) {
                state = needed == PRELUDE ? prelude() : message(sink);
            }
        }
        in.skipBytes(in.readableBytes());
        return state;
    }

    /// Whether the stream may end here: not inside of a frame.
    public boolean isBetweenFrames() {
        return state == State.WELL && filled == 0;
    }

    private void room(int bytes) {
        if (bytes > frame.length) {
            frame = Arrays.copyOf(frame, Math.max(bytes, Math.min(needed, Math.max(256, 2 * frame.length))));
        }
    }

    private State prelude() {
        long total = unsigned(0);
        long headers = unsigned(4);
        if (unsigned(8) != checksum(8)) {
            return State.DAMAGED;
        }
        if (headers > MAX_HEADER_BYTES || total > maxFrameBytes) {
            return State.TOO_LARGE;
        }
        // The prelude itself is never a whole frame, so what is needed always grows here.
        if (total < PRELUDE + headers + CHECKSUM) {
            return State.DAMAGED;
        }
        needed = (int) total;
        return State.WELL;
    }

    private State message(Consumer<JsonNode> sink) {
        int end = needed - CHECKSUM;
        if (unsigned(end) != checksum(end)) {
            return State.DAMAGED;
        }
        int payload = PRELUDE + (int) unsigned(4);
        Map<String, String> headers = headers(ByteBuffer.wrap(frame, PRELUDE, payload - PRELUDE));
        if (headers == null) {
            return State.DAMAGED;
        }
        JsonNode told = told(headers, payload, end - payload);
        if (told == null) {
            return State.DAMAGED;
        }
        filled = 0;
        needed = PRELUDE;
        if (frame.length > KEPT_BYTES) {
            frame = new byte[0];
        }
        sink.accept(told);
        return State.WELL;
    }

    /// Null for a payload that is no JSON.
    private @Nullable JsonNode told(Map<String, String> headers, int at, int length) {
        ObjectNode told = JsonNodeFactory.instance.objectNode();
        String kind = headers.getOrDefault(":message-type", "event");
        if (kind.equals("error")) {
            told.putObject("error")
                    .put("code", headers.getOrDefault(":error-code", ""))
                    .put("message", headers.getOrDefault(":error-message", ""));
            return told;
        }
        String type = headers.getOrDefault(kind.equals("exception") ? ":exception-type" : ":event-type", "");
        try {
            told.set(type, length == 0 ? told.objectNode() : Json.readAnswer(frame, at, length));
            return told;
        } catch (JacksonException e) {
            return null;
        }
    }

    /// The headers that are text; null where they do not fill their place exactly.
    private static @Nullable Map<String, String> headers(ByteBuffer in) {
        Map<String, String> headers = new HashMap<>();
        while (in.hasRemaining()) {
            String name = text(in, in.get() & 0xFF);
            if (name == null || !in.hasRemaining()) {
                return null;
            }
            int type = in.get();
            int length = switch (type) {
                case 0, 1 -> 0;
                case 2 -> 1;
                case 3 -> 2;
                case 4 -> 4;
                case 5, 8 -> 8;
                case 9 -> 16;
                case 6, 7 -> in.remaining() < 2 ? -1 : in.getShort() & 0xFFFF;
                default -> -1;
            };
            String value = length < 0 ? null : text(in, length);
            if (value == null) {
                return null;
            }
            if (type == 7) {
                headers.put(name, value);
            }
        }
        return headers;
    }

    /// Null where fewer bytes are left.
    private static @Nullable String text(ByteBuffer in, int length) {
        if (in.remaining() < length) {
            return null;
        }
        String text = new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
        in.position(in.position() + length);
        return text;
    }

    private long unsigned(int at) {
        return ByteBuffer.wrap(frame).getInt(at) & 0xFFFF_FFFFL;
    }

    private long checksum(int bytes) {
        CRC32 crc = new CRC32();
        crc.update(frame, 0, bytes);
        return crc.getValue();
    }
}
