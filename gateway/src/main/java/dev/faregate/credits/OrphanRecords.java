package dev.faregate.credits;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Makes the record of a generation from what its hold says, because the node that knew more is gone.
@FunctionalInterface
public interface OrphanRecords {
    /// Records nothing.
    OrphanRecords NONE = (_, _) -> new Object[0];

    /// A hold that outlived its node. `context` is what the request for it carried, `boot` names the life
    /// of the node that took it.
    record Orphan(
            UUID generation,
            List<Claim> claims,
            String priceVersion,
            Instant created,
            @Nullable String context,
            String boot) {}

    /// One value for each column of the [RecordTable], or nothing at all.
    Object[] record(Orphan orphan, Finding finding);
}
