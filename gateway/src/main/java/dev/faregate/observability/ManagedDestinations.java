package dev.faregate.observability;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.byok.Sealed;
import dev.faregate.byok.Sealer;
import dev.faregate.byok.TestOutcome;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.WorkspaceEnd;
import dev.faregate.identity.Writes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What management does with the destinations of an organization, whoever asks: the API for a management key, the page
/// for a person. Every write happens once for its `Idempotency-Key` and is an event of the audit log; the fields are
/// those of the bodies of `/observability/destinations` (contract 2.4). Configurations are kept as written, secrets
/// sealed and shown masked; nothing is called when one is written. Safe to share between threads; blocks.
public final class ManagedDestinations implements WorkspaceEnd {
    /// Destinations of one type in one workspace (contract 2.4).
    static final int MAX_PER_TYPE = 5;

    /// Tests under way at one time, on this node.
    static final int TESTS_AT_ONCE = 16;

    private static final int RETRY_S = 60;
    private static final int TEST_RETRY_S = 5;
    private static final String UPDATE = "observability.update";
    private static final String TEST = "observability.test";

    /// What a test sends: an export without spans, marked as OpenRouter marks its own (Webhook destination, "Test
    /// connection").
    private static final byte[] EMPTY_EXPORT = "{\"resourceSpans\":[]}".getBytes(StandardCharsets.US_ASCII);

    private static final String TEST_HEADER = "X-Test-Connection";

    private final Database database;
    private final DestinationStore store = new DestinationStore();
    private final OrganizationStore organizations;
    private final Sealer sealer;
    private final Destinations live;
    private final Sender sender;
    private final Writes writes;
    private final Semaphore tests = new Semaphore(TESTS_AT_ONCE);

    public ManagedDestinations(
            Database database,
            OrganizationStore organizations,
            Sealer sealer,
            Destinations live,
            Sender sender,
            Writes writes) {
        this.database = database;
        this.organizations = organizations;
        this.sealer = sealer;
        this.live = live;
        this.sender = sender;
        this.writes = writes;
    }

    /// The types of destinations, those that are delivered to first.
    public static List<DestinationKind> kinds() {
        return Stream.of(DestinationType.values())
                .map(DestinationType::kind)
                .sorted(Comparator.comparing(DestinationKind::isDelivered).reversed())
                .toList();
    }

    /// Some destinations, and how many there are.
    public record Page(List<Destination> destinations, int total) {}

    /// Those of a workspace, named by id or slug, oldest first. Null is the default workspace.
    public Page list(String organization, @Nullable String workspace, int offset, int limit) {
        return database.read(tx -> {
            String id = organizations.referredTo(tx, organization, workspace).id();
            return new Page(store.list(tx, organization, id, offset, limit), store.count(tx, organization, id));
        });
    }

    /// A sixth of its type is a 409.
    public Destination create(Request request) {
        String organization = organization(request);
        DestinationFields fields = new DestinationFields(request.body());
        DestinationType type = fields.type();
        Destination.Terms terms = fields.fresh();
        ObjectNode config = fields.config();
        type.check(config);
        String id = Ids.next().toString();
        Sealed sealed = sealer.seal(Secret.of(config.toString()), Destination.place(id, organization, type));
        Destination made = database.write(tx -> {
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return existing(tx, organization, earlier.get());
            }
            String workspace = organizations
                    .referredTo(tx, organization, fields.workspace())
                    .id();
            if (store.count(tx, organization, workspace, type) >= MAX_PER_TYPE) {
                throw new ApiException(new ApiError.Conflict("A workspace can have at most " + MAX_PER_TYPE
                        + " destinations of one type; delete one of type " + type.word() + " first."));
            }
            sealer.claim(tx);
            Destination destination = new Destination(
                    id,
                    organization,
                    workspace,
                    type,
                    terms,
                    ConfigSecrets.masked(config).toString(),
                    sealed,
                    tx.now(),
                    tx.now());
            store.insert(tx, destination);
            return recorded(tx, request, "observability.create", destination);
        });
        live.reload(organization);
        return made;
    }

    public Destination get(Request request) {
        String organization = organization(request);
        return database.read(tx -> existing(tx, organization, id(request)));
    }

    /// What is absent stays, also inside `config`, where a masked value stands for the one it masks.
    public Destination update(Request request) {
        String organization = organization(request);
        DestinationFields fields = new DestinationFields(request.body());
        Destination after = database.write(tx -> {
            Destination before =
                    store.findForUpdate(tx, organization, id(request)).orElseThrow(ManagedDestinations::notFound);
            if (writes.claim(tx, request, before.id()).isPresent() || !fields.changesAnything()) {
                return before;
            }
            Sealed sealed = before.sealed();
            String shown = before.config();
            if (fields.has("config")) {
                ObjectNode merged = ConfigSecrets.merged(opened(before), fields.config());
                before.type().check(merged);
                if (merged.toString().length() > DestinationFields.MAX_JSON) {
                    throw BodyFields.wrong("config", "has too many fields");
                }
                sealer.claim(tx);
                sealed = sealer.seal(Secret.of(merged.toString()), before.place());
                shown = ConfigSecrets.masked(merged).toString();
            }
            Destination destination = new Destination(
                    before.id(),
                    before.organizationId(),
                    before.workspaceId(),
                    before.type(),
                    fields.terms(before.terms()),
                    shown,
                    sealed,
                    before.createdAt(),
                    tx.now());
            store.update(tx, destination);
            return recorded(tx, request, UPDATE, destination);
        });
        live.reload(organization);
        return after;
    }

    /// Its secrets are wiped. A second call is a 404, unless it repeats an `Idempotency-Key`.
    public void delete(Request request) {
        String organization = organization(request);
        String id = id(request);
        database.write(tx -> {
            if (writes.claim(tx, request, id).isEmpty()) {
                Destination destination =
                        store.findForUpdate(tx, organization, id).orElseThrow(ManagedDestinations::notFound);
                store.delete(tx, destination);
                recorded(tx, request, "observability.delete", destination);
            }
            return id;
        });
        live.reload(organization);
    }

    /// Sends an export without spans there now, enabled or not, and notes in the audit log what came of it. Throws a
    /// 422 for a destination that nothing is sent to.
    public TestOutcome test(Request request) {
        Destination destination = get(request);
        Target target = destination.type().isDelivered() ? Target.of(destination, opened(destination)) : null;
        if (target == null) {
            throw new ApiException(new ApiError.Unprocessable(
                    "Nothing is sent to destinations of this type, so there is nothing to test.", null));
        }
        if (!tests.tryAcquire()) {
            throw new ApiException(new ApiError.Unavailable("Too many tests are running; try again.", TEST_RETRY_S));
        }
        Sender.Result result;
        try {
            Map<String, String> headers = new HashMap<>(target.headers());
            headers.put(TEST_HEADER, "true");
            result = sender.send(target.method(), target.url(), headers, EMPTY_EXPORT, Retries.TIMEOUT);
        } finally {
            tests.release();
        }
        boolean ok = result instanceof Sender.Result.Answered(int status, String _) && status >= 200 && status < 300;
        String message = switch (result) {
            case Sender.Result.Answered(int status, String _) -> "It answered " + status + ".";
            case Sender.Result.Failed(String why, boolean _) -> "It could not be reached: " + why + ".";
        };
        return database.write(tx -> {
            writes.record(tx, request, TEST, destination.id(), Map.of("ok", ok, "message", message));
            return new TestOutcome(tx.now(), ok, message);
        });
    }

    /// The newest test of each destination, by its id; without those that were changed since.
    public Map<String, TestOutcome> lastTests(String organization, List<String> ids) {
        return database.read(tx -> TestOutcome.newest(tx, organization, ids, TEST, UPDATE));
    }

    @Override
    public void end(Tx tx, String organizationId, String workspaceId) {
        store.deleteOf(tx, organizationId, workspaceId);
        Destinations.recordChange(tx, organizationId);
    }

    @Override
    public void ended(String organizationId) {
        live.reload(organizationId);
    }

    private ObjectNode opened(Destination destination) {
        return sealer.open(destination.sealed(), destination.place())
                .map(text -> Json.readObject(text.reveal().getBytes(StandardCharsets.UTF_8)))
                .orElseThrow(() -> new ApiException(
                        new ApiError.Unavailable("This node cannot open the configuration; see its log.", RETRY_S)));
    }

    private Destination recorded(Tx tx, Request request, String action, Destination destination) {
        Destinations.recordChange(tx, destination.organizationId());
        writes.record(tx, request, action, destination.id(), destination.auditDetail());
        return destination;
    }

    private Destination existing(Tx tx, String organization, String id) {
        return store.find(tx, organization, id).orElseThrow(ManagedDestinations::notFound);
    }

    private static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("Destination not found"));
    }

    private static String organization(Request request) {
        return request.principal(Actor.class).organizationId();
    }

    private static String id(Request request) {
        return request.head().uuid("id").orElseThrow(ManagedDestinations::notFound);
    }
}
