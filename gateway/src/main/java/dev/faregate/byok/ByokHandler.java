package dev.faregate.byok;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.WorkspaceEnd;
import dev.faregate.identity.Writes;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Optional;

/// `/byok`: the provider keys of an organization, managed with a management key (contract 2.4, 3.5). The key's text
/// comes in and never goes out.
public final class ByokHandler implements WorkspaceEnd {
    /// Provider keys of one organization; each is held in memory.
    static final int MAX_KEYS = 1_000;

    private static final int USUAL_PAGE = 50;
    private static final int LARGEST_PAGE = 100;

    private static final ProviderKey.Use PLAIN =
            new ProviderKey.Use(false, false, false, false, null, null, null, null);

    private final Database database;
    private final ProviderKeyStore store = new ProviderKeyStore();
    private final OrganizationStore organizations;
    private final Sealer sealer;
    private final Credentials credentials;
    private final Catalogues catalogues;
    private final Writes writes;

    public ByokHandler(
            Database database,
            OrganizationStore organizations,
            Sealer sealer,
            Credentials credentials,
            Catalogues catalogues,
            Writes writes) {
        this.database = database;
        this.organizations = organizations;
        this.sealer = sealer;
        this.credentials = credentials;
        this.catalogues = catalogues;
        this.writes = writes;
    }

    private record Page(List<ProviderKey> keys, int total) {}

    /// `GET /byok`: what a workspace can use, its own and those of every workspace, oldest first.
    public Response list(Request request) {
        String organization = organization(request);
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(USUAL_PAGE, LARGEST_PAGE);
        String provider = query.find("provider");
        if (provider != null && !ByokFields.isSlug(provider)) {
            throw QueryParameters.wrong("provider", "is not the slug of a provider");
        }
        Page page = database.read(tx -> {
            String workspace = organizations
                    .referredTo(tx, organization, query.find("workspace_id"))
                    .id();
            return new Page(
                    store.list(tx, organization, workspace, provider, offset, limit),
                    store.count(tx, organization, workspace, provider));
        });
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.keys().forEach(key -> key.write(json));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    /// `POST /byok`: 201. Without `workspace_id` it is for the default workspace, with null for every one.
    public Response create(Request request) {
        String organization = organization(request);
        ByokFields fields = new ByokFields(request.body());
        String provider = known(fields.provider());
        Secret text = fields.key();
        String label = KeyMaterial.read(provider, text).label();
        String name = fields.name();
        Integer place = fields.place();
        ProviderKey.Use use = fields.use(PLAIN);
        String id = Ids.next().toString();
        Sealed sealed = sealer.seal(text, ProviderKey.place(id, organization, provider));
        ProviderKey made = database.write(tx -> {
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return existing(tx, organization, earlier.get());
            }
            String workspace = fields.has("workspace_id") && fields.workspace() == null
                    ? null
                    : organizations
                            .referredTo(tx, organization, fields.workspace())
                            .id();
            refuseStrangers(tx, organization, use);
            if (store.count(tx, organization) >= MAX_KEYS) {
                throw new ApiException(new ApiError.BadRequest(
                        "An organization can bring at most " + MAX_KEYS + " provider keys; delete one first.", null));
            }
            sealer.claim(tx);
            ProviderKey key = new ProviderKey(
                    id,
                    organization,
                    workspace,
                    provider,
                    name,
                    label,
                    use,
                    place != null ? place : store.nextPlace(tx, organization, workspace, provider),
                    sealed,
                    tx.now());
            store.insert(tx, key);
            return recorded(tx, request, "byok.create", key);
        });
        credentials.reload(organization);
        return answer(201, made);
    }

    /// `GET /byok/{id}`.
    public Response get(Request request) {
        String organization = organization(request);
        return answer(200, database.read(tx -> existing(tx, organization, id(request))));
    }

    /// `PATCH /byok/{id}`: what is absent stays. With `key` the secret is replaced and the label made anew.
    public Response update(Request request) {
        String organization = organization(request);
        ByokFields fields = new ByokFields(request.body());
        ProviderKey seen = database.read(tx -> existing(tx, organization, id(request)));
        Secret text = fields.has("key") ? fields.key() : null;
        String label =
                text == null ? null : KeyMaterial.read(seen.provider(), text).label();
        Sealed sealed = text == null ? null : sealer.seal(text, seen.place());
        ProviderKey after = database.write(tx -> {
            ProviderKey before =
                    store.findForUpdate(tx, organization, id(request)).orElseThrow(ByokHandler::notFound);
            if (writes.claim(tx, request, before.id()).isPresent() || !fields.changesAnything()) {
                return before;
            }
            ProviderKey.Use use = fields.use(before.use());
            if (fields.has("allowed_api_key_hashes")) {
                refuseStrangers(tx, organization, use);
            }
            if (sealed != null) {
                sealer.claim(tx);
            }
            Integer place = fields.place();
            ProviderKey key = new ProviderKey(
                    before.id(),
                    before.organizationId(),
                    before.workspaceId(),
                    before.provider(),
                    fields.has("name") ? fields.name() : before.name(),
                    label == null ? before.label() : label,
                    use,
                    place == null ? before.sortOrder() : place,
                    sealed == null ? before.sealed() : sealed,
                    before.createdAt());
            store.update(tx, key);
            return recorded(tx, request, sealed == null ? "byok.update" : "byok.rotate", key);
        });
        credentials.reload(organization);
        return answer(200, after);
    }

    /// `DELETE /byok/{id}`: the secret is wiped. A second call is a 404, unless it repeats an `Idempotency-Key`.
    public Response delete(Request request) {
        String organization = organization(request);
        String id = id(request);
        database.write(tx -> {
            if (writes.claim(tx, request, id).isPresent()) {
                return id;
            }
            ProviderKey key = store.findForUpdate(tx, organization, id).orElseThrow(ByokHandler::notFound);
            store.delete(tx, key);
            recorded(tx, request, "byok.delete", key);
            return id;
        });
        credentials.reload(organization);
        return Response.deleted();
    }

    @Override
    public void end(Tx tx, String organizationId, String workspaceId) {
        store.deleteOf(tx, organizationId, workspaceId);
        Credentials.recordChange(tx, organizationId);
    }

    @Override
    public void ended(String organizationId) {
        credentials.reload(organizationId);
    }

    /// The key of a request, opened, for whoever has to use it; a 404 when the organization has none of that id.
    public Credential opened(Request request) {
        ProviderKey key = database.read(tx -> existing(tx, organization(request), id(request)));
        return credentials
                .open(key)
                .orElseThrow(() ->
                        new ApiException(new ApiError.Unavailable("This node cannot open the key; see its log.", 60)));
    }

    private ProviderKey recorded(Tx tx, Request request, String action, ProviderKey key) {
        Credentials.recordChange(tx, key.organizationId());
        writes.record(tx, request, action, key.id(), key.auditDetail());
        return key;
    }

    private String known(String provider) {
        if (ProviderSlugs.KNOWN.contains(provider)
                || catalogues.snapshot().findProvider(provider).isPresent()) {
            return provider;
        }
        throw ByokFields.unknownProvider();
    }

    private void refuseStrangers(Tx tx, String organization, ProviderKey.Use use) {
        List<String> hashes = use.allowedKeyHashes();
        if (hashes != null && !store.strangers(tx, organization, hashes).isEmpty()) {
            throw BodyFields.wrong("allowed_api_key_hashes", "names an API key that is not of this organization");
        }
    }

    private ProviderKey existing(Tx tx, String organization, String id) {
        return store.find(tx, organization, id).orElseThrow(ByokHandler::notFound);
    }

    private static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("Provider key not found"));
    }

    private static String organization(Request request) {
        return request.principal(Actor.class).organizationId();
    }

    private static String id(Request request) {
        return request.head().uuid("id").orElseThrow(ByokHandler::notFound);
    }

    private static Response answer(int status, ProviderKey key) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeName("data");
            key.write(json);
            json.writeEndObject();
        });
    }
}
