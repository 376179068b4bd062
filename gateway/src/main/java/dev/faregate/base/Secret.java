package dev.faregate.base;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// A text that must never be printed: `toString` shows nothing, so a secret in a log line, an exception
/// or a record's text is harmless.
public final class Secret {
    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    public static Secret of(String text) {
        return new Secret(text);
    }

    /// The text itself. Every caller is a place to look at in a review.
    public String reveal() {
        return text;
    }

    /// Compares in constant time.
    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret
                && MessageDigest.isEqual(
                        text.getBytes(StandardCharsets.UTF_8), secret.text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return "[secret]";
    }
}
