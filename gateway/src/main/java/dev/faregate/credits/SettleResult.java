package dev.faregate.credits;

/// The ledger's answer to a settlement.
public sealed interface SettleResult {
    /// Posted, durably; also when it had been posted before.
    record Settled() implements SettleResult {}

    /// The database did not confirm it in time. It is not lost: it stays queued and will be posted.
    record Pending(String why) implements SettleResult {}
}
