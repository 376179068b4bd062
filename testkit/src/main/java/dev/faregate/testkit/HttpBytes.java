package dev.faregate.testkit;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The bytes of HTTP/1.1 answers in one framing. Written by hand, since half of what we send is wrong on
/// purpose.
final class HttpBytes {
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = new byte[0];
    static final int UNKNOWN = -1;

    private final boolean chunked;
    private final boolean announced;
    private final boolean closing;
    private final Framing.Split split;

    /// `closing`: the connection ends with this answer and says so.
    HttpBytes(Framing.Body body, boolean closing, Framing.Split split) {
        this.chunked = body == Framing.Body.CHUNKED;
        this.announced = body == Framing.Body.CONTENT_LENGTH;
        this.closing = closing;
        this.split = split;
    }

    boolean announcesLength() {
        return announced;
    }

    /// A head; `length` counts only where the framing announces it.
    byte[] head(int status, List<Header> headers, int length) {
        StringBuilder head = new StringBuilder(256).append(statusLine(status));
        headers.forEach(header -> append(head, header));
        if (closing) {
            append(head, new Header("connection", "close"));
        }
        if (chunked) {
            append(head, new Header("transfer-encoding", "chunked"));
        } else if (announced && length != UNKNOWN) {
            append(head, new Header("content-length", Integer.toString(length)));
        }
        return ascii(head.append("\r\n").toString());
    }

    static byte[] informational(int status) {
        return ascii(statusLine(status) + "\r\n");
    }

    /// A part of the body as it goes over the wire.
    byte[] part(byte[] body) {
        if (!chunked || body.length == 0) {
            return body;
        }
        if (!split.ownHttpChunks()) {
            return chunk(body);
        }
        return Splitter.parts(body, split).stream()
                .map(HttpBytes::chunk)
                .reduce(NOTHING, (first, second) -> concat(first, second));
    }

    /// What follows the last part.
    byte[] end() {
        return chunked ? LAST_CHUNK : NOTHING;
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static String reason(int status) {
        return status == 529 ? "Overloaded" : HttpResponseStatus.valueOf(status).reasonPhrase();
    }

    private static byte[] chunk(byte[] body) {
        return concat(ascii(Integer.toHexString(body.length) + "\r\n"), body, ascii("\r\n"));
    }

    private static String statusLine(int status) {
        return "HTTP/1.1 " + status + " " + reason(status) + "\r\n";
    }

    private static void append(StringBuilder head, Header header) {
        head.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
