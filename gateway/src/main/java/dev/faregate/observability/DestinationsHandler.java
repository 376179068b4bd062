package dev.faregate.observability;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.byok.Sealed;
import dev.faregate.byok.Sealer;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.WorkspaceEnd;
import dev.faregate.identity.Writes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// `/observability/destinations` (contract 2.4): kept as written, secrets sealed and shown masked. Nothing is called
/// when one is written.
public final class DestinationsHandler implements WorkspaceEnd {
    /// Destinations of one type in one workspace (contract 2.4).
    static final int MAX_PER_TYPE = 5;

    private static final int USUAL_PAGE = 50;
    private static final int LARGEST_PAGE = 100;
    private static final int RETRY_S = 60;

    private final Database database;
    private final DestinationStore store = new DestinationStore();
    private final OrganizationStore organizations;
    private final Sealer sealer;
    private final Destinations live;
    private final Writes writes;

    public DestinationsHandler(
            Database database, OrganizationStore organizations, Sealer sealer, Destinations live, Writes writes) {
        this.database = database;
        this.organizations = organizations;
        this.sealer = sealer;
        this.live = live;
        this.writes = writes;
    }

    private record Page(List<Destination> destinations, int total) {}

    /// `GET /observability/destinations`: those of a workspace, oldest first.
    public Response list(Request request) {
        String organization = organization(request);
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(USUAL_PAGE, LARGEST_PAGE);
        Page page = database.read(tx -> {
            String workspace = organizations
                    .referredTo(tx, organization, query.find("workspace_id"))
                    .id();
            return new Page(
                    store.list(tx, organization, workspace, offset, limit), store.count(tx, organization, workspace));
        });
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.destinations().forEach(destination -> destination.write(json));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    /// `POST /observability/destinations`: 201; a sixth of its type is a 409.
    public Response create(Request request) {
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
        return answer(201, made);
    }

    /// `GET /observability/destinations/{id}`.
    public Response get(Request request) {
        String organization = organization(request);
        return answer(200, database.read(tx -> existing(tx, organization, id(request))));
    }

    /// `PATCH /observability/destinations/{id}`: what is absent stays, also inside `config`, where a masked value
    /// stands for the one it masks.
    public Response update(Request request) {
        String organization = organization(request);
        DestinationFields fields = new DestinationFields(request.body());
        Destination after = database.write(tx -> {
            Destination before =
                    store.findForUpdate(tx, organization, id(request)).orElseThrow(DestinationsHandler::notFound);
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
            return recorded(tx, request, "observability.update", destination);
        });
        live.reload(organization);
        return answer(200, after);
    }

    /// `DELETE /observability/destinations/{id}`: its secrets are wiped.
    public Response delete(Request request) {
        String organization = organization(request);
        String id = id(request);
        database.write(tx -> {
            if (writes.claim(tx, request, id).isEmpty()) {
                Destination destination =
                        store.findForUpdate(tx, organization, id).orElseThrow(DestinationsHandler::notFound);
                store.delete(tx, destination);
                recorded(tx, request, "observability.delete", destination);
            }
            return id;
        });
        live.reload(organization);
        return Response.deleted();
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
        return store.find(tx, organization, id).orElseThrow(DestinationsHandler::notFound);
    }

    private static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("Destination not found"));
    }

    private static String organization(Request request) {
        return request.principal(Actor.class).organizationId();
    }

    private static String id(Request request) {
        return request.head().uuid("id").orElseThrow(DestinationsHandler::notFound);
    }

    private static Response answer(int status, Destination destination) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeName("data");
            destination.write(json);
            json.writeEndObject();
        });
    }
}
