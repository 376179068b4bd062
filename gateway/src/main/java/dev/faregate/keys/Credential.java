package dev.faregate.keys;

import dev.faregate.base.ApiError;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// The credential of a request, read in one place for every API skin: `Authorization: Bearer` (OpenAI,
/// OpenRouter), `x-api-key` (Anthropic) and `api-key` (Azure). Never from the query string, which ends up
/// in logs.
sealed interface Credential {
    /// No credential header, or only empty ones.
    record Absent() implements Credential {}

    /// Something that cannot be a key, or two different keys.
    record Bad(ApiError error) implements Credential {}

    /// One key text, well formed; `toString` would show it, so it is never logged.
    record Present(String text) implements Credential {
        @Override
        public String toString() {
            return "[credential]";
        }
    }

    String BEARER = "bearer";
    Absent ABSENT = new Absent();
    Bad CONFLICTING = new Bad(
            new ApiError.Unauthenticated("conflicting", "The request carries two different credentials; send one."));
    Bad MALFORMED = new Bad(new ApiError.Unauthenticated(
            "malformed", "Malformed credential. Send your API key as: Authorization: Bearer <key>"));

    /// The one credential of these headers.
    static Credential of(HttpHeaders headers) {
        Credential found = ABSENT;
        Iterator<String> authorization = headers.valueStringIterator(HttpHeaderNames.AUTHORIZATION);
        while (authorization.hasNext()) {
            found = join(found, ofAuthorization(authorization.next()));
        }
        found = join(found, ofPlain(headers.get("x-api-key")));
        return join(found, ofPlain(headers.get("api-key")));
    }

    private static Credential join(Credential one, Credential other) {
        return switch (one) {
            case Absent _ -> other;
            case Bad bad -> bad;
            case Present(String text) ->
                switch (other) {
                    case Absent _ -> one;
                    case Bad bad -> bad;
                    case Present(String second) -> text.equals(second) ? one : CONFLICTING;
                };
        };
    }

    /// RFC 9110 section 11.1: the scheme is case-insensitive and followed by spaces.
    private static Credential ofAuthorization(String value) {
        String trimmed = value.trim();
        if (trimmed.isEmpty()) {
            return ABSENT;
        }
        if (!trimmed.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return MALFORMED;
        }
        if (trimmed.length() == BEARER.length()) {
            return ABSENT;
        }
        return trimmed.charAt(BEARER.length()) == ' '
                ? ofPlain(trimmed.substring(BEARER.length() + 1).trim())
                : MALFORMED;
    }

    private static Credential ofPlain(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return ABSENT;
        }
        return KeyText.wellFormed(text) ? new Present(text) : MALFORMED;
    }
}
