package dev.faregate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Writes the head of an answer straight into bytes. Header names must be tokens and values must be one line of text:
/// anything else is a bug of the handler (and an attack, when a value came from outside), refused with
/// `IllegalArgumentException`. Framing headers are the edge's own.
final class ResponseHead {
    /// Room for a usual head without growing.
    static final int USUAL_BYTES = 384;

    private static final byte[][] STATUS_LINES = new byte[600][];
    private static final byte[] CONTENT_TYPE = ascii("Content-Type: ");
    private static final byte[] CONTENT_LENGTH = ascii("Content-Length: ");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] CLOSE = ascii("Connection: close\r\n");
    private static final byte[] REQUEST_ID = ascii("X-Request-Id: ");
    private static final byte[] DATE = ascii("Date: ");
    private static final byte[] CROSS_ORIGIN =
            ascii("Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n");
    private static final byte[] CRLF = ascii("\r\n");
    private static final String[] OURS = {
        "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer", "date", "x-request-id"
    };
    private static final String TOKEN_SYMBOLS = "!#$%&'*+-.^_`|~";

    /// RFC 9110 section 5.6.7.
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private record DateText(long second, byte[] text) {}

    /// Two loops that race here both write the same second; either result is right.
    private static volatile DateText date = new DateText(-1, new byte[0]);

    static {
        for (int status = 200; status < STATUS_LINES.length; status++) {
            String reason = HttpResponseStatus.valueOf(status).reasonPhrase();
            STATUS_LINES[status] = ascii("HTTP/1.1 " + status + " " + reason + "\r\n");
        }
    }

    private ResponseHead() {}

    /// The status line and the headers that every answer has.
    static void begin(ByteBuf out, int status, String requestId, boolean close) {
        if (status < 200 || status >= STATUS_LINES.length) {
            throw new IllegalArgumentException("not a final status: " + status);
        }
        out.writeBytes(STATUS_LINES[status]);
        out.writeBytes(DATE);
        out.writeBytes(date());
        out.writeBytes(REQUEST_ID);
        ByteBufUtil.writeAscii(out, requestId);
        out.writeBytes(CRLF);
        if (close) {
            out.writeBytes(CLOSE);
        }
    }

    static void header(ByteBuf out, CharSequence name, CharSequence value) {
        checkName(name);
        checkValue(value);
        ByteBufUtil.writeAscii(out, name);
        out.writeByte(':');
        out.writeByte(' ');
        text(out, value);
    }

    static void contentType(ByteBuf out, String value) {
        checkValue(value);
        out.writeBytes(CONTENT_TYPE);
        text(out, value);
    }

    static void contentLength(ByteBuf out, int length) {
        out.writeBytes(CONTENT_LENGTH);
        decimal(out, length);
        out.writeBytes(CRLF);
    }

    /// Lets the script of a page of any origin read the answer (Fetch standard, section 3.3.3). No cookie ever opens
    /// what is answered so, hence any origin.
    static void crossOrigin(ByteBuf out) {
        out.writeBytes(CROSS_ORIGIN);
    }

    static void chunked(ByteBuf out) {
        out.writeBytes(CHUNKED);
    }

    static void end(ByteBuf out) {
        out.writeBytes(CRLF);
    }

    /// Statuses whose answers never have a body (RFC 9110 section 6.4.1).
    static boolean isBodiless(int status) {
        return status == 204 || status == 304;
    }

    private static void text(ByteBuf out, CharSequence value) {
        if (value instanceof AsciiString known) {
            ByteBufUtil.writeAscii(out, known);
        } else {
            out.writeCharSequence(value, StandardCharsets.ISO_8859_1);
        }
        out.writeBytes(CRLF);
    }

    private static void decimal(ByteBuf out, int number) {
        int divisor = 1;
        while (number / divisor >= 10) {
            divisor *= 10;
        }
        for (; divisor > 0; divisor /= 10) {
            out.writeByte('0' + number / divisor % 10);
        }
    }

    private static void checkName(CharSequence name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a header without a name");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean alphanumeric = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!alphanumeric && TOKEN_SYMBOLS.indexOf(c) < 0) {
                throw new IllegalArgumentException("a header name must be a token");
            }
        }
        for (String ours : OURS) {
            if (AsciiString.contentEqualsIgnoreCase(ours, name)) {
                throw new IllegalArgumentException("the edge writes " + ours + " itself");
            }
        }
    }

    private static void checkValue(@Nullable CharSequence value) {
        if (value == null) {
            throw new IllegalArgumentException("a header without a value");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) {
                throw new IllegalArgumentException("a header value must be one line of text");
            }
        }
    }

    private static byte[] date() {
        long second = System.currentTimeMillis() / 1_000;
        DateText known = date;
        if (known.second() != second) {
            known = new DateText(second, ascii(HTTP_DATE.format(Instant.ofEpochSecond(second)) + "\r\n"));
            date = known;
        }
        return known.text();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
