package dev.faregate.credits;

import dev.faregate.base.Usd;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// The end of a hold. It stays queued until the database has it, whatever its caller was told.
final class SettleOp extends Op<SettleResult> {
    final Settlement settlement;

    /// Nothing was held and nothing is charged: only the record is kept, and nobody is in a hurry for it.
    final boolean recordOnly;

    /// Its record was refused by its table: the money is booked and the record set aside. Only the writer
    /// looks at this.
    boolean quarantined;

    SettleOp(Settlement settlement, long deadlineNanos, Executor executor, Consumer<SettleResult> answer) {
        this(settlement, false, deadlineNanos, executor, answer);
    }

    private SettleOp(
            Settlement settlement,
            boolean recordOnly,
            long deadlineNanos,
            Executor executor,
            Consumer<SettleResult> answer) {
        super(settlement.generation().toString(), deadlineNanos, executor, answer);
        this.settlement = settlement;
        this.recordOnly = recordOnly;
    }

    /// The record of a generation that held nothing.
    static SettleOp ofRecord(
            UUID generation, Object[] record, long deadlineNanos, Executor executor, Consumer<SettleResult> answer) {
        Settlement nothing =
                new Settlement(generation, List.of(), List.of(), Usd.ZERO, Settlement.Source.EXACT, record);
        return new SettleOp(nothing, true, deadlineNanos, executor, answer);
    }

    boolean hasRecord() {
        return settlement.record().length > 0;
    }

    /// What a log needs to book it by hand.
    String describe() {
        return "generation " + generation + ", claims " + settlement.held() + ", charges " + settlement.charges()
                + ", source " + settlement.source();
    }

    @Override
    SettleResult late() {
        return new SettleResult.Pending("The database has not confirmed it yet.");
    }
}
