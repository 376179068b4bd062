package dev.faregate.chat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Finds the ends of lines (LF, CR or CRLF) in a buffer with the buffer's own word-wise search. The next
/// LF and the next CR are both remembered, so that a text with only one of them is not searched again and
/// again for the other.
final class LineScanner {
    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    private int end;
    private int lf;
    private int cr;

    void over(ByteBuf toScan, int scanEnd) {
        buffer = toScan;
        end = scanEnd;
        lf = -1;
        cr = -1;
    }

    /// The index of the first CR or LF from `at` on, or -1. `at` only ever grows.
    int next(int at) {
        if (lf < at) {
            lf = find((byte) '\n', at);
        }
        if (cr < at) {
            cr = find((byte) '\r', at);
        }
        int first = Math.min(lf, cr);
        return first < end ? first : -1;
    }

    /// The index behind the line end at `eol`: a CR and the LF after it are one.
    int behind(int eol) {
        boolean both = eol + 1 < end && buffer.getByte(eol) == '\r' && buffer.getByte(eol + 1) == '\n';
        return both ? eol + 2 : eol + 1;
    }

    private int find(byte value, int at) {
        int found = at < end ? buffer.indexOf(at, end, value) : -1;
        return found < 0 ? Integer.MAX_VALUE : found;
    }
}
