package dev.faregate.guardrails;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Workspace;
import dev.faregate.identity.WorkspaceEnd;
import dev.faregate.identity.Writes;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/// `/guardrails` (contract 2.4 and 3.6), with a management key of the same organization. A workspace's default
/// guardrail is a 404 and in no list until it is first written, which a PATCH of its id does; it cannot be deleted.
public final class GuardrailsHandler implements WorkspaceEnd {
    static final int USUAL_PAGE = 50;
    static final int MAX_PAGE = 100;

    private record Page(List<Guardrail> guardrails, int total) {}

    private final Database database;
    private final GuardrailStore store;
    private final Guardrails guardrails;
    private final OrganizationStore organizations;
    private final Catalogues catalogues;
    private final HitStore hits;
    private final Writes writes;

    GuardrailsHandler(
            Database database,
            GuardrailStore store,
            Guardrails guardrails,
            OrganizationStore organizations,
            Catalogues catalogues,
            HitStore hits,
            Writes writes) {
        this.database = database;
        this.store = store;
        this.guardrails = guardrails;
        this.organizations = organizations;
        this.catalogues = catalogues;
        this.hits = hits;
        this.writes = writes;
    }

    /// `GET /guardrails`
    public Response list(Request request) {
        String organization = organization(request);
        QueryParameters query = new QueryParameters(request.head().query());
        String workspace = query.find("workspace_id");
        int offset = query.offset();
        int limit = query.limit(USUAL_PAGE, MAX_PAGE);
        Page page = database.read(tx -> {
            String id = workspace == null
                    ? null
                    : organizations
                            .findWorkspace(tx, organization, workspace)
                            .map(Workspace::id)
                            .orElseThrow(() ->
                                    QueryParameters.wrong("workspace_id", "names no workspace of this organization"));
            return new Page(store.list(tx, organization, id, offset, limit), store.count(tx, organization, id));
        });
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.guardrails().forEach(guardrail -> guardrail.write(json));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    /// `POST /guardrails`: it binds nobody until it is assigned.
    public Response create(Request request) {
        String organization = organization(request);
        GuardrailFields fields = new GuardrailFields(BodyFields.of(request.body()));
        String id = Ids.next().toString();
        Guardrail made = database.write(tx -> {
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return existing(tx, organization, earlier.get());
            }
            Guardrail wanted = wanted(tx, organization, id, fields);
            OrganizationStore.keepWorkspace(tx, wanted.workspaceId());
            store.insert(tx, wanted);
            Guardrails.changed(tx, organization);
            writes.record(tx, request, "guardrail.create", id, wanted.auditDetail());
            return wanted;
        });
        guardrails.load(organization);
        return answer(201, made);
    }

    /// `GET /guardrails/{id}`
    public Response get(Request request) {
        String organization = organization(request);
        return answer(200, database.read(tx -> existing(tx, organization, id(request))));
    }

    /// `PATCH /guardrails/{id}`: what is absent stays, collections are replaced whole.
    public Response update(Request request) {
        String organization = organization(request);
        GuardrailFields fields = new GuardrailFields(BodyFields.of(request.body()));
        Guardrail changed = database.write(tx -> {
            Optional<Guardrail> before = store.findForUpdate(tx, organization, id(request));
            Guardrail base = before.or(() -> store.unwritten(tx, organization, id(request)))
                    .orElseThrow(GuardrailsHandler::notFound);
            if (writes.claim(tx, request, base.id()).isPresent()) {
                return base;
            }
            Guardrail after = patched(tx, base, fields, before.isPresent());
            if (before.isEmpty()) {
                store.insert(tx, after);
            } else {
                store.update(tx, after);
            }
            Guardrails.changed(tx, organization);
            writes.record(tx, request, "guardrail.update", after.id(), after.auditDetail());
            return after;
        });
        guardrails.load(organization);
        return answer(200, changed);
    }

    /// `DELETE /guardrails/{id}`: whoever holds it is free of it, and its budgets end.
    public Response delete(Request request) {
        String organization = organization(request);
        database.write(tx -> {
            Guardrail guardrail =
                    store.findForUpdate(tx, organization, id(request)).orElseThrow(GuardrailsHandler::notFound);
            if (guardrail.isDefault()) {
                throw new ApiException(new ApiError.Forbidden(
                        "The default guardrail of a workspace cannot be deleted. Set its fields to null instead.",
                        "default_guardrail",
                        Map.of()));
            }
            writes.claim(tx, request, guardrail.id());
            store.delete(tx, guardrail);
            Guardrails.changed(tx, organization);
            writes.record(tx, request, "guardrail.delete", guardrail.id(), Map.of("name", guardrail.name()));
            return guardrail;
        });
        guardrails.load(organization);
        return Response.deleted();
    }

    @Override
    public void end(Tx tx, String organizationId, String workspaceId) {
        store.deleteOf(tx, organizationId, workspaceId);
        Guardrails.changed(tx, organizationId);
    }

    @Override
    public void ended(String organizationId) {
        guardrails.load(organizationId);
    }

    /// `GET /guardrails/{id}/hits` (ours): how often each rule did something, or would have, per UTC day.
    public Response hits(Request request) {
        String organization = organization(request);
        List<HitStore.Row> rows = database.read(
                tx -> hits.list(tx, existing(tx, organization, id(request)).id()));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            rows.forEach(row -> row.write(json));
            json.writeEndArray();
            json.writeNumberProperty("total_count", rows.size());
            json.writeEndObject();
        });
    }

    private Guardrail wanted(Tx tx, String organization, String id, GuardrailFields fields) {
        Usd limit = fields.limit();
        Window interval = fields.interval();
        GuardrailFields.checkPair(limit, interval);
        return new Guardrail(
                id,
                organization,
                organizations.referredTo(tx, organization, fields.workspace()).id(),
                fields.name(),
                fields.description(),
                limit,
                interval,
                fields.body().flag("include_byok_in_budgets"),
                fields.body().flag("dry_run"),
                false,
                fields.rules(Rules.NONE, catalogues.snapshot()),
                tx.now(),
                null);
    }

    private Guardrail patched(Tx tx, Guardrail before, GuardrailFields fields, boolean written) {
        BodyFields body = fields.body();
        Usd limit = body.has("limit_usd") ? fields.limit() : before.limit();
        Window interval = body.has("reset_interval") ? fields.interval() : before.interval();
        GuardrailFields.checkPair(limit, interval);
        return new Guardrail(
                before.id(),
                before.organizationId(),
                before.workspaceId(),
                body.has("name") ? fields.name() : before.name(),
                body.has("description") ? fields.description() : before.description(),
                limit,
                interval,
                body.has("include_byok_in_budgets") ? body.flag("include_byok_in_budgets") : before.includeByok(),
                body.has("dry_run") ? body.flag("dry_run") : before.dryRun(),
                before.isDefault(),
                fields.rules(before.rules(), catalogues.snapshot()),
                before.createdAt(),
                written ? tx.now() : null);
    }

    private Guardrail existing(Tx tx, String organization, String id) {
        return store.find(tx, organization, id).orElseThrow(GuardrailsHandler::notFound);
    }

    static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("Guardrail not found"));
    }

    private static String organization(Request request) {
        return request.principal(Actor.class).organizationId();
    }

    static String id(Request request) {
        return request.head().pathParameter("id");
    }

    private static Response answer(int status, Guardrail guardrail) {
        return Response.json(status, (JsonGenerator json) -> {
            json.writeStartObject();
            json.writeName("data");
            guardrail.write(json);
            json.writeEndObject();
        });
    }
}
