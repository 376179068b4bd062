package dev.faregate.providers;

import java.util.Set;

/// One request to a provider. `path` is the origin form (RFC 9112 section 3.2.1) with its query,
/// percent-encoded.
public record UpstreamRequest(String method, String path, RequestHeaders headers, UpstreamBody body, Answer answer) {
    /// What kind of answer is expected, and so what counts as progress and which size limit holds.
    public enum Answer {
        /// One document: the first byte may take until the total deadline, then each byte is progress.
        WHOLE,
        /// Events: only [UpstreamCall#noteProgress] is progress, because pings are bytes too.
        EVENTS
    }

    // HEAD and CONNECT answers are framed differently, and nothing here needs them.
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE");

    public UpstreamRequest {
        if (!METHODS.contains(method)) {
            throw new IllegalArgumentException("unsupported method");
        }
        if (!isOriginForm(path)) {
            throw new IllegalArgumentException("the path is not an encoded origin form");
        }
    }

    public static UpstreamRequest post(String path, RequestHeaders headers, UpstreamBody body, Answer answer) {
        return new UpstreamRequest("POST", path, headers, body, answer);
    }

    public static UpstreamRequest get(String path, RequestHeaders headers) {
        return new UpstreamRequest("GET", path, headers, UpstreamBody.empty(), Answer.WHOLE);
    }

    private static boolean isOriginForm(String path) {
        if (!path.startsWith("/")) {
            return false;
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c <= ' ' || c >= 0x7F || c == '#') {
                return false;
            }
        }
        return true;
    }
}
