package dev.faregate.oauth;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a key of an app may do (S50). `read` looks: every GET of the API, the models, what the key may
/// spend. `write` spends and changes: completions and all else that is sent with another method; it
/// includes `read`.
public enum Scopes {
    READ("read"),
    READ_WRITE("read write");

    /// Every word there is.
    static final List<String> WORDS = List.of("read", "write");

    /// A wish for a refresh token, which a client's registration decides here: heard, and not granted.
    private static final String OFFLINE = "offline_access";

    private static final int MAX_LENGTH = 1_000;

    private final String text;

    Scopes(String text) {
        this.text = text;
    }

    /// The words with a space between, on the wire and in the database.
    public String text() {
        return text;
    }

    static Scopes ofText(@Nullable String text) {
        return READ.text.equals(text) ? READ : READ_WRITE;
    }

    /// What the parameter `scope` asks for (RFC 6749 section 3.3); `usual` where it asks for nothing.
    /// Throws `invalid_scope` for a word that is none.
    static Scopes asked(@Nullable String scope, Scopes usual) {
        if (scope == null || scope.isBlank()) {
            return usual;
        }
        Set<String> words = Set.copyOf(List.of(scope.strip().split(" +")));
        boolean known = scope.length() <= MAX_LENGTH
                && words.stream().allMatch(word -> WORDS.contains(word) || word.equals(OFFLINE));
        if (!known) {
            throw new OAuthException("invalid_scope", "The scopes are " + String.join(" and ", WORDS));
        }
        if (words.contains("write")) {
            return READ_WRITE;
        }
        return words.contains("read") ? READ : usual;
    }

    boolean includes(Scopes other) {
        return this == READ_WRITE || other == READ;
    }

    boolean mayWrite() {
        return this == READ_WRITE;
    }
}
