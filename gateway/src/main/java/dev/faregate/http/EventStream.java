package dev.faregate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/// The text of server-sent events (WHATWG HTML, "Server-sent events", event stream format). Pure: bytes in, bytes out;
/// whoever calls decides when a comment may stand between events.
public final class EventStream {
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT = "event: ".getBytes(StandardCharsets.US_ASCII);
    private static final ByteBuf KEEP_ALIVE = constant(": OPENROUTER PROCESSING\n\n");
    private static final ByteBuf DONE = constant("data: [DONE]\n\n");

    private EventStream() {}

    /// The comment that keeps a silent stream open (contract 1.2). Only between events.
    public static ByteBuf keepAlive() {
        return KEEP_ALIVE.duplicate();
    }

    /// The event that ends a chat stream (contract 1.2).
    public static ByteBuf done() {
        return DONE.duplicate();
    }

    /// Appends one event without a name.
    public static void data(ByteBuf out, byte[] data) {
        data(out, data, 0, data.length);
    }

    /// Appends one event without a name. A line break inside the data (CR, LF or CRLF) becomes a further `data` line,
    /// so that text from a model can never start an event of its own.
    public static void data(ByteBuf out, byte[] data, int offset, int length) {
        int end = offset + length;
        int start = offset;
        for (int i = offset; i < end; i++) {
            byte c = data[i];
            if (c == '\n' || c == '\r') {
                line(out, data, start, i);
                if (c == '\r' && i + 1 < end && data[i + 1] == '\n') {
                    i++;
                }
                start = i + 1;
            }
        }
        line(out, data, start, end);
        out.writeByte('\n');
    }

    /// Appends one event with a name, as the Anthropic and Responses skins use them. The name is ours, never a
    /// provider's text; one with a line break is a bug.
    public static void event(ByteBuf out, String name, byte[] data) {
        if (name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("an event name must be one line");
        }
        out.writeBytes(EVENT);
        out.writeCharSequence(name, StandardCharsets.UTF_8);
        out.writeByte('\n');
        data(out, data);
    }

    private static void line(ByteBuf out, byte[] data, int start, int end) {
        out.writeBytes(DATA);
        out.writeBytes(data, start, end - start);
        out.writeByte('\n');
    }

    private static ByteBuf constant(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(bytes.length).writeBytes(bytes).asReadOnly());
    }
}
