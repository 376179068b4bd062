package dev.faregate.usage;

import dev.faregate.base.ApiException;
import dev.faregate.http.BodyFields;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A checked query of `POST /analytics/query`. Ranges are widened to whole slots of the roll-up that
/// answers it: `first` and `last` are its slots, both included.
record AnalyticsQuery(
        List<Metric> metrics,
        List<Dimension> dimensions,
        List<Filter> filters,
        @Nullable Granularity granularity,
        Source source,
        Span span,
        int first,
        int last,
        Order order,
        int limit,
        int groupLimit) {
    static final int MAX_METRICS = 20;
    static final int MAX_DIMENSIONS = 2;
    static final int MAX_FILTERS = 20;
    static final int MAX_VALUES = 100;
    static final int MAX_VALUE_LENGTH = 300;
    static final int MAX_LIMIT = 10_000;
    static final Duration LONGEST = Duration.ofDays(366);

    /// Hours are kept so long ([Retention]).
    static final Duration HOURS_REACH = Duration.ofDays(31);

    private static final int USUAL_LIMIT = 1_000;
    private static final Duration USUAL_RANGE = Duration.ofDays(7);
    private static final String DATE = "date";

    /// The roll-up that answers: the one with the fewest rows that tells the dimensions apart.
    enum Source {
        WORKSPACES(EnumSet.of(Dimension.WORKSPACE, Dimension.MODEL, Dimension.PROVIDER, Dimension.ENDPOINT)),
        APPS(EnumSet.of(Dimension.APP, Dimension.WORKSPACE)),
        KEYS(EnumSet.complementOf(EnumSet.of(Dimension.APP)));

        private final Set<Dimension> dimensions;

        Source(Set<Dimension> dimensions) {
            this.dimensions = dimensions;
        }

        /// The first that tells all of these apart.
        static Optional<Source> of(Set<Dimension> used) {
            return Arrays.stream(values())
                    .filter(source -> source.dimensions.containsAll(used))
                    .findFirst();
        }
    }

    enum Operator {
        EQ(false),
        NEQ(false),
        IN(true),
        NOT_IN(true),
        GT(false),
        GTE(false),
        LT(false),
        LTE(false);

        private final boolean list;

        Operator(boolean list) {
            this.list = list;
        }

        /// Whether it takes a list of values.
        boolean isList() {
            return list;
        }

        /// Whether it asks what comes before and after.
        boolean isOrdered() {
            return ordinal() >= GT.ordinal();
        }

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /// One condition; a scalar operator has one value. `unset`: generations without the dimension match too.
    record Filter(Dimension dimension, Operator operator, List<String> values, boolean unset) {
        Filter {
            values = List.copyOf(values);
        }
    }

    /// What rows are sorted by: a metric, a dimension, or the date when both are null.
    record Order(@Nullable Metric metric, @Nullable Dimension dimension, boolean descending) {}

    private record Range(Instant from, Instant to) {}

    AnalyticsQuery {
        metrics = List.copyOf(metrics);
        dimensions = List.copyOf(dimensions);
        filters = List.copyOf(filters);
    }

    /// Reads a body. Throws `ApiException` (400) that names the field.
    static AnalyticsQuery of(BodyFields body, Instant now) {
        for (String field : List.of("classifier_dimensions", "classifier_filters")) {
            if (!body.isAbsent(field)) {
                throw body.bad(field, "cannot be used: there are no classifiers here");
            }
        }
        List<Metric> metrics = metrics(body);
        List<Dimension> dimensions = dimensions(body);
        List<Filter> filters = filters(body);
        String word = body.findWord("granularity", Granularity.words());
        Granularity granularity = word == null ? null : Granularity.find(word).orElseThrow();
        Source source = source(body, dimensions, filters);
        Range range = range(body, now);
        Span span = span(granularity, source, range, now);
        if (span == Span.HOUR && range.from().isBefore(now.minus(HOURS_REACH).minus(Duration.ofHours(1)))) {
            throw BodyFields.wrong(
                    "time_range.start", "is too far back: hours are kept for " + HOURS_REACH.toDays() + " days");
        }
        if (granularity == Granularity.HOUR && source != Source.WORKSPACES) {
            throw BodyFields.wrong("granularity", "hour cannot be combined with api_key_id, user or app");
        }
        boolean series = granularity != null && !dimensions.isEmpty();
        Long limit = body.findWhole("limit", 1, MAX_LIMIT);
        Long groupLimit = body.findWhole("group_limit", 1, MAX_LIMIT);
        return new AnalyticsQuery(
                metrics,
                dimensions,
                filters,
                granularity,
                source,
                span,
                slot(range.from(), span),
                slot(range.to().minusNanos(1), span),
                order(body, metrics, dimensions, granularity),
                limit != null ? limit.intValue() : series ? MAX_LIMIT : USUAL_LIMIT,
                groupLimit == null ? MAX_LIMIT : groupLimit.intValue());
    }

    private static List<Metric> metrics(BodyFields body) {
        List<String> words = body.findTexts("metrics", MAX_METRICS, MAX_VALUE_LENGTH);
        if (words == null || words.isEmpty()) {
            throw body.bad("metrics", "is required and must name at least one metric");
        }
        Set<Metric> metrics = new LinkedHashSet<>();
        for (int i = 0; i < words.size(); i++) {
            String field = "metrics[" + i + "]";
            metrics.add(Metric.find(words.get(i)).orElseThrow(() -> notOneOf(body, field, Metric.words())));
        }
        return List.copyOf(metrics);
    }

    private static List<Dimension> dimensions(BodyFields body) {
        List<String> words = body.findTexts("dimensions", MAX_DIMENSIONS, MAX_VALUE_LENGTH);
        Set<Dimension> dimensions = new LinkedHashSet<>();
        for (int i = 0; words != null && i < words.size(); i++) {
            String field = "dimensions[" + i + "]";
            dimensions.add(Dimension.find(words.get(i)).orElseThrow(() -> notOneOf(body, field, Dimension.words())));
        }
        return List.copyOf(dimensions);
    }

    private static List<Filter> filters(BodyFields body) {
        List<BodyFields> objects = body.findObjects("filters", MAX_FILTERS);
        return objects == null
                ? List.of()
                : objects.stream().map(AnalyticsQuery::filter).toList();
    }

    private static Filter filter(BodyFields body) {
        String field = body.findWord("field", Dimension.words());
        String word = body.findWord(
                "operator", Arrays.stream(Operator.values()).map(Operator::word).toList());
        if (field == null || word == null) {
            throw body.bad(field == null ? "field" : "operator", "is required");
        }
        Dimension dimension = Dimension.find(field).orElseThrow();
        Operator operator = Operator.valueOf(word.toUpperCase(java.util.Locale.ROOT));
        if (operator.isOrdered() && (dimension.isNamed() || dimension == Dimension.MODEL)) {
            throw body.bad("operator", "must be eq, neq, in or not_in for " + field);
        }
        boolean unset = body.flag("include_unset");
        if (unset && !(operator.isList() && dimension.hasUnset())) {
            throw body.bad(
                    "include_unset",
                    operator.isList()
                            ? "cannot be used: dimension " + field + " has no unset bucket"
                            : "can be used with in and not_in only");
        }
        return new Filter(dimension, operator, values(body, operator), unset);
    }

    private static List<String> values(BodyFields body, Operator operator) {
        JsonNode value = body.node("value");
        if (value.isArray() != operator.isList() || value.isMissingNode()) {
            throw body.bad("value", operator.isList() ? "must be a list" : "must be a text or a number");
        }
        if (value.size() > MAX_VALUES) {
            throw body.bad("value", "must have at most " + MAX_VALUES + " items");
        }
        List<String> values = new ArrayList<>();
        for (JsonNode item : operator.isList() ? value : List.of(value)) {
            if (!item.isString() && !item.isNumber()) {
                throw body.bad("value", "must be texts or numbers");
            }
            String text = item.asString();
            if (text.length() > MAX_VALUE_LENGTH || text.indexOf('\0') >= 0) {
                throw body.bad("value", "must be at most " + MAX_VALUE_LENGTH + " characters, none of them NUL");
            }
            values.add(text);
        }
        return values;
    }

    private static Source source(BodyFields body, List<Dimension> dimensions, List<Filter> filters) {
        Set<Dimension> used = new LinkedHashSet<>(dimensions);
        filters.forEach(filter -> used.add(filter.dimension()));
        return Source.of(used)
                .orElseThrow(() -> body.bad(
                        dimensions.isEmpty() ? "filters" : "dimensions", "app can be combined with workspace only"));
    }

    private static Range range(BodyFields body, Instant now) {
        BodyFields range = body.findObject("time_range");
        if (range == null) {
            return new Range(now.minus(USUAL_RANGE), now);
        }
        Instant from = range.findTime("start");
        Instant to = range.findTime("end");
        if (from == null || to == null) {
            throw range.bad(from == null ? "start" : "end", "is required");
        }
        if (!from.isBefore(to)) {
            throw range.bad("end", "must be after the start");
        }
        if (Duration.between(from, to).compareTo(LONGEST) > 0) {
            throw range.bad("start", "must be at most " + LONGEST.toDays() + " days before the end");
        }
        if (from.isBefore(Instant.EPOCH)) {
            throw range.bad("start", "must not be before 1970");
        }
        return new Range(from, to);
    }

    /// Days wherever they are exact; hours also for a short range without granularity that does not
    /// begin or end with a day, so that "the last 24 hours" are that.
    private static Span span(@Nullable Granularity granularity, Source source, Range range, Instant now) {
        if (granularity != null) {
            return granularity.span();
        }
        boolean exact = isMidnight(range.from()) && isMidnight(range.to());
        boolean kept = !range.from().isBefore(now.minus(HOURS_REACH));
        return exact || !kept || source != Source.WORKSPACES ? Span.DAY : Span.HOUR;
    }

    private static boolean isMidnight(Instant instant) {
        return instant.getEpochSecond() % Span.DAY.seconds() == 0 && instant.getNano() == 0;
    }

    private static int slot(Instant instant, Span span) {
        return (int) Math.min(Integer.MAX_VALUE - 1L, Math.floorDiv(instant.getEpochSecond(), span.seconds()));
    }

    private static Order order(
            BodyFields body, List<Metric> metrics, List<Dimension> dimensions, @Nullable Granularity granularity) {
        BodyFields order = body.findObject("order_by");
        if (order == null) {
            return new Order(granularity == null ? metrics.getFirst() : null, null, true);
        }
        String field = order.text("field", MAX_VALUE_LENGTH);
        String direction = order.findWord("direction", List.of("asc", "desc"));
        if (direction == null) {
            throw order.bad("direction", "is required");
        }
        boolean descending = direction.equals("desc");
        Metric metric = Metric.find(field).orElse(null);
        if (metric != null && (metrics.contains(metric) || metric == Metric.REQUEST_COUNT)) {
            return new Order(metric, null, descending);
        }
        Dimension dimension = Dimension.find(field).orElse(null);
        if (dimension != null && dimensions.contains(dimension)) {
            return new Order(null, dimension, descending);
        }
        if (granularity != null && (field.equals(DATE) || field.equals(granularity.column()))) {
            return new Order(null, null, descending);
        }
        throw order.bad("field", "must be a requested metric or dimension, request_count, or date with a granularity");
    }

    private static ApiException notOneOf(BodyFields body, String field, List<String> words) {
        return body.bad(field, "must be one of " + String.join(", ", words));
    }
}
