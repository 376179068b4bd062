package dev.faregate.system;

import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;

/// What the database says of itself.
final class SystemStore {
    /// Holds are counted up to here: there are as many as requests run.
    static final int MOST_HOLDS = 100_000;

    /// @param version of SQLite or of the PostgreSQL server
    /// @param schema the newest migration
    /// @param holds how many requests have something set aside, on all nodes; [#MOST_HOLDS] stands for more
    record Told(String version, String schema, int holds) {}

    Told read(Tx tx) {
        String version = tx.kind() == Database.Kind.SQLITE ? "SELECT sqlite_version()" : "SHOW server_version";
        return new Told(
                text(tx, version),
                text(
                        tx,
                        "SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL "
                                + "ORDER BY installed_rank DESC LIMIT 1"),
                tx.sql()
                        .fetchSingle("SELECT count(*) FROM (SELECT 1 FROM hold LIMIT ?) h", MOST_HOLDS)
                        .get(0, Integer.class));
    }

    private static String text(Tx tx, String question) {
        return tx.sql().fetchSingle(question).get(0, String.class);
    }
}
