package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.GENERATION;

import dev.faregate.base.Ids;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.List;

/// How many of the last requests failed. Roll-ups do not know that, so the newest generations are looked at: a bounded
/// number of them, by their ids, which begin with the time.
public record RecentFailures(int requests, int failed) {
    /// Requests that are looked at.
    public static final int MOST = 1_000;

    /// Those of a workspace since then, at most the last [#MOST].
    public static RecentFailures of(Tx tx, String workspace, Instant since) {
        List<Integer> statuses = tx.sql()
                .select(GENERATION.STATUS)
                .from(GENERATION)
                .where(GENERATION.WORKSPACE_ID.eq(workspace))
                .and(GENERATION.ID.ge(Ids.firstAt(since).toString()))
                .orderBy(GENERATION.ID.desc())
                .limit(MOST)
                .fetch(GENERATION.STATUS);
        return new RecentFailures(statuses.size(), (int) statuses.stream()
                .filter(status -> status >= GenerationQuery.FIRST_ERROR)
                .count());
    }

    /// The share in tenths of a percent; 0 of no requests.
    public int permille() {
        return requests == 0 ? 0 : Math.ceilDiv(failed * 1_000, requests);
    }
}
