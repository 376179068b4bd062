package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY_SECRET;
import static dev.faregate.storage.tables.Tables.KEY_EXPOSURE;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jooq.impl.DSL;

/// What is left of secrets that ended: apps and the Playground renew theirs every hour, so it would grow for ever.
public final class EndedSecretStore {
    /// For so long a secret that ended is told from one that never was: whoever sends it hears that it was rotated out,
    /// and a report that it was found in public is about a key of ours.
    public static final Duration KEPT = Duration.ofDays(90);

    /// Deletes at most so many of the secrets that ended longer ago, the oldest first; answers how many. What
    /// stays: those that were found in public, whose reports name them; and those of other systems, whose text
    /// could be given to another key (nobody can bring back a text of ours).
    public int delete(Tx tx, Instant now, int most) {
        List<String> oldest = tx.sql()
                .select(API_KEY_SECRET.HASH)
                .from(API_KEY_SECRET)
                .where(API_KEY_SECRET.EXPIRES_AT.lt(Micros.of(now.minus(KEPT))))
                .and(API_KEY_SECRET.EXTERNAL.isFalse())
                .andNotExists(
                        DSL.selectOne().from(KEY_EXPOSURE).where(KEY_EXPOSURE.SECRET_HASH.eq(API_KEY_SECRET.HASH)))
                .orderBy(API_KEY_SECRET.EXPIRES_AT)
                .limit(most)
                .fetch(API_KEY_SECRET.HASH);
        return oldest.isEmpty()
                ? 0
                : tx.sql()
                        .deleteFrom(API_KEY_SECRET)
                        .where(API_KEY_SECRET.HASH.in(oldest))
                        .execute();
    }
}
