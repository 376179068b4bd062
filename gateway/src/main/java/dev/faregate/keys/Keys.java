package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Makes and changes keys: the record, its secrets, its limit rows and their gates, all in one
/// transaction. Safe to share between threads; blocks.
public final class Keys {
    /// What a new key shall be. `limitReset` is `TOTAL` for a limit that never starts anew; `externalKey`
    /// is a further text that opens it.
    public record NewKey(
            String organizationId,
            String workspaceId,
            KeyKind kind,
            String name,
            @Nullable Usd limit,
            Window limitReset,
            boolean includeByokInLimit,
            @Nullable Instant expiresAt,
            @Nullable String externalUser,
            @Nullable Secret externalKey,
            @Nullable String creatorUserId,
            KeyRules rules) {
        /// A key without limit and end.
        public static NewKey plain(String organizationId, String workspaceId, KeyKind kind, String name) {
            return new NewKey(
                    organizationId,
                    workspaceId,
                    kind,
                    name,
                    null,
                    Window.TOTAL,
                    false,
                    null,
                    null,
                    null,
                    null,
                    KeyRules.NONE);
        }
    }

    /// A key just made, and its text: the only moment it is known.
    public record CreatedKey(ApiKey record, Secret text) {}

    /// A key with a fresh secret: `old` is the one that it takes the place of, with the time when that
    /// ends.
    record Rotated(ApiKey key, KeySecret old) {
        Map<String, String> auditDetail() {
            return Map.of(
                    "new_label",
                    key.label(),
                    "old_label",
                    old.label(),
                    "old_expires_at",
                    String.valueOf(old.expiresAt()));
        }
    }

    private final Database database;
    private final Limits limits;
    private final KeyStore store;
    private final KeySecretStore secrets = new KeySecretStore();
    private final BudgetStore budgets;
    private final KeyDirectory directory;

    public Keys(Database database, Limits limits, KeyStore store, KeyDirectory directory) {
        this.database = database;
        this.limits = limits;
        this.store = store;
        this.budgets = new BudgetStore(limits);
        this.directory = directory;
    }

    /// Makes a key with a fresh text.
    public CreatedKey create(NewKey key) {
        return store(key, KeyText.generate(key.kind()));
    }

    /// Makes a key whose text was chosen beforehand. Throws `IllegalArgumentException` for a text that
    /// must not become a key ([#checkAdoptable]), a 409 for one that opens a key already.
    public CreatedKey adopt(NewKey key, Secret text) {
        checkAdoptable(key.kind(), text);
        return store(key, text);
    }

    private CreatedKey store(NewKey key, Secret text) {
        ApiKey record = database.write(tx -> create(tx, key, Ids.next().toString(), text));
        directory.forget(KeyHash.of(text));
        if (key.externalKey() != null) {
            directory.forget(KeyHash.of(key.externalKey()));
        }
        return new CreatedKey(record, text);
    }

    /// Makes a key in the transaction of the caller, who makes the directory forget its texts after the
    /// commit ([#opened]). Throws a 409 when a text opens a key already.
    public ApiKey create(Tx tx, NewKey wanted, String id, Secret text) {
        return createHashed(tx, wanted, id, KeyHash.of(text), KeyText.label(text.reveal()));
    }

    /// The same for a text that only its owner has; `label` is what may be shown of it.
    ApiKey createHashed(Tx tx, NewKey wanted, String id, KeyHash hash, String label) {
        OrganizationStore.keepWorkspace(tx, wanted.workspaceId());
        ApiKey key = new ApiKey(
                id,
                wanted.organizationId(),
                wanted.workspaceId(),
                hash.hex(),
                wanted.kind(),
                wanted.name(),
                label,
                wanted.limit(),
                wanted.limitReset(),
                wanted.includeByokInLimit(),
                false,
                wanted.expiresAt(),
                wanted.creatorUserId(),
                wanted.externalUser(),
                tx.now(),
                null,
                null,
                wanted.rules());
        store.insert(tx, key);
        addSecret(tx, key, hash, label, false);
        if (wanted.externalKey() != null) {
            addSecret(tx, key, wanted.externalKey(), true);
        }
        limits.define(tx, Scope.KEY, id, Window.TOTAL, key.cap(Window.TOTAL));
        if (key.hasWindow()) {
            limits.define(tx, Scope.KEY, id, key.limitReset(), key.limit());
        }
        budgets.adopt(tx, key);
        limits.gate(tx, id, false, key.expiresAt());
        return key;
    }

    /// A text chosen beforehand must be hard to guess, and if it looks like ours it must be one of ours,
    /// of the right kind. Throws `IllegalArgumentException`, whose message does not hold the text.
    public static void checkAdoptable(KeyKind kind, Secret text) {
        String plain = text.reveal();
        if (KeyText.looksOurs(plain) && !(KeyText.checksumGood(plain) && plain.startsWith(kind.prefix()))) {
            throw new IllegalArgumentException("it begins like a key of this server but is not a good " + kind.word()
                    + " key: the checksum fails");
        }
        if (plain.length() < KeyText.MIN_FOREIGN_LENGTH || !KeyText.wellFormed(plain)) {
            throw new IllegalArgumentException("it must be " + KeyText.MIN_FOREIGN_LENGTH + " to " + KeyText.MAX_LENGTH
                    + " visible ASCII characters");
        }
    }

    /// Stores a changed key and brings its limits and gates in line; everything under the row locks that
    /// admission takes, so from the commit on no hold passes that the new key would not allow. The caller
    /// makes the directory forget it after the commit.
    void change(Tx tx, ApiKey before, ApiKey after) {
        store.update(tx, after);
        if (before.disabled() && !after.disabled()) {
            store.endWaiting(tx, after.id());
        }
        budgets.moved(tx, before, after);
        limits.define(tx, Scope.KEY, after.id(), Window.TOTAL, after.cap(Window.TOTAL));
        if (before.hasWindow() && !(after.hasWindow() && after.limitReset() == before.limitReset())) {
            limits.remove(tx, Scope.KEY, before.id(), before.limitReset());
        }
        if (after.hasWindow()) {
            limits.define(tx, Scope.KEY, after.id(), after.limitReset(), after.limit());
        }
        ByokCounting.align(tx, limits, before, after);
        limits.gate(tx, after.id(), after.closed(), after.expiresAt());
        Changes.record(tx, after.id(), after.closed());
    }

    /// Deletes an inference key in the transaction of the caller, who calls [#closed] after the commit;
    /// false when there is none any more.
    public boolean delete(Tx tx, String organizationId, String id) {
        Optional<ApiKey> key = store.findForUpdate(tx, organizationId, KeyKind.INFERENCE, id);
        key.ifPresent(before -> change(tx, before, before.deleted(tx.now())));
        return key.isPresent();
    }

    /// Lets a secret that was just made open its key only until then; the time is exclusive.
    public void endSecret(Tx tx, Secret text, Instant end) {
        secrets.end(tx, KeyHash.of(text).hex(), end);
    }

    /// A key that was renewed, and when its new secret ends.
    public record Renewed(ApiKey key, Instant ends) {}

    /// Gives an inference key a further secret that ends at `end`, or with the key if that is sooner; those
    /// it had end after `overlap`. Unlike a rotation this happens often and by a program. Empty when there
    /// is no such key any more, or it can no longer be used. The caller makes the directory forget it after
    /// the commit.
    public Optional<Renewed> renew(
            Tx tx, String organizationId, String id, Secret text, Instant end, Duration overlap, boolean readOnly) {
        ApiKey key =
                store.findForUpdate(tx, organizationId, KeyKind.INFERENCE, id).orElse(null);
        if (key == null || key.closed() || key.expiredAt(tx.now())) {
            return Optional.empty();
        }
        Instant last = tx.now().plus(overlap);
        for (KeySecret older : secrets.live(tx, List.of(id)).getOrDefault(id, List.of())) {
            if (!older.external()
                    && (older.expiresAt() == null || older.expiresAt().isAfter(last))) {
                secrets.end(tx, older.hash(), last);
            }
        }
        ApiKey after = key.renewed(KeyText.label(text.reveal()), readOnly, tx.now());
        addSecret(tx, after, text, false);
        Instant keyEnd = key.expiresAt();
        Instant secretEnd = keyEnd != null && keyEnd.isBefore(end) ? keyEnd : end;
        secrets.end(tx, KeyHash.of(text).hex(), secretEnd);
        change(tx, key, after);
        return Optional.of(new Renewed(after, secretEnd));
    }

    /// Whether there is such a key, and it is neither deleted nor disabled.
    public boolean isOpen(Tx tx, String id) {
        return store.closed(tx, List.of(id)).isEmpty();
    }

    /// What a secret opens, whether it still does or not.
    public Optional<Opened> find(Tx tx, String text) {
        return secrets.find(tx, KeyHash.of(text))
                .map(found -> new Opened(
                        found.key(), found.secret().createdAt(), found.secret().expiresAt()));
    }

    /// Whether one of these texts is a key of ours that opens anything now. The database is asked once for all of them,
    /// and not at all when the checksum of none is right. Changes and remembers nothing; blocks.
    public boolean anyOpens(Collection<String> texts) {
        List<KeyHash> ours = texts.stream()
                .filter(KeyText::checksumGood)
                .distinct()
                .map(KeyHash::of)
                .toList();
        return !ours.isEmpty() && database.read(tx -> secrets.anyOpens(tx, ours));
    }

    /// A key, since when there is the secret that was asked for, and when that ends, if it does before the
    /// key.
    public record Opened(
            ApiKey key, Instant secretSince, @Nullable Instant secretEnds) {
        /// True while the secret opens the key.
        public boolean isOpenAt(Instant now) {
            return !key.closed() && !key.expiredAt(now) && (secretEnds == null || now.isBefore(secretEnds));
        }
    }

    /// Gives the keys that the first start made to the person who set the organization up (rulings 1), in the
    /// transaction of the caller, who calls [#changed] for each after the commit. Answers their ids.
    public List<String> adoptFirst(Tx tx, String organizationId, String userId) {
        List<String> adopted = store.adoptFirst(tx, organizationId, userId);
        adopted.forEach(id -> Changes.record(tx, id, false));
        return adopted;
    }

    /// Something about a key is other than it was.
    public void changed(String id) {
        directory.changed(id, false);
    }

    /// Deletes every key of either kind that a person made in an organization, in the transaction of the caller, who
    /// calls [#closed] for each after the commit. Answers their ids.
    public List<String> deleteCreatedBy(Tx tx, String organizationId, String userId) {
        List<String> ids = store.createdBy(tx, organizationId, userId);
        return changed(tx, organizationId, ids, key -> key.deleted(tx.now()));
    }

    /// Disables those keys, as far as they are not disabled already; else as [#deleteCreatedBy].
    public List<String> disableCreatedBy(Tx tx, String organizationId, String userId) {
        return disable(tx, organizationId, store.createdBy(tx, organizationId, userId));
    }

    /// Disables those of these keys that are enabled and not deleted; else as [#deleteCreatedBy].
    public List<String> disable(Tx tx, String organizationId, List<String> ids) {
        return changed(tx, organizationId, ids, key -> key.disabled() ? key : key.disabled(true, tx.now()));
    }

    /// Enables those of these keys that are disabled and not deleted, in the transaction of the caller, who calls
    /// [#changed] for each after the commit. Answers their ids.
    public List<String> enable(Tx tx, String organizationId, List<String> ids) {
        return changed(tx, organizationId, ids, key -> key.disabled() ? key.disabled(false, tx.now()) : key);
    }

    /// Changes living keys of either kind; answers the ids of those that are other than they were.
    private List<String> changed(Tx tx, String organizationId, List<String> ids, UnaryOperator<ApiKey> change) {
        List<String> changed = new ArrayList<>();
        for (String id : ids) {
            for (KeyKind kind : KeyKind.values()) {
                ApiKey before =
                        store.findForUpdate(tx, organizationId, kind, id).orElse(null);
                ApiKey after = before == null ? null : change.apply(before);
                if (before != null && after != null && after != before) {
                    change(tx, before, after);
                    changed.add(id);
                }
            }
        }
        return changed;
    }

    /// A text opens a key from now on, whatever was remembered of it.
    public void opened(Secret text) {
        directory.forget(KeyHash.of(text));
    }

    /// A key is closed: nothing more is admitted, and what runs for it is cut.
    public void closed(String id) {
        directory.changed(id, true);
    }

    /// Gives the key a fresh secret; the one it had lives on for `grace`. At most two of its own secrets
    /// live at a time: while two do, this is a 409, unless `endOlder` says that the older one shall end
    /// now, or no grace is given and so both end. A secret of another system is left alone. The caller
    /// makes the directory forget the key after the commit.
    Rotated rotate(Tx tx, ApiKey key, Secret text, Duration grace, boolean endOlder) {
        List<KeySecret> own = secrets.live(tx, List.of(key.id())).getOrDefault(key.id(), List.of()).stream()
                .filter(secret -> !secret.external())
                .toList();
        KeySecret current = own.stream()
                .filter(secret -> secret.expiresAt() == null)
                .findFirst()
                .orElseThrow(() -> new ApiException(new ApiError.Conflict(
                        "An app, or the Playground, holds this key and renews its secret by itself; revoke the app, or delete the"
                                + " key, instead.")));
        for (KeySecret older : own) {
            if (older.expiresAt() == null) {
                continue;
            }
            if (!endOlder && !grace.isZero()) {
                throw new ApiException(new ApiError.Conflict("Two secrets of this key live: " + older.label()
                        + " was rotated out and ends at " + older.expiresAt()
                        + ". Wait for that, or send \"end_older\": true to end it now."));
            }
            secrets.end(tx, older.hash(), tx.now());
        }
        Instant end = tx.now().plus(grace);
        secrets.end(tx, current.hash(), end);
        ApiKey after = key.relabelled(KeyText.label(text.reveal()), tx.now());
        addSecret(tx, after, text, false);
        change(tx, key, after);
        return new Rotated(
                after,
                new KeySecret(
                        current.hash(),
                        current.label(),
                        current.external(),
                        current.createdAt(),
                        end,
                        current.exposedAt()));
    }

    /// Ends the secrets of other systems that were found where others can read them; its own end by [#rotate].
    void endExposed(Tx tx, ApiKey key) {
        for (KeySecret secret : secrets.live(tx, List.of(key.id())).getOrDefault(key.id(), List.of())) {
            if (secret.external() && secret.exposedAt() != null) {
                secrets.end(tx, secret.hash(), tx.now());
            }
        }
    }

    private void addSecret(Tx tx, ApiKey key, Secret text, boolean external) {
        addSecret(tx, key, KeyHash.of(text), KeyText.label(text.reveal()), external);
    }

    private void addSecret(Tx tx, ApiKey key, KeyHash hash, String label, boolean external) {
        if (!secrets.add(tx, hash, key.id(), label, external)) {
            throw new ApiException(new ApiError.Conflict("This key text opens a key already."));
        }
    }
}
