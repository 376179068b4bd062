package dev.faregate.accounts;

import dev.faregate.base.Sha256;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/// The hundred thousand passwords that people choose most, from lists of breached ones (the dictionary of the package
/// nbvcxz, MIT License; the build takes it from there). Kept as the first 64 bits of their SHA-256, which is a tenth of
/// the memory; that a good password has the same bits as one of them will not happen. Safe to share
/// between threads.
final class CommonPasswords {
    private static final String RESOURCE = "/passwords/passwords.txt";

    /// A list that is shorter than this was damaged on its way.
    private static final int LEAST = 90_000;

    /// Read when the first password is chosen: it takes a third of a second, which no start should wait for.
    private static final class Known {
        static final long[] SORTED = load();
    }

    private CommonPasswords() {}

    private static long[] load() {
        try (InputStream in = CommonPasswords.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the build left out " + RESOURCE);
            }
            long[] sorted = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .mapToLong(CommonPasswords::print)
                    .sorted()
                    .toArray();
            if (sorted.length < LEAST) {
                throw new IllegalStateException(RESOURCE + " is too short");
            }
            return sorted;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Whatever the case of its letters.
    static boolean contains(String password) {
        return Arrays.binarySearch(Known.SORTED, print(password)) >= 0;
    }

    private static long print(String password) {
        return ByteBuffer.wrap(Sha256.of(password.toLowerCase(Locale.ROOT))).getLong();
    }
}
