package dev.faregate.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A request line and headers that passed the framing guard, matched to a route. Immutable once routed; used by one
/// thread at a time.
///
/// `path` is normalised (doubled slashes folded, no trailing slash) and still percent-encoded; `pathParameters` and
/// `query` are decoded once.
public record RequestHead(
        String requestId,
        String method,
        String path,
        Map<String, String> pathParameters,
        Map<String, List<String>> query,
        HttpHeaders headers,
        InetAddress remote,
        long arrivedNanos) {

    /// The first value of a header, whatever its case.
    public @Nullable String header(CharSequence name) {
        return headers.get(name);
    }

    /// A parameter that the matched route declares; asking for another is a bug.
    public String pathParameter(String name) {
        String value = pathParameters.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route declares no {" + name + "}");
        }
        return value;
    }

    /// A parameter of the path that names a record by its UUID, in the form that ids are kept in; empty
    /// when it is none, which then names nothing.
    public Optional<String> uuid(String name) {
        try {
            return Optional.of(UUID.fromString(pathParameter(name)).toString());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// The first value of a query parameter.
    public @Nullable String queryParameter(String name) {
        List<String> values = query.get(name);
        return values == null ? null : values.getFirst();
    }
}
