package dev.faregate.credits;

import dev.faregate.storage.PostgresDatabase;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Ledger batches on PostgreSQL, which runs several at a time: those on the same limits one after the other, by its
/// locks. So there is a second connection, for what piles up while the first one waits for its answer.
final class PostgresLedgerStore implements LedgerStore {
    /// Connections, each with a row that counts its batches.
    static final int CONNECTIONS = 2;

    private final List<PostgresWriter> writers;

    PostgresLedgerStore(PostgresDatabase database, String node, String boot, @Nullable RecordTable table) {
        this.writers = IntStream.range(0, CONNECTIONS)
                .mapToObj(number -> new PostgresWriter(database, new PostgresWriter.Sender(node, boot, number), table))
                .toList();
    }

    @Override
    public void start(BooleanSupplier pump) {
        writers.getFirst().start(pump);
    }

    @Override
    public void startHelp(BooleanSupplier help) {
        writers.getLast().start(help);
    }

    @Override
    public void wake() {
        writers.getFirst().wake();
    }

    @Override
    public void wakeHelp() {
        writers.getLast().wake();
    }

    @Override
    public boolean isDown() {
        return writers.stream().anyMatch(PostgresWriter::hasLost);
    }

    @Override
    public void close() {
        writers.forEach(PostgresWriter::stop);
    }

    @Override
    public Outcome apply(Batch batch) throws StoreFailure {
        return mine().apply(batch);
    }

    @Override
    public List<OrphanRecords.Orphan> leftovers(String after, int max) throws StoreFailure {
        return mine().leftovers(after, max);
    }

    private PostgresWriter mine() {
        for (PostgresWriter writer : writers) {
            if (writer.isOfThisThread()) {
                return writer;
            }
        }
        throw new IllegalStateException("not on a thread of the ledger");
    }
}
