package dev.faregate.storage;

/// Work that an embedded database's one writer does in batches, between the transactions of management.
/// Both methods are called on the writer thread only.
public interface BatchSource {
    /// Runs one batch in `writer.transact`, and returns false when there was nothing to do. Must not throw.
    boolean runBatch(SqliteWriter writer);

    /// Somebody else wrote: whatever is remembered of the file may be old.
    void forget();
}
