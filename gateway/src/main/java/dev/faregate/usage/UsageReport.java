package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.http.QueryParameters;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.KeyHash;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import dev.faregate.usage.AnalyticsQuery.Filter;
import dev.faregate.usage.AnalyticsQuery.Operator;
import dev.faregate.usage.AnalyticsQuery.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What was used over time, for pages: piece by piece of a stretch of time, and by model, key, provider, app or
/// environment. Answered from the roll-ups of `POST /analytics/query` by three bounded questions, today included.
/// Safe to share between threads; blocks.
public final class UsageReport {
    /// The longest stretch.
    public static final Duration LONGEST = AnalyticsQuery.LONGEST;

    /// Hours are kept so long.
    public static final Duration HOURS_REACH = AnalyticsQuery.HOURS_REACH;

    /// What usage is told apart by.
    public enum By {
        MODEL(Dimension.MODEL),
        KEY(Dimension.API_KEY),
        PROVIDER(Dimension.PROVIDER),
        APP(Dimension.APP),
        ENVIRONMENT(Dimension.ENVIRONMENT);

        private final Dimension dimension;

        By(Dimension dimension) {
            this.dimension = dimension;
        }
    }

    /// How long a piece of time is. Weeks begin on Monday, and the first and last of a stretch may be cut.
    public enum Step {
        HOUR(Granularity.HOUR),
        DAY(Granularity.DAY),
        WEEK(Granularity.WEEK);

        private final Granularity granularity;

        Step(Granularity granularity) {
            this.granularity = granularity;
        }
    }

    /// Whose usage: that of an organization, or only of one workspace, of the keys that one user made, of one key. A
    /// key is told by its hash; it must be one of the organization.
    public record Whose(
            String organization,
            @Nullable String workspace,
            @Nullable String user,
            @Nullable String key) {
        private List<Filter> filters() {
            return Stream.of(
                            filter(Dimension.WORKSPACE, workspace),
                            filter(Dimension.USER, user),
                            filter(Dimension.API_KEY, key))
                    .flatMap(List::stream)
                    .toList();
        }

        private static List<Filter> filter(Dimension dimension, @Nullable String value) {
            return value == null ? List.of() : List.of(new Filter(dimension, Operator.EQ, List.of(value), false));
        }
    }

    /// From `from` on and before `to`, both at the beginning of an hour or, for days and weeks, of a UTC day.
    public record Stretch(Instant from, Instant to, Step step) {
        private int first() {
            return slot(from);
        }

        private int last() {
            return slot(to) - 1;
        }

        private int slot(Instant at) {
            return Math.toIntExact(at.getEpochSecond() / step.granularity.span().seconds());
        }

        /// The slots in which its pieces begin.
        private List<Integer> begins() {
            List<Integer> begins = new ArrayList<>();
            for (int slot = first(); slot <= last(); slot++) {
                int begin = step.granularity.begin(slot);
                if (begins.isEmpty() || begins.getLast() != begin) {
                    begins.add(begin);
                }
            }
            return begins;
        }

        private Instant time(int slot) {
            return Instant.ofEpochSecond((long) slot * step.granularity.span().seconds());
        }
    }

    /// What was added up. `spent` is what the organization paid here, `byok` the list price of what its own provider
    /// keys paid for.
    public record Sums(
            long requests,
            long promptTokens,
            long completionTokens,
            long reasoningTokens,
            long cachedTokens,
            Usd spent,
            Usd byok) {
        public static final Sums NONE = new Sums(0, 0, 0, 0, 0, Usd.ZERO, Usd.ZERO);

        public long tokens() {
            return promptTokens + completionTokens;
        }

        public Sums plus(Sums more) {
            return combined(more, 1);
        }

        public Sums minus(Sums less) {
            return combined(less, -1);
        }

        private Sums combined(Sums other, int sign) {
            return new Sums(
                    requests + sign * other.requests,
                    promptTokens + sign * other.promptTokens,
                    completionTokens + sign * other.completionTokens,
                    reasoningTokens + sign * other.reasoningTokens,
                    cachedTokens + sign * other.cachedTokens,
                    sign > 0 ? spent.plus(other.spent) : spent.minus(other.spent),
                    sign > 0 ? byok.plus(other.byok) : byok.minus(other.byok));
        }

        private static Sums of(Figures figures) {
            return new Sums(
                    figures.get(Figures.REQUESTS),
                    figures.get(Figures.PROMPT_TOKENS),
                    figures.get(Figures.COMPLETION_TOKENS),
                    figures.get(Figures.REASONING_TOKENS),
                    figures.get(Figures.CACHED_TOKENS),
                    Usd.ofNanos(figures.get(Figures.USAGE)),
                    Usd.ofNanos(figures.get(Figures.BYOK_USAGE)));
        }
    }

    /// One model, key and so on. `id` is the public one, a key's hash; null for requests without one.
    public record Group(@Nullable String id, String name, Sums sums) {}

    /// What a group used in each piece of time; `group` null: all that have no series of their own.
    public record Series(@Nullable Group group, List<Sums> pieces) {
        public Series {
            pieces = List.copyOf(pieces);
        }
    }

    /// The answer. `begins` are the pieces of time, oldest first; `groups` those that used most, the first of them
    /// with a series; `others` how many more there are.
    public record Report(List<Instant> begins, List<Series> series, List<Group> groups, int others, Sums total) {
        public Report {
            begins = List.copyOf(begins);
            series = List.copyOf(series);
            groups = List.copyOf(groups);
        }
    }

    /// What one group used in one piece of time.
    public record Line(Instant begin, Group group) {}

    private static final List<Metric> ALL = List.of(
            Metric.REQUEST_COUNT,
            Metric.TOKENS_TOTAL,
            Metric.REASONING_TOKENS,
            Metric.CACHED_TOKENS,
            Metric.CREDITS_USAGE,
            Metric.BYOK_USAGE);

    /// Who spent most, then who asked most; the same question has one answer.
    private static final Comparator<Analytics.Group> MOST = Comparator.comparingLong((Analytics.Group group) ->
                    group.figures().get(Figures.USAGE) + group.figures().get(Figures.BYOK_USAGE))
            .thenComparingLong(group ->
                    group.figures().get(Figures.PROMPT_TOKENS) + group.figures().get(Figures.COMPLETION_TOKENS))
            .thenComparingLong(group -> group.figures().get(Figures.REQUESTS))
            .reversed()
            .thenComparing(group -> group.values().getFirst(), Comparator.nullsLast(Comparator.<String>naturalOrder()));

    private final Database database;
    private final OrganizationStore organizations;
    private final Catalogues catalogues;

    public UsageReport(Database database, OrganizationStore organizations, Catalogues catalogues) {
        this.database = database;
        this.organizations = organizations;
        this.catalogues = catalogues;
    }

    /// Whether the roll-ups can tell that apart: apps are not known by key or by who made it.
    public static boolean tells(Whose whose, By by) {
        return Source.of(dimensions(whose, by)).isPresent();
    }

    /// Whether hours are kept of that; else days are the finest.
    public static boolean hasHours(Whose whose, By by) {
        return Source.of(dimensions(whose, by))
                .filter(source -> source == Source.WORKSPACES)
                .isPresent();
    }

    private static Set<Dimension> dimensions(Whose whose, @Nullable By by) {
        Set<Dimension> used = by == null ? EnumSet.noneOf(Dimension.class) : EnumSet.of(by.dimension);
        whose.filters().forEach(filter -> used.add(filter.dimension()));
        return used;
    }

    /// What was used, at most `series` groups over time and `groups` in all. Throws an `ApiException`: 400 when there
    /// are too many groups to add up, 408 when that takes too long.
    public Report of(Whose whose, By by, Stretch stretch, int series, int groups) {
        return TimeLimit.read(database, tx -> {
            AnalyticsQuery query = query(whose, by, stretch, whose.filters(), List.of(by.dimension), null);
            List<Analytics.Group> sums =
                    groups(tx, whose, query).stream().sorted(MOST).toList();
            List<Analytics.Group> shown = sums.subList(0, Math.min(groups, sums.size()));
            Names names = Names.of(tx, whose.organization(), query, shown);
            List<Group> named = new ArrayList<>(
                    shown.stream().map(group -> named(names, by, group)).toList());
            int first = Math.min(series, named.size());
            List<Series> parts =
                    new ArrayList<>(parts(tx, whose, by, stretch, shown.subList(0, first), named.subList(0, first)));
            List<Sums> whole = whole(tx, whose, stretch);
            Sums total = sum(whole.stream());
            Sums apart = sum(sums.stream().map(group -> Sums.of(group.figures())));
            Group unset = total.requests() > apart.requests() ? new Group(null, "", total.minus(apart)) : null;
            if (sums.size() > first) {
                parts.add(new Series(null, rest(whole, parts)));
            } else if (unset != null) {
                parts.add(new Series(unset, rest(whole, parts)));
            }
            int others = sums.size() - named.size();
            if (unset != null) {
                named.add(unset);
            }
            return new Report(stretch.begins().stream().map(stretch::time).toList(), parts, named, others, total);
        });
    }

    /// All usage piece by piece, also what the roll-up of the groups leaves out: requests that name no app are in no
    /// roll-up of apps.
    private List<Sums> whole(Tx tx, Whose whose, Stretch stretch) {
        Granularity granularity = stretch.step().granularity;
        AnalyticsQuery query = query(whose, null, stretch, whose.filters(), List.of(), granularity);
        return pieces(groups(tx, whose, query), stretch.begins()).getOrDefault(List.of(), nothing(stretch.begins()));
    }

    private static Sums sum(Stream<Sums> all) {
        return all.reduce(Sums.NONE, Sums::plus);
    }

    /// Each group in each piece of time, oldest first; for files. Throws as [#of] does.
    public List<Line> lines(Whose whose, By by, Stretch stretch) {
        return TimeLimit.read(database, tx -> {
            AnalyticsQuery query =
                    query(whose, by, stretch, whose.filters(), List.of(by.dimension), stretch.step().granularity);
            List<Analytics.Group> found = groups(tx, whose, query);
            Names names = Names.of(tx, whose.organization(), query, found);
            return found.stream()
                    .sorted(Comparator.comparingInt(Analytics.Group::begin).thenComparing(MOST))
                    .map(group -> new Line(stretch.time(group.begin()), named(names, by, group)))
                    .toList();
        });
    }

    /// The name of an organization's key, also of a deleted one, if that user made it; null: whoever did.
    public Optional<String> keyName(String organization, String hash, @Nullable String user) {
        return KeyHash.parse(hash)
                .flatMap(parsed -> database.read(
                        tx -> Activity.findKey(tx, organization, parsed).flatMap(id -> Names.key(tx, id, user))));
    }

    private List<Series> parts(
            Tx tx, Whose whose, By by, Stretch stretch, List<Analytics.Group> groups, List<Group> named) {
        if (named.isEmpty()) {
            return List.of();
        }
        List<String> ids =
                named.stream().map(Group::id).filter(Objects::nonNull).toList();
        List<Filter> filters = new ArrayList<>(whose.filters());
        filters.add(new Filter(by.dimension, Operator.IN, ids, ids.size() < named.size()));
        List<Integer> begins = stretch.begins();
        Map<List<@Nullable String>, List<Sums>> pieces = pieces(
                groups(
                        tx,
                        whose,
                        query(whose, by, stretch, filters, List.of(by.dimension), stretch.step().granularity)),
                begins);
        List<Series> parts = new ArrayList<>();
        for (int i = 0; i < named.size(); i++) {
            parts.add(new Series(named.get(i), pieces.getOrDefault(groups.get(i).values(), nothing(begins))));
        }
        return parts;
    }

    private List<Analytics.Group> groups(Tx tx, Whose whose, AnalyticsQuery query) {
        List<Analytics.Group> groups =
                new Analytics(tx, whose.organization(), query, catalogues.snapshot(), organizations).groups();
        if (groups.size() > Analytics.MOST_GROUPS) {
            throw QueryParameters.wrong(
                    "from", "is too long ago: that makes more than " + Analytics.MOST_GROUPS + " rows");
        }
        return groups;
    }

    private static AnalyticsQuery query(
            Whose whose,
            @Nullable By by,
            Stretch stretch,
            List<Filter> filters,
            List<Dimension> dimensions,
            @Nullable Granularity granularity) {
        Source source = Source.of(dimensions(whose, by))
                .orElseThrow(() -> new ApiException(
                        new ApiError.BadRequest("Apps are not told apart by key or by who made it.", "by")));
        return new AnalyticsQuery(
                ALL,
                dimensions,
                filters,
                granularity,
                source,
                stretch.step().granularity.span(),
                stretch.first(),
                stretch.last(),
                new AnalyticsQuery.Order(null, null, true),
                AnalyticsQuery.MAX_LIMIT,
                AnalyticsQuery.MAX_LIMIT);
    }

    private static Group named(Names names, By by, Analytics.Group group) {
        @Nullable String id = group.values().getFirst();
        Sums sums = Sums.of(group.figures());
        if (id == null) {
            return new Group(null, "", sums);
        }
        Names.Named named = by.dimension.isNamed() ? names.of(by.dimension, id) : new Names.Named(id, id);
        return new Group(named.id(), named.name(), sums);
    }

    /// What each group used in each piece; where it used nothing too.
    private static Map<List<@Nullable String>, List<Sums>> pieces(List<Analytics.Group> groups, List<Integer> begins) {
        Map<Integer, Integer> places = new HashMap<>();
        begins.forEach(begin -> places.put(begin, places.size()));
        Map<List<@Nullable String>, List<Sums>> pieces = new HashMap<>();
        for (Analytics.Group group : groups) {
            pieces.computeIfAbsent(group.values(), _ -> nothing(begins))
                    .set(Objects.requireNonNull(places.get(group.begin())), Sums.of(group.figures()));
        }
        return pieces;
    }

    private static List<Sums> nothing(List<Integer> begins) {
        return new ArrayList<>(java.util.Collections.nCopies(begins.size(), Sums.NONE));
    }

    private static List<Sums> rest(List<Sums> whole, List<Series> parts) {
        List<Sums> rest = new ArrayList<>(whole);
        for (Series part : parts) {
            for (int i = 0; i < rest.size(); i++) {
                rest.set(i, rest.get(i).minus(part.pieces().get(i)));
            }
        }
        return rest;
    }
}
