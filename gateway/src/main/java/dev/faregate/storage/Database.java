package dev.faregate.storage;

import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// The one store of a node: SQLite inside the process, or PostgreSQL. Safe to share between threads; both
/// calls block, so they are for virtual threads, never for an event loop.
public interface Database extends AutoCloseable {
    /// What differs between the two, as little as possible.
    enum Kind {
        SQLITE,
        POSTGRESQL
    }

    Kind kind();

    /// Runs `work` in a read-only transaction: one consistent state, no locks taken.
    <T> T read(Function<Tx, T> work);

    /// Runs `work` in one write transaction: all of it is durable when this returns, or none of it. On
    /// SQLite it runs on the writer thread between ledger batches, so it must be short and must not wait
    /// for anything else. It may run more than once when PostgreSQL ends it for a deadlock, so it has no
    /// effects but those in the database.
    ///
    /// Both calls throw `ApiException` (503) when the database is out of reach or does not answer in time.
    <T> T write(Function<Tx, T> work);

    /// How many [#write] transactions this node has committed: whoever remembers what the database said can tell by it
    /// whether somebody here has changed anything since. Ledger batches do not count.
    long writes();

    /// Why this database takes no more writes until the process is started again, or null while it is well.
    /// Set when the disk failed under a commit: what is durable is then unknown, and trying again could
    /// lie.
    @Nullable
    String failure();

    /// Plain connections, without time limits, for migrations and tests.
    DataSource source();

    @Override
    void close();
}
