package dev.faregate.models;

import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import java.time.InstantSource;

/// The catalogue part of the API (contract 2.2). Open by default; what is shown is what can be used right
/// now.
public final class ModelsHandler {
    private final Catalogues catalogues;
    private final Measurements measured;
    private final InstantSource clock;

    public ModelsHandler(Catalogues catalogues, Measurements measured, InstantSource clock) {
        this.catalogues = catalogues;
        this.measured = measured;
        this.clock = clock;
    }

    /// `GET /models`
    public Response list(Request request) {
        RequestHead head = request.head();
        return Response.json(
                200,
                ModelsJson.list(
                        catalogues.snapshot(),
                        head.query(),
                        ModelsJson.ListContext.plain(head.path(), clock.instant())));
    }

    /// `GET /models/user`: what this caller may use. Nothing filters yet, so it is what everybody may
    /// use.
    public Response user(Request request) {
        return list(request);
    }

    /// `GET /models/count`
    public Response count(Request request) {
        return Response.json(
                200, ModelsJson.count(catalogues.snapshot(), request.head().query()));
    }

    /// `GET /model/{author}/{slug}`
    public Response model(Request request) {
        return Response.json(200, ModelsJson.model(catalogues.snapshot(), author(request), slug(request)));
    }

    /// `GET /models/{id}`, as OpenAI's clients ask for one model by its bare name.
    public Response openAiModel(Request request) {
        return Response.json(
                200,
                ModelsJson.openAiModel(catalogues.snapshot(), request.head().pathParameter("id")));
    }

    /// `GET /models/{author}/{slug}`, the same by its full id.
    public Response openAiModelByAuthor(Request request) {
        return Response.json(200, ModelsJson.openAiModel(catalogues.snapshot(), author(request) + "/" + slug(request)));
    }

    /// `GET /models/{author}/{slug}/endpoints`
    public Response endpoints(Request request) {
        return Response.json(
                200, ModelsJson.endpoints(catalogues.snapshot(), author(request), slug(request), measured));
    }

    /// `GET /providers`
    public Response providers(Request request) {
        return Response.json(200, ModelsJson.providers(catalogues.snapshot()));
    }

    private static String author(Request request) {
        return request.head().pathParameter("author");
    }

    private static String slug(Request request) {
        return request.head().pathParameter("slug");
    }
}
