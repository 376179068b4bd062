package dev.faregate.backup;

import dev.faregate.credits.Restoration;
import dev.faregate.credits.RestorationStore;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Tx;
import java.util.Map;

/// A new epoch of the books: the service is closed, what was given out once has ended (see [RestorationStore]), and
/// the audit log of every organization says so.
final class Epoch {
    private Epoch() {}

    /// `backup` has the counts and the time of what was put back.
    static Restoration begin(Tx tx, Restoration backup) {
        Restoration begun = new RestorationStore().begin(tx, backup);
        AuditLog audit = new AuditLog();
        for (Organization organization : new OrganizationStore().all(tx)) {
            audit.append(
                    tx,
                    organization.id(),
                    AuditLog.Author.OPERATOR,
                    new AuditLog.Event(
                            "store.restore",
                            begun.id(),
                            Map.of(
                                    "epoch",
                                    begun.epoch(),
                                    "taken_at",
                                    begun.takenAt().toString())));
        }
        return begun;
    }
}
