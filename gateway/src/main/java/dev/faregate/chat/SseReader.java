package dev.faregate.chat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Reads `text/event-stream` (WHATWG HTML, section 9.2 "Server-sent events") from bytes that arrive cut
/// anywhere.
///
/// It works in two steps: it looks for the border of an event (a blank line), remembering where it stands
/// from one buffer to the next; and when an event is whole it reads its lines from one contiguous piece.
/// An event that lies inside one buffer is never copied; only the unfinished rest of a buffer is kept. No
/// text is made of anything.
///
/// One reader per stream, one thread at a time. It keeps plain heap memory and needs no closing.
public final class SseReader {
    /// Hears what is in the stream, in order.
    public interface Sink {
        /// An event with data. `event` and the bytes it shows are only good until this method returns.
        void event(SseEvent event);

        /// A comment line, or a block without data, which the standard drops: a ping, no progress.
        void comment();
    }

    /// Memory that is kept from one split event to the next; the room of a larger one is given back.
    private static final int KEPT_BYTES = 64 * 1024;

    private final int maxEventBytes;
    private final SseEvent event = new SseEvent();
    private final LineScanner lines = new LineScanner();

    /// The beginning of an event whose end has not come; empty between events.
    private ByteBuf carry = Unpooled.EMPTY_BUFFER;

    /// Whole lines of the event so far, and the bytes of the line that is still open.
    private int wholeLines;

    private int openLineBytes;

    /// The last byte was a CR: an LF that follows belongs to it.
    private boolean afterCr;

    /// The event so far begins with the stream's first byte, which may be that of a byte order mark.
    private boolean atStreamStart = true;

    private boolean tooLarge;

    /// An event of more than `maxEventBytes`, field names and line ends included, ends the reading.
    public SseReader(int maxEventBytes) {
        this.maxEventBytes = maxEventBytes;
    }

    /// Reads all readable bytes of `in` and reports what became whole. Answers false, now and ever after,
    /// once an event is larger than allowed.
    public boolean feed(ByteBuf in, Sink sink) {
        int end = in.writerIndex();
        int at = in.readerIndex();
        if (tooLarge || at == end) {
            in.readerIndex(end);
            return !tooLarge;
        }
        int start = at;
        if (afterCr && in.getByte(at) == '\n') {
            at++;
            start = carry.isReadable() ? start : at;
        }
        afterCr = false;
        lines.over(in, end);
        for (int eol = lines.next(at); eol >= 0 && !tooLarge; eol = lines.next(at)) {
            int after = lines.behind(eol);
            afterCr = eol + 1 == end && in.getByte(eol) == '\r';
            if (eol == at && openLineBytes == 0) {
                border(in, start, after, sink);
                atStreamStart = false;
                start = after;
            } else if (wholeLines == 0 && first(in, start) == ':') {
                carry.clear();
                atStreamStart = false;
                start = after;
                sink.comment();
            } else {
                wholeLines++;
            }
            openLineBytes = 0;
            at = after;
        }
        keep(in, start, end);
        openLineBytes += end - at;
        in.readerIndex(end);
        return !tooLarge;
    }

    /// Tells the reader that the stream has ended properly. A last event whose lines are whole and only
    /// the blank line is missing still counts, because some servers forget it. Answers false when the
    /// stream ended inside a line.
    public boolean finish(Sink sink) {
        if (tooLarge || openLineBytes > 0) {
            return false;
        }
        if (wholeLines > 0) {
            wholeLines = 0;
            report(carry, 0, carry.writerIndex(), sink);
            carry.clear();
        }
        return true;
    }

    /// Whether the stream stands between two events, where a comment of ours may go.
    public boolean isBetweenEvents() {
        return wholeLines == 0 && openLineBytes == 0;
    }

    /// A blank line: what came before it, from `start` and from the carry, is an event.
    private void border(ByteBuf in, int start, int after, Sink sink) {
        if (wholeLines == 0) {
            return;
        }
        wholeLines = 0;
        if (carry.isReadable()) {
            keep(in, start, after);
            if (!tooLarge) {
                report(carry, 0, carry.writerIndex(), sink);
            }
            emptyCarry();
        } else if (after - start > maxEventBytes) {
            tooLarge = true;
        } else {
            report(in, start, after, sink);
        }
    }

    private void report(ByteBuf buffer, int start, int end, Sink sink) {
        if (event.read(buffer, start, end, atStreamStart, buffer != carry)) {
            sink.event(event);
        } else {
            sink.comment();
        }
    }

    private byte first(ByteBuf in, int start) {
        return carry.isReadable() ? carry.getByte(0) : in.getByte(start);
    }

    private void keep(ByteBuf in, int start, int end) {
        int size = end - start;
        if (size == 0 || tooLarge) {
            return;
        }
        if (carry.readableBytes() + size > maxEventBytes) {
            tooLarge = true;
            carry = Unpooled.EMPTY_BUFFER;
            return;
        }
        if (carry.capacity() == 0) {
            carry = Unpooled.buffer(Math.min(maxEventBytes, Math.max(size, 256)), maxEventBytes);
        }
        carry.writeBytes(in, start, size);
    }

    private void emptyCarry() {
        if (carry.capacity() > KEPT_BYTES) {
            carry = Unpooled.EMPTY_BUFFER;
        } else {
            carry.clear();
        }
    }
}
