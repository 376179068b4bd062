package dev.faregate.accounts;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import dev.faregate.base.Secret;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;

/// Time-based one-time codes (RFC 6238) in the one form that every authenticator app reads: SHA-1, six digits, thirty
/// seconds. Pure but for the random bits of a fresh secret.
final class TotpCodes {
    static final Duration STEP = Duration.ofSeconds(30);

    /// RFC 4226 section 4, R6: 160 bits are recommended.
    private static final int SECRET_BYTES = 20;

    /// RFC 6238 section 5.2: at most one step of delay is allowed for; we take the same for clocks that run ahead.
    private static final int STEPS_AROUND = 1;

    private static final String ISSUER = "Faregate";
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int BITS = 5;
    private static final int GROUP = 4;
    private static final Pattern CODE = Pattern.compile("[0-9]{6}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private TotpCodes() {}

    /// A secret in base32 without padding (RFC 4648 section 6), as apps take it.
    static Secret fresh() {
        byte[] random = new byte[SECRET_BYTES];
        RANDOM.nextBytes(random);
        return Secret.of(base32(random));
    }

    /// What a person typed, without the spaces that apps show.
    static String plain(String typed) {
        return typed.replaceAll("[\\s-]", "");
    }

    static long stepOf(Instant time) {
        return Math.floorDiv(time.getEpochSecond(), STEP.toSeconds());
    }

    /// The time step around `now` that the code belongs to, or empty.
    static OptionalLong match(Secret secret, String code, Instant now) {
        if (!CODE.matcher(code).matches()) {
            return OptionalLong.empty();
        }
        long current = stepOf(now);
        OptionalLong found = OptionalLong.empty();
        // All of them, whichever fits: the time says nothing.
        for (long step = current - STEPS_AROUND; step <= current + STEPS_AROUND; step++) {
            boolean same = MessageDigest.isEqual(
                    code.getBytes(StandardCharsets.US_ASCII), code(secret, step).getBytes(StandardCharsets.US_ASCII));
            if (same) {
                found = OptionalLong.of(step);
            }
        }
        return found;
    }

    /// The code of a time step.
    static String code(Secret secret, long step) {
        try {
            return new TimeBasedOneTimePasswordGenerator(STEP)
                    .generateOneTimePasswordString(
                            new SecretKeySpec(bytes(secret.reveal()), "RAW"),
                            Instant.ofEpochSecond(step * STEP.toSeconds()),
                            Locale.ROOT);
        } catch (InvalidKeyException e) {
            throw new IllegalStateException(e);
        }
    }

    /// What the picture says to an app ("Key URI Format"): whose secret it is, and the secret.
    static Secret address(Secret secret, String account) {
        String label = URLEncoder.encode(ISSUER + ":" + account, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%3A", ":")
                .replace("%40", "@");
        return Secret.of("otpauth://totp/" + label + "?secret=" + secret.reveal() + "&issuer=" + ISSUER
                + "&algorithm=SHA1&digits=6&period=" + STEP.toSeconds());
    }

    /// In groups of four, for people who type it.
    static String grouped(Secret secret) {
        return secret.reveal().replaceAll("(.{" + GROUP + "})(?=.)", "$1 ");
    }

    static String base32(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        int buffer = 0;
        int held = 0;
        for (byte next : bytes) {
            buffer = (buffer << Byte.SIZE) | (next & 0xFF);
            held += Byte.SIZE;
            while (held >= BITS) {
                held -= BITS;
                text.append(BASE32.charAt((buffer >> held) & 0x1F));
            }
        }
        if (held > 0) {
            text.append(BASE32.charAt((buffer << (BITS - held)) & 0x1F));
        }
        return text.toString();
    }

    private static byte[] bytes(String base32) {
        byte[] bytes = new byte[base32.length() * BITS / Byte.SIZE];
        int buffer = 0;
        int held = 0;
        int at = 0;
        for (int i = 0; i < base32.length(); i++) {
            buffer = (buffer << BITS) | BASE32.indexOf(base32.charAt(i));
            held += BITS;
            if (held >= Byte.SIZE) {
                held -= Byte.SIZE;
                bytes[at++] = (byte) (buffer >> held);
            }
        }
        return bytes;
    }
}
