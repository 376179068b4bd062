package dev.faregate.accounts;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Another way to sign in than the form on the page: a passkey, an identity provider. The sign-in page lists them as
/// links. `href` is a path of ours without a query; `data` are data attributes, name without `data-` to value.
public record SignInLink(String text, String href, Map<String, String> data) {
    public SignInLink {
        data = Map.copyOf(data);
    }

    /// Where the link leads when the person wants to go on to `next` afterwards, a path of ours or null.
    public String address(@Nullable String next) {
        return next == null ? href : href + "?next=" + URLEncoder.encode(next, StandardCharsets.UTF_8);
    }
}
