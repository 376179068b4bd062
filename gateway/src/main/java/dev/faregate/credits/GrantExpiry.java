package dev.faregate.credits;

import dev.faregate.base.ApiException;
import dev.faregate.base.Schedules;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends grants whose time has come, a few seconds after it. Every node looks; each grant is ended once,
/// by whoever gets the lock of its organization first.
public final class GrantExpiry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrantExpiry.class);
    private static final Duration PERIOD = Duration.ofSeconds(5);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    /// Grants that are ended in one turn.
    private static final int AT_ONCE = 100;

    private final Database database;
    private final CreditEntries entries;
    private final Consumer<String> changed;
    private final ScheduledExecutorService turns = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("grant-expiry").daemon(true).factory());

    private GrantExpiry(Database database, CreditEntries entries, Consumer<String> changed) {
        this.database = database;
        this.entries = entries;
        this.changed = changed;
    }

    /// `changed` hears of each organization whose credit was changed, after the commit.
    public static GrantExpiry start(Database database, CreditEntries entries, Consumer<String> changed) {
        GrantExpiry expiry = new GrantExpiry(database, entries, changed);
        long millis = PERIOD.toMillis();
        var _ = expiry.turns.scheduleWithFixedDelay(expiry::turn, millis, millis, TimeUnit.MILLISECONDS);
        return expiry;
    }

    private void turn() {
        try {
            endDue(database, entries).forEach(changed);
        } catch (ApiException e) {
            LOG.debug("grants cannot be ended now: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("ending grants failed and is tried again", e);
        }
    }

    /// Ends what is due, each grant in a transaction of its own; returns the organizations concerned.
    static List<String> endDue(Database database, CreditEntries entries) {
        return database.read(tx -> entries.due(tx, AT_ONCE)).stream()
                .map(id -> database.write(tx -> entries.end(tx, id)))
                .flatMap(Optional::stream)
                .distinct()
                .toList();
    }

    @Override
    public void close() {
        if (!Schedules.end(turns, STOP_PATIENCE)) {
            LOG.warn("ending a grant takes long and is cut");
        }
    }
}
