package dev.faregate.guardrails;

import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.WorkspaceEnd;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/// `/guardrails` (contract 2.4 and 3.6), with a management key of the same organization. A workspace's default
/// guardrail is a 404 and in no list until it is first written, which a PATCH of its id does; it cannot be deleted.
public final class GuardrailsHandler implements WorkspaceEnd {
    static final int USUAL_PAGE = 50;
    static final int MAX_PAGE = 100;

    private final Database database;
    private final ManagedGuardrails managed;
    private final GuardrailStore store;
    private final Guardrails guardrails;
    private final HitStore hits;

    GuardrailsHandler(
            Database database, ManagedGuardrails managed, GuardrailStore store, Guardrails guardrails, HitStore hits) {
        this.database = database;
        this.managed = managed;
        this.store = store;
        this.guardrails = guardrails;
        this.hits = hits;
    }

    /// `GET /guardrails`
    public Response list(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        ManagedGuardrails.Page page = managed.list(
                organization(request), query.find("workspace_id"), query.offset(), query.limit(USUAL_PAGE, MAX_PAGE));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.guardrails().forEach(guardrail -> guardrail.write(json));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    /// `POST /guardrails`
    public Response create(Request request) {
        return answer(201, managed.create(request));
    }

    /// `GET /guardrails/{id}`
    public Response get(Request request) {
        return answer(200, managed.get(organization(request), id(request)));
    }

    /// `PATCH /guardrails/{id}`
    public Response update(Request request) {
        return answer(200, managed.update(request, id(request)));
    }

    /// `DELETE /guardrails/{id}`
    public Response delete(Request request) {
        managed.delete(request, id(request));
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
        List<HitStore.Row> rows = database.read(tx -> hits.list(
                tx,
                store.find(tx, organization, id(request))
                        .orElseThrow(ManagedGuardrails::notFound)
                        .id()));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            rows.forEach(row -> row.write(json));
            json.writeEndArray();
            json.writeNumberProperty("total_count", rows.size());
            json.writeEndObject();
        });
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
