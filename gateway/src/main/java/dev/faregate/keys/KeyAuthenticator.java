package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.http.Authenticator;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.http.RequestHead;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Credential to [Caller], the same for every skin and every header form. A text with our own beginning
/// that cannot be a key is refused without a look-up, so garbage costs the database nothing.
public final class KeyAuthenticator implements Authenticator {
    private static final Answer NONE = new Answer.None();
    private static final Answer MALFORMED = new Answer.Refused(Credential.MALFORMED.error());

    /// What the OAuth scope `read` allows.
    private static final Set<String> LOOKS = Set.of("GET", "HEAD");

    private static final ApiError READ_ONLY = new ApiError.Forbidden(
            "This key was given the scope read, which may only look: GET requests. Ask for the scope write.",
            ErrorRenderer.INSUFFICIENT_SCOPE,
            Map.of("scope", ErrorRenderer.FULL_SCOPE));

    /// So much of an `Origin` is told back.
    private static final int MAX_ORIGIN = 200;

    private final KeyDirectory directory;
    private final boolean blocksBrowsers;

    public KeyAuthenticator(KeyDirectory directory) {
        this(directory, false);
    }

    /// `blocksBrowsers`: keys that were made by hand are refused where a web page sends them (setting
    /// `keys.block_in_browsers`).
    public KeyAuthenticator(KeyDirectory directory, boolean blocksBrowsers) {
        this.directory = directory;
        this.blocksBrowsers = blocksBrowsers;
    }

    @Override
    public Answer recall(RequestHead head) {
        return answer(head, directory::recall);
    }

    @Override
    public Answer lookUp(RequestHead head) {
        return answer(head, directory::lookUp);
    }

    private Answer answer(RequestHead head, Function<KeyHash, Answer> ask) {
        return switch (Credential.of(head.headers())) {
            case Credential.Absent _ -> NONE;
            case Credential.Bad bad -> new Answer.Refused(bad.error());
            case Credential.Present(String text) ->
                KeyText.looksOurs(text) && !KeyText.checksumGood(text)
                        ? MALFORMED
                        : here(head, ask.apply(KeyHash.of(text)));
        };
    }

    /// A key with a list of addresses is good only from one of them, one that was made by hand not in browsers
    /// where those are blocked, and one that may only look only for that.
    private Answer here(RequestHead head, Answer answer) {
        if (answer instanceof Answer.Known(Caller caller)) {
            ApiError refusal = caller.refusal(head.remote());
            if (refusal == null && blocksBrowsers && !caller.heldByApp()) {
                refusal = inBrowser(head.header(HttpHeaderNames.ORIGIN));
            }
            if (refusal == null && caller.key().rules().readOnly() && !LOOKS.contains(head.method())) {
                refusal = READ_ONLY;
            }
            return refusal == null ? answer : new Answer.Refused(refusal);
        }
        return answer;
    }

    /// Browsers send `Origin` with whatever the script of a page asks of another site, and the script cannot keep them
    /// from it (Fetch standard, "`Origin` header"); other programs do not.
    private static @Nullable ApiError inBrowser(@Nullable String origin) {
        if (origin == null) {
            return null;
        }
        return new ApiError.Forbidden(
                "This API key came from a web page, where everybody who opens the page can read it, and this server"
                        + " refuses that. Call from your own server, or have the app connect with OAuth to get a key"
                        + " for its user.",
                "browser_not_allowed",
                Map.of("origin", origin.length() <= MAX_ORIGIN ? origin : origin.substring(0, MAX_ORIGIN)));
    }
}
