package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;

/// Argon2id (RFC 9106) in the usual text form `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. A password is
/// normalised first (NFKC), so that two keyboards mean the same. Safe to share between threads; blocks for
/// some tenths of a second, so it must never run inside a transaction.
final class Passwords {
    /// What OWASP asks for at least: 19 MiB, two passes, one lane.
    private static final int MEMORY_KIB = 19_456;

    private static final int PASSES = 2;
    private static final int LANES = 1;
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;

    /// Parameters of a stored hash beyond these are not ours, and would cost too much to follow.
    private static final int MAX_MEMORY_KIB = 1 << 20;

    private static final int MAX_PASSES = 20;

    /// Each takes 19 MiB while it runs.
    private static final int AT_ONCE = 4;

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int RETRY_S = 5;

    private static final Pattern FORM = Pattern.compile("\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,2}),p=(\\d{1,2})"
            + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Semaphore places = new Semaphore(AT_ONCE);

    /// Stands in for the hash of people who have none, so that an unknown address takes as long as a known one.
    private final String nobody;

    Passwords() {
        byte[] salt = random(SALT_BYTES);
        // A random hash fits no password, and nothing need be computed for it at the start.
        this.nobody = text(MEMORY_KIB, PASSES, LANES, salt, random(HASH_BYTES));
    }

    /// What is kept of a password.
    String hash(Secret password) {
        byte[] salt = random(SALT_BYTES);
        return text(MEMORY_KIB, PASSES, LANES, salt, compute(password, MEMORY_KIB, PASSES, LANES, salt, HASH_BYTES));
    }

    /// True when the password is that of the hash; with null for somebody who has none it is always false, after the
    /// same work.
    boolean fits(Secret password, @Nullable String hash) {
        Matcher form = FORM.matcher(hash == null ? nobody : hash);
        if (!form.matches()) {
            throw new IllegalStateException("a stored password hash of an unknown form");
        }
        int memory = Integer.parseInt(form.group(1));
        int passes = Integer.parseInt(form.group(2));
        int lanes = Integer.parseInt(form.group(3));
        if (memory > MAX_MEMORY_KIB || passes > MAX_PASSES || passes < 1 || lanes < 1 || memory < 8 * lanes) {
            throw new IllegalStateException("a stored password hash with parameters out of range");
        }
        byte[] expected = Base64.getDecoder().decode(form.group(5));
        byte[] found =
                compute(password, memory, passes, lanes, Base64.getDecoder().decode(form.group(4)), expected.length);
        return MessageDigest.isEqual(expected, found) && hash != null;
    }

    /// True when the hash was made with other parameters than a new one would be.
    static boolean isOutdated(String hash) {
        return !hash.startsWith(start(MEMORY_KIB, PASSES, LANES));
    }

    private byte[] compute(Secret password, int memory, int passes, int lanes, byte[] salt, int length) {
        try {
            if (!places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ApiException(
                        new ApiError.Unavailable("Too many people are signing in just now. Try again.", RETRY_S));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(new ApiError.Unavailable("The server is stopping.", RETRY_S));
        }
        try {
            Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
            argon2.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(memory)
                    .withIterations(passes)
                    .withParallelism(lanes)
                    .withSalt(salt)
                    .build());
            byte[] hash = new byte[length];
            argon2.generateBytes(normal(password.reveal()).getBytes(StandardCharsets.UTF_8), hash);
            return hash;
        } finally {
            places.release();
        }
    }

    static String normal(String password) {
        return Normalizer.normalize(password, Normalizer.Form.NFKC);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static String start(int memory, int passes, int lanes) {
        return "$argon2id$v=19$m=" + memory + ",t=" + passes + ",p=" + lanes + "$";
    }

    private static String text(int memory, int passes, int lanes, byte[] salt, byte[] hash) {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return start(memory, passes, lanes) + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
    }
}
