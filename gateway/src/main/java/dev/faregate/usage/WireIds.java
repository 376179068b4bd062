package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Ids of generations as clients send them: with their prefix or without.
final class WireIds {
    private static final int UUID_LENGTH = 36;
    private static final int TIME_ORDERED = 7;

    /// Records of requests that cost nothing are written just behind the answer, so one that is so
    /// young is looked for again.
    private static final Duration YOUNG = Duration.ofSeconds(5);

    private static final Duration PAUSE = Duration.ofMillis(60);
    private static final int TRIES = 6;

    private WireIds() {}

    static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("Generation not found"));
    }

    static Optional<UUID> parse(String id) {
        String uuid = id.startsWith(Generation.ID_PREFIX) ? id.substring(Generation.ID_PREFIX.length()) : id;
        if (uuid.length() != UUID_LENGTH) {
            return Optional.empty();
        }
        try {
            return Optional.of(UUID.fromString(uuid));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// What `look` finds, which may take a moment for a generation that was made just now. Blocks for
    /// less than half a second; throws the 404 when there is nothing.
    static <T> T await(UUID id, Supplier<Optional<T>> look) {
        Optional<T> found = look.get();
        for (int i = 1; found.isEmpty() && i < TRIES && isYoung(id); i++) {
            LockSupport.parkNanos(id, PAUSE.toNanos());
            found = look.get();
        }
        return found.orElseThrow(WireIds::notFound);
    }

    private static boolean isYoung(UUID id) {
        long age = System.currentTimeMillis() - (id.getMostSignificantBits() >>> 16);
        return id.version() == TIME_ORDERED && Math.abs(age) < YOUNG.toMillis();
    }
}
