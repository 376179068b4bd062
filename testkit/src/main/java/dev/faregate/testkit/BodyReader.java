package dev.faregate.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;

/// The bytes of one body, freed from their framing (RFC 9112 section 6).
public final class BodyReader {
    private enum Framing {
        LENGTH,
        CHUNKED,
        TO_END
    }

    private static final int MAX_BODY_BYTES = 256 * 1024 * 1024;

    private final TimedInput input;
    private final Framing framing;
    private long left;
    private boolean started;
    private boolean over;
    private RawClient.Ending ending = RawClient.Ending.COMPLETE;

    private BodyReader(TimedInput input, Framing framing, long left) {
        this.input = input;
        this.framing = framing;
        this.left = left;
    }

    static BodyReader ofLength(TimedInput input, long length) {
        return new BodyReader(input, Framing.LENGTH, length);
    }

    static BodyReader chunked(TimedInput input) {
        return new BodyReader(input, Framing.CHUNKED, 0);
    }

    static BodyReader toEnd(TimedInput input) {
        return new BodyReader(input, Framing.TO_END, Long.MAX_VALUE);
    }

    /// All that is left, within one timeout.
    public byte[] readAll() throws IOException {
        input.begin();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int next = read(); next >= 0; next = read()) {
            if (all.size() == MAX_BODY_BYTES) {
                throw new IOException("a body of more than " + MAX_BODY_BYTES + " bytes");
            }
            all.write(next);
        }
        return all.toByteArray();
    }

    /// How the body ended. Throws `IllegalStateException` before it has.
    public RawClient.Ending ending() {
        if (!over) {
            throw new IllegalStateException("the body was not read to its end");
        }
        return ending;
    }

    /// Starts the time of a further operation.
    void begin() {
        input.begin();
    }

    long arrivedNanos() {
        return input.arrivedNanos();
    }

    /// The next byte; -1 at the end, whatever it is.
    int read() throws IOException {
        if (over) {
            return -1;
        }
        try {
            return next();
        } catch (SocketException e) {
            return end(RawClient.Ending.RESET);
        }
    }

    private int next() throws IOException {
        if (left == 0 && (framing != Framing.CHUNKED || !nextChunk())) {
            return end(over ? ending : RawClient.Ending.COMPLETE);
        }
        int next = input.read();
        if (next < 0) {
            return end(framing == Framing.TO_END ? RawClient.Ending.COMPLETE : RawClient.Ending.CUT);
        }
        left--;
        return next;
    }

    /// Reads the size of the next chunk; false at the end of the body, be it the right one or not.
    private boolean nextChunk() throws IOException {
        try {
            if (started) {
                input.line();
            }
            started = true;
            String size = input.line().strip();
            int extension = size.indexOf(';');
            left = Long.parseLong(extension < 0 ? size : size.substring(0, extension), 16);
            if (left > 0) {
                return true;
            }
            for (String trailer = input.line(); !trailer.isBlank(); trailer = input.line()) {
                // Trailers say nothing that a test asks for.
            }
        } catch (java.io.EOFException e) {
            end(RawClient.Ending.CUT);
        }
        return false;
    }

    private int end(RawClient.Ending how) {
        over = true;
        ending = how;
        return -1;
    }
}
