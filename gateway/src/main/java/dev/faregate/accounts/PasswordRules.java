package dev.faregate.accounts;

import dev.faregate.base.Secret;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which passwords are good enough (NIST SP 800-63B-4 section 3.1.1.2): long, and not one that is known or that follows
/// from who and where; no rules about kinds of characters, and no end. Immutable.
final class PasswordRules {
    /// Longer ones are refused, so that hashing has a bound.
    static final int MAX_LENGTH = 256;

    /// Words of a person or place that are shorter may well be part of a good password.
    private static final int LEAST_WORD = 4;

    /// A password of fewer different characters is a pattern.
    private static final int LEAST_DIFFERENT = 5;

    /// What people add to a password that was refused, at either end.
    private static final Pattern TRIMMINGS = Pattern.compile("^[\\p{N}\\p{P}\\p{S}\\s]+|[\\p{N}\\p{P}\\p{S}\\s]+$");

    private static final String RUNS = "abcdefghijklmnopqrstuvwxyz01234567890qwertyuiopasdfghjklzxcvbnm";

    private final int minLength;

    PasswordRules(int minLength) {
        this.minLength = minLength;
    }

    int minLength() {
        return minLength;
    }

    /// What is wrong with a password, for the person who chose it, or null. `about`: names and addresses of the person
    /// and of the place.
    @Nullable
    String problem(@Nullable Secret password, List<String> about) {
        if (password == null) {
            return "Choose a password.";
        }
        String text = Passwords.normal(password.reveal());
        int length = text.codePointCount(0, text.length());
        if (length < minLength) {
            return "Use at least " + minLength + " characters. A few words that you will remember do well.";
        }
        if (length > MAX_LENGTH) {
            return "Use at most " + MAX_LENGTH + " characters.";
        }
        String lower = text.toLowerCase(Locale.ROOT);
        String core = TRIMMINGS.matcher(lower).replaceAll("");
        if (CommonPasswords.contains(lower) || CommonPasswords.contains(core) || repeats(lower)) {
            return "This is one of the passwords that attackers try first. Choose another.";
        }
        if (lower.chars().distinct().count() < LEAST_DIFFERENT || isRun(lower)) {
            return "This is a pattern that is easy to guess. Choose another.";
        }
        for (String word : about) {
            String known = word.toLowerCase(Locale.ROOT).strip();
            if (known.length() >= LEAST_WORD && (core.equals(known) || mostly(lower, known))) {
                return "This can be guessed from who you are or where you are. Choose another.";
            }
        }
        return null;
    }

    /// A common password written twice or more is still that password.
    private static boolean repeats(String text) {
        for (int length = 1; length <= text.length() / 2; length++) {
            if (text.length() % length == 0
                    && text.substring(0, length).repeat(text.length() / length).equals(text)) {
                return length < LEAST_DIFFERENT || CommonPasswords.contains(text.substring(0, length));
            }
        }
        return false;
    }

    private static boolean isRun(String text) {
        return RUNS.contains(text) || new StringBuilder(RUNS).reverse().indexOf(text) >= 0;
    }

    /// More of the password is this word than is not.
    private static boolean mostly(String text, String word) {
        return text.contains(word) && text.length() < 2 * word.length();
    }
}
