package dev.faregate.credits;

import java.time.Duration;

/// Sizes and waits of the ledger. `holdQueue`: holds that may wait before new ones are refused. `batch`:
/// operations in one transaction. `perGate`: of one key in it while others wait. `holdWait`: an older hold
/// is refused without touching the database. `spoolAfter`: then a settlement goes to the spool.
/// `settleWait`: then a settlement that found no room there either is answered as pending. `drainWait`: how
/// long a shutdown waits for settlements.
public record LedgerSettings(
        int holdQueue,
        int batch,
        int perGate,
        Duration holdWait,
        Duration spoolAfter,
        Duration settleWait,
        Duration drainWait) {
    public static final LedgerSettings DEFAULT = new LedgerSettings(
            10_000,
            1_000,
            200,
            Duration.ofSeconds(2),
            Duration.ofMillis(250),
            Duration.ofSeconds(2),
            Duration.ofSeconds(20));

    public LedgerSettings {
        if (holdQueue < 1 || batch < 1 || perGate < 1) {
            throw new IllegalArgumentException("queue and batch take at least one operation");
        }
    }
}
