package dev.faregate.credits;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jooq.Record;

/// The rows of the nodes on a shared PostgreSQL, and the holds of those that fell silent. All times are the
/// database's. SQLite has one node and none of this.
final class Nodes {
    /// A node that was silent for so long and holds nothing is forgotten.
    private static final Duration FORGOTTEN = Duration.ofDays(1);

    private static final String NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT";
    private static final String HOLDS =
            "SELECT generation, limits, amounts, price_version, created_at, context, boot FROM hold ";

    private final String node;
    private final String boot;

    Nodes(String node, String boot) {
        this.node = node;
        this.boot = boot;
    }

    /// Begins this life, before anything is held in it.
    void register(Tx tx) {
        tx.sql()
                .execute(
                        "INSERT INTO node (id, boot, started_at, seen) VALUES (?, ?, " + NOW + ", " + NOW
                                + ") ON CONFLICT (id) DO UPDATE SET boot = excluded.boot, "
                                + "started_at = excluded.started_at, seen = excluded.seen, batches = NULL",
                        node,
                        boot);
        tx.sql()
                .execute(
                        "INSERT INTO node_connection (node, number, boot, batches) "
                                + "SELECT ?, n, ?, 0 FROM generate_series(0, ? - 1) AS n "
                                + "ON CONFLICT (node, number) DO UPDATE SET boot = excluded.boot, batches = 0",
                        node,
                        boot,
                        PostgresLedgerStore.CONNECTIONS);
    }

    /// A sign of life; false when another process has begun a life under our id.
    boolean beat(Tx tx) {
        return tx.sql().execute("UPDATE node SET seen = " + NOW + " WHERE id = ? AND boot = ?", node, boot) == 1;
    }

    /// The other nodes that gave no sign of life for `silence`.
    List<String> silent(Tx tx, Duration silence) {
        return tx.sql()
                .fetch(
                        "SELECT id FROM node WHERE id <> ? AND seen < " + NOW + " - ? ORDER BY id",
                        node,
                        micros(silence))
                .map(row -> row.get(0, String.class));
    }

    /// Whoever holds something and has no row at all, as after a restore from a backup.
    List<String> unknown(Tx tx, Duration silence) {
        return tx.sql()
                .fetch(
                        "SELECT DISTINCT h.node FROM hold h WHERE h.created_at < " + NOW + " - ? "
                                + "AND NOT EXISTS (SELECT FROM node n WHERE n.id = h.node)",
                        micros(silence))
                .map(row -> row.get(0, String.class));
    }

    /// The next holds of these nodes, by generation.
    List<OrphanRecords.Orphan> holdsOf(Tx tx, List<String> nodes, String after, int max) {
        return tx.sql()
                .fetch(
                        HOLDS + "WHERE node = ANY (?) AND generation > ? ORDER BY generation LIMIT ?",
                        nodes.toArray(String[]::new),
                        after,
                        max)
                .map(Nodes::orphan);
    }

    /// The next holds of this very life that are older than `age`.
    List<OrphanRecords.Orphan> ownOlderThan(Tx tx, Duration age, String after, int max) {
        return tx.sql()
                .fetch(
                        HOLDS + "WHERE node = ? AND boot = ? AND created_at < " + NOW
                                + " - ? AND generation > ? ORDER BY generation LIMIT ?",
                        node,
                        boot,
                        micros(age),
                        after,
                        max)
                .map(Nodes::orphan);
    }

    /// How many nodes gave a sign of life within `silence`, this one too.
    int live(Tx tx, Duration silence) {
        return tx.sql()
                .fetchSingle("SELECT count(*) FROM node WHERE id = ? OR seen >= " + NOW + " - ?", node, micros(silence))
                .get(0, Integer.class);
    }

    /// The nodes that are known, this one first, then those that gave a sign of life last.
    List<NodeLife> lives(Tx tx, Duration silence, int most) {
        return tx.sql()
                .fetch(
                        "SELECT n.id, n.started_at, n.seen, n.id <> ? AND n.seen < " + NOW + " - ?, "
                                + "coalesce(h.holds, 0), n.id = ? FROM node n LEFT JOIN ("
                                + "SELECT node, count(*) AS holds FROM hold GROUP BY node) h ON h.node = n.id "
                                + "ORDER BY n.id = ? DESC, n.seen DESC, n.id LIMIT ?",
                        node,
                        micros(silence),
                        node,
                        node,
                        most)
                .map(row -> new NodeLife(
                        row.get(0, String.class),
                        Micros.toInstant(row.get(1, Long.class)),
                        Micros.toInstant(row.get(2, Long.class)),
                        row.get(3, Boolean.class),
                        row.get(4, Long.class),
                        row.get(5, Boolean.class)));
    }

    /// Forgets nodes that are long gone.
    void tidy(Tx tx) {
        tx.sql()
                .execute(
                        "DELETE FROM node n WHERE seen < " + NOW
                                + " - ? AND NOT EXISTS (SELECT FROM hold h WHERE h.node = n.id)",
                        micros(FORGOTTEN));
    }

    private static OrphanRecords.Orphan orphan(Record row) {
        long[] limits = Longs.unboxed(row.get(1, Long[].class));
        long[] amounts = Longs.unboxed(row.get(2, Long[].class));
        return new OrphanRecords.Orphan(
                UUID.fromString(row.get(0, String.class)),
                SqliteBatch.claims(limits, amounts),
                row.get(3, String.class),
                Micros.toInstant(row.get(4, Long.class)),
                row.get(5, String.class),
                row.get(6, String.class));
    }

    private static long micros(Duration duration) {
        return TimeUnit.NANOSECONDS.toMicros(duration.toNanos());
    }
}
