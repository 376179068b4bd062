package dev.faregate.providers;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/// What the head of a decoded answer means for its connection. Framing itself was checked by the decoder.
final class AnswerHead {
    private AnswerHead() {}

    /// Why an answer of this head cannot be used, or null: another protocol, a status out of range, a
    /// transfer coding besides chunked, or a compression nobody asked for.
    static @Nullable String problem(HttpResponse head) {
        HttpVersion version = head.protocolVersion();
        int status = head.status().code();
        boolean known = version.equals(HttpVersion.HTTP_1_1) || version.equals(HttpVersion.HTTP_1_0);
        if (!known || status < 100 || status > 599 || status == 101) {
            return "not an answer of HTTP/1.1";
        }
        for (String coding : head.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING)) {
            if (!HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding.trim())) {
                return "an unknown transfer coding";
            }
        }
        for (String coding : head.headers().getAll(HttpHeaderNames.CONTENT_ENCODING)) {
            if (!HttpHeaderValues.IDENTITY.contentEqualsIgnoreCase(coding.trim())) {
                return "the answer is compressed although identity was asked for";
            }
        }
        return null;
    }

    static boolean isInterim(HttpResponse head) {
        return head.status().code() < 200;
    }

    /// Whether only the end of the connection ends the body (RFC 9112 section 6.3, last rule).
    static boolean endsWithConnection(HttpResponse head) {
        int status = head.status().code();
        return !HttpUtil.isContentLengthSet(head)
                && !HttpUtil.isTransferEncodingChunked(head)
                && status != 204
                && status != 304;
    }
}
