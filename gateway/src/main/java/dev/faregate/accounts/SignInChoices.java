package dev.faregate.accounts;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Further ways to sign in, besides a password: each is a button on the sign-in page.
@FunctionalInterface
public interface SignInChoices {
    /// A button. `behaviour` is the value of its attribute `data-sign-in`, for a script that takes it over, or null for
    /// a plain link.
    record Choice(String text, String href, @Nullable String behaviour) {}

    /// The ways there are; `next` is where the person wanted to go, a path of ours, or null.
    List<Choice> choices(@Nullable String next);

    /// Plain links as choices, asked for anew each time the page is shown.
    static SignInChoices of(Supplier<List<SignInLink>> links) {
        return next -> links.get().stream()
                .map(link -> new Choice(link.text(), link.address(next), null))
                .toList();
    }
}
