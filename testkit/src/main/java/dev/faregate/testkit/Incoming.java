package dev.faregate.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A request as it comes in. Used by one connection on its event loop.
final class Incoming {
    private static final byte[] EMPTY = new byte[0];

    private final String method;
    private final String target;
    private final Map<String, List<String>> headers;
    private final @Nullable String marker;
    private final boolean closes;
    private final boolean expectsContinue;
    private byte[] body = EMPTY;
    private int length;

    /// Set when the request was answered before its body was read.
    GroundTruth.@Nullable Entry answeredAs;

    Incoming(HttpRequest request, Recording recording) {
        this.method = request.method().name();
        this.target = request.uri();
        this.headers = recording == Recording.FULL ? copy(request) : Map.of();
        this.marker = request.headers().get("x-request-marker");
        this.closes = !HttpUtil.isKeepAlive(request);
        this.expectsContinue = request.headers().containsValue(HttpHeaderNames.EXPECT, "100-continue", true);
    }

    String method() {
        return method;
    }

    String target() {
        return target;
    }

    String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    Map<String, List<String>> headers() {
        return headers;
    }

    @Nullable
    String marker() {
        return marker;
    }

    byte[] body() {
        return body.length == length ? body : Arrays.copyOf(body, length);
    }

    boolean closes() {
        return closes;
    }

    boolean expectsContinue() {
        return expectsContinue;
    }

    /// Whether it is for a model, and so for a script.
    boolean isInference() {
        return method.equals("POST") && Kind.find(path()) != null;
    }

    /// The format that it asks in.
    Wire wire() {
        return Wire.of(path());
    }

    /// Takes a part of the body; false when it becomes longer than `max`.
    boolean append(ByteBuf part, int max) {
        int more = part.readableBytes();
        if (more > max - length) {
            return false;
        }
        if (length + more > body.length) {
            body = Arrays.copyOf(body, Math.max(length + more, 2 * length));
        }
        part.readBytes(body, length, more);
        length += more;
        return true;
    }

    private static Map<String, List<String>> copy(HttpRequest request) {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        request.headers()
                .forEach(
                        header -> copy.computeIfAbsent(header.getKey().toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                                .add(header.getValue()));
        copy.replaceAll((_, values) -> List.copyOf(values));
        return java.util.Collections.unmodifiableMap(copy);
    }
}
