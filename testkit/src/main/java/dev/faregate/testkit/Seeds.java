package dev.faregate.testkit;

import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

/// Seeded randomness with one number to replay a whole run. Each use takes a generator of its own by
/// name, so that adding a use does not change what the others draw. Immutable; the generators it hands
/// out are not thread-safe.
public final class Seeds {
    /// The system property that fixes the seed.
    public static final String PROPERTY = "faregate.seed";

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final long root;
    private final long value;

    private Seeds(long root, long value) {
        this.root = root;
        this.value = value;
    }

    public static Seeds of(long seed) {
        return new Seeds(seed, seed);
    }

    /// The seed of `-Dfaregate.seed=...`, or a fresh one. Throws `NumberFormatException` if the property
    /// is no number.
    public static Seeds fromProperty() {
        String given = System.getProperty(PROPERTY, "");
        return of(given.isBlank() ? ThreadLocalRandom.current().nextLong() : Long.parseLong(given.strip()));
    }

    /// Runs `body` with [#fromProperty]. When it fails, how to replay it is printed to standard error and
    /// travels as a suppressed exception with the failure, which is thrown on unchanged.
    public static <E extends Exception> void replayable(Body<E> body) throws E {
        Seeds seeds = fromProperty();
        try {
            body.run(seeds);
        } catch (Exception | AssertionError e) {
            System.err.println("Failed; " + seeds);
            e.addSuppressed(new Replay(seeds.toString()));
            throw e;
        }
    }

    public long value() {
        return value;
    }

    /// The seeds of a part of the run; `child("a").child("b")` and `child("b")` differ.
    public Seeds child(String name) {
        return new Seeds(root, mix(value, name));
    }

    /// A fresh generator; the same name always gives the same sequence.
    public SplittableRandom generator(String name) {
        return new SplittableRandom(mix(value, name));
    }

    /// One number that depends on the seed and the name only, for decisions that must not depend on their
    /// order.
    public long draw(String name) {
        return generator(name).nextLong();
    }

    /// How to replay, for a message.
    @Override
    public String toString() {
        return "replay with -D" + PROPERTY + "=" + root;
    }

    private static long mix(long seed, String name) {
        long hash = FNV_OFFSET ^ seed;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * FNV_PRIME;
        }
        return hash;
    }

    /// A test body that takes seeds.
    @FunctionalInterface
    public interface Body<E extends Exception> {
        void run(Seeds seeds) throws E;
    }

    /// Carries the seed inside a stack trace.
    private static final class Replay extends RuntimeException {
        Replay(String message) {
            super(message, null, false, false);
        }
    }
}
