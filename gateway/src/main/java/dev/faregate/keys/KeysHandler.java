package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.credits.Limits;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
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
import tools.jackson.core.JsonGenerator;

/// `/keys`: inference keys, managed with a management key of the same organization (contract 2.3).
/// Management keys are neither made nor seen here (design D14); a key of another organization is a 404,
/// as one that does not exist.
public final class KeysHandler {
    /// How long a secret lives on that is rotated out, unless the call says otherwise.
    static final Duration USUAL_GRACE = Duration.ofDays(1);

    static final Duration LONGEST_GRACE = Duration.ofDays(7);

    /// What a write left behind: the key as it is now, and the text of a key that was just made.
    private record Written(KeyView view, @Nullable Secret text) {
        void write(JsonGenerator json) {
            json.writeName("data");
            view.write(json);
            if (text != null) {
                json.writeStringProperty("key", text.reveal());
            }
        }
    }

    /// What a rotation left behind; `old` is null when it was done before.
    private record Rotation(Written written, @Nullable KeySecret old) {}

    private static final byte[] EMPTY = {'{', '}'};

    private final Database database;
    private final Limits limits;
    private final KeyStore store;
    private final Keys keys;
    private final KeyDirectory directory;
    private final OrganizationStore organizations;
    private final MemberStore members;
    private final Writes writes;

    public KeysHandler(
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

    /// `POST /keys`: 201 with the key's text, this once. A repeated `Idempotency-Key` answers the record
    /// without it.
    public Response create(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        KeyFields fields = new KeyFields(Json.readObject(request.body()));
        Secret text = KeyText.generate(KeyKind.INFERENCE);
        String id = Ids.next().toString();
        Written written = database.write(tx -> {
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return new Written(KeyView.of(tx, limits, existing(tx, organization, earlier.get())), null);
            }
            ApiKey made = keys.create(tx, wanted(tx, request.principal(Actor.class), fields), id, text);
            writes.record(tx, request, "key.create", made.id(), made.auditDetail());
            return new Written(KeyView.of(tx, limits, made), text);
        });
        Secret external = fields.externalKey();
        if (external != null) {
            directory.forget(KeyHash.of(external));
        }
        return answer(201, written);
    }

    /// `GET /keys/{hash}`.
    public Response get(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        KeyView view = database.read(tx -> KeyView.of(tx, limits, existing(tx, organization, reference(request))));
        return answer(200, new Written(view, null));
    }

    /// `PATCH /keys/{hash}`: name, disabled, limit, limit_reset, include_byok_in_limit, and our own
    /// settings; what is absent stays.
    public Response update(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        KeyFields fields = new KeyFields(Json.readObject(request.body()));
        KeyView view = database.write(tx -> {
            ApiKey before = locked(tx, organization, reference(request));
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
        return answer(200, new Written(view, null));
    }

    /// `DELETE /keys/{hash}`: dead from the commit on; the record stays for history. A second call is a
    /// 404.
    public Response delete(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        String id = database.write(tx -> {
            ApiKey key = locked(tx, organization, reference(request));
            writes.claim(tx, request, key.id());
            keys.change(tx, key, key.deleted(tx.now()));
            writes.record(tx, request, "key.delete", key.id(), Map.of("name", key.name()));
            return key.id();
        });
        directory.changed(id, true);
        return Response.deleted();
    }

    /// `POST /keys/{hash}/rotate`, ours: a fresh secret, shown this once; the old one lives on for
    /// `grace_seconds`. The key's hash stays. A repeated `Idempotency-Key` answers the record without
    /// the text.
    public Response rotate(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        BodyFields fields = request.body().length == 0 ? BodyFields.of(EMPTY) : BodyFields.of(request.body());
        Duration grace = grace(fields);
        boolean endOlder = fields.flag("end_older");
        Secret text = KeyText.generate(KeyKind.INFERENCE);
        Rotation rotation = database.write(tx -> {
            ApiKey before = locked(tx, organization, reference(request));
            if (writes.claim(tx, request, before.id()).isPresent()) {
                return new Rotation(new Written(KeyView.of(tx, limits, before), null), null);
            }
            Keys.Rotated rotated = keys.rotate(tx, before, text, grace, endOlder);
            writes.record(tx, request, "key.rotate", before.id(), rotated.auditDetail());
            return new Rotation(new Written(KeyView.of(tx, limits, rotated.key()), text), rotated.old());
        });
        directory.changed(rotation.written().view().key().id(), false);
        directory.forget(KeyHash.of(text));
        return Response.json(200, json -> {
            json.writeStartObject();
            rotation.written().write(json);
            KeySecret old = rotation.old();
            if (old != null) {
                writeRotation(json, rotation.written().view().key(), old);
            }
            json.writeEndObject();
        });
    }

    /// Both previews, and when the old secret ends.
    static void writeRotation(JsonGenerator json, ApiKey key, KeySecret old) {
        json.writeObjectPropertyStart("rotation");
        json.writeStringProperty("new_label", key.label());
        json.writeStringProperty("old_label", old.label());
        json.writeStringProperty("old_expires_at", String.valueOf(old.expiresAt()));
        json.writeEndObject();
    }

    static Duration grace(BodyFields fields) {
        Long seconds = fields.findWhole("grace_seconds", 0, LONGEST_GRACE.toSeconds());
        return seconds == null ? USUAL_GRACE : Duration.ofSeconds(seconds);
    }

    private Keys.NewKey wanted(Tx tx, Actor actor, KeyFields fields) {
        String organization = actor.organizationId();
        return new Keys.NewKey(
                organization,
                organizations.referredTo(tx, organization, fields.workspace()).id(),
                KeyKind.INFERENCE,
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

    private ApiKey existing(Tx tx, String organization, String reference) {
        return store.find(tx, organization, reference).orElseThrow(KeysHandler::notFound);
    }

    private ApiKey locked(Tx tx, String organization, String reference) {
        return store.findForUpdate(tx, organization, KeyKind.INFERENCE, reference)
                .orElseThrow(KeysHandler::notFound);
    }

    private static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("API key not found"));
    }

    private static String reference(Request request) {
        return request.head().pathParameter("hash");
    }

    private static Response answer(int status, Written written) {
        return Response.json(status, json -> {
            json.writeStartObject();
            written.write(json);
            json.writeEndObject();
        });
    }
}
