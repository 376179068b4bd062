package dev.faregate.byok;

import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The provider keys of all organizations, opened: an immutable snapshot that requests read without waiting for
/// anything, made anew when a key changes here or on another node. Safe to share between threads.
///
/// What must always hold: a snapshot is read from the database after the change it is made for was committed, and
/// an older reading never takes the place of a newer one.
public final class Credentials {
    /// What [Changes] calls the keys of an organization.
    private static final String SUBJECT = "provider_key:";

    private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);

    private final Database database;
    private final ProviderKeyStore store = new ProviderKeyStore();
    private final Sealer sealer;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Map<String, List<Credential>> byOrganization = Map.of();

    public Credentials(Database database, Sealer sealer) {
        this.database = database;
        this.sealer = sealer;
    }

    /// What a caller may use. Never blocks.
    public Usable usableBy(String organizationId, String workspaceId, String keyHash, @Nullable String userId) {
        List<Credential> all = byOrganization.get(organizationId);
        return all == null
                ? Usable.NONE
                : Usable.of(all.stream()
                        .filter(key -> key.isFor(workspaceId, keyHash, userId))
                        .toList());
    }

    /// Says that the keys of an organization change, in the transaction that changes them.
    static void recordChange(Tx tx, String organizationId) {
        Changes.record(tx, SUBJECT + organizationId, false);
    }

    /// Takes up a change that another node reports. Blocks.
    public void changed(String subject) {
        if (subject.startsWith(SUBJECT)) {
            reload(subject.substring(SUBJECT.length()));
        }
    }

    /// Reads the keys of one organization anew, after they changed. Blocks.
    void reload(String organizationId) {
        reading.lock();
        try {
            List<Credential> now = opened(database.read(tx -> store.enabled(tx, organizationId)), organizationId);
            Map<String, List<Credential>> next = new HashMap<>(byOrganization);
            if (now.isEmpty()) {
                next.remove(organizationId);
            } else {
                next.put(organizationId, now);
            }
            byOrganization = Map.copyOf(next);
        } finally {
            reading.unlock();
        }
    }

    /// Reads everything: at the start, and when news of changes may have been lost. Blocks.
    public void reloadAll() {
        reading.lock();
        try {
            Map<String, List<ProviderKey>> stored = new HashMap<>();
            for (ProviderKey key : database.read(tx -> store.enabled(tx, null))) {
                stored.computeIfAbsent(key.organizationId(), _ -> new ArrayList<>())
                        .add(key);
            }
            Map<String, List<Credential>> next = new HashMap<>();
            stored.forEach((organization, keys) -> next.put(organization, opened(keys, organization)));
            byOrganization = Map.copyOf(next);
        } finally {
            reading.unlock();
        }
    }

    /// One key, opened; empty when it does not open here.
    public Optional<Credential> open(ProviderKey key) {
        Optional<Secret> text = sealer.open(key.sealed(), key.place());
        if (text.isEmpty()) {
            LOG.error("the provider key {} does not open with this node's master key", key.id());
            return Optional.empty();
        }
        try {
            return Optional.of(new Credential(key, KeyMaterial.read(key.provider(), text.get())));
        } catch (ApiException e) {
            LOG.error("the provider key {} cannot be read any more", key.id());
            return Optional.empty();
        }
    }

    private List<Credential> opened(List<ProviderKey> keys, String organizationId) {
        List<Credential> opened = new ArrayList<>();
        for (ProviderKey key : keys) {
            open(key).ifPresent(opened::add);
        }
        if (opened.size() < keys.size()) {
            LOG.error(
                    "of {} provider keys of organization {}, {} can be used",
                    keys.size(),
                    organizationId,
                    opened.size());
        }
        return List.copyOf(opened);
    }
}
