package dev.faregate.leaks;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.keys.Exposures;
import dev.faregate.keys.KeyHash;
import dev.faregate.keys.KeyText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a report says was found: a list of `{token, type, url, source}` (mission 3.1).
record Findings(List<Finding> all) {
    /// Findings in one report.
    static final int MAX = 10_000;

    private static final int MAX_URL = 2_000;
    private static final int MAX_SOURCE = 50;
    private static final int MAX_TYPE = 200;

    /// One text that was found, by its hash. `ours`: it can be a key of this kind of server at all.
    record Finding(
            KeyHash secret,
            boolean ours,
            String type,
            @Nullable String url,
            @Nullable String source) {
        Exposures.Report report() {
            return new Exposures.Report(secret, url, source);
        }
    }

    /// Reads a report. Throws a 400 that says where it is none.
    static Findings of(byte[] body) {
        JsonNode list = Json.read(body);
        if (!list.isArray()) {
            throw bad("The report must be a list.", null);
        }
        if (list.size() > MAX) {
            throw bad("A report has at most " + MAX + " findings.", null);
        }
        List<Finding> all = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            all.add(finding(list.get(i), i));
        }
        return new Findings(all);
    }

    private static Finding finding(JsonNode node, int at) {
        String token = node.path("token").asString("");
        if (!node.path("token").isString() || token.isEmpty()) {
            throw bad("Finding " + at + " has no token.", at + ".token");
        }
        return new Finding(
                KeyHash.of(token),
                isCandidate(token),
                clean(node.path("type").asString(""), MAX_TYPE),
                word(node.path("url").asString("").strip(), MAX_URL),
                word(node.path("source").asString("").toLowerCase(Locale.ROOT).strip(), MAX_SOURCE));
    }

    /// A text that claims to be ours and fails its checksum needs no look-up. Keys of other systems may open
    /// doors here too, so any other text is looked up.
    static boolean isCandidate(String token) {
        return token.length() <= KeyText.MAX_LENGTH && (!KeyText.looksOurs(token) || KeyText.checksumGood(token));
    }

    /// Null for nothing. What a database or a page would choke on is taken out: the reporter is honest, the
    /// place it found the key in need not be.
    private static @Nullable String word(String text, int longest) {
        String clean = clean(text, longest);
        return clean.isEmpty() ? null : clean;
    }

    /// Cut first, which may leave half a character at the end.
    private static String clean(String text, int longest) {
        String cut = text.length() <= longest ? text : text.substring(0, longest);
        return cut.replaceAll("[\\p{Cntrl}\\p{Cs}]", "");
    }

    private static ApiException bad(String message, @Nullable String param) {
        return new ApiException(new ApiError.BadRequest(message, param));
    }
}
