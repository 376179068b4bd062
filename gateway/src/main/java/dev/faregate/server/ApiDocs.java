package dev.faregate.server;

import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `GET /openapi.json` and `GET /docs/api`: our own API document, and the same as a page. Both are made when they are
/// first asked for, and kept.
final class ApiDocs {
    private record Made(byte[] json, byte[] page) {}

    private final Supplier<List<Route>> routes;
    private volatile @Nullable Made made;

    /// `routes` are asked for once, when all are known.
    ApiDocs(Supplier<List<Route>> routes) {
        this.routes = routes;
    }

    Response document(Request request) {
        return Response.json(200, made().json());
    }

    /// The page is text only: nothing on it runs, and nothing is fetched for it.
    Response page(Request request) {
        return new Response(
                200,
                "text/html; charset=utf-8",
                List.of(
                        Map.entry("Content-Security-Policy", ApiDocsPage.POLICY),
                        Map.entry("X-Content-Type-Options", "nosniff"),
                        Map.entry("Referrer-Policy", "no-referrer")),
                made().page());
    }

    /// Two requests at once may both make it; they make the same.
    private Made made() {
        Made known = made;
        if (known == null) {
            ObjectNode document = OpenApi.of(routes.get());
            byte[] page = new ApiDocsPage(document).html().getBytes(StandardCharsets.UTF_8);
            known = new Made(document.toString().getBytes(StandardCharsets.UTF_8), page);
            made = known;
        }
        return known;
    }
}
