package dev.faregate.providers;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/// Where an attempt goes: scheme, host and port, and whether the address stands in the operator's own
/// file.
///
/// `host` is lower case, a DNS name or an IP literal without brackets. A `trusted` target may be inside
/// our own network; any other one was set by a user and passes the [EgressGuard] first.
public record Target(boolean tls, String host, int port, boolean trusted) {
    private static final int MAX_HOST = 253;
    private static final Pattern HOST = Pattern.compile("[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*");

    public Target {
        host = host.toLowerCase(Locale.ROOT);
        if (host.length() > MAX_HOST || !HOST.matcher(host).matches()) {
            throw new IllegalArgumentException("the host is not a DNS name or an IP address");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("the port must be 1 to 65535");
        }
    }

    /// The target of an `http` or `https` base URL; its path is the caller's business. Throws
    /// `IllegalArgumentException` with words for whoever wrote the URL, and never quotes it: it may hold
    /// a password.
    public static Target of(URI base, boolean trusted) {
        String scheme = base.getScheme() == null ? "" : base.getScheme().toLowerCase(Locale.ROOT);
        boolean tls = scheme.equals("https");
        if (!tls && !scheme.equals("http")) {
            throw new IllegalArgumentException("the base URL must begin with http:// or https://");
        }
        if (base.getHost() == null || base.getUserInfo() != null || base.getFragment() != null) {
            throw new IllegalArgumentException("the base URL must have a plain host, no user and no fragment");
        }
        String host = base.getHost();
        if (host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
        }
        return new Target(tls, host, base.getPort() == -1 ? defaultPort(tls) : base.getPort(), trusted);
    }

    /// The origin form of a URL: its encoded path, `/` when it has none, and its query.
    static String path(URI url) {
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    }

    /// The value of the Host header (RFC 9110 section 7.2): the port only where it is not the scheme's
    /// own.
    String authority() {
        String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return port == defaultPort(tls) ? name : name + ":" + port;
    }

    private static int defaultPort(boolean tls) {
        return tls ? 443 : 80;
    }
}
