package dev.faregate.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// Bytes from a socket with a deadline over a whole operation, not per read, so that a dribbling peer
/// cannot keep a test waiting. `begin` starts the clock.
final class TimedInput {
    private static final int MAX_LINE_BYTES = 1024 * 1024;

    private final Socket socket;
    private final Duration timeout;
    private final byte[] buffer = new byte[64 * 1024];
    private int position;
    private int limit;
    private long deadlineNanos;
    private long arrivedNanos;

    TimedInput(Socket socket, Duration timeout) {
        this.socket = socket;
        this.timeout = timeout;
        begin();
    }

    /// A new operation: it may take as long as the timeout.
    void begin() {
        deadlineNanos = System.nanoTime() + timeout.toNanos();
    }

    /// The next byte, -1 at the end. Throws `SocketTimeoutException` past the deadline.
    int read() throws IOException {
        if (position == limit && !fill()) {
            return -1;
        }
        return buffer[position++] & 0xff;
    }

    /// When the bytes arrived to which the last byte belonged (`System.nanoTime`).
    long arrivedNanos() {
        return arrivedNanos;
    }

    /// A line without its LF. Throws `EOFException` at the end.
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = read(); next != '\n'; next = read()) {
            if (next < 0) {
                throw new EOFException("closed after: " + line.toString(StandardCharsets.ISO_8859_1));
            }
            if (line.size() == MAX_LINE_BYTES) {
                throw new IOException("a line of more than " + MAX_LINE_BYTES + " bytes");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    boolean isClosedWithin(Duration wait) throws IOException {
        if (position < limit) {
            return false;
        }
        deadlineNanos = System.nanoTime() + wait.toNanos();
        try {
            return !fill();
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true;
        }
    }

    private boolean fill() throws IOException {
        long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0) {
            throw new SocketTimeoutException("nothing more came in time");
        }
        socket.setSoTimeout(Math.toIntExact(leftMillis));
        int read = socket.getInputStream().read(buffer);
        arrivedNanos = System.nanoTime();
        position = 0;
        limit = Math.max(0, read);
        return read > 0;
    }
}
