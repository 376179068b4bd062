package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.http.Authenticator;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.http.RequestHead;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

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

    private final KeyDirectory directory;

    public KeyAuthenticator(KeyDirectory directory) {
        this.directory = directory;
    }

    @Override
    public Answer recall(RequestHead head) {
        return answer(head, directory::recall);
    }

    @Override
    public Answer lookUp(RequestHead head) {
        return answer(head, directory::lookUp);
    }

    private static Answer answer(RequestHead head, Function<KeyHash, Answer> ask) {
        return switch (Credential.of(head.headers())) {
            case Credential.Absent _ -> NONE;
            case Credential.Bad bad -> new Answer.Refused(bad.error());
            case Credential.Present(String text) ->
                KeyText.looksOurs(text) && !KeyText.checksumGood(text)
                        ? MALFORMED
                        : here(head, ask.apply(KeyHash.of(text)));
        };
    }

    /// A key with a list of addresses is good only from one of them, and one that may only look only for
    /// that.
    private static Answer here(RequestHead head, Answer answer) {
        if (answer instanceof Answer.Known(Caller caller)) {
            ApiError refusal = caller.refusal(head.remote());
            if (refusal == null && caller.key().rules().readOnly() && !LOOKS.contains(head.method())) {
                refusal = READ_ONLY;
            }
            return refusal == null ? answer : new Answer.Refused(refusal);
        }
        return answer;
    }
}
