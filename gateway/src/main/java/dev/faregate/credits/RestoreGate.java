package dev.faregate.credits;

import dev.faregate.storage.ChangeFeed;
import dev.faregate.storage.Database;
import org.jspecify.annotations.Nullable;

/// Whether this node takes requests that spend: not while the store is a backup that was put back and nobody has
/// said what was spent since (threat 25: who rolls a backup back gives credit back). Safe to share between
/// threads; only [#look] asks the database. On a shared database it hears of what another node did.
public final class RestoreGate implements ChangeFeed.Listener {
    private final Database database;
    private final RestorationStore store = new RestorationStore();
    private volatile @Nullable Restoration newest;

    private RestoreGate(Database database) {
        this.database = database;
    }

    /// As the database says now.
    public static RestoreGate of(Database database) {
        RestoreGate gate = new RestoreGate(database);
        gate.look();
        return gate;
    }

    /// Asks the database again. Blocks.
    public void look() {
        newest = database.read(store::newest).orElse(null);
    }

    @Override
    public void changed(ChangeFeed.Change change) {
        if (change.subject().equals(RestorationStore.SUBJECT)) {
            look();
        }
    }

    @Override
    public void everything() {
        look();
    }

    /// Throws a 503 that says why while the service is closed.
    public void requireOpen() {
        Restoration last = newest;
        if (last != null && last.reconciledAt() == null) {
            throw RestorationStore.closed(last);
        }
    }

    public boolean isClosed() {
        Restoration last = newest;
        return last != null && last.reconciledAt() == null;
    }

    /// How often this store was restored from a backup.
    public int epoch() {
        Restoration last = newest;
        return last == null ? 0 : last.epoch();
    }
}
