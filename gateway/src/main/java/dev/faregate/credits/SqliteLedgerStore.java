package dev.faregate.credits;

import dev.faregate.base.Micros;
import dev.faregate.storage.BatchSource;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.SqliteWriter;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

/// Ledger batches on SQLite's writer thread: statements are prepared once, limit rows are remembered, and
/// each operation is decided in order of arrival.
final class SqliteLedgerStore implements LedgerStore, BatchSource {
    private final SqliteDatabase database;
    private final String node;
    private final String boot;
    private final @Nullable RecordTable table;
    private volatile BooleanSupplier pump = () -> false;
    private @Nullable SqliteBatch batches;

    SqliteLedgerStore(SqliteDatabase database, String node, String boot, @Nullable RecordTable table) {
        this.database = database;
        this.node = node;
        this.boot = boot;
        this.table = table;
    }

    @Override
    public void start(BooleanSupplier newPump) {
        pump = newPump;
        database.writer().attach(this);
    }

    @Override
    public void wake() {
        database.writer().wake();
    }

    @Override
    public boolean isDown() {
        return database.failure() != null;
    }

    @Override
    public void close() {
        database.writer().attach(null);
    }

    @Override
    public boolean runBatch(SqliteWriter writer) {
        return pump.getAsBoolean();
    }

    @Override
    public void forget() {
        if (batches != null) {
            batches.forget();
        }
    }

    @Override
    public Outcome apply(Batch batch) throws StoreFailure {
        try {
            SqliteBatch statements = statements();
            Instant now = database.now();
            return database.writer().transact(_ -> apply(batch, statements, now));
        } catch (SQLException e) {
            startAnew();
            throw new StoreFailure(kindOf(e), e);
        } catch (RuntimeException e) {
            // A value of a record that cannot be stored, or an amount out of range.
            startAnew();
            throw new StoreFailure(StoreFailure.Kind.PERMANENT, e);
        }
    }

    @Override
    public List<OrphanRecords.Orphan> leftovers(String after, int max) throws StoreFailure {
        try {
            return statements().leftovers(after, max);
        } catch (SQLException e) {
            throw new StoreFailure(kindOf(e), e);
        }
    }

    private static Outcome apply(Batch batch, SqliteBatch statements, Instant now) throws SQLException {
        long micros = Micros.of(now);
        List<Ending> endings = new ArrayList<>(batch.settles().size());
        for (SettleOp op : batch.settles()) {
            endings.add(statements.settle(op, now, micros));
        }
        List<HoldResult> results = new ArrayList<>(batch.holds().size());
        for (HoldOp op : batch.holds()) {
            results.add(op.base == null ? statements.hold(op, now, micros) : statements.extend(op, micros));
        }
        statements.flush();
        return new Outcome(endings, results);
    }

    /// Nothing of a failed batch is kept: neither what was remembered, nor statements that may be stuck in
    /// their error.
    private void startAnew() {
        if (batches != null) {
            batches.forget();
            batches.close();
            batches = null;
        }
    }

    private SqliteBatch statements() throws SQLException {
        if (batches == null) {
            batches = new SqliteBatch(database.writer().connection(), node, boot, table);
        }
        return batches;
    }

    private static StoreFailure.Kind kindOf(SQLException e) {
        int code = e.getErrorCode() & 0xff;
        if (code == SQLiteErrorCode.SQLITE_CONSTRAINT.code
                || code == SQLiteErrorCode.SQLITE_MISMATCH.code
                || code == SQLiteErrorCode.SQLITE_TOOBIG.code
                || code == SQLiteErrorCode.SQLITE_RANGE.code
                || code == SQLiteErrorCode.SQLITE_ERROR.code) {
            return StoreFailure.Kind.PERMANENT;
        }
        if (code == SQLiteErrorCode.SQLITE_FULL.code) {
            return StoreFailure.Kind.FULL;
        }
        return code == SQLiteErrorCode.SQLITE_IOERR.code ? StoreFailure.Kind.UNKNOWN : StoreFailure.Kind.TRANSIENT;
    }
}
