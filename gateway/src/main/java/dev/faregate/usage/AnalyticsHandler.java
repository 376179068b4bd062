package dev.faregate.usage;

import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.models.Catalogue;
import dev.faregate.models.Catalogues;
import dev.faregate.models.Model;
import dev.faregate.storage.Database;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `GET /analytics/meta` and `POST /analytics/query` (contract 2.3), answered from roll-ups that are as
/// fresh as the last settled request. `cachedAt` is when the figures were read.
public final class AnalyticsHandler {
    private record Result(
            AnalyticsQuery query,
            List<Analytics.Group> rows,
            boolean truncated,
            Names names,
            List<String> warnings,
            Instant readAt) {}

    private final Database database;
    private final OrganizationStore organizations;
    private final Catalogues catalogues;

    public AnalyticsHandler(Database database, OrganizationStore organizations, Catalogues catalogues) {
        this.database = database;
        this.organizations = organizations;
        this.catalogues = catalogues;
    }

    /// `GET /analytics/meta`
    public Response meta(Request request) {
        request.principal(Actor.class);
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeArrayPropertyStart("metrics");
            for (Metric metric : Metric.values()) {
                named(json, metric.word(), metric.label());
                json.writeBooleanProperty("is_rate", metric.format().isRate());
                json.writeStringProperty("display_format", metric.format().word());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayPropertyStart("dimensions");
            for (Dimension dimension : Dimension.values()) {
                named(json, dimension.word(), dimension.label());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayPropertyStart("operators");
            for (AnalyticsQuery.Operator operator : AnalyticsQuery.Operator.values()) {
                json.writeStartObject();
                json.writeStringProperty("name", operator.word());
                json.writeStringProperty("value_type", operator.isList() ? "array" : "scalar");
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayPropertyStart("granularities");
            for (Granularity granularity : Granularity.values()) {
                named(json, granularity.word(), granularity.label());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static void named(JsonGenerator json, String name, String label) {
        json.writeStartObject();
        json.writeStringProperty("name", name);
        json.writeStringProperty("display_label", label);
    }

    /// `POST /analytics/query`
    public Response query(Request request) {
        String organization = request.principal(Actor.class).organizationId();
        long began = System.nanoTime();
        BodyFields body = BodyFields.of(request.body());
        Catalogue catalogue = catalogues.snapshot();
        Result result = TimeLimit.read(database, tx -> {
            AnalyticsQuery query = AnalyticsQuery.of(body, tx.now());
            Analytics analytics = new Analytics(tx, organization, query, catalogue, organizations);
            List<Analytics.Group> groups = analytics.groups();
            if (groups.size() > Analytics.MOST_GROUPS) {
                throw BodyFields.wrong(
                        "dimensions",
                        "make more than " + Analytics.MOST_GROUPS + " groups: ask for a shorter time or filter them");
            }
            List<Analytics.Group> rows = limited(query, sorted(query, groups));
            return new Result(
                    query,
                    rows,
                    rows.size() < groups.size(),
                    Names.of(tx, organization, query, rows),
                    analytics.warnings(),
                    tx.now());
        });
        long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        return answer(result.query(), result, catalogue, tookMillis);
    }

    /// Rows that tie are in the order of their time, then of their dimensions, so that the same
    /// question has one answer.
    private static List<Analytics.Group> sorted(AnalyticsQuery query, List<Analytics.Group> groups) {
        AnalyticsQuery.Order order = query.order();
        Comparator<Analytics.Group> wanted;
        Metric metric = order.metric();
        if (metric != null) {
            wanted = Comparator.comparing(
                    group -> metric.of(group.figures()), Comparator.nullsFirst(Comparator.<BigDecimal>naturalOrder()));
        } else if (order.dimension() != null) {
            int at = query.dimensions().indexOf(order.dimension());
            wanted = Comparator.comparing(
                    group -> group.values().get(at), Comparator.nullsFirst(Comparator.<String>naturalOrder()));
        } else {
            wanted = Comparator.comparingInt(Analytics.Group::begin);
        }
        Comparator<Analytics.Group> all = order.descending() ? wanted.reversed() : wanted;
        all = all.thenComparing(Comparator.comparingInt(Analytics.Group::begin).reversed());
        for (int i = 0; i < query.dimensions().size(); i++) {
            int at = i;
            all = all.thenComparing(
                    group -> group.values().get(at), Comparator.nullsLast(Comparator.<String>naturalOrder()));
        }
        return groups.stream().sorted(all).toList();
    }

    private static List<Analytics.Group> limited(AnalyticsQuery query, List<Analytics.Group> sorted) {
        List<Analytics.Group> rows = new ArrayList<>();
        Map<List<@Nullable String>, Integer> perGroup = new HashMap<>();
        for (Analytics.Group group : sorted) {
            if (rows.size() == query.limit()) {
                break;
            }
            if (query.dimensions().isEmpty() || perGroup.merge(group.values(), 1, Integer::sum) <= query.groupLimit()) {
                rows.add(group);
            }
        }
        return rows;
    }

    private static Response answer(AnalyticsQuery query, Result result, Catalogue catalogue, long tookMillis) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeArrayPropertyStart("data");
            result.rows().forEach(row -> write(json, query, row, result.names(), catalogue));
            json.writeEndArray();
            json.writeObjectPropertyStart("metadata");
            json.writeNumberProperty("query_time_ms", tookMillis);
            json.writeNumberProperty("row_count", result.rows().size());
            json.writeBooleanProperty("truncated", result.truncated());
            json.writeEndObject();
            json.writeNumberProperty("cachedAt", result.readAt().toEpochMilli());
            if (!result.warnings().isEmpty()) {
                json.writeArrayPropertyStart("warnings");
                result.warnings().forEach(json::writeString);
                json.writeEndArray();
            }
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static void write(
            JsonGenerator json, AnalyticsQuery query, Analytics.Group row, Names names, Catalogue catalogue) {
        json.writeStartObject();
        Granularity granularity = query.granularity();
        if (granularity != null) {
            json.writeStringProperty(granularity.column(), granularity.text(row.begin()));
        }
        for (int i = 0; i < query.dimensions().size(); i++) {
            write(json, query.dimensions().get(i), row.values().get(i), names, catalogue);
        }
        for (Metric metric : query.metrics()) {
            BigDecimal value = metric.of(row.figures());
            if (value == null) {
                json.writeNullProperty(metric.word());
            } else {
                json.writeNumberProperty(metric.word(), value);
            }
        }
        json.writeEndObject();
    }

    private static void write(
            JsonGenerator json, Dimension dimension, @Nullable String id, Names names, Catalogue catalogue) {
        if (id == null) {
            json.writeNullProperty(dimension.word());
        } else if (dimension.isNamed()) {
            Names.Named named = names.of(dimension, id);
            json.writeStringProperty(dimension.word(), named.name());
            json.writeStringProperty(dimension.word() + "__id", named.id());
        } else if (dimension == Dimension.MODEL) {
            json.writeStringProperty(
                    dimension.word(),
                    catalogue.findModel(id).map(Model::canonicalSlug).orElse(id));
        } else {
            json.writeStringProperty(dimension.word(), id);
        }
    }
}
