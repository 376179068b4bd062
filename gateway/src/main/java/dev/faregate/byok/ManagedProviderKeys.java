package dev.faregate.byok;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.WorkspaceEnd;
import dev.faregate.identity.Writes;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What management does with the provider keys of an organization, whoever asks: the API for a management key, the
/// page for a person. Every write happens once for its `Idempotency-Key` and is an event of the audit log; the fields
/// are those of the bodies of `/byok` (contract 2.4, 3.5). A key's text comes in and never goes out. Safe to share
/// between threads; blocks.
public final class ManagedProviderKeys implements WorkspaceEnd {
    /// Provider keys of one organization; each is held in memory.
    static final int MAX_KEYS = 1_000;

    private static final String ROTATE = "byok.rotate";
    private static final String TEST = "byok.test";

    private static final ProviderKey.Use PLAIN =
            new ProviderKey.Use(false, false, false, false, null, null, null, null);

    private final Database database;
    private final ProviderKeyStore store = new ProviderKeyStore();
    private final OrganizationStore organizations;
    private final Sealer sealer;
    private final Credentials credentials;
    private final Catalogues catalogues;
    private final Writes writes;

    public ManagedProviderKeys(
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

    /// Some keys, and how many there are.
    public record Page(List<ProviderKey> keys, int total) {}

    /// The slugs that keys can be brought for, in order.
    public List<String> providers() {
        Set<String> slugs = new TreeSet<>(ProviderSlugs.KNOWN);
        catalogues.snapshot().providers().forEach(provider -> slugs.add(provider.slug()));
        return List.copyOf(slugs);
    }

    /// What a workspace, named by id or slug, can use: its own and those of every workspace, oldest first. Null is the
    /// default workspace, and every provider.
    public Page list(
            String organization, @Nullable String workspace, @Nullable String provider, int offset, int limit) {
        if (provider != null && !ByokFields.isSlug(provider)) {
            throw QueryParameters.wrong("provider", "is not the slug of a provider");
        }
        return database.read(tx -> {
            String id = organizations.referredTo(tx, organization, workspace).id();
            return new Page(
                    store.list(tx, organization, id, provider, offset, limit),
                    store.count(tx, organization, id, provider));
        });
    }

    /// What a workspace can use, by provider, and there in the order in which they are tried.
    public Page byProvider(String organization, String workspaceId, int offset, int limit) {
        return database.read(tx -> new Page(
                store.listByProvider(tx, organization, workspaceId, offset, limit),
                store.count(tx, organization, workspaceId, null)));
    }

    /// Without `workspace_id` it is for the default workspace, with null for every one.
    public ProviderKey create(Request request) {
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
        return made;
    }

    public ProviderKey get(Request request) {
        String organization = organization(request);
        return database.read(tx -> existing(tx, organization, id(request)));
    }

    /// What is absent stays. With `key` the secret is replaced and the label made anew.
    public ProviderKey update(Request request) {
        String organization = organization(request);
        ByokFields fields = new ByokFields(request.body());
        ProviderKey seen = database.read(tx -> existing(tx, organization, id(request)));
        Secret text = fields.has("key") ? fields.key() : null;
        String label =
                text == null ? null : KeyMaterial.read(seen.provider(), text).label();
        Sealed sealed = text == null ? null : sealer.seal(text, seen.place());
        ProviderKey after = database.write(tx -> {
            ProviderKey before =
                    store.findForUpdate(tx, organization, id(request)).orElseThrow(ManagedProviderKeys::notFound);
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
            return recorded(tx, request, sealed == null ? "byok.update" : ROTATE, key);
        });
        credentials.reload(organization);
        return after;
    }

    /// The secret is wiped. A second call is a 404, unless it repeats an `Idempotency-Key`.
    public void delete(Request request) {
        String organization = organization(request);
        String id = id(request);
        database.write(tx -> {
            if (writes.claim(tx, request, id).isPresent()) {
                return id;
            }
            ProviderKey key = store.findForUpdate(tx, organization, id).orElseThrow(ManagedProviderKeys::notFound);
            store.delete(tx, key);
            recorded(tx, request, "byok.delete", key);
            return id;
        });
        credentials.reload(organization);
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

    /// Notes in the audit log what came of a test of the key of a request, in words that hold no secret.
    public void recordTest(Request request, boolean ok, String message) {
        String id = id(request);
        database.write(tx -> {
            writes.record(tx, request, TEST, id, Map.of("ok", ok, "message", message));
            return id;
        });
    }

    /// The newest test of each key, by its id; without those that were not tested since their secret was replaced.
    public Map<String, TestOutcome> lastTests(String organization, List<String> ids) {
        return database.read(tx -> TestOutcome.newest(tx, organization, ids, TEST, ROTATE));
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
        return store.find(tx, organization, id).orElseThrow(ManagedProviderKeys::notFound);
    }

    private static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("Provider key not found"));
    }

    private static String organization(Request request) {
        return request.principal(Actor.class).organizationId();
    }

    private static String id(Request request) {
        return request.head().uuid("id").orElseThrow(ManagedProviderKeys::notFound);
    }
}
