package dev.faregate.bench;

import dev.faregate.storage.Database;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.SqliteDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Where the ledger keeps its rows during a benchmark: `sqlite`, `sqlite+MS` (so many milliseconds added to
/// each commit, as a slow disk does) or `postgresql`.
record LedgerDisk(boolean postgres, int commitDelayMillis) {
    static final LedgerDisk SQLITE = new LedgerDisk(false, 0);
    static final LedgerDisk POSTGRESQL = new LedgerDisk(true, 0);

    private static final String SLOW = "sqlite+";
    private static final int MAX_DELAY = 1_000;
    private static final int READERS = 1;
    /// The sums at the end look at every row.
    private static final Duration READ_LIMIT = Duration.ofMinutes(2);

    static LedgerDisk slow(int millis) {
        return new LedgerDisk(false, millis);
    }

    String name() {
        if (postgres) return "postgresql";
        return commitDelayMillis == 0 ? "sqlite" : SLOW + commitDelayMillis;
    }

    static LedgerDisk parse(String text) {
        if (text.equals(SQLITE.name())) return SQLITE;
        if (text.equals(POSTGRESQL.name())) return POSTGRESQL;
        String digits = text.startsWith(SLOW) ? text.substring(SLOW.length()) : "";
        int millis = digits.matches("[0-9]{1,4}") ? Integer.parseInt(digits) : 0;
        if (millis < 1 || millis > MAX_DELAY) {
            throw new IllegalArgumentException("not a store: " + text + " (sqlite, sqlite+MS, postgresql)");
        }
        return slow(millis);
    }

    /// A fresh SQLite file in `folder`, or the database at `url`. Commits are durable in both.
    Database open(Path folder, @Nullable String url) {
        if (postgres) return PostgresDatabase.open(java.util.Objects.requireNonNull(url));
        return SqliteDatabase.open(
                folder, new SqliteDatabase.Options(InstantSource.system(), this::beforeCommit, READERS, READ_LIMIT));
    }

    private void beforeCommit() {
        if (commitDelayMillis > 0) ChildProcess.pause(Duration.ofMillis(commitDelayMillis));
    }
}
