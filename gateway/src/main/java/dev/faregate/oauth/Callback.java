package dev.faregate.oauth;

import dev.faregate.apps.AppAttribution;
import dev.faregate.http.BodyFields;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Where a browser goes with its code (contract 3.4): https anywhere, http only on this machine, at any
/// port. An app without registration is known by its origin; one on somebody's own machine by host and
/// port. Registered clients may also have an address that their program claims on the device (RFC 8252
/// section 7.1).
record Callback(URI uri) {
    static final int MAX_LENGTH = 2_000;

    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

    /// RFC 8252 section 8.4: such a scheme is a domain name backwards, so it has a dot.
    private static final Pattern PRIVATE_SCHEME = Pattern.compile("[a-z][a-z0-9+-]*(\\.[a-z0-9+-]+)+");

    /// The callback of an app that is not registered. Throws a 400 that names `field`.
    static Callback of(String field, String text) {
        URI uri = parse(field, text);
        if (uri.getHost() == null) {
            throw BodyFields.wrong(field, "must be a URL with a host, without user and fragment");
        }
        String scheme = scheme(uri);
        if (!scheme.equals("https") && !(scheme.equals("http") && isLocal(uri))) {
            throw BodyFields.wrong(field, "must begin with https://, or with http:// on localhost");
        }
        return new Callback(uri);
    }

    /// An address that a client may register (RFC 7591 section 5, RFC 8252 sections 7 and 8.4). Throws a
    /// 400 that names `field`.
    static Callback registrable(String field, String text) {
        URI uri = parse(field, text);
        if (PRIVATE_SCHEME.matcher(scheme(uri)).matches()) {
            return new Callback(uri);
        }
        return of(field, text);
    }

    private static URI parse(String field, String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw BodyFields.wrong(field, "is not a URL");
        }
        if (text.length() > MAX_LENGTH || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw BodyFields.wrong(field, "must be a URL of at most " + MAX_LENGTH + " ASCII characters");
        }
        if (uri.getScheme() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw BodyFields.wrong(field, "must be a URL with a host, without user and fragment");
        }
        return uri;
    }

    /// True when a client that registered `registered` may be answered at `asked`: character by character
    /// the same (RFC 9700 section 4.1.3), but a program on this machine cannot know its port beforehand
    /// (RFC 8252 section 7.3).
    static boolean isSame(String registered, String asked) {
        if (registered.equals(asked)) {
            return true;
        }
        try {
            return isLoopback(new URI(registered)) && withoutPort(registered).equals(withoutPort(asked));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean isLoopback(URI uri) {
        return uri.getHost() != null && scheme(uri).equals("http") && isLocal(uri);
    }

    /// The same text without the port, and nothing else changed.
    private static String withoutPort(String text) throws URISyntaxException {
        URI uri = new URI(text);
        String authority = uri.getRawAuthority();
        if (uri.getPort() < 0 || authority == null || uri.getRawUserInfo() != null) {
            return text;
        }
        String host = authority.substring(0, authority.lastIndexOf(':'));
        return text.replaceFirst(Pattern.quote("//" + authority), "//" + host);
    }

    /// The app that this callback belongs to.
    AppAttribution app() {
        String origin = origin();
        return new AppAttribution(origin + "/", origin, isLocal() ? authority() : null, List.of());
    }

    /// What a key of this app is called where nobody chose a name.
    String name() {
        return isLocal() && uri.getPort() >= 0 ? authority() : place();
    }

    /// What people are shown: the host, or the scheme that a program on the device claims.
    String place() {
        return uri.getHost() == null ? scheme(uri) : host();
    }

    /// True where the answer stays on the person's own machine.
    boolean isLocal() {
        return uri.getHost() != null && isLocal(uri);
    }

    boolean isWeb() {
        return scheme(uri).equals("https");
    }

    /// What a page's policy must let its form lead to. A policy cannot name an IPv6 address.
    String source() {
        String scheme = scheme(uri);
        return uri.getHost() == null || uri.getHost().startsWith("[") ? scheme + ":" : origin();
    }

    /// The address with these parameters added (RFC 6749 section 4.1.2); its own query stays.
    String with(Map<String, String> parameters) {
        StringBuilder address = new StringBuilder(uri.toString());
        char mark = uri.toString().indexOf('?') < 0 ? '?' : '&';
        for (Map.Entry<String, String> entry : parameters.entrySet()) {
            address.append(mark)
                    .append(URLEncoder.encode(entry.getKey(), StandardCharsets.UTF_8))
                    .append('=')
                    .append(URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8));
            mark = '&';
        }
        return address.toString();
    }

    private String origin() {
        return scheme(uri) + "://" + authority();
    }

    private String authority() {
        return host() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    }

    private String host() {
        return uri.getHost().toLowerCase(Locale.ROOT);
    }

    private static String scheme(URI uri) {
        return uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    }

    private static boolean isLocal(URI uri) {
        return LOCAL.contains(uri.getHost().toLowerCase(Locale.ROOT));
    }
}
