package dev.faregate.keys;

import dev.faregate.base.Secret;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.zip.CRC32;

/// The text of a key (design D9): a prefix that names the kind, 40 random base62 characters (238 bits),
/// and six that check all before them, prefix included, so a swapped prefix fails and scanners need no
/// server.
///
/// Any other text may be a key too: keys of other systems open the door once their hash is stored.
public final class KeyText {
    /// Every text with this beginning is ours, and refused without a look-up unless it is well formed.
    static final String OUR_BEGINNING = "sk-fg-";

    /// A longer credential is refused unread.
    public static final int MAX_LENGTH = 512;

    /// A text chosen by somebody else must have at least this many characters to become a key.
    public static final int MIN_FOREIGN_LENGTH = 32;

    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_LENGTH = 40;
    private static final int CHECKSUM_LENGTH = 6;
    private static final int LABEL_HEAD = 3;
    private static final int LABEL_TAIL = 4;
    private static final int LABEL_PREFIX_MAX = 12;
    private static final SecureRandom RANDOM = new SecureRandom();

    private KeyText() {}

    /// A new key text of that kind.
    public static Secret generate(KeyKind kind) {
        StringBuilder text = new StringBuilder(64).append(kind.prefix());
        for (int i = 0; i < RANDOM_LENGTH; i++) {
            text.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return Secret.of(text.append(checksum(text)).toString());
    }

    /// True when the text claims to be one of ours.
    public static boolean looksOurs(String text) {
        return text.startsWith(OUR_BEGINNING);
    }

    /// True when the text is one that [#generate] can have made: prefix, length, alphabet and checksum.
    public static boolean checksumGood(String text) {
        int prefix = prefixLength(text);
        if (prefix == 0 || text.length() != prefix + RANDOM_LENGTH + CHECKSUM_LENGTH) {
            return false;
        }
        for (int i = prefix; i < text.length(); i++) {
            if (!isBase62(text.charAt(i))) {
                return false;
            }
        }
        int body = text.length() - CHECKSUM_LENGTH;
        return text.regionMatches(body, checksum(text.substring(0, body)), 0, CHECKSUM_LENGTH);
    }

    /// True when every character can stand in a credential and the length is in bounds: visible ASCII, no
    /// space.
    static boolean wellFormed(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) >= 0x7F) {
                return false;
            }
        }
        return true;
    }

    /// What may be shown of a key (contract section 1): prefix, first three, last four. A short text
    /// shows less.
    public static String label(String text) {
        int prefix = looksOurs(text) ? prefixLength(text) : foreignPrefixLength(text);
        int secret = text.length() - prefix;
        if (secret < 2 * (LABEL_HEAD + LABEL_TAIL)) {
            return "...";
        }
        return text.substring(0, prefix + LABEL_HEAD) + "..." + text.substring(text.length() - LABEL_TAIL);
    }

    /// CRC-32 of the text as six base62 digits, alphabet `0-9A-Za-z`, left-padded with `0` (mission 3.3).
    static String checksum(CharSequence text) {
        CRC32 crc = new CRC32();
        crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
        char[] digits = new char[CHECKSUM_LENGTH];
        long rest = crc.getValue();
        for (int i = CHECKSUM_LENGTH - 1; i >= 0; i--) {
            digits[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
            rest /= ALPHABET.length();
        }
        return new String(digits);
    }

    private static int prefixLength(String text) {
        return KeyKind.claimedBy(text).map(kind -> kind.prefix().length()).orElse(0);
    }

    private static int foreignPrefixLength(String text) {
        String start = text.substring(0, Math.min(LABEL_PREFIX_MAX, text.length()));
        return Math.max(start.lastIndexOf('-'), start.lastIndexOf('_')) + 1;
    }

    private static boolean isBase62(char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }
}
