package dev.faregate.credits;

import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the PostgreSQL server still has what it confirmed to this node, also over a restart: the node
/// keeps the last position of the server's log it saw in a file of its data folder, and a server of the
/// same origin that is behind it has lost commits (ledger, 2.4: an asynchronous promotion forgets holds). So has a
/// restored one; each node takes it once its operator has said so ([RestorationStore]).
///
/// Reading the position needs rights that some hosts do not give; then a line in the log says so, and only
/// the count of batches guards this life (`PostgresLedgerStore`).
final class FailoverGuard {
    /// A place in the log of a server. `system` is the identity that a server and its standbys share; `epoch` the
    /// newest restore that its operator declared.
    record Position(String system, long timeline, long bytes, int epoch) {
        static Position parse(String text) {
            String[] parts = text.strip().split(" ", -1);
            // Three before restores could be declared.
            if (parts.length != 3 && parts.length != 4) {
                throw new IllegalArgumentException("four words are expected");
            }
            int epoch = parts.length == 3 ? 0 : Integer.parseInt(parts[3]);
            return new Position(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]), epoch);
        }

        String text() {
            return system + " " + timeline + " " + bytes + " " + epoch + "\n";
        }
    }

    static final String FILE = "database-position";
    private static final Logger LOG = LoggerFactory.getLogger(FailoverGuard.class);

    private static final String POSITION = "SELECT (SELECT system_identifier FROM pg_control_system())::text, "
            + "('x' || substr(pg_walfile_name(l), 1, 8))::bit(32)::int, (l - '0/0')::bigint "
            + "FROM pg_current_wal_flush_lsn() AS l";

    private final Path file;
    private @Nullable Position last;
    private boolean readable = true;

    FailoverGuard(Path dataFolder) {
        this.file = dataFolder.resolve(FILE);
        try {
            this.last = Files.exists(file) ? Position.parse(Files.readString(file)) : null;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(file + " does not hold a position; remove it", e);
        }
    }

    /// Compares and remembers; what is wrong, or null. Throws `ApiException` when the database is out of reach.
    @Nullable
    String check(Database database) {
        if (!readable) {
            return null;
        }
        Position now;
        try {
            now = database.read(FailoverGuard::position);
        } catch (RuntimeException e) {
            if (!Rights.missing(e)) {
                throw e;
            }
            readable = false;
            LOG.warn(
                    "the position of the database's log may not be read ({}); a restored or promoted server is "
                            + "noticed only while this node runs",
                    Rights.words(e));
            return null;
        }
        Position before = last;
        if (before != null && !before.system().equals(now.system())) {
            LOG.warn("this is not the database server of before; its position is taken as it is");
        } else if (before != null && now.epoch() > before.epoch()) {
            LOG.warn("the database was restored from a backup, as declared; its position is taken as it is");
        } else if (before != null && isBehind(before, now, database)) {
            return "the database server is behind what it confirmed to this node (timeline " + before.timeline()
                    + " at "
                    + before.bytes() + ", now timeline " + now.timeline() + " at " + now.bytes()
                    + "): a standby that was behind was promoted, or a backup restored. A restore is declared by "
                    + "`./faregate restore --declare`; to accept this server without, check the books with "
                    + "`./faregate verify`, remove " + file + " and start again";
        }
        remember(now);
        return null;
    }

    private static boolean isBehind(Position before, Position now, Database database) {
        if (now.bytes() < before.bytes()) {
            return true;
        }
        if (now.timeline() <= before.timeline()) {
            return false;
        }
        try {
            return database.read(tx -> switchFrom(tx, before.timeline(), now.timeline())) < before.bytes();
        } catch (RuntimeException e) {
            if (!Rights.missing(e)) {
                throw e;
            }
            LOG.warn(
                    "a standby became the database server, and whether it had everything may not be read ({}). Only a "
                            + "synchronous standby keeps every hold",
                    Rights.words(e));
            return false;
        }
    }

    /// Where the new server left the line of the old one.
    private static long switchFrom(Tx tx, long from, long to) {
        String history = tx.sql()
                .fetchSingle("SELECT pg_read_file('pg_wal/' || lpad(upper(to_hex(?::int)), 8, '0') || '.history')", to)
                .get(0, String.class);
        return switchFrom(history, from);
    }

    /// Lines of a history file are `timeline, position as X/X, reason`; a timeline that is not an ancestor
    /// counts as left at the very beginning.
    static long switchFrom(String history, long from) {
        for (String line : List.of(history.split("\n", -1))) {
            String[] words = line.strip().split("\\s+", 3);
            if (words.length >= 2 && words[0].equals(Long.toString(from))) {
                String[] halves = words[1].split("/", 2);
                return (Long.parseLong(halves[0], 16) << 32) + Long.parseLong(halves[1], 16);
            }
        }
        return 0;
    }

    private static Position position(Tx tx) {
        Record row = tx.sql().fetchSingle(POSITION);
        int epoch = new RestorationStore().newest(tx).map(Restoration::epoch).orElse(0);
        return new Position(row.get(0, String.class), row.get(1, Long.class), row.get(2, Long.class), epoch);
    }

    /// Not synced: a position that is too old only notices less.
    private void remember(Position now) {
        last = now;
        Path next = file.resolveSibling(FILE + ".next");
        try {
            Files.writeString(next, now.text());
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("cannot write {}: {}", file, e.getMessage());
        }
    }

    /// Tells "you may not" (SQLSTATE class 42) and "not here" from a database out of reach.
    private static final class Rights {
        private static java.sql.@Nullable SQLException of(Throwable thrown) {
            for (Throwable t = thrown; t != null; t = t.getCause()) {
                if (t instanceof java.sql.SQLException sql) {
                    return sql;
                }
            }
            return null;
        }

        static boolean missing(Throwable thrown) {
            java.sql.SQLException sql = of(thrown);
            String state = sql == null ? null : sql.getSQLState();
            return state != null && (state.startsWith("42") || state.startsWith("58") || state.startsWith("55"));
        }

        static String words(Throwable thrown) {
            java.sql.SQLException sql = of(thrown);
            return sql == null ? "" : String.valueOf(sql.getMessage());
        }
    }
}
