package dev.faregate.keys;

import dev.faregate.base.Secret;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `/keys`: inference keys, managed with a management key of the same organization (contract 2.3).
/// Management keys are neither made nor seen here (design D14); a key of another organization is a 404,
/// as one that does not exist.
public final class KeysHandler {
    private final ManagedKeys keys;

    public KeysHandler(ManagedKeys keys) {
        this.keys = keys;
    }

    /// `POST /keys`: 201 with the key's text, this once. A repeated `Idempotency-Key` answers the record
    /// without it.
    public Response create(Request request) {
        return answer(201, keys.create(request, KeyKind.INFERENCE));
    }

    /// `GET /keys/{hash}`.
    public Response get(Request request) {
        return answer(200, new ManagedKeys.Written(keys.get(reach(request), reference(request)), null));
    }

    /// `PATCH /keys/{hash}`: name, disabled, limit, limit_reset, include_byok_in_limit, and our own
    /// settings; what is absent stays.
    public Response update(Request request) {
        return answer(200, new ManagedKeys.Written(keys.update(request, reach(request), reference(request)), null));
    }

    /// `DELETE /keys/{hash}`: dead from the commit on; the record stays for history. A second call is a
    /// 404.
    public Response delete(Request request) {
        keys.delete(request, reach(request), reference(request));
        return Response.deleted();
    }

    /// `POST /keys/{hash}/rotate`, ours: a fresh secret, shown this once; the old one lives on for
    /// `grace_seconds`. The key's hash stays. A repeated `Idempotency-Key` answers the record without
    /// the text.
    public Response rotate(Request request) {
        ManagedKeys.Rotation rotation = keys.rotate(request, reach(request), reference(request));
        return Response.json(200, json -> {
            json.writeStartObject();
            write(json, rotation.written());
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

    private static ManagedKeys.Reach reach(Request request) {
        return new ManagedKeys.Reach(request.principal(Actor.class).organizationId(), KeyKind.INFERENCE, null);
    }

    private static String reference(Request request) {
        return request.head().pathParameter("hash");
    }

    private static Response answer(int status, ManagedKeys.Written written) {
        return Response.json(status, json -> {
            json.writeStartObject();
            write(json, written);
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, ManagedKeys.Written written) {
        json.writeName("data");
        written.view().write(json);
        @Nullable Secret text = written.text();
        if (text != null) {
            json.writeStringProperty("key", text.reveal());
        }
    }
}
