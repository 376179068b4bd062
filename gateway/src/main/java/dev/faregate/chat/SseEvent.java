package dev.faregate.chat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One event as [SseReader] shows it: places in a buffer, no copies. It is used again for the next event,
/// so whatever is to outlive the callback is taken with `retained…`.
public final class SseEvent {
    private static final byte[] BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final byte[] DATA = {'d', 'a', 't', 'a'};
    private static final byte[] EVENT = {'e', 'v', 'e', 'n', 't'};
    private static final byte[] ID = {'i', 'd'};
    private static final byte[] RETRY = {'r', 'e', 't', 'r', 'y'};
    private static final int DATA_PREFIX = "data: ".length();

    private final LineScanner lines = new LineScanner();

    /// The event's own bytes, blank line included, and whether the buffer outlives the callback when
    /// retained.
    private ByteBuf wire = Unpooled.EMPTY_BUFFER;

    private int wireStart;
    private int wireEnd;
    private boolean shareable;

    /// The payload: a place in `wire` when it stands on one line, else in `joined`.
    private ByteBuf data = Unpooled.EMPTY_BUFFER;

    private int dataStart;
    private int dataEnd;
    private int dataLines;
    private ByteBuf joined = Unpooled.EMPTY_BUFFER;

    private int nameStart;
    private int nameEnd;
    private int idStart;
    private int idEnd;
    private int retryStart;
    private int retryEnd;

    SseEvent() {}

    /// The buffer that `dataOffset` and `dataLength` point into; to be read by index only.
    public ByteBuf buffer() {
        return data;
    }

    public int dataOffset() {
        return dataStart;
    }

    public int dataLength() {
        return dataEnd - dataStart;
    }

    /// Whether the payload is exactly these bytes, such as `[DONE]`.
    public boolean dataIs(byte[] expected) {
        return matches(data, dataStart, dataEnd, expected);
    }

    /// Whether the event's name is exactly these bytes; no name is the empty one.
    public boolean nameIs(byte[] expected) {
        return matches(wire, nameStart, nameEnd, expected);
    }

    /// The `event` field, or empty; makes a text.
    public String name() {
        return wire.toString(nameStart, nameEnd - nameStart, StandardCharsets.UTF_8);
    }

    /// The `id` field of this very event, or null where it has none; one with a NUL does not count. Makes
    /// a text.
    public @Nullable String id() {
        return idStart < 0 ? null : wire.toString(idStart, idEnd - idStart, StandardCharsets.UTF_8);
    }

    /// The `retry` field in milliseconds, or -1 where it has none or one that is not a number.
    public long retryMillis() {
        int digits = retryEnd - retryStart;
        if (retryStart < 0 || digits == 0 || digits > 18) {
            return -1;
        }
        long value = 0;
        for (int i = retryStart; i < retryEnd; i++) {
            int digit = wire.getByte(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /// Whether its bytes are exactly `data: ` and one line and two LF: what we would write ourselves, so
    /// that they can be passed on as they are.
    public boolean isPlain() {
        return dataLines == 1
                && data == wire
                && dataStart == wireStart + DATA_PREFIX
                && wire.getByte(dataStart - 1) == ' '
                && dataEnd + 2 == wireEnd
                && wire.getByte(dataEnd) == '\n'
                && wire.getByte(dataEnd + 1) == '\n';
    }

    /// The payload in a buffer that the caller owns: a share of the one that was fed where possible, else
    /// a copy.
    public ByteBuf retainedData() {
        return owned(data, dataStart, dataEnd);
    }

    /// The event's own bytes, blank line included, in a buffer that the caller owns. Only a plain event
    /// is fit to be passed on.
    public ByteBuf retainedWire() {
        return owned(wire, wireStart, wireEnd);
    }

    /// Reads the lines of one whole event; false when it has no data. `mayHaveBom` tells whether it is
    /// the stream's first, `mayShare` whether the buffer stays as it is for as long as it is retained.
    boolean read(ByteBuf buffer, int start, int end, boolean mayHaveBom, boolean mayShare) {
        wire = buffer;
        wireStart = start;
        wireEnd = end;
        shareable = mayShare;
        data = buffer;
        dataStart = 0;
        dataEnd = 0;
        dataLines = 0;
        nameStart = 0;
        nameEnd = 0;
        idStart = -1;
        retryStart = -1;
        boolean bom = mayHaveBom && matches(buffer, start, Math.min(end, start + BOM.length), BOM);
        int at = bom ? start + BOM.length : start;
        lines.over(buffer, end);
        for (int eol = lines.next(at); eol >= 0; eol = lines.next(at)) {
            line(at, eol);
            at = lines.behind(eol);
        }
        return dataLines > 0;
    }

    /// A line of `field`, `field:value` or `field: value`; other names are ignored, and so are comments,
    /// whose field has no name.
    private void line(int from, int eol) {
        int colon = wire.indexOf(from, eol, (byte) ':');
        int nameStop = colon < 0 ? eol : colon;
        int value = colon < 0 ? eol : colon + 1;
        if (value < eol && wire.getByte(value) == ' ') {
            value++;
        }
        if (matches(wire, from, nameStop, DATA)) {
            dataLine(value, eol);
        } else if (matches(wire, from, nameStop, EVENT)) {
            nameStart = value;
            nameEnd = eol;
        } else if (matches(wire, from, nameStop, ID)) {
            if (wire.indexOf(value, eol, (byte) 0) < 0) {
                idStart = value;
                idEnd = eol;
            }
        } else if (matches(wire, from, nameStop, RETRY)) {
            retryStart = value;
            retryEnd = eol;
        }
    }

    /// The first line of data stays where it is; a second one makes them be joined with LF in memory of
    /// their own.
    private void dataLine(int value, int eol) {
        dataLines++;
        if (dataLines == 1) {
            dataStart = value;
            dataEnd = eol;
            return;
        }
        if (dataLines == 2) {
            joined = Unpooled.buffer(wireEnd - wireStart);
            joined.writeBytes(wire, dataStart, dataEnd - dataStart);
            data = joined;
            dataStart = 0;
        }
        joined.writeByte('\n').writeBytes(wire, value, eol - value);
        dataEnd = joined.writerIndex();
    }

    private ByteBuf owned(ByteBuf buffer, int from, int to) {
        boolean share = buffer == joined || shareable;
        return share ? buffer.retainedSlice(from, to - from) : Unpooled.copiedBuffer(buffer.slice(from, to - from));
    }

    private static boolean matches(ByteBuf buffer, int from, int to, byte[] expected) {
        if (to - from != expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (buffer.getByte(from + i) != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
