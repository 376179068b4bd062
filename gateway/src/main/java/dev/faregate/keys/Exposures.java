package dev.faregate.keys;

import dev.faregate.identity.AuditLog;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Takes in that secrets of keys were found where others can read them: keeps where, closes the door as the
/// organization wants it, and has its people told. Each is one transaction, and the same report again changes
/// nothing. Safe to share between threads; blocks.
public final class Exposures {
    /// A text that somebody found; only its hash goes further than this. `url` and `source` are null where they
    /// were not said.
    public record Report(
            KeyHash secret, @Nullable String url, @Nullable String source) {}

    /// Has the people of a key told.
    public interface Messenger {
        /// Writes the messages in the transaction of what they tell.
        void tell(Tx tx, Exposure exposure);

        /// That transaction is committed.
        void committed();
    }

    private final Database database;
    private final Keys keys;
    private final KeyDirectory directory;
    private final AuditLog audit;
    private final Messenger messenger;
    private final ExposureStore store = new ExposureStore();
    private final KeySecretStore secrets = new KeySecretStore();
    private final KeyStore keyStore = new KeyStore();

    public Exposures(Database database, Keys keys, KeyDirectory directory, AuditLog audit, Messenger messenger) {
        this.database = database;
        this.keys = keys;
        this.directory = directory;
        this.audit = audit;
        this.messenger = messenger;
    }

    /// Takes in what somebody found; the hashes among them that are secrets of keys here, dead ones too. All of
    /// them are looked up at once, so a list of what is none of ours costs one query.
    public Set<String> report(Exposure.Origin origin, List<Report> reports) {
        Set<String> known = database.read(tx -> store.known(
                tx, reports.stream().map(report -> report.secret().hex()).toList()));
        List<Exposure> taken = new ArrayList<>();
        for (Report report : reports) {
            if (known.contains(report.secret().hex())) {
                Exposure exposure = database.write(tx -> take(tx, origin, report));
                if (exposure != null) {
                    taken.add(exposure);
                    directory.changed(exposure.key().id(), exposure.outcome() == Exposure.Outcome.KEY_DISABLED);
                }
            }
        }
        if (!taken.isEmpty()) {
            messenger.committed();
        }
        return known;
    }

    /// Null when nothing new was said.
    private @Nullable Exposure take(Tx tx, Exposure.Origin origin, Report report) {
        KeySecretStore.Opened found = store.findForUpdate(tx, report.secret()).orElse(null);
        if (found == null) {
            return null;
        }
        ApiKey key = found.key();
        Exposure exposure = new Exposure(
                key, found.secret().label(), origin, report.source(), report.url(), outcome(tx, found), tx.now());
        if (!store.add(tx, report.secret().hex(), exposure)) {
            return null;
        }
        if (exposure.outcome() != Exposure.Outcome.WAS_DEAD) {
            messenger.tell(tx, exposure);
        }
        switch (exposure.outcome()) {
            case KEY_DISABLED -> {
                keys.change(tx, key, key.disabled(true, tx.now()));
                // Nor does it come back with a maker who was away.
                keyStore.endWaiting(tx, key.id());
            }
            case SECRET_ENDED -> {
                secrets.end(tx, report.secret().hex(), tx.now());
                // The key is as it was; what other nodes and running requests know of its secrets is not.
                keys.change(tx, key, key);
            }
            case TOLD, WAS_DEAD -> {}
        }
        audit.append(
                tx,
                key.organizationId(),
                AuditLog.Author.OPERATOR,
                new AuditLog.Event("key.exposed", key.id(), detail(exposure)));
        return exposure;
    }

    private static Exposure.Outcome outcome(Tx tx, KeySecretStore.Opened found) {
        Instant now = tx.now();
        ApiKey key = found.key();
        if (key.deletedAt() != null || key.expiredAt(now) || !found.secret().livesAt(now)) {
            return Exposure.Outcome.WAS_DEAD;
        }
        if (key.disabled()) {
            // Whoever disabled it for another reason must hear of this before they enable it again.
            return found.secret().exposedAt() == null ? Exposure.Outcome.KEY_DISABLED : Exposure.Outcome.WAS_DEAD;
        }
        if (ExposureStore.policy(tx, key.organizationId()) == Exposure.Policy.NOTIFY) {
            return Exposure.Outcome.TOLD;
        }
        boolean lasting = found.secret().expiresAt() == null && !found.secret().external();
        return lasting ? Exposure.Outcome.KEY_DISABLED : Exposure.Outcome.SECRET_ENDED;
    }

    private static Map<String, @Nullable Object> detail(Exposure exposure) {
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("label", exposure.label());
        detail.put("origin", exposure.origin().word());
        detail.put("source", exposure.source());
        detail.put("url", exposure.url());
        detail.put("outcome", exposure.outcome().word());
        return detail;
    }
}
