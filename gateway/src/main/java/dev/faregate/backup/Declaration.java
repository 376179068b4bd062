package dev.faregate.backup;

import dev.faregate.credits.Restoration;
import dev.faregate.credits.RestorationStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Inspection;
import dev.faregate.storage.PostgresDatabase;
import java.time.Duration;

/// Says of a PostgreSQL database that its operator put it back with PostgreSQL's own tools: then the same begins
/// there as by [Restore]. Nothing in a database tells by itself that it is an old one.
public final class Declaration {
    private Declaration() {}

    /// An epoch that was begun.
    ///
    /// @param openHolds requests that ran when the backup was made, each charged in full by the next start
    public record Declared(Restoration restoration, long openHolds) {}

    /// Begins the epoch, as of the newest record that the database has. `silence` is after which a node counts as
    /// dead. Throws [BackupException] when a node runs, or the service is closed already, and
    /// `IllegalStateException` with a sentence for the operator when the database cannot be used.
    public static Declared make(String url, Duration silence) {
        RestorationStore restorations = new RestorationStore();
        try (PostgresDatabase database = PostgresDatabase.open(url)) {
            Restoration standing;
            long openHolds;
            // Counting takes longer than the sessions of nodes may; nobody writes meanwhile.
            try (Inspection store = Inspection.of(database)) {
                standing = restorations.standing(store.tx());
                openHolds = restorations.openHolds(store.tx());
            }
            return database.write(tx -> {
                int running = restorations.running(tx, silence);
                if (running > 0) {
                    throw new BackupException(running + (running == 1 ? " node" : " nodes")
                            + " gave a sign of life within the last " + silence.toSeconds()
                            + " s, here or before the backup was made. Stop all nodes, and try again after that time.");
                }
                if (new OrganizationStore().all(tx).isEmpty()) {
                    throw new BackupException("There is no store in this database.");
                }
                restorations.open(tx).ifPresent(open -> {
                    throw new BackupException("It is declared already, as epoch " + open.epoch()
                            + ", and closed until `./faregate ledger reconcile` has run.");
                });
                Restoration begun = Epoch.begin(tx, standing);
                restorations.tell(tx);
                return new Declared(begun, openHolds);
            });
        }
    }
}
