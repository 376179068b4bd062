package dev.faregate.pages;

import dev.faregate.base.Sha256;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import java.util.Arrays;
import java.util.HexFormat;

/// Answers that a browser keeps and asks about: each has a tag made of its bytes, and whoever names that tag has them
/// already and gets a 304 without them (RFC 9110 section 13.1.2).
public final class EntityTag {
    private static final int BYTES = 8;

    private EntityTag() {}

    /// Short for bytes: other bytes have another.
    static String version(byte[] bytes) {
        return HexFormat.of().formatHex(Sha256.of(bytes), 0, BYTES);
    }

    /// Whether the request names that tag: in a list, weak or not, or by `*`.
    static boolean isKnown(RequestHead head, String tag) {
        String named = head.header("if-none-match");
        return named != null
                && Arrays.stream(named.split(","))
                        .map(String::strip)
                        .anyMatch(one -> one.equals("*") || one.equals(tag) || one.equals("W/" + tag));
    }

    /// The answer with its tag, or a 304 with the same headers.
    public static Response answer(RequestHead head, Response whole) {
        String tag = "\"" + version(whole.body()) + "\"";
        Response tagged = whole.withHeader("ETag", tag);
        return isKnown(head, tag) ? new Response(304, tagged.contentType(), tagged.headers(), new byte[0]) : tagged;
    }
}
