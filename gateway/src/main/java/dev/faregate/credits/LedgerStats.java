package dev.faregate.credits;

/// What the ledger did since it started, for metrics. `unheld`: settlements that met no hold and were
/// booked with an alarm. `orphans`: holds of former lives charged in full; `recovered`: those of which more
/// was known. `quarantined`: records their table refused. `abandoned`: holds that were confirmed
/// after their caller had been answered, and given back. `retried`: batches the database did not take at
/// first. `stuck`: settlements that the database refuses for good; they are tried again, and need a person.
/// `waitingHolds`, `waitingSettles`: queued now.
public record LedgerStats(
        long batches,
        long holds,
        long settles,
        long orphans,
        long recovered,
        long unheld,
        long quarantined,
        long abandoned,
        long retried,
        long stuck,
        int waitingHolds,
        int waitingSettles) {}
