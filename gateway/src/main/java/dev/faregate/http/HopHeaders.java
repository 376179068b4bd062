package dev.faregate.http;

import java.util.Locale;
import java.util.Set;

/// Headers that frame a message or are meaningful on one hop only (RFC 9110 section 7.6.1): whoever sends a
/// message sets them itself, and nobody sets them for it.
public final class HopHeaders {
    private static final Set<String> NAMES = Set.of(
            "host",
            "content-length",
            "accept-encoding",
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "expect");

    private HopHeaders() {}

    /// Whether it is one of them, whatever its case.
    public static boolean contains(String name) {
        return NAMES.contains(name.toLowerCase(Locale.ROOT));
    }
}
