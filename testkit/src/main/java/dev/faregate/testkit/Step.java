package dev.faregate.testkit;

import java.time.Duration;

/// One thing a connection does while it answers. An answer is a sequence of steps; when they run out, the
/// connection waits for the next request.
sealed interface Step {
    /// Writes bytes; `mark` says what is out once they are.
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody, and copied for nobody on the way to the socket
    record Send(byte[] bytes, Mark mark) implements Step {}

    /// Flushes what was sent and waits.
    record Pause(Duration length) implements Step {}

    /// Flushes and does nothing more until the client goes.
    record Hang() implements Step {}

    /// Flushes and closes.
    record Close() implements Step {}

    /// A TCP reset, after the bytes sent before had time to arrive.
    record Reset() implements Step {}

    /// How far an answer has come: chunks and completion tokens out, whether the head and the last byte
    /// are.
    record Mark(boolean head, boolean last, int chunks, long delivered) {
        static final Mark NONE = new Mark(false, false, 0, 0);
        static final Mark HEAD = new Mark(true, false, 0, 0);

        Mark withLast() {
            return new Mark(head, true, chunks, delivered);
        }
    }
}
