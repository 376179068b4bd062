package dev.faregate.models;

import dev.faregate.http.Principal;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The catalogue part of the API (contract 2.2). Open by default; what is shown is what can be used right
/// now.
public final class ModelsHandler {
    private final Catalogues catalogues;
    private final Measurements measured;
    private final InstantSource clock;
    private final Function<@Nullable Principal, EndpointRule> rules;
    private final Predicate<@Nullable Principal> filtered;
    private final String publicUrl;
    private volatile @Nullable Rendered plain;

    /// The list that nearly everybody asks for, of one snapshot.
    private record Rendered(Catalogue catalogue, byte[] body) {}

    /// `rules`: what a caller, or a stranger, may use; `filtered`: who sees nothing else, even in the whole list;
    /// `publicUrl`: where this server is reached, for links in feeds.
    public ModelsHandler(
            Catalogues catalogues,
            Measurements measured,
            InstantSource clock,
            Function<@Nullable Principal, EndpointRule> rules,
            Predicate<@Nullable Principal> filtered,
            String publicUrl) {
        this.publicUrl = publicUrl;
        this.catalogues = catalogues;
        this.measured = measured;
        this.clock = clock;
        this.rules = rules;
        this.filtered = filtered;
    }

    /// `GET /models`, as JSON or, with `use_rss=true`, as a feed: everything, unless the caller's organization
    /// shows nobody more than they may use.
    public Response list(Request request) {
        Principal caller = request.principal();
        return list(
                request,
                filtered.test(caller) ? rules.apply(caller) : EndpointRule.NONE,
                ModelsFeed.wish(request.head().query()));
    }

    private Response list(Request request, EndpointRule rule, ModelsFeed.@Nullable Wish feed) {
        RequestHead head = request.head();
        Catalogue catalogue = catalogues.snapshot();
        if (head.query().isEmpty() && rule == EndpointRule.NONE) {
            return Response.json(200, plain(catalogue, head.path()));
        }
        ModelsJson.ListContext context = new ModelsJson.ListContext(head.path(), measured, rule, clock.instant());
        if (feed != null) {
            return new Response(
                    200,
                    ModelsFeed.TYPE,
                    List.of(),
                    ModelsFeed.write(catalogue, head.query(), context, feed, publicUrl));
        }
        return Response.json(200, ModelsJson.list(catalogue, head.query(), context));
    }

    /// A third of a megabyte that only changes with the catalogue. Threads that make it at once make the same.
    private byte[] plain(Catalogue catalogue, String path) {
        Rendered known = plain;
        if (known == null || known.catalogue() != catalogue) {
            known = new Rendered(
                    catalogue,
                    ModelsJson.list(catalogue, Map.of(), ModelsJson.ListContext.plain(path, clock.instant())));
            plain = known;
        }
        return known.body();
    }

    /// `GET /models/user`: what this caller may use; there is no feed of it.
    public Response user(Request request) {
        return list(request, rules.apply(request.principal()), null);
    }

    /// `GET /embeddings/models`: the models that make vectors, page by page where that is asked for.
    public Response embeddings(Request request) {
        RequestHead head = request.head();
        Principal caller = request.principal();
        EndpointRule rule = filtered.test(caller) ? rules.apply(caller) : EndpointRule.NONE;
        ModelsJson.ListContext context = new ModelsJson.ListContext(head.path(), measured, rule, clock.instant());
        return Response.json(200, ModelsJson.embeddings(catalogues.snapshot(), head.query(), context));
    }

    /// `GET /images/models`: the models that make images and nothing else.
    public Response images(Request request) {
        Principal caller = request.principal();
        EndpointRule rule = filtered.test(caller) ? rules.apply(caller) : EndpointRule.NONE;
        return Response.json(200, ImageModelsJson.list(catalogues.snapshot(), rule));
    }

    /// `GET /images/models/{author}/{slug}/endpoints`
    public Response imageEndpoints(Request request) {
        return Response.json(200, ImageModelsJson.endpoints(catalogues.snapshot(), author(request), slug(request)));
    }

    /// `GET /endpoints/zdr`: endpoints whose provider is known to keep nothing.
    public Response zdrEndpoints(Request request) {
        return Response.json(200, ModelsJson.zdrEndpoints(catalogues.snapshot(), shownTo(request)));
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
                200, ModelsJson.endpoints(catalogues.snapshot(), author(request), slug(request), shownTo(request)));
    }

    private Measurements shownTo(Request request) {
        return request.principal() == null ? measured.forStrangers() : measured;
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
