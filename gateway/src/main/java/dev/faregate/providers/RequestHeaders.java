package dev.faregate.providers;

import dev.faregate.http.HopHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Header lines of an upstream request, checked and encoded once: those of a credential are made when it
/// is loaded and then copied byte for byte into each request. Immutable. It may hold a provider's key, so
/// `toString` shows nothing.
///
/// The caller adds what its own allow-list names; nothing is ever taken over from a client wholesale.
/// Names that frame the message or belong to one hop are refused, and so is every character that could
/// end a line.
public final class RequestHeaders {
    public static final RequestHeaders NONE = new RequestHeaders(new byte[0]);

    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private final byte[] lines;

    private RequestHeaders(byte[] lines) {
        this.lines = lines;
    }

    public static Builder builder() {
        return new Builder();
    }

    /// These lines and then those of `more`.
    public RequestHeaders plus(RequestHeaders more) {
        byte[] both = Arrays.copyOf(lines, lines.length + more.lines.length);
        System.arraycopy(more.lines, 0, both, lines.length, more.lines.length);
        return new RequestHeaders(both);
    }

    /// Whether [Builder#add] would take this value: no control character but a tab, and nothing beyond
    /// ISO 8859-1.
    public static boolean isSafeValue(CharSequence value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7F || c > 0xFF) {
                return false;
            }
        }
        return true;
    }

    /// Whether [Builder#add] would take this name: a token (RFC 9110 section 5.6.2) that is not the
    /// client's own.
    public static boolean isSafeName(CharSequence name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letterOrDigit && TOKEN_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !name.isEmpty() && !HopHeaders.contains(name.toString());
    }

    /// The encoded lines, each with its CRLF; not to be changed.
    byte[] lines() {
        return lines;
    }

    @Override
    public String toString() {
        return "RequestHeaders[" + lines.length + " bytes]";
    }

    /// Collects lines. Not for sharing between threads.
    public static final class Builder {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

        private Builder() {}

        /// Throws `IllegalArgumentException`, which names the header and never shows its value.
        public Builder add(String name, String value) {
            if (!isSafeName(name)) {
                throw new IllegalArgumentException("not a header that may be set: " + printable(name));
            }
            if (!isSafeValue(value)) {
                throw new IllegalArgumentException("the value of " + name + " holds a forbidden character");
            }
            out.writeBytes((name + ": " + value + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        public RequestHeaders build() {
            return new RequestHeaders(out.toByteArray());
        }

        private static String printable(String name) {
            return name.replaceAll("[^!-~]", "?");
        }
    }
}
