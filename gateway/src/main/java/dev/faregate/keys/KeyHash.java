package dev.faregate.keys;

import dev.faregate.base.Secret;
import dev.faregate.base.Sha256;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/// The SHA-256 of a whole key text: what is stored instead of the key, and the key's public name
/// (contract section 1). Four longs rather than an array, because it is the look-up key of every request.
public record KeyHash(long first, long second, long third, long fourth) {
    private static final int HEX_LENGTH = 64;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(Sha256::begin);

    /// The hash of a text of visible ASCII.
    public static KeyHash of(String text) {
        MessageDigest digest = SHA_256.get();
        digest.reset();
        return ofDigest(digest.digest(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    public static KeyHash of(Secret text) {
        return of(text.reveal());
    }

    /// Reads 64 hexadecimal digits; empty for anything else.
    public static Optional<KeyHash> parse(String hex) {
        if (hex.length() != HEX_LENGTH || !hex.chars().allMatch(HexFormat::isHexDigit)) {
            return Optional.empty();
        }
        return Optional.of(ofDigest(HexFormat.of().parseHex(hex)));
    }

    /// 64 lower-case hexadecimal digits.
    public String hex() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(first) + hex.toHexDigits(second) + hex.toHexDigits(third) + hex.toHexDigits(fourth);
    }

    /// The digest is uniform, so any 32 bits of it are as good as a mix of all.
    @Override
    public int hashCode() {
        return (int) first;
    }

    /// A hash opens nothing, but it identifies: enough to find it again, no more.
    @Override
    public String toString() {
        return hex().substring(0, 12) + "...";
    }

    private static KeyHash ofDigest(byte[] digest) {
        return new KeyHash(
                (long) LONGS.get(digest, 0), (long) LONGS.get(digest, 8), (long) LONGS.get(digest, 16), (long)
                        LONGS.get(digest, 24));
    }
}
