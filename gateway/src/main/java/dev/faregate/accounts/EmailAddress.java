package dev.faregate.accounts;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Addresses as they are kept and compared: ASCII in lower case, so that two spellings are never two people, nor
/// look-alike letters one.
final class EmailAddress {
    /// RFC 5321 section 4.5.3.1.3, less the angle brackets.
    static final int MAX_LENGTH = 254;

    /// What browsers take in a field for addresses (HTML standard, "valid email address").
    private static final Pattern FORM = Pattern.compile("[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
            + "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*");

    private EmailAddress() {}

    /// The address in the form it is kept in, or null for what is none.
    static @Nullable String normal(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String typed = text.strip();
        // Before the case: the lower case of a Kelvin sign is a plain k.
        if (typed.chars().anyMatch(c -> c > '~')) {
            return null;
        }
        String lower = typed.toLowerCase(Locale.ROOT);
        return lower.length() <= MAX_LENGTH && FORM.matcher(lower).matches() ? lower : null;
    }
}
