package dev.faregate.identity;

import static dev.faregate.storage.tables.Tables.IDEMPOTENT_WRITE;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Micros;
import dev.faregate.base.Sha256;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes a management write happen once, however often it is sent (rulings 1): the header
/// `Idempotency-Key`, unique per organization.
public final class IdempotencyStore {
    public static final String HEADER = "Idempotency-Key";

    /// A key may be used for something else after this time.
    public static final Duration REMEMBERED = Duration.ofDays(7);

    private static final int MAX_KEY_LENGTH = 255;

    /// Claims the key for a write that makes or changes `recordId`, in the transaction of that write.
    /// Empty when the write is to be done; else the id of the record that the same write made or changed
    /// before. Throws a 400 for a key that cannot be one, and a 409 when the key came with other content:
    /// another verb, path or body.
    public Optional<String> claim(
            Tx tx, String organizationId, @Nullable String key, String operation, byte[] body, String recordId) {
        if (key == null) {
            return Optional.empty();
        }
        if (key.isBlank() || key.length() > MAX_KEY_LENGTH || key.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new ApiException(new ApiError.BadRequest(
                    HEADER + " must be 1 to " + MAX_KEY_LENGTH + " visible ASCII characters.", null));
        }
        String content = hash(operation, body);
        tx.sql()
                .deleteFrom(IDEMPOTENT_WRITE)
                .where(IDEMPOTENT_WRITE.CREATED_AT.lt(Micros.of(tx.now().minus(REMEMBERED))))
                .execute();
        int claimed = tx.sql()
                .insertInto(IDEMPOTENT_WRITE)
                .set(IDEMPOTENT_WRITE.ORGANIZATION_ID, organizationId)
                .set(IDEMPOTENT_WRITE.IDEMPOTENCY_KEY, key)
                .set(IDEMPOTENT_WRITE.CONTENT_HASH, content)
                .set(IDEMPOTENT_WRITE.RECORD_ID, recordId)
                .set(IDEMPOTENT_WRITE.CREATED_AT, Micros.of(tx.now()))
                .onConflict(IDEMPOTENT_WRITE.ORGANIZATION_ID, IDEMPOTENT_WRITE.IDEMPOTENCY_KEY)
                .doNothing()
                .execute();
        return claimed == 1 ? Optional.empty() : Optional.of(earlier(tx, organizationId, key, content));
    }

    private static String earlier(Tx tx, String organizationId, String key, String content) {
        return tx.sql()
                .select(IDEMPOTENT_WRITE.RECORD_ID)
                .from(IDEMPOTENT_WRITE)
                .where(IDEMPOTENT_WRITE.ORGANIZATION_ID.eq(organizationId))
                .and(IDEMPOTENT_WRITE.IDEMPOTENCY_KEY.eq(key))
                .and(IDEMPOTENT_WRITE.CONTENT_HASH.eq(content))
                .fetchOptional(IDEMPOTENT_WRITE.RECORD_ID)
                .orElseThrow(() -> new ApiException(new ApiError.Conflict(
                        "This " + HEADER + " was used for another request. Use a new one for each write.")));
    }

    private static String hash(String operation, byte[] body) {
        MessageDigest digest = Sha256.begin();
        digest.update(operation.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        return HexFormat.of().formatHex(digest.digest(body));
    }
}
