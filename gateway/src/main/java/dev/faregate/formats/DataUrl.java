package dev.faregate.formats;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A `data:` URL with base64 in it (RFC 2397), as chat carries images and files. `media` is its media type in lower
/// case, without parameters.
record DataUrl(String media, String base64) {
    private static final String MARK = ";base64,";

    /// Null for any other URL.
    static @Nullable DataUrl find(String url) {
        int mark = url.indexOf(MARK);
        if (!url.regionMatches(true, 0, "data:", 0, 5) || mark < 0) {
            return null;
        }
        String media = url.substring(5, mark).toLowerCase(Locale.ROOT);
        int parameters = media.indexOf(';');
        String plain = parameters < 0 ? media : media.substring(0, parameters);
        // A name that many programs write and no provider knows.
        return new DataUrl(plain.equals("image/jpg") ? "image/jpeg" : plain, url.substring(mark + MARK.length()));
    }

    static boolean isWeb(String url) {
        return url.regionMatches(true, 0, "https://", 0, 8) || url.regionMatches(true, 0, "http://", 0, 7);
    }
}
