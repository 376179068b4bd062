package dev.faregate.observability;

import dev.faregate.http.BodyFields;
import dev.faregate.http.HopHeaders;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What an address or a header of a destination may look like. Where it may lead is judged when something is sent.
final class Addresses {
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}");

    private Addresses() {}

    /// Throws a 400 about the field unless the text is the address of a server of HTTP.
    static void check(String field, String text) {
        if (find(text) == null) {
            throw BodyFields.wrong(field, "must be an http or https URL with a host, without user and fragment");
        }
    }

    static @Nullable URI find(String text) {
        try {
            URI url = new URI(text);
            String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
            boolean plain = url.getHost() != null && url.getUserInfo() == null && url.getFragment() == null;
            boolean ascii = text.chars().allMatch(c -> c > ' ' && c < 0x7F);
            return plain && ascii && (scheme.equals("https") || scheme.equals("http")) ? url : null;
        } catch (java.net.URISyntaxException e) {
            return null;
        }
    }

    static boolean isHeader(String name, String value) {
        return TOKEN.matcher(name).matches()
                && !HopHeaders.contains(name)
                && value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7F));
    }
}
