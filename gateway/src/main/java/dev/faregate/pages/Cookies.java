package dev.faregate.pages;

import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The cookies of the pages. Behind TLS their names begin with `__Host-`, which a browser takes only with `Secure`, for
/// this host alone and for the whole site; on plain HTTP, which is for loopback, they have plain names (rulings 4).
public final class Cookies {
    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9_.-]{0,4000}");

    private final boolean secure;

    Cookies(boolean secure) {
        this.secure = secure;
    }

    private String name(String name) {
        return (secure ? "__Host-" : "") + "faregate_" + name;
    }

    /// The value of a cookie of ours, or null; one that is there twice is none of ours.
    public @Nullable String find(RequestHead head, String name) {
        String wanted = name(name);
        String found = null;
        for (String line : head.headers().getAll("cookie")) {
            for (String pair : line.split(";")) {
                int equals = pair.indexOf('=');
                if (equals < 0 || !pair.substring(0, equals).strip().equals(wanted)) {
                    continue;
                }
                String value = pair.substring(equals + 1).strip();
                if (found != null || !VALUE.matcher(value).matches()) {
                    return null;
                }
                found = value;
            }
        }
        return found;
    }

    /// The answer with a cookie set; `age` null for one that ends with the browser. The value must be base64url.
    public Response with(Response response, String name, String value, @Nullable Duration age) {
        if (!VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException("not a value for a cookie");
        }
        return response.withHeader(
                "Set-Cookie",
                name(name) + "=" + value + "; Path=/; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "")
                        + (age == null ? "" : "; Max-Age=" + age.toSeconds()));
    }

    /// The answer with a cookie taken away.
    public Response without(Response response, String name) {
        return with(response, name, "", Duration.ZERO);
    }
}
