package dev.faregate.credits;

import dev.faregate.storage.DiskReserve;
import org.jspecify.annotations.Nullable;

/// What keeps money safe beside the database: where settlements wait while it is out of reach, what is
/// known about requests of former lives, and the disk space kept back for settlements. Each may be
/// missing.
public record Safeguards(
        @Nullable Spool spool, Evidence evidence, @Nullable DiskReserve reserve) {
    public static final Safeguards NONE = new Safeguards(null, Evidence.NONE, null);

    /// False while another hold could not be settled safely: the spool takes no more, or the disk is full.
    boolean admits() {
        return (spool == null || spool.admits()) && (reserve == null || !reserve.isSpent());
    }

    /// Asks the spool, once, to take a settlement that the database has not confirmed. False when it cannot.
    /// A record alone is worth neither a sync nor a wait: nobody owes anything for it.
    boolean offer(SettleOp op) {
        if (spool == null || op.recordOnly) {
            return false;
        }
        if (!op.offered) {
            // Before the spool has it, because the spool takes it back when it finds no room.
            op.offered = true;
            if (!spool.offer(op)) {
                op.offered = false;
            }
        }
        return op.offered;
    }

    /// The database has it.
    void confirmed(SettleOp op) {
        if (spool != null) {
            spool.confirmed(op);
        }
    }
}
