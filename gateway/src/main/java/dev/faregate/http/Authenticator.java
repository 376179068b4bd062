package dev.faregate.http;

import dev.faregate.base.ApiError;
import org.jspecify.annotations.Nullable;

/// Turns the credential of a request into a principal, before the body is read.
public interface Authenticator {
    /// What the memory of this process says about a credential.
    sealed interface Answer {
        /// The request carries no credential at all.
        record None() implements Answer {}

        record Known(Principal principal) implements Answer {}

        record Refused(ApiError error) implements Answer {}

        /// Not in memory: ask [#lookUp] on a thread that may block.
        record Unsure() implements Answer {}
    }

    /// Called on the event loop; never blocks.
    Answer recall(RequestHead head);

    /// Called on a virtual thread after [Answer.Unsure]; may ask the database. Never answers `Unsure`.
    Answer lookUp(RequestHead head);

    /// Decides one request: null when it may go on, with `principal` possibly null for an open route.
    static @Nullable ApiError refusal(Access access, @Nullable Principal principal) {
        if (principal != null) {
            return principal.refusal(access);
        }
        return switch (access) {
            case PUBLIC, OPTIONAL_KEY, SESSION -> null;
            case ANY_KEY, INFERENCE, MANAGEMENT ->
                new ApiError.Unauthenticated("missing", "Missing Authentication header");
        };
    }
}
