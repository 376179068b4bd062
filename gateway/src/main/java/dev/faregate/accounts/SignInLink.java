package dev.faregate.accounts;

import dev.faregate.pages.Pages;
import org.jspecify.annotations.Nullable;

/// Another way to sign in than the form on the page: a passkey, an identity provider. The sign-in page lists them as
/// links. `href` is a path of ours without a query.
public record SignInLink(String text, String href) {
    /// Where the link leads when the person wants to go on to `next` afterwards, a path of ours or null.
    public String address(@Nullable String next) {
        return next == null ? href : Pages.leadingTo(href, next);
    }
}
