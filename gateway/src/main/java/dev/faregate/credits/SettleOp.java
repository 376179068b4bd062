package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of a hold. It stays queued until the database has it, whatever its caller was told. After its
/// deadline it goes to the spool; when that has no room either, its caller is told so at `limitNanos`.
final class SettleOp extends Op<SettleResult> {
    private static final Logger LOG = LoggerFactory.getLogger(SettleOp.class);

    final Settlement settlement;

    /// Nothing was held and nothing is charged: only the record is kept, and nobody is in a hurry for it.
    final boolean recordOnly;

    /// By `System.nanoTime`.
    final long limitNanos;

    private final Runnable onPosted;

    /// Its record only takes the place of one that stands: a hold that is given back leaves none, unless somebody has
    /// charged it as an orphan meanwhile.
    final boolean corrects;

    /// Its record was refused by its table: the money is booked and the record set aside. Only the writer
    /// looks at this.
    boolean quarantined;

    /// The spool was asked to take it.
    volatile boolean offered;

    /// It stands in the spool's file, or is about to; guarded by the spool.
    boolean spooled;

    /// The spool had no room for it; guarded by the spool.
    boolean refused;

    /// The database has it; guarded by the spool.
    boolean confirmed;

    /// `onPosted` runs once, on the store's thread, when the database has it.
    SettleOp(
            Settlement settlement,
            long deadlineNanos,
            long limitNanos,
            Executor executor,
            Consumer<SettleResult> answer,
            Runnable onPosted) {
        this(settlement, false, false, deadlineNanos, limitNanos, executor, answer, onPosted);
    }

    /// One that nobody needs to hear about but its caller, and that is pending from its deadline on.
    SettleOp(Settlement settlement, long deadlineNanos, Executor executor, Consumer<SettleResult> answer) {
        this(settlement, false, false, deadlineNanos, deadlineNanos, executor, answer, () -> {});
    }

    private SettleOp(
            Settlement settlement,
            boolean recordOnly,
            boolean corrects,
            long deadlineNanos,
            long limitNanos,
            Executor executor,
            Consumer<SettleResult> answer,
            Runnable onPosted) {
        super(settlement.generation().toString(), deadlineNanos, executor, answer);
        this.settlement = settlement;
        this.recordOnly = recordOnly;
        this.corrects = corrects;
        this.limitNanos = limitNanos;
        this.onPosted = onPosted;
    }

    /// The record of a generation that held nothing.
    static SettleOp ofRecord(
            UUID generation, Object[] record, long deadlineNanos, Executor executor, Consumer<SettleResult> answer) {
        Settlement nothing =
                new Settlement(generation, List.of(), List.of(), Usd.ZERO, Settlement.Source.EXACT, record);
        return new SettleOp(nothing, true, false, deadlineNanos, deadlineNanos, executor, answer, () -> {});
    }

    /// The end of a hold that its caller will never use.
    static SettleOp givingBack(Settlement voided, long deadlineNanos) {
        return new SettleOp(voided, false, true, deadlineNanos, deadlineNanos, Runnable::run, _ -> {}, () -> {});
    }

    boolean hasRecord() {
        return settlement.record().length > 0;
    }

    /// The database has it, durably.
    void posted() {
        try {
            onPosted.run();
        } catch (RuntimeException e) {
            LOG.error("the end of {} was not taken note of", generation, e);
        }
    }

    /// What a log needs to book it by hand.
    String describe() {
        return "generation " + generation + ", claims " + settlement.held() + ", charges " + settlement.charges()
                + ", source " + settlement.source();
    }

    @Override
    SettleResult late() {
        return new SettleResult.Pending("Neither the database nor the spool has confirmed it yet.");
    }
}
