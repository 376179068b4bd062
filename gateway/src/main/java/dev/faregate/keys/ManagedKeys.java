package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.credits.Limits;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.identity.Actor;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What management does with keys, whoever asks: the API for a management key, the key page for a person. Every write
/// happens once for its `Idempotency-Key` and is an event of the audit log; the fields are those of the bodies of
/// `/keys` (contract 2.3). Safe to share between threads; blocks.
public final class ManagedKeys {
    /// How long a secret lives on that is rotated out, unless the call says otherwise.
    static final Duration USUAL_GRACE = Duration.ofDays(1);

    static final Duration LONGEST_GRACE = Duration.ofDays(7);

    private static final byte[] EMPTY = {'{', '}'};

    /// The keys that somebody may see and touch: of one kind, those of an organization, or only those that are one
    /// person's own. All others are the same 404 as none.
    public record Reach(
            String organizationId, KeyKind kind, @Nullable String ownerId) {
        boolean holds(ApiKey key) {
            return key.organizationId().equals(organizationId)
                    && key.kind() == kind
                    && (ownerId == null || ownerId.equals(key.creatorUserId()));
        }
    }

    /// What a write left behind: the key as it is now, and the text of a secret that was just made; null when the
    /// write had been done before.
    public record Written(KeyView view, @Nullable Secret text) {}

    /// What a rotation left behind; `old` is the secret that was rotated out, null when it was done before.
    public record Rotation(Written written, @Nullable KeySecret old) {}

    private final Database database;
    private final Limits limits;
    private final KeyStore store;
    private final Keys keys;
    private final KeyDirectory directory;
    private final OrganizationStore organizations;
    private final MemberStore members;
    private final Writes writes;

    public ManagedKeys(
            Database database,
            Limits limits,
            KeyStore store,
            Keys keys,
            KeyDirectory directory,
            OrganizationStore organizations,
            MemberStore members,
            Writes writes) {
        this.database = database;
        this.limits = limits;
        this.store = store;
        this.keys = keys;
        this.directory = directory;
        this.organizations = organizations;
        this.members = members;
        this.writes = writes;
    }

    /// Makes a key of that kind. Its text is in the answer, this once.
    public Written create(Request request, KeyKind kind) {
        Actor actor = request.principal(Actor.class);
        Reach own = new Reach(actor.organizationId(), kind, null);
        KeyFields fields = new KeyFields(Json.readObject(request.body()));
        Secret text = KeyText.generate(kind);
        String id = Ids.next().toString();
        Written written = database.write(tx -> {
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return new Written(KeyView.of(tx, limits, existing(tx, own, earlier.get())), null);
            }
            Keys.NewKey wanted = wanted(tx, actor, kind, fields);
            requirePlace(tx, members, actor, wanted.workspaceId());
            ApiKey made = keys.create(tx, wanted, id, text);
            writes.record(tx, request, "key.create", made.id(), made.auditDetail());
            return new Written(KeyView.of(tx, limits, made), text);
        });
        Secret external = fields.externalKey();
        if (external != null) {
            keys.opened(external);
        }
        return written;
    }

    /// One key by its id, its hash, or the hash of any of its live secrets.
    public KeyView get(Reach reach, String reference) {
        return database.read(tx -> KeyView.of(tx, limits, existing(tx, reach, reference)));
    }

    /// Changes what the body names: name, disabled, limit, limit_reset, include_byok_in_limit, and our own settings.
    public KeyView update(Request request, Reach reach, String reference) {
        KeyFields fields = new KeyFields(Json.readObject(request.body()));
        KeyView view = database.write(tx -> {
            if (fields.has("environment")) {
                // Other budgets may bind the key then; whoever changes what binds keys locks in this order.
                BudgetStore.lock(tx, reach.organizationId());
            }
            ApiKey before = locked(tx, reach, reference);
            if (writes.claim(tx, request, before.id()).isPresent()) {
                return KeyView.of(tx, limits, before);
            }
            ApiKey after = before.patched(fields, tx.now());
            if (after != before) {
                keys.change(tx, before, after);
                writes.record(tx, request, "key.update", after.id(), after.auditDetail());
            }
            return KeyView.of(tx, limits, after);
        });
        directory.changed(view.key().id(), view.key().closed());
        return view;
    }

    /// Deletes a key: dead from the commit on; the record stays for history. Returns its name.
    public String delete(Request request, Reach reach, String reference) {
        ApiKey deleted = database.write(tx -> {
            ApiKey key = locked(tx, reach, reference);
            writes.claim(tx, request, key.id());
            keys.change(tx, key, key.deleted(tx.now()));
            writes.record(tx, request, "key.delete", key.id(), Map.of("name", key.name()));
            return key;
        });
        directory.changed(deleted.id(), true);
        return deleted.name();
    }

    /// Gives a key a fresh secret, whose text is in the answer, this once; the old one lives on for `grace_seconds`.
    /// The key's hash stays.
    public Rotation rotate(Request request, Reach reach, String reference) {
        BodyFields fields = BodyFields.of(request.body().length == 0 ? EMPTY : request.body());
        Duration grace = grace(fields);
        boolean endOlder = fields.flag("end_older");
        return freshSecret(
                request,
                reach,
                reference,
                "key.rotate",
                (tx, key, text) -> keys.rotate(tx, key, text, grace, endOlder));
    }

    /// Takes an exposed key out of the hands of whoever found it, in one step: a fresh secret, whose text is in
    /// the answer, this once; the one it had ends now, and so do those that were found; and a key that was
    /// disabled for it is open again. Name, limit, guardrails and history stay.
    public Rotation replace(Request request, Reach reach, String reference) {
        return freshSecret(request, reach, reference, "key.replace", (tx, key, text) -> {
            keys.endExposed(tx, key);
            return keys.rotate(tx, key.disabled(false, tx.now()), text, Duration.ZERO, true);
        });
    }

    private interface Rotating {
        Keys.Rotated rotate(Tx tx, ApiKey key, Secret text);
    }

    private Rotation freshSecret(Request request, Reach reach, String reference, String action, Rotating rotating) {
        Secret text = KeyText.generate(reach.kind());
        Rotation rotation = database.write(tx -> {
            ApiKey before = locked(tx, reach, reference);
            if (writes.claim(tx, request, before.id()).isPresent()) {
                return new Rotation(new Written(KeyView.of(tx, limits, before), null), null);
            }
            Keys.Rotated rotated = rotating.rotate(tx, before, text);
            writes.record(tx, request, action, before.id(), rotated.auditDetail());
            return new Rotation(new Written(KeyView.of(tx, limits, rotated.key()), text), rotated.old());
        });
        directory.changed(rotation.written().view().key().id(), false);
        keys.opened(text);
        return rotation;
    }

    static Duration grace(BodyFields fields) {
        Long seconds = fields.findWhole("grace_seconds", 0, LONGEST_GRACE.toSeconds());
        return seconds == null ? USUAL_GRACE : Duration.ofSeconds(seconds);
    }

    /// A person may have lost their place since the request began.
    static void requirePlace(Tx tx, MemberStore members, Actor actor, String workspaceId) {
        boolean person = actor.actorKind() == Actor.Kind.USER;
        String id = actor.actorId();
        if (person && (id == null || !members.mayMakeKeys(tx, actor.organizationId(), workspaceId, id))) {
            throw new ApiException(
                    new ApiError.Forbidden("You may not make keys in this workspace.", "workspace", Map.of()));
        }
    }

    private Keys.NewKey wanted(Tx tx, Actor actor, KeyKind kind, KeyFields fields) {
        String organization = actor.organizationId();
        return new Keys.NewKey(
                organization,
                organizations.referredTo(tx, organization, fields.workspace()).id(),
                kind,
                fields.name(),
                fields.limit(),
                fields.limitReset(),
                fields.flag("include_byok_in_limit"),
                fields.expiresAt(tx.now()),
                fields.externalUser(),
                fields.externalKey(),
                creator(tx, actor, fields),
                fields.rules());
    }

    /// Whose key it shall be: a member by name, else whoever makes it, as far as that is known.
    private @Nullable String creator(Tx tx, Actor actor, KeyFields fields) {
        if (!fields.has("creator_user_id")) {
            return actor.userId();
        }
        String id = fields.creator();
        if (id != null && members.find(tx, actor.organizationId(), id).isEmpty()) {
            throw BodyFields.wrong("creator_user_id", "names no member of this organization");
        }
        return id;
    }

    private ApiKey existing(Tx tx, Reach reach, String reference) {
        return store.find(tx, reach.organizationId(), reach.kind(), reference)
                .filter(reach::holds)
                .orElseThrow(ManagedKeys::notFound);
    }

    private ApiKey locked(Tx tx, Reach reach, String reference) {
        return store.findForUpdate(tx, reach.organizationId(), reach.kind(), reference)
                .filter(reach::holds)
                .orElseThrow(ManagedKeys::notFound);
    }

    static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("API key not found"));
    }
}
