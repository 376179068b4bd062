package dev.faregate.http;

import dev.faregate.base.ApiError;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.AsciiString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides whether a decoded head leaves no doubt about where the request ends and whom it is for (RFC
/// 9112 sections 3.2 and 6.3, design section 8 "edge rules"). Netty's decoder has refused much of this
/// already; the rules are written out here so that they hold whatever a newer Netty tolerates. Any
/// fault closes the connection.
final class FramingGuard {
    private static final AsciiString WEB_SOCKET_KEY_1 = AsciiString.cached("sec-websocket-key1");
    private static final AsciiString WEB_SOCKET_KEY_2 = AsciiString.cached("sec-websocket-key2");

    /// Digits of the largest length that is read at all; larger ones are nonsense, not a body.
    private static final int MAX_LENGTH_DIGITS = 18;

    private static final int MAX_HOST_LENGTH = 255 + 6;
    private static final String HOST_SYMBOLS = "-._~!$&'()*+,=:[]%";

    /// The length of a body that comes in chunks.
    static final long CHUNKED = -1;

    private FramingGuard() {}

    /// Why a head must be refused, or null.
    static @Nullable ApiError fault(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return undecodable(request.decoderResult().cause());
        }
        HttpVersion version = request.protocolVersion();
        boolean current = version.equals(HttpVersion.HTTP_1_1);
        if (!current && !version.equals(HttpVersion.HTTP_1_0)) {
            return bad("Only HTTP/1.1 and HTTP/1.0 are spoken here.");
        }
        HttpHeaders headers = request.headers();
        ApiError length = lengthFault(headers, current);
        return length != null ? length : hostFault(headers, current);
    }

    static ApiError undecodable(Throwable cause) {
        return cause instanceof TooLongFrameException
                ? new ApiError.HeadersTooLarge(
                        cause instanceof TooLongHttpHeaderException
                                ? "The headers are too large."
                                : "The request line is too long.")
                : bad("The request is not well-formed HTTP.");
    }

    private static @Nullable ApiError lengthFault(HttpHeaders headers, boolean current) {
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (!codings.isEmpty()) {
            if (!lengths.isEmpty()) {
                return bad("Content-Length and Transfer-Encoding exclude each other.");
            }
            if (!current || codings.size() > 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
                return bad("The only transfer coding understood is a single chunked, in HTTP/1.1.");
            }
        }
        if (lengths.size() > 1 || (lengths.size() == 1 && !isLength(lengths.getFirst()))) {
            return bad("Content-Length must be one whole number.");
        }
        // With these two Netty reads eight bytes of body that no length announces (a WebSocket draft of 2010).
        if (headers.contains(WEB_SOCKET_KEY_1) || headers.contains(WEB_SOCKET_KEY_2)) {
            return bad("This WebSocket handshake is not spoken here.");
        }
        return null;
    }

    private static boolean isLength(String text) {
        return !text.isEmpty() && text.length() <= MAX_LENGTH_DIGITS && isDigits(text);
    }

    private static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    /// HTTP/1.0 may come without a Host; nothing may come with two.
    private static @Nullable ApiError hostFault(HttpHeaders headers, boolean current) {
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.isEmpty()) {
            return current ? bad("The Host header is missing.") : null;
        }
        return hosts.size() == 1 && isHost(hosts.getFirst()) ? null : bad("The Host header is not one host.");
    }

    /// `uri-host [":" port]` (RFC 3986 section 3.2.2). Nothing is ever decided by it; it only must not be ambiguous.
    static boolean isHost(String host) {
        if (host.isEmpty() || host.length() > MAX_HOST_LENGTH) {
            return false;
        }
        int colon = host.charAt(0) == '[' ? host.indexOf(':', Math.max(host.indexOf(']'), 0)) : host.indexOf(':');
        String name = colon < 0 ? host : host.substring(0, colon);
        if (name.isEmpty() || (name.charAt(0) == '[') != name.endsWith("]")) {
            return false;
        }
        boolean literal = name.charAt(0) == '[';
        String inner = literal ? name.substring(1, name.length() - 1) : name;
        return !inner.isEmpty() && isHostText(inner) && (colon < 0 || isPort(host.substring(colon + 1)));
    }

    private static boolean isHostText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isHostCharacter(c) || c == '[' || c == ']') {
                return false;
            }
        }
        return true;
    }

    private static boolean isHostCharacter(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || HOST_SYMBOLS.indexOf(c) >= 0;
    }

    private static boolean isPort(String text) {
        return text.length() <= 5 && isDigits(text);
    }

    /// The announced length of the body, 0 when there is none, or [#CHUNKED]. Only for a head without a fault.
    static long bodyLength(HttpHeaders headers) {
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return CHUNKED;
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return length == null ? 0 : Long.parseLong(length);
    }

    private static ApiError bad(String message) {
        return new ApiError.BadRequest(message, null);
    }
}
