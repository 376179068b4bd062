package dev.faregate.credits;

import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// Holds and settlements, group-committed: the only way money moves for inference (docs: ledger). Safe to
/// call from any thread; never blocks. Each answer is delivered exactly once, on the executor that came
/// with the call.
///
/// What must always hold: on every limit, `used + held <= cap` at the moment a hold is admitted; a hold
/// ends exactly once; a settlement never charges more than was held; an answered `Held`, `Settled` or
/// `Spooled` survives any crash.
public interface Ledger {
    void hold(HoldRequest request, Executor executor, Consumer<HoldResult> answer);

    /// Raises a hold by `more` (same limits, same order) if it fits; the hold in the answer is the whole
    /// new one.
    void extend(Hold hold, HoldRequest more, Executor executor, Consumer<HoldResult> answer);

    /// True while records come faster than the database takes them. Whoever records without a hold then waits
    /// for the answer before it goes on, so that the queue cannot grow without end.
    boolean isBehind();

    /// Keeps the record of a generation that held nothing and is charged nothing (a free model): written along
    /// with whatever is written next, at the latest after a tenth of a second. A crash before loses it.
    void record(UUID generation, Object[] record, Executor executor, Consumer<SettleResult> answer);

    /// Ends a hold. Repeating a settlement changes nothing. `onPosted` runs once, on a thread of the ledger,
    /// when the database has it, which may be long after the answer; it must not block.
    void settle(Settlement settlement, Executor executor, Consumer<SettleResult> answer, Runnable onPosted);

    default void settle(Settlement settlement, Executor executor, Consumer<SettleResult> answer) {
        settle(settlement, executor, answer, () -> {});
    }
}
