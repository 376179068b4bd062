package dev.faregate.presets;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.faregate.base.ApiError;
import dev.faregate.chat.RequestSettings;
import dev.faregate.storage.ChangeFeed;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The presets that requests name, remembered with their newest version. A change on this node is forgotten
/// here before it is answered, one on another node as soon as the change feed tells of it. Safe to share
/// between threads.
public final class Presets implements ChangeFeed.Listener {
    /// What a slug stands for.
    public sealed interface Found {
        /// A preset that can be used.
        record Usable(String id, RequestSettings settings) implements Found {}

        /// There is none, or it is not to be used.
        record Unusable(ApiError error) implements Found {}
    }

    private record Name(String workspaceId, String slug) {}

    /// Bytes remembered at once.
    private static final long MAX_REMEMBERED_BYTES = 64L << 20;

    /// What an entry takes besides its settings.
    private static final int ENTRY_BYTES = 500;

    /// However the news of a change got lost, it is noticed after this time.
    private static final Duration REMEMBERED_FOR = Duration.ofMinutes(5);

    private static final String SUBJECT = "presets:";

    private final Database database;
    private final PresetStore store = new PresetStore();
    private final Cache<Name, Found> known = Caffeine.newBuilder()
            .maximumWeight(MAX_REMEMBERED_BYTES)
            .weigher((Name _, Found found) -> weight(found))
            .expireAfterWrite(REMEMBERED_FOR)
            .build();

    /// Counts forgettings, so that a look-up that began before one does not remember what it read.
    private final AtomicLong changes = new AtomicLong();

    /// Whether memory may be trusted now; on one node it always may.
    private volatile BooleanSupplier fresh = () -> true;

    public Presets(Database database) {
        this.database = database;
    }

    /// With several nodes memory is worth only as much as the news of the others are fresh.
    public void trustOnlyWhile(BooleanSupplier newsAreFresh) {
        fresh = newsAreFresh;
    }

    /// What memory says; null when it says nothing. Never blocks.
    public @Nullable Found recall(String workspaceId, String slug) {
        return fresh.getAsBoolean() ? known.getIfPresent(new Name(workspaceId, slug)) : null;
    }

    /// What the store says, remembered from now on. Blocks.
    public Found lookUp(String workspaceId, String slug) {
        Name name = new Name(workspaceId, slug);
        long before = changes.get();
        Found found = database.read(tx -> find(tx, name));
        known.put(name, found);
        if (changes.get() != before) {
            known.invalidate(name);
        }
        return found;
    }

    private Found find(Tx tx, Name name) {
        Preset preset = store.find(tx, name.workspaceId(), name.slug()).orElse(null);
        Optional<Preset.Version> version = preset == null ? Optional.empty() : store.designated(tx, preset);
        if (preset == null || version.isEmpty()) {
            return new Found.Unusable(new ApiError.NotFound("Preset not found: " + name.slug()));
        }
        if (preset.status() != Preset.Status.ACTIVE) {
            return new Found.Unusable(new ApiError.NotFound(
                    "Preset " + name.slug() + " is " + preset.status().word() + " and cannot be used."));
        }
        RequestSettings settings = RequestSettings.of(
                version.get().config().getBytes(StandardCharsets.UTF_8),
                version.get().systemPrompt());
        return new Found.Usable(preset.id(), settings);
    }

    private static int weight(Found found) {
        return found instanceof Found.Usable usable
                ? ENTRY_BYTES + usable.settings().size()
                : ENTRY_BYTES;
    }

    /// What the change log calls the presets of a workspace.
    static String subject(String workspaceId) {
        return SUBJECT + workspaceId;
    }

    /// Forgets the presets of a workspace, after a change was committed and before it is answered.
    void forget(String workspaceId) {
        changes.incrementAndGet();
        known.asMap().keySet().removeIf(name -> name.workspaceId().equals(workspaceId));
    }

    @Override
    public void changed(ChangeFeed.Change change) {
        if (change.subject().startsWith(SUBJECT)) {
            forget(change.subject().substring(SUBJECT.length()));
        }
    }

    @Override
    public void everything() {
        changes.incrementAndGet();
        known.invalidateAll();
    }
}
