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
}
