package dev.faregate.apps;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The numbers of apps. Never blocks whoever asks: an app that is not in memory is found or registered in
/// the background, and until then has no number. Safe to share between threads.
public final class Apps {
    /// Apps remembered at once.
    private static final int MAX_REMEMBERED = 10_000;

    /// Registrations under way at once; more are left for the next request of that app.
    private static final int MAX_PENDING = 16;

    /// Remembered of an app that got no number.
    private static final int NO_NUMBER = 0;

    private static final Duration REMEMBERED_FOR = Duration.ofHours(1);
    private static final Logger LOG = LoggerFactory.getLogger(Apps.class);

    private final Database database;
    private final AppStore store;
    private final Cache<String, Integer> numbers = Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(REMEMBERED_FOR)
            .build();
    private final Set<String> pending = ConcurrentHashMap.newKeySet();

    public Apps(Database database, AppStore store) {
        this.database = database;
        this.store = store;
    }

    /// False when the app's number has to be looked up first: [#learn] does that.
    public boolean isKnown(AppAttribution app) {
        String identity = app.identity();
        return identity == null || numbers.getIfPresent(identity) != null;
    }

    /// Finds or registers the app, so that its number is known. Blocks; does nothing when too many are
    /// under way.
    public void learn(AppAttribution app) {
        String identity = app.identity();
        if (identity != null && pending.size() < MAX_PENDING && pending.add(identity)) {
            register(identity, app);
        }
    }

    /// The number of the app, or null when it is none or its number is not known yet.
    public @Nullable Integer numberOf(AppAttribution app) {
        String identity = app.identity();
        if (identity == null) {
            return null;
        }
        Integer number = numbers.getIfPresent(identity);
        if (number == null && pending.size() < MAX_PENDING && pending.add(identity)) {
            Thread.ofVirtual().name("app-registration").start(() -> register(identity, app));
        }
        return number == null || number == NO_NUMBER ? null : number;
    }

    private void register(String identity, AppAttribution app) {
        try {
            numbers.put(
                    identity,
                    database.write(tx -> store.findOrCreate(tx, identity, app)).orElse(NO_NUMBER));
        } catch (RuntimeException e) {
            // Attribution is a courtesy: the next request tries again.
            LOG.warn("An app could not be registered: {}", e.toString());
        } finally {
            pending.remove(identity);
        }
    }
}
