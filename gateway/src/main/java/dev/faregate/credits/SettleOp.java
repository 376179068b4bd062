package dev.faregate.credits;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// The end of a hold. It stays queued until the database has it, whatever its caller was told.
final class SettleOp extends Op<SettleResult> {
    final Settlement settlement;

    /// Its record was refused by its table: the money is booked and the record set aside. Only the writer
    /// looks at this.
    boolean quarantined;

    SettleOp(Settlement settlement, long deadlineNanos, Executor executor, Consumer<SettleResult> answer) {
        super(settlement.generation().toString(), deadlineNanos, executor, answer);
        this.settlement = settlement;
    }

    boolean hasRecord() {
        return settlement.record().length > 0;
    }

    @Override
    SettleResult late() {
        return new SettleResult.Pending("The database has not confirmed it yet.");
    }
}
