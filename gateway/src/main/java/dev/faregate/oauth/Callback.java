package dev.faregate.oauth;

import dev.faregate.apps.AppAttribution;
import dev.faregate.http.BodyFields;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Where a browser goes with its code (contract 3.4): https anywhere, http only on this machine, at any port. The app
/// is
/// known by its origin; one on somebody's own machine by host and port.
record Callback(URI uri) {
    static final int MAX_LENGTH = 2_000;

    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

    static Callback of(String field, String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw BodyFields.wrong(field, "is not a URL");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw BodyFields.wrong(field, "must be a URL with a host, without user and fragment");
        }
        if (!scheme.equals("https") && !(scheme.equals("http") && isLocal(uri))) {
            throw BodyFields.wrong(field, "must begin with https://, or with http:// on localhost");
        }
        return new Callback(uri);
    }

    /// The app that this callback belongs to.
    AppAttribution app() {
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        String authority = host() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        String origin = scheme + "://" + authority;
        return new AppAttribution(origin + "/", origin, isLocal(uri) ? authority : null, List.of());
    }

    /// What a key of this app is called where nobody chose a name.
    String name() {
        return isLocal(uri) && uri.getPort() >= 0 ? host() + ":" + uri.getPort() : host();
    }

    private String host() {
        return uri.getHost().toLowerCase(Locale.ROOT);
    }

    private static boolean isLocal(URI uri) {
        return LOCAL.contains(uri.getHost().toLowerCase(Locale.ROOT));
    }
}
