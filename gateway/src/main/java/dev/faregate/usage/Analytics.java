package dev.faregate.usage;

import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Workspace;
import dev.faregate.keys.KeyHash;
import dev.faregate.models.Catalogue;
import dev.faregate.models.Model;
import dev.faregate.models.Resolution;
import dev.faregate.models.Variant;
import dev.faregate.storage.Tx;
import dev.faregate.usage.AnalyticsQuery.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SortField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Adds up the roll-up that answers a query, by its dimensions and pieces of time. Only rows of the
/// organization are read.
final class Analytics {
    /// More groups than one answer is made of: the question must be narrower.
    static final int MOST_GROUPS = 50_000;

    /// The figures of one combination of dimensions in one piece of time; `begin` is the slot in which
    /// that begins, 0 without granularity. `values` are ids, null for generations without that
    /// dimension.
    record Group(int begin, List<@Nullable String> values, Figures figures) {}

    private static final Field<String> MODEL = DSL.field("u.model", SQLDataType.VARCHAR);
    private static final Field<String> PROVIDER = DSL.field("u.provider_name", SQLDataType.VARCHAR);
    private static final Field<String> ENDPOINT = DSL.field("u.endpoint", SQLDataType.VARCHAR);
    private static final Field<String> KEY = DSL.field("k.id", SQLDataType.VARCHAR);
    private static final Field<String> USER = DSL.field("k.creator_user_id", SQLDataType.VARCHAR);
    private static final Field<String> ENVIRONMENT = DSL.field("k.environment", SQLDataType.VARCHAR);
    private static final Field<String> WORKSPACE = DSL.field("w.id", SQLDataType.VARCHAR);
    private static final Field<Integer> APP = DSL.field("u.app_id", SQLDataType.INTEGER);

    private final Tx tx;
    private final String organization;
    private final AnalyticsQuery query;
    private final Catalogue catalogue;
    private final OrganizationStore organizations;
    private final List<String> warnings = new ArrayList<>();

    Analytics(Tx tx, String organization, AnalyticsQuery query, Catalogue catalogue, OrganizationStore organizations) {
        this.tx = tx;
        this.organization = organization;
        this.query = query;
        this.catalogue = catalogue;
        this.organizations = organizations;
    }

    /// The groups in no order, at most one more than [#MOST_GROUPS].
    List<Group> groups() {
        return groups(List.of(), MOST_GROUPS + 1);
    }

    /// At most so many groups, those that spent most; the metrics have to ask for what was spent.
    List<Group> largest(int most) {
        return groups(
                List.of(Figures.sum(Figures.USAGE)
                        .plus(Figures.sum(Figures.BYOK_USAGE))
                        .desc()),
                most);
    }

    private List<Group> groups(List<SortField<?>> order, int most) {
        List<Field<?>> by = new ArrayList<>();
        if (query.granularity() != null) {
            by.add(begin(query.granularity()));
        }
        query.dimensions().forEach(dimension -> by.add(field(dimension)));
        int before = by.size();
        List<Field<?>> selected = new ArrayList<>(by);
        List<Integer> figures = figures();
        figures.forEach(figure -> selected.add(Figures.sum(figure)));
        Condition which = DSL.condition("w.organization_id = ?", organization).and(slots());
        for (Filter filter : query.filters()) {
            which = which.and(condition(filter));
        }
        return tx.sql()
                .select(selected)
                .from(from())
                .where(which)
                .groupBy(by)
                .having(Figures.sum(Figures.REQUESTS).gt(0L))
                .orderBy(order)
                .limit(most)
                .fetch(row -> read(row, before, figures));
    }

    /// What the metrics are made of, and no more: the database sorts what it groups.
    private List<Integer> figures() {
        Set<Integer> needed = new TreeSet<>(List.of(Figures.REQUESTS));
        query.metrics().forEach(metric -> needed.addAll(metric.figures()));
        return List.copyOf(needed);
    }

    /// What could not be found of the filters; the query runs all the same.
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    private String from() {
        return switch (query.source()) {
            case WORKSPACES -> "workspace w JOIN workspace_usage u ON u.workspace_id = w.id";
            case APPS -> "workspace w JOIN app_usage u ON u.workspace_id = w.id";
            case KEYS -> "workspace w JOIN api_key k ON k.workspace_id = w.id JOIN usage_day u ON u.api_key_id = k.id";
        };
    }

    private String slot() {
        return query.source() == AnalyticsQuery.Source.WORKSPACES ? "u.slot" : "u.day";
    }

    private Condition slots() {
        Condition range = DSL.field(slot(), SQLDataType.INTEGER).between(query.first(), query.last());
        return query.source() == AnalyticsQuery.Source.WORKSPACES
                ? range.and(
                        DSL.field("u.span", SQLDataType.INTEGER).eq(query.span().seconds()))
                : range;
    }

    /// The slot in which the piece of time begins; weeks and months by their borders, of which a range
    /// has few.
    private Field<Integer> begin(Granularity granularity) {
        if (granularity.span() == Span.HOUR || granularity == Granularity.DAY) {
            return DSL.field(slot(), SQLDataType.INTEGER);
        }
        TreeSet<Integer> begins = new TreeSet<>();
        for (int slot = query.first(); slot <= query.last(); slot++) {
            begins.add(granularity.begin(slot));
        }
        StringBuilder sql = new StringBuilder("CASE");
        int from = begins.first();
        for (int next : begins.tailSet(from, false)) {
            sql.append(" WHEN ")
                    .append(slot())
                    .append(" < ")
                    .append(next)
                    .append(" THEN ")
                    .append(from);
            from = next;
        }
        // At least one WHEN, so that a single piece is valid SQL too.
        sql.append(" WHEN ")
                .append(slot())
                .append(" >= ")
                .append(from)
                .append(" THEN ")
                .append(from)
                .append(" END");
        return DSL.field(sql.toString(), SQLDataType.INTEGER);
    }

    private static Field<?> field(Dimension dimension) {
        return switch (dimension) {
            case MODEL -> MODEL;
            case PROVIDER -> PROVIDER;
            case ENDPOINT -> ENDPOINT;
            case API_KEY -> KEY;
            case USER -> USER;
            case ENVIRONMENT -> ENVIRONMENT;
            case WORKSPACE -> WORKSPACE;
            case APP -> APP;
        };
    }

    private Condition condition(Filter filter) {
        return switch (filter.dimension()) {
            case MODEL ->
                matches(
                        MODEL,
                        filter,
                        filter.values().stream().map(this::modelId).toList());
            case PROVIDER -> matches(PROVIDER, filter, filter.values());
            case ENDPOINT -> matches(ENDPOINT, filter, filter.values());
            case USER -> matches(USER, filter, filter.values());
            case ENVIRONMENT -> matches(ENVIRONMENT, filter, filter.values());
            case API_KEY -> matches(KEY, filter, found(filter, this::keyId));
            case WORKSPACE -> matches(WORKSPACE, filter, found(filter, this::workspaceId));
            case APP -> matches(APP, filter, found(filter, Analytics::appId));
        };
    }

    private static <T> Condition matches(Field<T> field, Filter filter, List<T> values) {
        Condition met = switch (filter.operator()) {
            case EQ, IN -> field.in(values);
            case NEQ, NOT_IN -> field.notIn(values);
            case GT -> field.gt(values.getFirst());
            case GTE -> field.ge(values.getFirst());
            case LT -> field.lt(values.getFirst());
            case LTE -> field.le(values.getFirst());
        };
        return filter.unset() ? met.or(field.isNull()) : met;
    }

    private interface Find<T> {
        Optional<T> find(String value);
    }

    private <T> List<T> found(Filter filter, Find<T> look) {
        List<T> found = new ArrayList<>();
        for (String value : filter.values()) {
            Optional<T> one = look.find(value);
            one.ifPresent(found::add);
            if (one.isEmpty()) {
                warnings.add("The filter by " + filter.dimension().word() + " names nothing that exists: " + value);
            }
        }
        return found;
    }

    /// The id that generations are stored under, for that id or the model's canonical slug.
    private String modelId(String value) {
        return catalogue.resolve(value) instanceof Resolution.Found(Model model, Variant _)
                        && model.canonicalSlug().equals(value)
                ? model.id()
                : value;
    }

    private Optional<String> keyId(String value) {
        return KeyHash.parse(value).flatMap(hash -> Activity.findKey(tx, organization, hash));
    }

    private Optional<String> workspaceId(String value) {
        return organizations.findWorkspace(tx, organization, value).map(Workspace::id);
    }

    private static Optional<Integer> appId(String value) {
        try {
            return Optional.of(Integer.valueOf(value));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private Group read(Record row, int before, List<Integer> figures) {
        int at = query.granularity() == null ? 0 : 1;
        Integer begin = at == 0 ? Integer.valueOf(0) : row.get(0, Integer.class);
        List<@Nullable String> values = new ArrayList<>();
        for (; at < before; at++) {
            values.add(row.get(at, String.class));
        }
        return new Group(java.util.Objects.requireNonNull(begin), values, Figures.read(row, before, figures));
    }
}
