package dev.faregate.byok;

import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;

/// `/byok`: the provider keys of an organization, managed with a management key (contract 2.4, 3.5). The key's text
/// comes in and never goes out.
public final class ByokHandler {
    private static final int USUAL_PAGE = 50;
    private static final int LARGEST_PAGE = 100;

    private final ManagedProviderKeys keys;

    public ByokHandler(ManagedProviderKeys keys) {
        this.keys = keys;
    }

    /// `GET /byok`: what a workspace can use, its own and those of every workspace, oldest first.
    public Response list(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        ManagedProviderKeys.Page page = keys.list(
                request.principal(Actor.class).organizationId(),
                query.find("workspace_id"),
                query.find("provider"),
                query.offset(),
                query.limit(USUAL_PAGE, LARGEST_PAGE));
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
        return answer(201, keys.create(request));
    }

    /// `GET /byok/{id}`.
    public Response get(Request request) {
        return answer(200, keys.get(request));
    }

    /// `PATCH /byok/{id}`: what is absent stays. With `key` the secret is replaced and the label made anew.
    public Response update(Request request) {
        return answer(200, keys.update(request));
    }

    /// `DELETE /byok/{id}`: the secret is wiped. A second call is a 404, unless it repeats an `Idempotency-Key`.
    public Response delete(Request request) {
        keys.delete(request);
        return Response.deleted();
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
