package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.GENERATION;

import dev.faregate.base.Ids;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.jooq.Field;
import org.jooq.impl.DSL;

/// How many of the last requests failed, by the same rule as the log of requests. Roll-ups do not know that, so the
/// newest generations are looked at: a bounded number of them, by their ids, which begin with the time.
public record RecentFailures(int requests, int failed) {
    /// Requests that are looked at.
    public static final int MOST = 1_000;

    private static final Field<Boolean> FAILED = DSL.field(GenerationStore.ended(GenerationQuery.End.ERROR));

    /// Those of a workspace since then, at most the last [#MOST].
    public static RecentFailures of(Tx tx, String workspace, Instant since) {
        List<Boolean> failed = tx.sql()
                .select(FAILED)
                .from(GENERATION)
                .where(GENERATION.WORKSPACE_ID.eq(workspace))
                .and(GENERATION.ID.ge(Ids.firstAt(since).toString()))
                .orderBy(GENERATION.ID.desc())
                .limit(MOST)
                .fetch(FAILED);
        return new RecentFailures(failed.size(), Collections.frequency(failed, true));
    }

    /// The share in tenths of a percent; 0 of no requests.
    public int permille() {
        return requests == 0 ? 0 : Math.ceilDiv(failed * 1_000, requests);
    }
}
