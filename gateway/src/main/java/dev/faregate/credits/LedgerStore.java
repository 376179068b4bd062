package dev.faregate.credits;

import java.util.List;
import java.util.function.BooleanSupplier;

/// The ledger's half that differs between databases. All but `wake`, `isDown` and `close` run on the
/// store's one thread, the one that calls the pump.
interface LedgerStore extends AutoCloseable {
    /// What became of a settlement.
    enum Ending {
        /// Its hold ended and the charge is posted.
        POSTED,
        /// Voided before any hold: a late hold of this generation will be refused.
        TOMBSTONE,
        /// It had claimed nothing.
        FREE,
        /// It met neither hold nor posting and was booked all the same: worth an alarm.
        UNHELD,
        /// An orphan's charge was lowered to the truth.
        LOWERED,
        /// It had been posted before.
        REPEATED
    }

    /// One entry for each operation of the batch, in its order.
    record Outcome(List<Ending> endings, List<HoldResult> results) {}

    /// Begins to call `pump` on the store's thread, again and again while it returns true, and after
    /// `wake`.
    void start(BooleanSupplier pump);

    void wake();

    /// True when nothing can be written until the process is started again.
    boolean isDown();

    /// Applies a batch in one transaction; durable when this returns. Applying it again changes nothing.
    Outcome apply(Batch batch) throws StoreFailure;

    /// Holds that a former life of this node left, by generation, beginning after `after`.
    List<OrphanRecords.Orphan> leftovers(String after, int max) throws StoreFailure;

    /// The pump is not called any more when this returns.
    @Override
    void close();
}
