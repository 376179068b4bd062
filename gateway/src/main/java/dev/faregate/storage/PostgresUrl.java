package dev.faregate.storage;

import dev.faregate.base.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Where a PostgreSQL database is and who we are there. The password is kept apart, so the URL may be
/// logged.
public record PostgresUrl(
        String jdbc, @Nullable String user, @Nullable Secret password) {
    private static final String JDBC = "jdbc:";

    /// Reads `postgresql://user:password@host:port/name?options`, `postgres://` and the same after `jdbc:`.
    /// User and password may be percent-encoded. Throws `IllegalArgumentException`, which does not repeat
    /// the text.
    public static PostgresUrl parse(String text) {
        try {
            URI uri = new URI(text.startsWith(JDBC) ? text.substring(JDBC.length()) : text);
            boolean known = "postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme());
            if (!known
                    || uri.getHost() == null
                    || uri.getRawPath() == null
                    || uri.getRawPath().length() < 2) {
                throw malformed();
            }
            String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            if (query.contains("password=")) {
                // The JDBC driver would take it, but then it stands in every message about the URL.
                throw new IllegalArgumentException("Give the password as postgresql://user:password@host/name.");
            }
            String jdbc = "jdbc:postgresql://" + uri.getHost() + port + uri.getRawPath() + query;
            String who = uri.getRawUserInfo();
            if (who == null) {
                return new PostgresUrl(jdbc, null, null);
            }
            int colon = who.indexOf(':');
            return colon < 0
                    ? new PostgresUrl(jdbc, decode(who), null)
                    : new PostgresUrl(
                            jdbc, decode(who.substring(0, colon)), Secret.of(decode(who.substring(colon + 1))));
        } catch (URISyntaxException e) {
            throw malformed();
        }
    }

    /// `host:port/name`: where it is, and nothing else.
    public String place() {
        String place = jdbc.substring((JDBC + "postgresql://").length());
        int query = place.indexOf('?');
        return query < 0 ? place : place.substring(0, query);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException(
                "The database URL must look like postgresql://user:password@host:5432/name.");
    }
}
