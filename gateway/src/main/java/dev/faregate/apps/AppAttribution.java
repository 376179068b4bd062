package dev.faregate.apps;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The client program as it names itself in optional headers (contract 3.11): `HTTP-Referer`,
/// `X-OpenRouter-Title` (`X-Title`) and `X-OpenRouter-Categories`, or the same with `X-Faregate-`. All
/// of it is untrusted text: what is bad is dropped, and never an error (S73). With
/// `X-Faregate-Unlisted: true` a program is no app: it is in no ranking, and only the referer is kept
/// with its own generation (S21).
///
/// `referer` is an http(s) address without query, fragment and user; `origin` its scheme, host and
/// port.
public record AppAttribution(
        @Nullable String referer,
        @Nullable String origin,
        @Nullable String title,
        List<String> categories) {
    public static final AppAttribution NONE = new AppAttribution(null, null, null, List.of());

    // Names that know their hash: they are looked up in every request, and mostly in vain.
    private static final AsciiString REFERER = AsciiString.cached("http-referer");
    private static final AsciiString UNLISTED = AsciiString.cached("x-faregate-unlisted");
    private static final List<AsciiString> TITLE_HEADERS = List.of(
            AsciiString.cached("x-faregate-title"),
            AsciiString.cached("x-openrouter-title"),
            AsciiString.cached("x-title"));
    private static final List<AsciiString> CATEGORY_HEADERS =
            List.of(AsciiString.cached("x-faregate-categories"), AsciiString.cached("x-openrouter-categories"));

    static final int MAX_REFERER_LENGTH = 500;
    static final int MAX_ORIGIN_LENGTH = 270;
    static final int MAX_TITLE_LENGTH = 100;

    /// Marks on one letter; no script needs more.
    private static final int MAX_MARKS = 3;

    /// Of one request; further ones are dropped (contract 3.11).
    static final int MAX_CATEGORIES = 2;

    private static final int MAX_CATEGORIES_LENGTH = 200;

    /// The categories of the contract's rankings (`GET /datasets/app-rankings`, `subcategory`).
    private static final Set<String> CATEGORIES = Set.of(
            "cli-agent",
            "ide-extension",
            "cloud-agent",
            "programming-app",
            "native-app-builder",
            "creative-writing",
            "video-gen",
            "image-gen",
            "audio-gen",
            "roleplay",
            "game",
            "writing-assistant",
            "general-chat",
            "personal-agent",
            "legal");

    public AppAttribution {
        categories = List.copyOf(categories);
    }

    /// What the headers of a request say.
    public static AppAttribution of(HttpHeaders headers) {
        URI referer = referer(headers.get(REFERER));
        if ("true".equalsIgnoreCase(headers.get(UNLISTED))) {
            return referer == null ? NONE : new AppAttribution(address(referer), null, null, List.of());
        }
        String title = title(first(headers, TITLE_HEADERS));
        List<String> categories = categories(first(headers, CATEGORY_HEADERS));
        if (referer == null) {
            return title == null && categories.isEmpty() ? NONE : new AppAttribution(null, null, title, categories);
        }
        String origin = referer.getScheme() + "://" + referer.getRawAuthority();
        return new AppAttribution(address(referer), origin, title, categories);
    }

    private static String address(URI referer) {
        return referer.getScheme() + "://" + referer.getRawAuthority() + path(referer);
    }

    /// What makes it the same app: its origin. Programs on a developer's machine share theirs, so they
    /// are told apart by title; without one they are no app. Null for no app.
    @Nullable
    String identity() {
        if (origin == null) {
            return null;
        }
        if (!local(URI.create(origin).getHost())) {
            return origin;
        }
        return title == null ? null : "local:" + title;
    }

    private static @Nullable URI referer(@Nullable String text) {
        if (text == null || text.length() > MAX_REFERER_LENGTH) {
            return null;
        }
        try {
            URI uri = new URI(text.trim());
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            if (!(scheme.equals("http") || scheme.equals("https")) || uri.getHost() == null) {
                return null;
            }
            String host = uri.getHost().toLowerCase(Locale.ROOT);
            int port = uri.getPort() == (scheme.equals("https") ? 443 : 80) ? -1 : uri.getPort();
            URI clean = new URI(scheme, null, host, port, uri.getPath(), null, null);
            String ascii = clean.toASCIIString();
            return ascii.length() <= MAX_REFERER_LENGTH
                            && clean.getRawAuthority().length() <= MAX_ORIGIN_LENGTH - 8
                    ? new URI(ascii)
                    : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static String path(URI uri) {
        return uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    }

    private static boolean local(String host) {
        return host.equals("localhost")
                || host.endsWith(".localhost")
                || host.startsWith("127.")
                || host.equals("[::1]");
    }

    /// Header bytes arrive as Latin-1; titles are sent as UTF-8.
    private static @Nullable String title(@Nullable String header) {
        return header == null ? null : cleanTitle(utf8(header));
    }

    /// What a program calls itself, as it may be shown: at most 100 characters, without invisible ones,
    /// ones that turn text around, and heaps of marks that reach into the lines above. Null when nothing is
    /// left. It is still untrusted text.
    public static @Nullable String cleanTitle(String text) {
        StringBuilder clean = new StringBuilder();
        int marks = 0;
        int length = 0;
        for (int codePoint : text.codePoints().toArray()) {
            marks = isMark(codePoint) ? marks + 1 : 0;
            if (length < MAX_TITLE_LENGTH && marks <= MAX_MARKS && printable(codePoint)) {
                clean.appendCodePoint(codePoint);
                length++;
            }
        }
        String title = clean.toString().strip();
        return title.isEmpty() ? null : title;
    }

    private static boolean isMark(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
    }

    private static String utf8(String latin1) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            return latin1;
        }
    }

    /// Neither control characters nor the invisible ones that turn text around or hide it.
    private static boolean printable(int codePoint) {
        int type = Character.getType(codePoint);
        return type != Character.CONTROL
                && type != Character.FORMAT
                && type != Character.SURROGATE
                && type != Character.PRIVATE_USE
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR;
    }

    private static List<String> categories(@Nullable String header) {
        List<String> known = new ArrayList<>();
        if (header != null && header.length() <= MAX_CATEGORIES_LENGTH) {
            for (String slug : header.split(",")) {
                String word = slug.trim();
                if (known.size() < MAX_CATEGORIES && CATEGORIES.contains(word) && !known.contains(word)) {
                    known.add(word);
                }
            }
        }
        return known;
    }

    private static @Nullable String first(HttpHeaders headers, List<AsciiString> names) {
        for (AsciiString name : names) {
            String value = headers.get(name);
            if (value != null && !value.isBlank()) {
                return value;
            }
        }
        return null;
    }
}
