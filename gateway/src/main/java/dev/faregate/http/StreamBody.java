package dev.faregate.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The body of a streamed answer in chunks (RFC 9112 section 7.1), or bare for HTTP/1.0. Small writes between two
/// flushes share one buffer and one chunk, with its size written in front once it is known.
final class StreamBody {
    /// Larger writes go out as they are, uncopied.
    private static final int COPIED_BYTES = 8 * 1024;

    /// A chunk that is being filled goes to the socket's queue at this size, where it counts as queued.
    private static final int FULL_BYTES = 16 * 1024;

    /// The size of a chunk: up to eight digits, then CR LF.
    private static final int PREFIX_BYTES = 10;

    private static final int USUAL_BYTES = 512;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] STREAM_HEADERS = ("Content-Type: text/event-stream\r\n"
                    + "Cache-Control: no-cache\r\n"
                    + "X-Accel-Buffering: no\r\n")
            .getBytes(StandardCharsets.US_ASCII);

    private final EdgeConnection connection;
    private final boolean chunking;
    private @Nullable ByteBuf filling;

    StreamBody(EdgeConnection connection, boolean chunking) {
        this.connection = connection;
        this.chunking = chunking;
    }

    /// The headers of every event stream. X-Accel-Buffering asks nginx to pass events on one by one.
    static void headers(ByteBuf out, boolean chunking) {
        out.writeBytes(STREAM_HEADERS);
        if (chunking) {
            ResponseHead.chunked(out);
        }
    }

    /// True when so many bytes more would still wait for the next flush.
    boolean canHold(int bytes) {
        int waiting = filling == null ? 0 : filling.readableBytes();
        return bytes <= COPIED_BYTES && waiting + bytes < FULL_BYTES;
    }

    /// Takes ownership of `bytes`.
    void write(ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (length == 0) {
            bytes.release();
        } else if (length > COPIED_BYTES) {
            emit();
            writeUncopied(bytes, length);
        } else {
            if (!canHold(length)) {
                emit();
            }
            ByteBuf open = open(length);
            open.writeBytes(bytes);
            bytes.release();
        }
    }

    /// Hands what has been filled to the socket's queue.
    void emit() {
        ByteBuf chunk = filling;
        if (chunk != null) {
            filling = null;
            close(chunk);
            connection.write(chunk);
        }
    }

    /// What remains, with the end of the body behind it. Belongs to the caller.
    ByteBuf end() {
        ByteBuf last = filling;
        filling = null;
        if (last == null) {
            last = connection.channel().alloc().ioBuffer(LAST_CHUNK.length);
        } else {
            close(last);
        }
        return chunking ? last.writeBytes(LAST_CHUNK) : last;
    }

    void drop() {
        if (filling != null) {
            filling.release();
            filling = null;
        }
    }

    /// Sized for what comes first: a buffer that doubled its way up would hold twice what counts as queued.
    private ByteBuf open(int first) {
        ByteBuf open = filling;
        if (open == null) {
            open = connection
                    .channel()
                    .alloc()
                    .ioBuffer(Math.max(USUAL_BYTES, first + PREFIX_BYTES + 2 + LAST_CHUNK.length));
            if (chunking) {
                open.writerIndex(PREFIX_BYTES).readerIndex(PREFIX_BYTES);
            }
            filling = open;
        }
        return open;
    }

    /// Writes the size in front of the chunk, right-aligned in the room that was left for it.
    private void close(ByteBuf chunk) {
        if (!chunking) {
            return;
        }
        int size = chunk.readableBytes();
        int at = chunk.readerIndex();
        chunk.setByte(--at, '\n');
        chunk.setByte(--at, '\r');
        do {
            chunk.setByte(--at, HEX[size & 0xF]);
            size >>>= 4;
        } while (size > 0);
        chunk.readerIndex(at);
        chunk.writeByte('\r').writeByte('\n');
    }

    private void writeUncopied(ByteBuf bytes, int length) {
        if (!chunking) {
            connection.write(bytes);
            return;
        }
        ByteBuf prefix = connection.channel().alloc().ioBuffer(PREFIX_BYTES);
        prefix.writeCharSequence(Integer.toHexString(length) + "\r\n", StandardCharsets.US_ASCII);
        connection.write(prefix);
        connection.write(bytes);
        connection.write(
                connection.channel().alloc().ioBuffer(2).writeByte('\r').writeByte('\n'));
    }
}
