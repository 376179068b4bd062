package dev.faregate.observability;

import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;

/// `/observability/destinations` (contract 2.4), managed with a management key.
public final class DestinationsHandler {
    private static final int USUAL_PAGE = 50;
    private static final int LARGEST_PAGE = 100;

    private final ManagedDestinations destinations;

    public DestinationsHandler(ManagedDestinations destinations) {
        this.destinations = destinations;
    }

    /// `GET /observability/destinations`: those of a workspace, oldest first.
    public Response list(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        ManagedDestinations.Page page = destinations.list(
                request.principal(Actor.class).organizationId(),
                query.find("workspace_id"),
                query.offset(),
                query.limit(USUAL_PAGE, LARGEST_PAGE));
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
        return answer(201, destinations.create(request));
    }

    /// `GET /observability/destinations/{id}`.
    public Response get(Request request) {
        return answer(200, destinations.get(request));
    }

    /// `PATCH /observability/destinations/{id}`: what is absent stays, also inside `config`, where a masked value
    /// stands for the one it masks.
    public Response update(Request request) {
        return answer(200, destinations.update(request));
    }

    /// `DELETE /observability/destinations/{id}`: its secrets are wiped.
    public Response delete(Request request) {
        destinations.delete(request);
        return Response.deleted();
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
