package dev.faregate.storage;

import java.util.function.Function;
import javax.sql.DataSource;

/// The one store of a node: SQLite inside the process, or PostgreSQL. Safe to share between threads; both calls block,
/// so they are for virtual threads, never for an event loop.
public interface Database extends AutoCloseable {
    /// What differs between the two, as little as possible.
    enum Kind {
        SQLITE,
        POSTGRESQL
    }

    Kind kind();

    /// Runs `work` in a read-only transaction: one consistent state, no locks taken.
    <T> T read(Function<Tx, T> work);

    /// Runs `work` in one write transaction: all of it is durable when this returns, or none of it. On SQLite it runs
    /// on
    /// the writer thread between ledger batches, so it must be short and must not wait for anything else.
    <T> T write(Function<Tx, T> work);

    /// Plain connections for migrations and tests.
    DataSource source();

    @Override
    void close();
}
