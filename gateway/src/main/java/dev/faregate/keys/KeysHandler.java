package dev.faregate.keys;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.credits.Limits;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Workspace;
import dev.faregate.identity.Writes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `/keys`: inference keys, managed with a management key of the same organization (contract 2.3).
/// Management keys are neither made nor seen here (design D14); a key of another organization is a 404,
/// as one that does not exist.
public final class KeysHandler {
    /// Keys on one page of the list (contract section 1).
    public static final int PAGE_SIZE = 100;

    /// What a write left behind: the key as it is now, and the text of a key that was just made.
    private record Written(KeyView view, @Nullable Secret text) {}

    private final Database database;
    private final Limits limits;
    private final KeyStore store;
    private final Keys keys;
    private final KeyDirectory directory;
    private final OrganizationStore organizations;
    private final Writes writes;

    public KeysHandler(
            Database database,
            Limits limits,
            KeyStore store,
            Keys keys,
            KeyDirectory directory,
            OrganizationStore organizations,
            Writes writes) {
        this.database = database;
        this.limits = limits;
        this.store = store;
        this.keys = keys;
        this.directory = directory;
        this.organizations = organizations;
        this.writes = writes;
    }

    /// `GET /keys`: a page of a workspace's keys, oldest first.
    public Response list(Request request) {
        RequestHead head = request.head();
        String organization = request.principal(Caller.class).organizationId();
        QueryParameters query = new QueryParameters(head.query());
        boolean includeDisabled = query.flag("include_disabled");
        int offset = query.offset();
        List<KeyView> page = database.read(tx -> KeyView.of(
                tx,
                limits,
                store.list(
                        tx,
                        organization,
                        workspace(tx, organization, query.find("workspace_id")).id(),
                        includeDisabled,
                        offset,
                        PAGE_SIZE)));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.forEach(view -> view.write(json));
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /// `POST /keys`: 201 with the key's text, this once. A repeated `Idempotency-Key` answers the record
    /// without it.
    public Response create(Request request) {
        String organization = request.principal(Caller.class).organizationId();
        KeyFields fields = new KeyFields(Json.readObject(request.body()));
        Secret text = KeyText.generate(KeyKind.INFERENCE);
        String id = Ids.next().toString();
        Written written = database.write(tx -> {
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return new Written(KeyView.of(tx, limits, existing(tx, organization, earlier.get())), null);
            }
            ApiKey made = keys.create(tx, wanted(tx, organization, fields), id, text);
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
        String organization = request.principal(Caller.class).organizationId();
        KeyView view = database.read(tx -> KeyView.of(tx, limits, existing(tx, organization, reference(request))));
        return answer(200, new Written(view, null));
    }

    /// `PATCH /keys/{hash}`: name, disabled, limit, limit_reset, include_byok_in_limit; what is absent
    /// stays.
    public Response update(Request request) {
        String organization = request.principal(Caller.class).organizationId();
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
        String organization = request.principal(Caller.class).organizationId();
        String id = database.write(tx -> {
            ApiKey key = locked(tx, organization, reference(request));
            writes.claim(tx, request, key.id());
            keys.change(tx, key, key.deleted(tx.now()));
            writes.record(tx, request, "key.delete", key.id(), Map.of("name", key.name()));
            return key.id();
        });
        directory.changed(id, true);
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeBooleanProperty("deleted", true);
            json.writeEndObject();
        });
    }

    private Keys.NewKey wanted(Tx tx, String organization, KeyFields fields) {
        fields.refuseCreator();
        return new Keys.NewKey(
                organization,
                workspace(tx, organization, fields.workspace()).id(),
                KeyKind.INFERENCE,
                fields.name(),
                fields.limit(),
                fields.limitReset(),
                fields.flag("include_byok_in_limit"),
                fields.expiresAt(tx.now()),
                fields.externalUser(),
                fields.externalKey(),
                null,
                fields.unaffordable());
    }

    private ApiKey existing(Tx tx, String organization, String reference) {
        return store.find(tx, organization, reference).orElseThrow(KeysHandler::notFound);
    }

    private ApiKey locked(Tx tx, String organization, String reference) {
        return store.findForUpdate(tx, organization, reference).orElseThrow(KeysHandler::notFound);
    }

    private static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("API key not found"));
    }

    /// A workspace that is not one of this organization is the same error as one that does not exist.
    private Workspace workspace(Tx tx, String organization, @Nullable String reference) {
        return reference == null
                ? organizations.defaultWorkspace(tx, organization)
                : organizations
                        .findWorkspace(tx, organization, reference)
                        .orElseThrow(() -> BodyFields.wrong("workspace_id", "names no workspace of this organization"));
    }

    private static String reference(Request request) {
        return request.head().pathParameter("hash");
    }

    private static Response answer(int status, Written written) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeName("data");
            written.view().write(json);
            if (written.text() != null) {
                json.writeStringProperty("key", written.text().reveal());
            }
            json.writeEndObject();
        });
    }
}
