package dev.faregate.credits;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// That the store is a backup which was put back: an epoch of its books.
///
/// @param id of this restore; the same backup restored twice has two
/// @param takenAt when the backup was made; what was spent later is not in these books
/// @param postings rows of the backup, as `transfers` and `auditEvents`: these tables only grow
/// @param reconciledAt when somebody said what to do about the difference; null while the service is closed
public record Restoration(
        int epoch,
        String id,
        Instant takenAt,
        Instant restoredAt,
        long postings,
        long transfers,
        long auditEvents,
        @Nullable Instant reconciledAt) {
    /// What clients and operators are told while it is not reconciled.
    public String sentence() {
        return "This service was restored from a backup of " + takenAt
                + " and is closed until its operator runs `./faregate ledger reconcile`.";
    }
}
