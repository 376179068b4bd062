package dev.faregate.handbook;

import dev.faregate.http.Access;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.pages.EntityTag;
import dev.faregate.pages.Pages;
import dev.faregate.pages.StillPage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// `/docs`, a page for each topic with its Markdown twin, and the old addresses that lead to them. All of it is
/// the same for everybody, so it is open to strangers and to search engines. An address that is not listed has
/// no route: it gets the page that every such address gets.
public final class HandbookPages {
    private static final String TYPE = "text/markdown; charset=utf-8";

    /// Browsers would keep a permanent redirect for ever; a day leaves room to mend one.
    private static final String KEEP_REDIRECT = "public, max-age=86400";

    private static final String TITLE = "Documentation";
    private static final String DESCRIPTION =
            "How to use and run this Faregate server: authentication, limits, errors, keys, OAuth,"
                    + " organizations, credits, usage and operation, and the API reference.";

    private final Pages pages;
    private final Handbook handbook;

    public HandbookPages(Pages pages) {
        this.pages = pages;
        this.handbook = new Handbook(pages::publicUrl);
    }

    public List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.add(pages.still(Contents.PATH, this::index));
        for (String name : Contents.topics()) {
            routes.add(pages.still(Contents.address(name), () -> topic(handbook.get(name))));
            routes.add(twin(name));
        }
        KnownAddresses.all().forEach((old, here) -> routes.add(moved(old, here)));
        return routes;
    }

    private StillPage index() {
        return page("handbook/index.jte", card("website", TITLE, DESCRIPTION, Contents.PATH), Map.of());
    }

    private StillPage topic(Topic topic) {
        return page(
                "handbook/topic.jte",
                card("article", topic.title(), topic.description(), topic.address()),
                Map.of("topic", topic));
    }

    private StillPage page(String template, Card card, Map<String, ?> more) {
        Map<String, Object> values = new HashMap<>(more);
        values.put("card", card);
        values.put("parts", handbook.parts());
        return new StillPage(template, card.title(), values);
    }

    private Card card(String kind, String title, String description, String path) {
        String url = handbook.publicUrl();
        return new Card(kind, title, description, url + path, url + Pages.asset("card.png"));
    }

    /// The same as Markdown, for programs and for whoever wants to take it along. It tells search engines which
    /// of the two to show.
    private Route twin(String name) {
        return Route.blocking("GET", Contents.twin(name), Access.PUBLIC, request -> {
            Topic topic = handbook.get(name);
            byte[] text = topic.markdown().getBytes(StandardCharsets.UTF_8);
            Response whole = new Response(200, TYPE, List.of(), text)
                    .withHeader("Link", "<" + handbook.publicUrl() + topic.address() + ">; rel=\"canonical\"")
                    .withHeader("X-Content-Type-Options", "nosniff")
                    .withHeader("Cache-Control", "no-cache");
            return EntityTag.answer(request.head(), whole);
        });
    }

    private static Route moved(String old, String here) {
        Response answer =
                Response.text(301, "").withHeader("Location", here).withHeader("Cache-Control", KEEP_REDIRECT);
        return Route.blocking("GET", old, Access.PUBLIC, _ -> answer);
    }
}
