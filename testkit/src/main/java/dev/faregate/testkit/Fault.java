package dev.faregate.testkit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What goes wrong with one answer. Chunks of a stream are counted from 0, and chunk 0 carries the role:
/// a fault at chunk `n` leaves exactly `n` chunks before it; a number past the last chunk means right
/// before `[DONE]`. In an answer that is no stream, a fault at chunk 0 comes after the head, any other in
/// the middle of the body.
public sealed interface Fault {
    Fault NONE = new None();

    /// Past the last chunk, right before `[DONE]`.
    int BEFORE_DONE = Integer.MAX_VALUE;

    /// An HTTP error with the error body of the format that was asked in.
    static Fault refuse(int status) {
        return new Refuse(status, ErrorBody.USUAL, null);
    }

    /// Something happens instead of the answer: nothing is produced, and nothing counts as used.
    sealed interface Instead extends Fault {}

    /// Something is wrong around a good body.
    sealed interface Around extends Fault {}

    /// Something happens at one place of the body.
    sealed interface InBody extends Fault {
        int chunk();
    }

    /// The request is read and nothing ever comes.
    record NeverAnswer() implements Instead {}

    /// The connection ends before a byte of the answer; with `onlyIfReused` a connection's first request
    /// is answered as if nothing were wrong (the race of a keep-alive connection that the server is tired
    /// of).
    record CloseBeforeAnswer(boolean onlyIfReused) implements Instead {}

    /// A TCP reset before a byte of the answer.
    record ResetBeforeAnswer() implements Instead {}

    /// An HTTP error. `retryAfterSeconds` becomes `Retry-After`.
    record Refuse(int status, ErrorBody body, @Nullable Integer retryAfterSeconds) implements Instead {}

    /// These bytes (ISO-8859-1) instead of an HTTP answer; then the connection is closed or left open.
    record Raw(String bytes, boolean close) implements Instead {}

    record None() implements Around {}

    /// Silence before the head, on top of the script's latency.
    record StallBeforeHead(Duration length) implements Around {}

    /// `count` useless headers with values of `bytesEach` bytes.
    record HeaderBomb(int count, int bytesEach) implements Around {}

    /// A Content-Length that is off by `delta`: positive promises more than comes, negative less. The
    /// connection is closed after it.
    record WrongContentLength(int delta) implements Around {}

    /// Silence of `length` at `chunk`, then all goes on. With a positive `pingEvery` comments break the
    /// silence of a stream.
    record Stall(int chunk, Duration length, Duration pingEvery) implements InBody {
        public Stall(int chunk, Duration length) {
            this(chunk, length, Duration.ZERO);
        }
    }

    /// A TCP reset.
    record Reset(int chunk) implements InBody {}

    /// The connection is closed with the body unfinished.
    record Cut(int chunk) implements InBody {}

    /// The body ends as HTTP wants it, but without the rest and without `[DONE]`.
    record EndWithoutDone(int chunk) implements InBody {}

    /// Half an event (or half the JSON), then the body ends as HTTP wants it.
    record TruncatedEvent(int chunk) implements InBody {}

    /// An extra event that is not JSON; the rest follows.
    record MalformedEvent(int chunk) implements InBody {}

    /// An extra content event with a text of `bytes` bytes; the rest follows.
    record HugeEvent(int chunk, int bytes) implements InBody {}

    /// An event with an error object, then `[DONE]`. The HTTP status stays 200.
    record ErrorEvent(int chunk, int code, String message) implements InBody {}

    /// What an HTTP error carries.
    enum ErrorBody {
        /// Of the format that was asked in.
        USUAL,
        HTML,
        EMPTY,
        BROKEN_JSON
    }
}
