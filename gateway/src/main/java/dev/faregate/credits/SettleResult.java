package dev.faregate.credits;

/// The ledger's answer to a settlement.
public sealed interface SettleResult {
    /// Posted, durably; also when it had been posted before.
    record Settled() implements SettleResult {}

    /// The database did not confirm it in time, so it stands in the node's spool, synced to the disk. It
    /// stays queued, and whatever happens to this process it will be posted.
    record Spooled() implements SettleResult {}

    /// Neither the database nor the spool has it. It stays queued, but a crash now would lose what is
    /// known of it: whoever waits must not act as if the request were paid for.
    record Pending(String why) implements SettleResult {}
}
