package dev.faregate.credits;

import java.util.List;
import java.util.function.BooleanSupplier;

/// The ledger's half that differs between databases. `apply` and `leftovers` are called on the store's own
/// threads only, from the pump and from the help.
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

    /// Where the database takes batches beside each other: begins to call `help` in the same way on a thread of its
    /// own, and after `wakeHelp`. Elsewhere it is never called.
    default void startHelp(BooleanSupplier help) {}

    default void wakeHelp() {}

    /// True when nothing can be written until the process is started again.
    boolean isDown();

    /// Applies a batch in one transaction; durable when this returns. Applying it again changes nothing.
    Outcome apply(Batch batch) throws StoreFailure;

    /// Holds that a former life of this node left, by generation, beginning after `after`.
    List<OrphanRecords.Orphan> leftovers(String after, int max) throws StoreFailure;

    /// Neither the pump nor the help is called any more when this returns.
    @Override
    void close();
}
