package dev.faregate.base;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/// Texts that are a right to whoever has them: 256 random bits in base64url. Only their SHA-256 is ever
/// kept; a fast hash is right for what cannot be guessed.
public final class Tokens {
    private static final int RANDOM_BYTES = 32;
    private static final int LENGTH = 43;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Tokens() {}

    public static Secret generate() {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        return Secret.of(Base64.getUrlEncoder().withoutPadding().encodeToString(random));
    }

    /// True when a text could be one; anything else needs no look-up.
    public static boolean looksLikeOne(String text) {
        return text.length() == LENGTH
                && text.chars()
                        .allMatch(c -> c == '-'
                                || c == '_'
                                || (c >= '0' && c <= '9')
                                || (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z'));
    }

    /// The SHA-256 of a text in 64 lower-case hexadecimal digits: what is kept of it.
    public static String hash(String text) {
        return HexFormat.of().formatHex(Sha256.of(text));
    }
}
