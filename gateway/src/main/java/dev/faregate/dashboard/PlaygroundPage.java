package dev.faregate.dashboard;

import dev.faregate.base.ApiException;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.http.Response;
import dev.faregate.http.WireError;
import dev.faregate.identity.Session;
import dev.faregate.keys.PlaygroundKeys;
import dev.faregate.models.Catalogues;
import dev.faregate.models.Model;
import dev.faregate.models.Resolution;
import dev.faregate.models.Variant;
import dev.faregate.pages.Visit;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `/playground`: a model is asked in the browser, over the API that programs use. The page has no key in it;
/// its script asks for one when somebody sends, and keeps it in memory only (ADR 40).
public final class PlaygroundPage {
    static final String PATH = "/playground";

    private final PlaygroundKeys keys;
    private final Catalogues catalogues;
    private final @Nullable String defaultModel;
    private final Supplier<String> publicUrl;
    private final InstantSource clock;

    /// `defaultModel`: what the page begins with when its address names no model.
    public PlaygroundPage(
            PlaygroundKeys keys,
            Catalogues catalogues,
            @Nullable String defaultModel,
            Supplier<String> publicUrl,
            InstantSource clock) {
        this.keys = keys;
        this.catalogues = catalogues;
        this.defaultModel = defaultModel;
        this.publicUrl = publicUrl;
        this.clock = clock;
    }

    /// `GET /playground`
    Response show(Visit visit) {
        Session session = visit.session();
        List<Model> models = catalogues.snapshot().usable().stream()
                .filter(Model::chats)
                .sorted(Comparator.comparing(Model::id))
                .toList();
        String model = chosen(visit.query().find("model"), models);
        Map<String, Object> values = new HashMap<>();
        values.put("models", models);
        values.put("model", model);
        values.put("may", session.role().usesKeys());
        values.put("limit", keys.dailyLimit());
        values.put("codes", Code.all(publicUrl.get(), model));
        keys.find(session).ifPresent(view -> values.put("facts", new KeyFacts(view, null, null, clock.instant())));
        return visit.page("dashboard/playground.jte", "Playground", "playground", values);
    }

    /// `POST /playground/key`: a key to send with, for the script of the page, which reads JSON also where it is
    /// refused.
    Response key(Visit visit) {
        try {
            PlaygroundKeys.Lent lent = keys.lend(visit.request());
            return unkept(Response.json(200, json -> {
                json.writeStartObject();
                json.writeStringProperty("key", lent.text().reveal());
                json.writeNumberProperty("expires_in", PlaygroundKeys.SECRET_LIFETIME.toSeconds());
                json.writeStringProperty("address", KeyAddresses.of(lent.key()));
                json.writeEndObject();
            }));
        } catch (ApiException e) {
            WireError error = ErrorRenderer.render(e.error());
            Response refused = unkept(Response.json(error.status(), error.body()));
            for (Map.Entry<String, String> header : error.headers()) {
                refused = refused.withHeader(header.getKey(), header.getValue());
            }
            return refused;
        }
    }

    private static Response unkept(Response response) {
        return response.withHeader("Cache-Control", "no-store").withHeader("X-Content-Type-Options", "nosniff");
    }

    /// The model that the address asks for. Where it asks for none that can be used, the person chooses: nobody is to
    /// ask, and pay, another model than they meant.
    private String chosen(@Nullable String asked, List<Model> models) {
        String wanted = asked == null ? defaultModel : asked;
        if (wanted == null) {
            return models.size() == 1 ? models.getFirst().id() : "";
        }
        return catalogues.snapshot().resolve(wanted) instanceof Resolution.Found(Model model, Variant _)
                        && model.isUsable()
                        && model.chats()
                ? model.id()
                : "";
    }

    /// A program that sends a request: `around` has [#REQUEST] where its body stands, `text` is the program with one.
    public record Code(String name, String around, String text) {
        private static final String REQUEST = "{}";

        private static final String FIRST = """
                {
                  "model": "%s",
                  "messages": [
                    {
                      "role": "user",
                      "content": "Hello"
                    }
                  ]
                }""";

        /// Bodies are JSON, which Python and TypeScript read as their own.
        static List<Code> all(String baseUrl, String model) {
            return Snippets.around(baseUrl, REQUEST).stream()
                    .map(snippet -> new Code(
                            snippet.name(), snippet.text(), snippet.text().replace(REQUEST, first(model))))
                    .toList();
        }

        private static String first(String model) {
            return FIRST.formatted(model.isEmpty() ? Snippets.MODEL : model);
        }
    }
}
