package dev.faregate.models;

import dev.faregate.http.QueryParameters;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// The query of `GET /models` (contract 2.2), understood: which models, in which order, and which part of
/// them.
///
/// Several values of `supported_parameters` or `input_modalities` must all be met; of the other lists any
/// one. Prices are compared in USD per million tokens at the cheapest usable endpoint. The catalogue
/// holds no benchmark scores and no word on distillation: no model meets a bound on them, and sorting by a
/// score keeps the default order (newest first), as the contract has it for models without a score.
/// Parameters that nobody knows are ignored.
public final class ModelQuery {
    private static final int MAX_LIMIT = 1_000;
    private static final int DEFAULT_LIMIT = 500;
    private static final int MAX_AGE_DAYS = 36_500;
    private static final String ALL = "all";

    /// Bounds on scores that this catalogue has for no model: 0 or more, and `…_rate` at most 1.
    private static final List<String> SCORES =
            List.of("intelligence_index", "coding_index", "agentic_index", "tool_success_rate");

    private static final List<String> SORTS = List.of(
            "pricing-low-to-high",
            "pricing-high-to-low",
            "context-high-to-low",
            "throughput-high-to-low",
            "latency-low-to-high",
            "most-popular",
            "top-weekly",
            "newest",
            "intelligence-high-to-low",
            "coding-high-to-low",
            "agentic-high-to-low",
            "design-arena-elo-high-to-low");

    private final List<Predicate<Model>> conditions;
    private final @Nullable String sort;
    private final @Nullable Integer offset;
    private final @Nullable Integer limit;

    private ModelQuery(
            List<Predicate<Model>> conditions,
            @Nullable String sort,
            @Nullable Integer offset,
            @Nullable Integer limit) {
        this.conditions = conditions;
        this.sort = sort;
        this.offset = offset;
        this.limit = limit;
    }

    /// Understands the query; `now` is what ages are counted from. Throws `ApiException` with a 400 that
    /// names the parameter and says what it may be.
    public static ModelQuery parse(Map<String, List<String>> query, Instant now) {
        QueryParameters asked = new QueryParameters(query);
        List<Predicate<Model>> conditions = new ArrayList<>();
        addKinds(conditions, asked);
        addPrices(conditions, asked);
        addOrigin(conditions, asked);
        addAges(conditions, asked, now);
        addScores(conditions, asked);
        return new ModelQuery(
                conditions,
                asked.findWord("sort", SORTS),
                asked.findWhole("offset", 0, Integer.MAX_VALUE),
                asked.findWhole("limit", 1, MAX_LIMIT));
    }

    /// Only the condition on output modalities, which is all that `GET /models/count` knows.
    static ModelQuery parseOutputsOnly(Map<String, List<String>> query) {
        List<Predicate<Model>> conditions = new ArrayList<>();
        addOutputs(conditions, new QueryParameters(query));
        return new ModelQuery(conditions, null, null, null);
    }

    /// The models that make vectors: all of them, or a page of them.
    static ModelQuery parseEmbeddings(Map<String, List<String>> query) {
        QueryParameters asked = new QueryParameters(query);
        return new ModelQuery(
                List.of(Model::embeds),
                null,
                asked.findWhole("offset", 0, Integer.MAX_VALUE),
                asked.findWhole("limit", 1, MAX_LIMIT));
    }

    /// The models that may be used and meet the query, in its order, not yet cut to a page.
    public List<Model> select(Catalogue catalogue, ModelsJson.ListContext context) {
        List<Model> found = catalogue.usable().stream()
                .map(context.rule()::restrict)
                .filter(model -> model.isUsable() && conditions.stream().allMatch(c -> c.test(model)))
                .toList();
        Comparator<Model> order = order(context.measured());
        return order == null ? found : found.stream().sorted(order).toList();
    }

    /// The page of `all` that was asked for: everything when neither offset nor limit was.
    public <T> List<T> page(List<T> all) {
        if (offset == null && limit == null) {
            return all;
        }
        int from = Math.min(offset(), all.size());
        return all.subList(from, Math.min(all.size(), from + limit()));
    }

    /// Where the next page starts, or null when this is the last one of `total`.
    @Nullable
    Integer nextOffset(int total) {
        boolean more = (offset != null || limit != null) && (long) offset() + limit() < total;
        return more ? (Integer) (offset() + limit()) : null;
    }

    int limit() {
        return limit == null ? DEFAULT_LIMIT : limit;
    }

    private int offset() {
        return offset == null ? 0 : offset;
    }

    private static void addKinds(List<Predicate<Model>> conditions, QueryParameters asked) {
        addOutputs(conditions, asked);
        List<String> inputs = asked.words("input_modalities", Vocabulary.INPUT_MODALITIES);
        if (!inputs.isEmpty()) {
            conditions.add(m -> m.inputModalities().containsAll(inputs));
        }
        List<String> parameters = asked.words("supported_parameters", Vocabulary.PARAMETERS);
        if (!parameters.isEmpty()) {
            conditions.add(m -> m.supportedParameters().containsAll(parameters));
        }
        String category = asked.findWord("category", Vocabulary.CATEGORIES);
        if (category != null) {
            conditions.add(m -> m.categories().contains(category));
        }
        Integer context = asked.findWhole("context", 1, Integer.MAX_VALUE);
        if (context != null) {
            conditions.add(m -> m.contextLength() >= context);
        }
        String architecture = asked.find("arch");
        if (architecture != null) {
            conditions.add(m -> m.tokenizer().equalsIgnoreCase(architecture));
        }
        String text = asked.find("q");
        if (text != null) {
            String lower = text.toLowerCase(Locale.ROOT);
            conditions.add(m -> m.id().contains(lower)
                    || m.canonicalSlug().contains(lower)
                    || m.name().toLowerCase(Locale.ROOT).contains(lower));
        }
    }

    private static void addOutputs(List<Predicate<Model>> conditions, QueryParameters asked) {
        List<String> allowed = new ArrayList<>(Vocabulary.OUTPUT_MODALITIES);
        allowed.add(ALL);
        List<String> outputs = asked.words("output_modalities", allowed);
        List<String> wanted = outputs.isEmpty() ? List.of("text") : outputs;
        if (!wanted.contains(ALL)) {
            conditions.add(m -> m.outputModalities().stream().anyMatch(wanted::contains));
        }
    }

    private static void addPrices(List<Predicate<Model>> conditions, QueryParameters asked) {
        addPrice(conditions, Rate.PROMPT, asked.findDecimal("min_price"), asked.findDecimal("max_price"));
        addPrice(
                conditions,
                Rate.COMPLETION,
                asked.findDecimal("min_output_price"),
                asked.findDecimal("max_output_price"));
    }

    private static void addPrice(
            List<Predicate<Model>> conditions, Rate rate, @Nullable BigDecimal least, @Nullable BigDecimal most) {
        if (least != null) {
            conditions.add(m -> perMillion(m, rate).compareTo(least) >= 0);
        }
        if (most != null) {
            conditions.add(m -> perMillion(m, rate).compareTo(most) <= 0);
        }
    }

    private static void addOrigin(List<Predicate<Model>> conditions, QueryParameters asked) {
        List<String> authors = asked.list("model_authors");
        if (!authors.isEmpty()) {
            conditions.add(m -> authors.contains(m.author()));
        }
        List<String> providers = asked.list("providers");
        if (!providers.isEmpty()) {
            addEndpoint(
                    conditions,
                    p -> providers.contains(p.slug())
                            || providers.contains(p.name().toLowerCase(Locale.ROOT)));
        }
        String region = asked.findWord("region", List.of("eu", "us"));
        if (region != null) {
            addEndpoint(conditions, p -> region.equalsIgnoreCase(p.region()));
        }
        if (asked.findWord("zdr", List.of("true")) != null) {
            addEndpoint(conditions, p -> !p.mayRetain());
        }
    }

    private static void addEndpoint(List<Predicate<Model>> conditions, Predicate<UpstreamProvider> wanted) {
        conditions.add(m -> m.usable().stream().anyMatch(e -> wanted.test(e.provider())));
    }

    private static void addAges(List<Predicate<Model>> conditions, QueryParameters asked, Instant now) {
        Integer least = asked.findWhole("min_age_days", 0, MAX_AGE_DAYS);
        if (least != null) {
            long latest = now.minus(Duration.ofDays(least)).getEpochSecond();
            conditions.add(m -> m.created() <= latest);
        }
        Integer most = asked.findWhole("max_age_days", 0, MAX_AGE_DAYS);
        if (most != null) {
            long earliest = now.minus(Duration.ofDays(most)).getEpochSecond();
            conditions.add(m -> m.created() >= earliest);
        }
    }

    /// A model without a score meets no bound on it, and one of which nobody says that it may be distilled may not.
    private static void addScores(List<Predicate<Model>> conditions, QueryParameters asked) {
        for (String score : SCORES) {
            for (String bound : List.of("min_" + score, "max_" + score)) {
                BigDecimal value = asked.findDecimal(bound);
                if (value == null) {
                    continue;
                }
                if (score.endsWith("_rate") && value.compareTo(BigDecimal.ONE) > 0) {
                    throw QueryParameters.wrong(bound, "must be a fraction from 0 to 1");
                }
                conditions.add(_ -> false);
            }
        }
        if ("true".equals(asked.findWord("distillable", List.of("true", "false")))) {
            conditions.add(_ -> false);
        }
    }

    private @Nullable Comparator<Model> order(Measurements measured) {
        return switch (sort) {
            case "pricing-low-to-high" -> Comparator.comparingLong(ModelQuery::averagePicos);
            case "pricing-high-to-low" ->
                Comparator.comparingLong(ModelQuery::averagePicos).reversed();
            case "context-high-to-low" ->
                Comparator.comparingLong(Model::contextLength).reversed();
            case "throughput-high-to-low" ->
                best(measured, f -> f.throughput() == null ? 0 : -f.throughput().p50());
            case "latency-low-to-high" ->
                best(
                        measured,
                        f -> f.latency() == null
                                ? Double.POSITIVE_INFINITY
                                : f.latency().p50());
            case "most-popular", "top-weekly" -> tokens(measured).reversed();
            case null, default -> null; // newest first already; and no scores to sort by
        };
    }

    /// Orders by the smallest figure among a model's usable endpoints, which are read once: they go on changing.
    private static Comparator<Model> best(
            Measurements measured, ToDoubleFunction<Measurements.EndpointFigures> figure) {
        Map<String, Double> known = new HashMap<>();
        return Comparator.comparingDouble(model -> known.computeIfAbsent(
                model.id(),
                _ -> model.usable().stream()
                        .mapToDouble(e -> figure.applyAsDouble(measured.of(model, e)))
                        .min()
                        .orElse(Double.POSITIVE_INFINITY)));
    }

    /// Orders by tokens of the last week, each read once: they go on changing.
    private static Comparator<Model> tokens(Measurements measured) {
        Map<String, Long> known = new HashMap<>();
        return Comparator.comparingLong(
                model -> known.computeIfAbsent(model.id(), _ -> measured.tokensLastWeek(model)));
    }

    private static long averagePicos(Model model) {
        Prices prices = model.usable().getFirst().prices();
        return prices.picos(Rate.PROMPT, 0) + prices.picos(Rate.COMPLETION, 0);
    }

    /// Pico-dollars per token are millionths of a dollar per million tokens.
    private static BigDecimal perMillion(Model model, Rate rate) {
        return BigDecimal.valueOf(model.usable().getFirst().prices().picos(rate, 0), 6);
    }
}
