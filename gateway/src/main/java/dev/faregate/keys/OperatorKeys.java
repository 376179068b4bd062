package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.credits.Limits;
import dev.faregate.http.BodyFields;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// What the operator of the machine may do with keys, management keys too (design D14). Each call
/// answers JSON, throws what a client of the API would be told, and is an event of the audit log.
/// Blocks.
public final class OperatorKeys {
    /// Keys in one answer of [#list].
    static final int PAGE_SIZE = 1_000;

    private static final List<String> KINDS = List.of(KeyKind.INFERENCE.word(), KeyKind.MANAGEMENT.word());
    private static final int MAX_REFERENCE = 64;

    private record Made(
            KeyView view, @Nullable Secret text, @Nullable KeySecret old) {
        byte[] answer() {
            return Json.write(json -> {
                json.writeStartObject();
                json.writeName("data");
                view.write(json);
                if (text != null) {
                    json.writeStringProperty("key", text.reveal());
                }
                if (old != null) {
                    KeysHandler.writeRotation(json, view.key(), old);
                }
                json.writeEndObject();
            });
        }
    }

    private final Database database;
    private final Limits limits;
    private final Keys keys;
    private final KeyStore store;
    private final KeyDirectory directory;
    private final OrganizationStore organizations;
    private final AuditLog audit;

    public OperatorKeys(
            Database database,
            Limits limits,
            Keys keys,
            KeyStore store,
            KeyDirectory directory,
            OrganizationStore organizations,
            AuditLog audit) {
        this.database = database;
        this.limits = limits;
        this.keys = keys;
        this.store = store;
        this.directory = directory;
        this.organizations = organizations;
        this.audit = audit;
    }

    /// The keys of an organization of one `kind`, disabled ones too, oldest first; `after` is the hash
    /// of the last one of the page before.
    public byte[] list(String organization, BodyFields arguments) {
        KeyKind kind = kind(arguments);
        KeyStore.Filter filter = new KeyStore.Filter(
                kind, null, arguments.findText("environment", KeyFields.MAX_ENVIRONMENT_LENGTH), true);
        String after = arguments.findText("after", MAX_REFERENCE);
        List<KeyView> page = database.read(tx -> KeyView.of(tx, limits, page(tx, organization, filter, after)));
        return Json.write(json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.forEach(view -> view.write(json));
            json.writeEndArray();
            String next = page.size() == PAGE_SIZE ? page.getLast().key().hash() : null;
            KeyView.writeText(json, "next", next);
            json.writeEndObject();
        });
    }

    private List<ApiKey> page(Tx tx, String organization, KeyStore.Filter filter, @Nullable String after) {
        if (after == null) {
            return store.list(tx, organization, filter, 0, PAGE_SIZE);
        }
        String last = KeyHash.parse(after)
                .flatMap(hash -> store.place(tx, organization, filter.kind(), hash))
                .orElseThrow(() -> BodyFields.wrong("after", "names no key"));
        return store.listAfter(tx, organization, filter, last, PAGE_SIZE);
    }

    /// Makes a key of `kind`; `fields` are those of `POST /keys`.
    public byte[] create(String organization, BodyFields arguments) {
        KeyKind kind = kind(arguments);
        KeyFields fields = new KeyFields(arguments.object("fields"));
        Secret text = KeyText.generate(kind);
        Made made = database.write(tx -> {
            Keys.NewKey wanted = new Keys.NewKey(
                    organization,
                    organizations
                            .referredTo(tx, organization, fields.workspace())
                            .id(),
                    kind,
                    fields.name(),
                    fields.limit(),
                    fields.limitReset(),
                    fields.flag("include_byok_in_limit"),
                    fields.expiresAt(tx.now()),
                    null,
                    null,
                    null,
                    fields.rules());
            ApiKey key = keys.create(tx, wanted, Ids.next().toString(), text);
            record(tx, "key.create", key, key.auditDetail());
            return new Made(KeyView.of(tx, limits, key), text, null);
        });
        directory.forget(KeyHash.of(text));
        return made.answer();
    }

    /// As `POST /keys/{hash}/rotate`.
    public byte[] rotate(String organization, BodyFields arguments) {
        Duration grace = ManagedKeys.grace(arguments);
        boolean endOlder = arguments.flag("end_older");
        Made made = database.write(tx -> {
            ApiKey before = locked(tx, organization, arguments);
            Secret text = KeyText.generate(before.kind());
            Keys.Rotated rotated = keys.rotate(tx, before, text, grace, endOlder);
            record(tx, "key.rotate", before, rotated.auditDetail());
            return new Made(KeyView.of(tx, limits, rotated.key()), text, rotated.old());
        });
        directory.changed(made.view().key().id(), false);
        return made.answer();
    }

    /// Disables a key, or enables it again.
    public byte[] disable(String organization, BodyFields arguments, boolean disabled) {
        return change(organization, arguments, "key.update", (key, now) -> key.disabled(disabled, now));
    }

    public byte[] delete(String organization, BodyFields arguments) {
        return change(organization, arguments, "key.delete", ApiKey::deleted);
    }

    private byte[] change(
            String organization, BodyFields arguments, String action, BiFunction<ApiKey, Instant, ApiKey> change) {
        Made made = database.write(tx -> {
            ApiKey before = locked(tx, organization, arguments);
            ApiKey after = change.apply(before, tx.now());
            keys.change(tx, before, after);
            record(tx, action, after, after.auditDetail());
            return new Made(KeyView.of(tx, limits, after), null, null);
        });
        directory.changed(made.view().key().id(), made.view().key().closed());
        return made.answer();
    }

    /// A key of either kind by id, hash, or the beginning of its hash.
    private ApiKey locked(Tx tx, String organization, BodyFields arguments) {
        String reference = arguments.text("key", MAX_REFERENCE);
        List<String> hashes = store.beginningWith(tx, organization, reference);
        if (hashes.size() > 1) {
            throw new ApiException(new ApiError.Conflict("More than one key's hash begins with " + reference + "."));
        }
        String whole = hashes.isEmpty() ? reference : hashes.getFirst();
        for (KeyKind kind : KeyKind.values()) {
            ApiKey found = store.findForUpdate(tx, organization, kind, whole).orElse(null);
            if (found != null) {
                return found;
            }
        }
        throw new ApiException(new ApiError.NotFound("There is no key " + reference + "."));
    }

    private static KeyKind kind(BodyFields arguments) {
        String word = arguments.findWord("kind", KINDS);
        return word == null ? KeyKind.INFERENCE : KeyKind.ofWord(word);
    }

    private void record(Tx tx, String action, ApiKey key, Map<String, ? extends @Nullable Object> detail) {
        audit.append(tx, key.organizationId(), AuditLog.Author.OPERATOR, new AuditLog.Event(action, key.id(), detail));
    }
}
