package dev.faregate.keys;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One secret that opens a key, never its text: the hash and the masked text. It ends at `expiresAt`
/// (exclusive) when it was rotated out; null while it goes on. `external` when it is one of another
/// system. `exposedAt`: since when it is known that others can read its text; null while it is not.
public record KeySecret(
        String hash,
        String label,
        boolean external,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant exposedAt) {
    boolean livesAt(Instant now) {
        return expiresAt == null || now.isBefore(expiresAt);
    }
}
