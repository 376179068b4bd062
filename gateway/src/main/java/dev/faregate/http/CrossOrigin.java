package dev.faregate.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/// Requests that the script of a page on another origin sends (Fetch standard, section 3.3).
final class CrossOrigin {
    /// How long a browser may remember a preflight, in seconds; browsers cap it at two hours.
    private static final String MAX_AGE = "7200";

    /// Names of headers that a script may ask to send; more are not answered for.
    private static final int MAX_ASKED = 1_000;

    private CrossOrigin() {}

    static boolean isAsked(HttpHeaders headers) {
        return headers.contains(HttpHeaderNames.ORIGIN);
    }

    /// The answer's headers for an OPTIONS request: any header may be sent, as any other client may send it.
    static HttpHeaders preflight(HttpHeaders asked, String allow) {
        HttpHeaders answer = new DefaultHttpHeaders().set(HttpHeaderNames.ALLOW, allow);
        if (isAsked(asked) && asked.contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD)) {
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, allow);
            answer.set(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, MAX_AGE);
            String names = asked.get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS);
            if (isListOfNames(names)) {
                // Not a star: that never covers Authorization.
                answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, names);
            }
        }
        return answer;
    }

    /// Only what can be a list of header names is sent back.
    private static boolean isListOfNames(@Nullable String names) {
        return names != null
                && names.length() <= MAX_ASKED
                && names.chars()
                        .allMatch(c -> c == ',' || c == ' ' || c == '-' || c == '_' || Character.isLetterOrDigit(c))
                && names.chars().allMatch(c -> c < 0x80);
    }
}
