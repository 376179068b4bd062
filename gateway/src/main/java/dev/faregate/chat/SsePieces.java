package dev.faregate.chat;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;

/// Reads the data of `text/event-stream` (WHATWG HTML, section 9.2) while it arrives: for events
/// that are too large to be collected before anybody looks at them. Other fields and comments are
/// dropped.
///
/// [SseReader] is for events that are looked at as a whole. One thread at a time.
public final class SsePieces {
    /// Hears of events, in order.
    public interface Sink {
        /// The next bytes of an event's data; good until this method returns. Lines of it are
        /// joined by a space, which JSON takes like the line end that it stands for.
        void data(byte[] bytes, int from, int to);

        /// The event ended.
        void event();
    }

    private enum State {
        FIELD,
        SPACE,
        DATA,
        OTHER
    }

    private static final byte[] FIELD = JsonText.ascii("data:");
    private static final byte[] JOIN = {' '};
    private static final byte[] BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private static final FastThreadLocal<byte[]> WINDOW = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[16 * 1024];
        }
    };

    private final Sink sink;
    private State state = State.FIELD;

    /// Bytes of the line so far that are those of `data:`, and of all bytes those of a byte order
    /// mark.
    private int matched;

    private int bom;
    private boolean afterCr;
    private boolean pending;

    public SsePieces(Sink sink) {
        this.sink = sink;
    }

    /// Takes the next bytes, the readable ones.
    public void feed(ByteBuf bytes) {
        byte[] window = WINDOW.get();
        int end = bytes.writerIndex();
        for (int at = bytes.readerIndex(); at < end; at += window.length) {
            int length = Math.min(window.length, end - at);
            bytes.getBytes(at, window, 0, length);
            feed(window, length);
        }
    }

    private void feed(byte[] window, int to) {
        for (int at = 0; at < to; at++) {
            byte b = window[at];
            boolean ofCr = afterCr && b == '\n';
            afterCr = b == '\r';
            if (ofCr) {
                continue;
            }
            if (b == '\n' || b == '\r') {
                lineEnded();
            } else if (state == State.DATA || (state == State.SPACE && b != ' ')) {
                int run = run(window, at, to);
                state = State.DATA;
                sink.data(window, at, run);
                at = run - 1;
            } else {
                beforeData(b);
            }
        }
    }

    private static int run(byte[] window, int at, int to) {
        int end = at;
        while (end < to && window[end] != '\n' && window[end] != '\r') {
            end++;
        }
        return end;
    }

    private void beforeData(byte b) {
        if (bom < BOM.length && b == BOM[bom] && matched == 0 && state == State.FIELD) {
            bom++;
            return;
        }
        bom = BOM.length;
        if (state == State.SPACE) {
            state = State.DATA;
        } else if (state == State.FIELD && b == FIELD[matched]) {
            matched++;
            if (matched == FIELD.length) {
                dataBegins();
                state = State.SPACE;
            }
        } else {
            state = State.OTHER;
        }
    }

    private void dataBegins() {
        if (pending) {
            sink.data(JOIN, 0, JOIN.length);
        }
        pending = true;
    }

    private void lineEnded() {
        boolean blank = state == State.FIELD && matched == 0;
        state = State.FIELD;
        matched = 0;
        if (blank) {
            end();
        }
    }

    /// No more bytes will come: an event that lacks its last line end counts.
    public void end() {
        if (pending) {
            pending = false;
            sink.event();
        }
    }
}
