package dev.faregate.dashboard;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.dashboard.ModelList.Choice;
import dev.faregate.http.Response;
import dev.faregate.models.Catalogues;
import dev.faregate.models.EndpointRule;
import dev.faregate.models.Measurements;
import dev.faregate.models.Model;
import dev.faregate.models.ModelQuery;
import dev.faregate.models.ModelsJson;
import dev.faregate.models.Resolution;
import dev.faregate.models.Variant;
import dev.faregate.models.Vocabulary;
import dev.faregate.pages.Filters;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// `/models`: what this server can serve right now, found as `GET /models` finds it. Open to strangers where those
/// lists are (`models.public`).
public final class ModelsPage {
    static final String PATH = "/models";

    private static final int PAGE_SIZE = 50;
    private static final String OUTPUTS = "output_modalities";
    private static final String INPUTS = "input_modalities";
    private static final String SUPPORTED = "supported_parameters";
    private static final String CONTEXT = "context";
    private static final String SORT = "sort";
    private static final String OFFSET = "offset";

    /// What the address may ask for, by the names of the API.
    private static final List<String> FILTERS =
            List.of("q", INPUTS, OUTPUTS, SUPPORTED, CONTEXT, "max_price", "providers", SORT);

    /// Parameters that people choose a model by; the address takes any other too.
    private static final List<String> PARAMETERS = List.of(
            "tools", "structured_outputs", "response_format", "reasoning", "logprobs", "seed", "web_search_options");

    private static final List<Choice> SORTS = List.of(
            new Choice("most-popular", "Most used this week first"),
            new Choice("pricing-low-to-high", "Cheapest first"),
            new Choice("pricing-high-to-low", "Dearest first"),
            new Choice("context-high-to-low", "Longest context first"),
            new Choice("latency-low-to-high", "Lowest latency first"),
            new Choice("throughput-high-to-low", "Highest throughput first"));

    private static final List<Choice> CONTEXTS = List.of(
            new Choice("32000", "32K context or more"),
            new Choice("128000", "128K context or more"),
            new Choice("200000", "200K context or more"),
            new Choice("1000000", "1M context or more"));

    private final Catalogues catalogues;
    private final Measurements measured;
    private final Supplier<String> publicUrl;
    private final InstantSource clock;
    private final boolean isPublic;

    public ModelsPage(
            Catalogues catalogues,
            Measurements measured,
            Supplier<String> publicUrl,
            InstantSource clock,
            boolean isPublic) {
        this.catalogues = catalogues;
        this.measured = measured;
        this.publicUrl = publicUrl;
        this.clock = clock;
        this.isPublic = isPublic;
    }

    /// `GET /models`
    Response list(Visit visit) {
        if (isClosed(visit)) {
            return toSignIn(visit, PATH);
        }
        Filters filters = Filters.of(visit.query(), FILTERS);
        List<Model> found = found(filters.values());
        int last = Math.max(0, found.size() - 1) / PAGE_SIZE * PAGE_SIZE;
        int from = Math.min(visit.query().offset(), last);
        int to = Math.min(found.size(), from + PAGE_SIZE);
        ModelList list = new ModelList(
                found.subList(from, to).stream()
                        .map(model -> ModelFacts.of(model, shownTo(visit)))
                        .toList(),
                filters.values(),
                choices(filters.values()),
                found.size() == 1 ? "1 model" : found.size() + " models",
                from == 0 ? "" : address(filters, Math.max(0, from - PAGE_SIZE)),
                to == found.size() ? "" : address(filters, to),
                catalogues.snapshot().usable().size() <= 1);
        return visit.page("dashboard/models.jte", "Models", "models", Map.of("list", list));
    }

    /// `GET /models/{author}/{slug}`: whatever a request may call the model leads here.
    Response show(Visit visit) {
        String id = visit.head().pathParameter("author") + "/" + visit.head().pathParameter("slug");
        if (isClosed(visit)) {
            return toSignIn(visit, PATH + "/" + id);
        }
        if (!(catalogues.snapshot().resolve(id) instanceof Resolution.Found(Model model, Variant _))
                || !model.isUsable()) {
            throw new ApiException(new ApiError.NotFound(
                    "This server serves no such model now: none has that name, or no provider that has it is set up."));
        }
        Map<String, Object> values = new HashMap<>();
        Measurements shown = shownTo(visit);
        values.put("facts", ModelFacts.of(model, shown));
        values.put(
                "endpoints",
                model.usable().stream()
                        .map(endpoint -> new EndpointFacts(endpoint, shown.of(model, endpoint)))
                        .toList());
        values.put("snippets", Snippets.of(model, publicUrl.get()));
        return visit.page("dashboard/model.jte", model.name(), "models", values);
    }

    private Measurements shownTo(Visit visit) {
        return visit.findSession() == null ? measured.forStrangers() : measured;
    }

    private boolean isClosed(Visit visit) {
        return !isPublic && visit.findSession() == null;
    }

    private static Response toSignIn(Visit visit, String path) {
        return visit.goTo(Pages.leadingTo(Pages.SIGN_IN, path));
    }

    /// The API lists models that make text when nothing else is asked for; here are all.
    private List<Model> found(Map<String, String> filters) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        query.put(OUTPUTS, List.of("all"));
        filters.forEach((name, value) -> query.put(name, List.of(value)));
        ModelsJson.ListContext context = new ModelsJson.ListContext(PATH, measured, EndpointRule.NONE, clock.instant());
        return ModelQuery.parse(query, clock.instant()).select(catalogues.snapshot(), context);
    }

    private static Map<String, List<Choice>> choices(Map<String, String> filters) {
        return Map.of(
                INPUTS, withAsked(named(Vocabulary.INPUT_MODALITIES, "Reads "), filters.get(INPUTS), "Reads "),
                OUTPUTS, withAsked(named(Vocabulary.OUTPUT_MODALITIES, "Makes "), filters.get(OUTPUTS), "Makes "),
                SUPPORTED, withAsked(named(PARAMETERS, ""), filters.get(SUPPORTED), ""),
                CONTEXT, withAsked(CONTEXTS, filters.get(CONTEXT), "Context of at least "),
                SORT, withAsked(SORTS, filters.get(SORT), ""));
    }

    private static List<Choice> named(List<String> words, String before) {
        return words.stream()
                .map(word -> new Choice(word, before + word.replace('_', ' ')))
                .toList();
    }

    /// What is asked for stands among the choices, even where it is none of the usual ones.
    private static List<Choice> withAsked(List<Choice> choices, @Nullable String asked, String before) {
        if (asked == null || choices.stream().anyMatch(choice -> choice.word().equals(asked))) {
            return choices;
        }
        return Stream.concat(choices.stream(), Stream.of(new Choice(asked, before + asked)))
                .toList();
    }

    private static String address(Filters filters, int offset) {
        return filters.and(OFFSET, offset > 0 ? Integer.toString(offset) : null).at(PATH);
    }
}
