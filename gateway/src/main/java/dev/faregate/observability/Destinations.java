package dev.faregate.observability;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.byok.Sealer;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The destinations that are delivered to, opened: an immutable snapshot that requests look at without waiting, made
/// anew when one changes here or on another node. Safe to share between threads.
public final class Destinations {
    /// What [Changes] calls the destinations of an organization.
    private static final String SUBJECT = "destination:";

    private static final Logger LOG = LoggerFactory.getLogger(Destinations.class);

    /// By workspace and by id, of the same moment.
    private record Snapshot(Map<String, List<Target>> byWorkspace, Map<String, Target> byId) {
        static Snapshot of(Iterable<Target> targets) {
            Map<String, List<Target>> workspaces = new HashMap<>();
            Map<String, Target> ids = new HashMap<>();
            for (Target target : targets) {
                workspaces
                        .computeIfAbsent(target.destination().workspaceId(), _ -> new ArrayList<>())
                        .add(target);
                ids.put(target.destination().id(), target);
            }
            workspaces.replaceAll((_, list) -> List.copyOf(list));
            return new Snapshot(Map.copyOf(workspaces), Map.copyOf(ids));
        }
    }

    private final Database database;
    private final DestinationStore store = new DestinationStore();
    private final Sealer sealer;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Snapshot snapshot = Snapshot.of(List.of());

    public Destinations(Database database, Sealer sealer) {
        this.database = database;
        this.sealer = sealer;
    }

    /// Those of a workspace. Never blocks.
    List<Target> of(String workspaceId) {
        return snapshot.byWorkspace().getOrDefault(workspaceId, List.of());
    }

    /// One as it is now, if it still is. Never blocks.
    @Nullable
    Target find(String id) {
        return snapshot.byId().get(id);
    }

    static void recordChange(Tx tx, String organizationId) {
        Changes.record(tx, SUBJECT + organizationId, false);
    }

    /// Takes up a change that another node reports. Blocks.
    public void changed(String subject) {
        if (subject.startsWith(SUBJECT)) {
            reload(subject.substring(SUBJECT.length()));
        }
    }

    /// Reads the destinations of one organization anew, after they changed. Blocks.
    void reload(String organizationId) {
        reading.lock();
        try {
            List<Target> next = new ArrayList<>();
            for (Target known : snapshot.byId().values()) {
                if (!known.destination().organizationId().equals(organizationId)) {
                    next.add(known);
                }
            }
            database.read(tx -> store.live(tx, organizationId))
                    .forEach(each -> open(each).ifPresent(next::add));
            snapshot = Snapshot.of(next);
        } finally {
            reading.unlock();
        }
    }

    /// Reads everything: at the start, and when news of changes may have been lost. Blocks.
    public void reloadAll() {
        reading.lock();
        try {
            List<Target> next = new ArrayList<>();
            database.read(tx -> store.live(tx, null)).forEach(each -> open(each).ifPresent(next::add));
            snapshot = Snapshot.of(next);
        } finally {
            reading.unlock();
        }
    }

    private Optional<Target> open(Destination destination) {
        Optional<Secret> text = sealer.open(destination.sealed(), destination.place());
        if (text.isEmpty()) {
            LOG.error("the destination {} does not open with this node's master key", destination.id());
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(
                    Target.of(destination, Json.readObject(text.get().reveal().getBytes(StandardCharsets.UTF_8))));
        } catch (ApiException e) {
            LOG.error("the destination {} cannot be read any more", destination.id());
            return Optional.empty();
        }
    }
}
