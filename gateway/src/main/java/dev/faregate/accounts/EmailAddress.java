package dev.faregate.accounts;

import java.lang.Character.UnicodeScript;
import java.net.IDN;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Addresses as they are kept and compared: ASCII in lower case, so that two spellings are never two people, nor
/// look-alike letters one. A domain in other letters is kept as the name server knows it (RFC 5890, A-labels), which is
/// also what browsers make of one that is typed.
final class EmailAddress {
    /// RFC 5321 section 4.5.3.1.3, less the angle brackets.
    static final int MAX_LENGTH = 254;

    /// What browsers take in a field for addresses (HTML standard, "valid email address").
    private static final Pattern FORM = Pattern.compile("[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
            + "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*");

    private EmailAddress() {}

    /// The address in the form it is kept in, or null for what is none.
    static @Nullable String normal(@Nullable String text) {
        String typed = text == null ? "" : text.strip();
        int at = typed.lastIndexOf('@');
        String domain = at < 0 || typed.length() > MAX_LENGTH ? null : ascii(typed.substring(at + 1));
        // Before the case: the lower case of a Kelvin sign is a plain k.
        if (domain == null || !isAscii(typed.substring(0, at))) {
            return null;
        }
        String whole = (typed.substring(0, at + 1) + domain).toLowerCase(Locale.ROOT);
        return whole.length() <= MAX_LENGTH && FORM.matcher(whole).matches() ? whole : null;
    }

    /// The domain in ASCII; null where it mixes scripts, or where making it ASCII would change more
    /// than its case: a sharp s, say, is another domain than two of them (RFC 5891), and a letter of
    /// double width only looks like one.
    private static @Nullable String ascii(String domain) {
        if (isAscii(domain)) {
            return domain;
        }
        String composed = Normalizer.normalize(domain, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
        boolean foreign = domain.codePoints().filter(c -> c > '~').anyMatch(EmailAddress::becomesAscii);
        if (foreign || !Arrays.stream(composed.split("\\.", -1)).allMatch(EmailAddress::isOfOneScript)) {
            return null;
        }
        try {
            String ascii = IDN.toASCII(composed, IDN.USE_STD3_ASCII_RULES);
            return IDN.toUnicode(ascii, IDN.USE_STD3_ASCII_RULES).equals(composed) ? ascii : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static boolean becomesAscii(int letter) {
        String lower = Character.toString(letter).toLowerCase(Locale.ROOT);
        return isAscii(Normalizer.normalize(lower, Normalizer.Form.NFKC));
    }

    private static boolean isOfOneScript(String label) {
        Set<UnicodeScript> scripts = label.codePoints()
                .mapToObj(UnicodeScript::of)
                .filter(script -> script != UnicodeScript.COMMON && script != UnicodeScript.INHERITED)
                .collect(Collectors.toSet());
        return scripts.size() <= 1;
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c <= '~');
    }
}
