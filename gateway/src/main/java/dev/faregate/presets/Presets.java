package dev.faregate.presets;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.chat.RequestSettings;
import dev.faregate.storage.ChangeFeed;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

    /// A look-up under way. The count of changes is part of it, so nobody who comes after a change is given
    /// what was read before it.
    private record Flight(Name name, long changes) {}

    /// Bytes remembered at once.
    private static final long MAX_REMEMBERED_BYTES = 64L << 20;

    /// What an entry takes besides its settings.
    private static final int ENTRY_BYTES = 500;

    /// However the news of a change got lost, it is noticed after this time.
    private static final Duration REMEMBERED_FOR = Duration.ofMinutes(5);

    /// Longer than any look-up may take.
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(10);

    private static final int RETRY_AFTER_S = 2;
    private static final String SUBJECT = "presets:";

    private final Database database;
    private final PresetStore store = new PresetStore();
    private final Cache<Name, Found> known = Caffeine.newBuilder()
            .maximumWeight(MAX_REMEMBERED_BYTES)
            .weigher((Name _, Found found) -> weight(found))
            .expireAfterWrite(REMEMBERED_FOR)
            .build();

    private final ConcurrentMap<Flight, CompletableFuture<Found>> flights = new ConcurrentHashMap<>();

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

    /// What the store says, remembered from now on. Blocks. Whoever asks for the same meanwhile waits for the
    /// same answer, so the first thousand requests with a preset cost the database one look-up.
    public Found lookUp(String workspaceId, String slug) {
        Flight flight = new Flight(new Name(workspaceId, slug), changes.get());
        CompletableFuture<Found> mine = new CompletableFuture<>();
        CompletableFuture<Found> theirs = flights.putIfAbsent(flight, mine);
        if (theirs != null) {
            return joined(theirs);
        }
        try {
            Found found = read(flight);
            mine.complete(found);
            return found;
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            flights.remove(flight);
        }
    }

    private Found read(Flight flight) {
        Found found = database.read(tx -> find(tx, flight.name()));
        known.put(flight.name(), found);
        if (changes.get() != flight.changes()) {
            known.invalidate(flight.name());
        }
        return found;
    }

    private static Found joined(CompletableFuture<Found> theirs) {
        try {
            return theirs.get(JOIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ApiException known) {
                throw known;
            }
        } catch (TimeoutException e) {
            // said below
        }
        throw new ApiException(new ApiError.Unavailable("The preset cannot be looked up now.", RETRY_AFTER_S));
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
