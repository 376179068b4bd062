package dev.faregate.usage;

import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.keys.Caller;
import dev.faregate.models.Catalogue;
import dev.faregate.models.Catalogues;
import dev.faregate.models.Model;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `GET /datasets/app-rankings` and `GET /datasets/rankings-daily` (contract 2.2): who uses the most
/// tokens, for any key; and `GET /datasets/session-cost`. What would need the content of requests to be
/// read is not known here and refused.
public final class DatasetsHandler {
    /// Whose usage is ranked, and which apps do not want to be in it.
    ///
    /// @param wholeInstallation of every organization, not only of the caller's
    /// @param hidden origins such as `https://app.example`
    public record Scope(boolean wholeInstallation, List<String> hidden) {
        public Scope {
            hidden = List.copyOf(hidden);
        }
    }

    private record Window(int first, int last) {}

    /// Nothing is older (contract 2.2).
    private static final LocalDate FLOOR = LocalDate.of(2025, 1, 1);

    private static final int USUAL_DAYS = 30;
    private static final int MOST_DAYS = 366;
    private static final int USUAL_LIMIT = 50;
    private static final int MAX_LIMIT = 100;
    private static final int TOP_MODELS = 50;
    private static final int USUAL_CELLS = 100;
    private static final int MAX_CELLS = 500;
    private static final int MAX_CELLS_SKIPPED = 5_000;
    private static final String OTHER = "other";

    private final Database database;
    private final Catalogues catalogues;
    private final DatasetQuota quota;
    private final Scope scope;
    private final SessionCostSnapshot sessions;

    DatasetsHandler(
            Database database, Catalogues catalogues, Scope scope, SessionCostSnapshot sessions, InstantSource clock) {
        this.sessions = sessions;
        this.database = database;
        this.catalogues = catalogues;
        this.scope = scope;
        this.quota = new DatasetQuota(clock);
    }

    /// `GET /datasets/app-rankings`
    public Response apps(Request request) {
        Caller caller = request.principal(Caller.class);
        quota.take(caller.keyId(), caller.organizationId());
        QueryParameters query = new QueryParameters(request.head().query());
        boolean trending = "trending".equals(query.findWord("sort", List.of("popular", "trending")));
        List<String> categories = categories(query);
        int limit = query.limit(USUAL_LIMIT, MAX_LIMIT);
        Integer offset = query.findWhole("offset", 0, MAX_LIMIT);
        int skipped = offset == null ? 0 : offset;
        Instant now = database.read(tx -> tx.now());
        Window window = window(query, now);
        List<Rankings.App> apps = TimeLimit.read(
                database,
                tx -> Rankings.apps(
                        tx,
                        new Rankings.Question(
                                organization(caller),
                                window.first(),
                                window.last(),
                                trending,
                                categories,
                                scope.hidden(),
                                limit,
                                skipped)));
        return answer(window, now, json -> {
            int rank = skipped;
            for (Rankings.App app : apps) {
                json.writeStartObject();
                json.writeNumberProperty("rank", ++rank);
                json.writeNumberProperty("app_id", app.id());
                json.writeStringProperty("app_name", app.name());
                json.writeStringProperty("total_tokens", Long.toString(app.tokens()));
                json.writeNumberProperty("total_requests", app.requests());
                json.writeEndObject();
            }
        });
    }

    /// `GET /datasets/rankings-daily`: the 50 models with the most tokens in each piece of time, and
    /// the sum of all others.
    public Response models(Request request) {
        Caller caller = request.principal(Caller.class);
        quota.take(caller.keyId(), caller.organizationId());
        QueryParameters query = new QueryParameters(request.head().query());
        for (String unknown : List.of("modality", "context_bucket", "category", "language_type")) {
            if (query.find(unknown) != null) {
                throw QueryParameters.wrong(unknown, "cannot be used: this installation does not record it");
            }
        }
        String period = query.findWord("period", List.of("day", "week", "month"));
        Granularity grain =
                period == null ? Granularity.DAY : Granularity.find(period).orElseThrow();
        Instant now = database.read(tx -> tx.now());
        Window window = window(query, now);
        List<Rankings.ModelTokens> tokens = TimeLimit.read(
                database, tx -> Rankings.models(tx, organization(caller), window.first(), window.last()));
        TreeMap<Integer, Map<String, Long>> pieces = new TreeMap<>();
        for (Rankings.ModelTokens one : tokens) {
            pieces.computeIfAbsent(grain.begin(one.day()), _ -> new HashMap<>())
                    .merge(one.model(), one.tokens(), Long::sum);
        }
        Catalogue catalogue = catalogues.snapshot();
        return answer(
                window, now, json -> pieces.forEach((begin, models) -> writePiece(json, begin, models, catalogue)));
    }

    /// `GET /datasets/session-cost`: what a session of each app costs at the median, per model and number of turns,
    /// as published last.
    public Response sessions(Request request) {
        Caller caller = request.principal(Caller.class);
        quota.take(caller.keyId(), caller.organizationId());
        QueryParameters query = new QueryParameters(request.head().query());
        String app = query.find("app_slug");
        String model = query.find("model");
        String turns = query.findWord(
                "turn_range",
                Stream.of(SessionCosts.TurnRange.values())
                        .map(SessionCosts.TurnRange::word)
                        .toList());
        int limit = query.limit(USUAL_CELLS, MAX_CELLS);
        Integer offset = query.findWhole("offset", 0, MAX_CELLS_SKIPPED);
        Instant now = database.read(tx -> tx.now());
        Catalogue catalogue = catalogues.snapshot();
        String organization = scope.wholeInstallation() ? "" : caller.organizationId();
        SessionCostSnapshot.Published published = sessions.published();
        List<SessionCostSnapshot.Row> rows = published == null ? List.of() : published.rows();
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            rows.stream()
                    .filter(row -> row.organization().equals(organization))
                    .filter(row -> app == null || app.equals(row.appSlug()))
                    .filter(row -> model == null || model.equals(slug(catalogue, row.model())))
                    .filter(row -> turns == null || turns.equals(row.turns().word()))
                    .skip(offset == null ? 0 : offset)
                    .limit(limit)
                    .forEach(row -> writeCell(json, row, slug(catalogue, row.model())));
            json.writeEndArray();
            json.writeObjectPropertyStart("meta");
            json.writeStringProperty("as_of", now.truncatedTo(ChronoUnit.MILLIS).toString());
            json.writeStringProperty("version", "v1");
            if (published == null) {
                json.writeNullProperty("window_days");
                json.writeNullProperty("window_end_date");
            } else {
                json.writeNumberProperty("window_days", SessionCostSnapshot.WINDOW_DAYS);
                json.writeStringProperty("window_end_date", published.lastDay().toString());
            }
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static void writeCell(JsonGenerator json, SessionCostSnapshot.Row row, String model) {
        json.writeStartObject();
        json.writeStringProperty("app_slug", row.appSlug());
        json.writeStringProperty("app_name", row.appName());
        json.writeStringProperty("turn_range", row.turns().word());
        json.writeStringProperty("model_permaslug", model);
        json.writeNumberProperty("median_session_cost_usd", row.median().dollars());
        json.writeEndObject();
    }

    private static String slug(Catalogue catalogue, String model) {
        return catalogue.findModel(model).map(Model::canonicalSlug).orElse(model);
    }

    private static void writePiece(JsonGenerator json, int begin, Map<String, Long> models, Catalogue catalogue) {
        List<Map.Entry<String, Long>> ranked = new ArrayList<>(models.entrySet());
        ranked.sort(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()));
        long others = 0;
        for (int i = 0; i < ranked.size(); i++) {
            Map.Entry<String, Long> model = ranked.get(i);
            if (i < TOP_MODELS) {
                writeModel(json, begin, slug(catalogue, model.getKey()), model.getValue());
            } else {
                others += model.getValue();
            }
        }
        if (others > 0) {
            writeModel(json, begin, OTHER, others);
        }
    }

    private static void writeModel(JsonGenerator json, int begin, String model, long tokens) {
        json.writeStartObject();
        json.writeStringProperty("date", LocalDate.ofEpochDay(begin).toString());
        json.writeStringProperty("model_permaslug", model);
        json.writeStringProperty("total_tokens", Long.toString(tokens));
        json.writeEndObject();
    }

    private @Nullable String organization(Caller caller) {
        return scope.wholeInstallation() ? null : caller.organizationId();
    }

    private static List<String> categories(QueryParameters query) {
        String group = query.findWord(
                "category", Rankings.CATEGORIES.keySet().stream().sorted().toList());
        List<String> of = group == null ? List.of() : Rankings.CATEGORIES.getOrDefault(group, List.of());
        String one = query.findWord(
                "subcategory",
                Rankings.CATEGORIES.values().stream()
                        .flatMap(List::stream)
                        .sorted()
                        .toList());
        if (one != null && group != null && !of.contains(one)) {
            throw QueryParameters.wrong("subcategory", "is not in the category " + group);
        }
        return one == null ? of : List.of(one);
    }

    /// What begins too early or ends too late is moved to the days that there are, and the answer says
    /// so in `meta`.
    private static Window window(QueryParameters query, Instant now) {
        LocalDate yesterday = LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(1);
        LocalDate end = date(query, "end_date");
        if (end != null && end.isBefore(FLOOR)) {
            throw QueryParameters.wrong("end_date", "must not be before " + FLOOR);
        }
        LocalDate last = end == null || end.isAfter(yesterday) ? yesterday : end;
        LocalDate start = date(query, "start_date");
        LocalDate from = start == null ? last.minusDays(USUAL_DAYS - 1L) : start;
        LocalDate first = from.isBefore(FLOOR) ? FLOOR : from;
        if (first.isAfter(last)) {
            throw QueryParameters.wrong("start_date", "must not be after the end, " + last);
        }
        if (ChronoUnit.DAYS.between(first, last) >= MOST_DAYS) {
            throw QueryParameters.wrong("start_date", "must be at most " + MOST_DAYS + " days before the end");
        }
        return new Window((int) first.toEpochDay(), (int) last.toEpochDay());
    }

    private static @Nullable LocalDate date(QueryParameters query, String name) {
        String text = query.find(name);
        LocalDate date = text == null ? null : ActivityHandler.parse(text);
        if (text != null && date == null) {
            throw QueryParameters.wrong(name, "must be a date such as 2026-01-31");
        }
        return date;
    }

    private interface Rows {
        void write(JsonGenerator json);
    }

    private static Response answer(Window window, Instant asOf, Rows rows) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            rows.write(json);
            json.writeEndArray();
            json.writeObjectPropertyStart("meta");
            json.writeStringProperty(
                    "as_of", asOf.truncatedTo(ChronoUnit.MILLIS).toString());
            json.writeStringProperty("version", "v1");
            json.writeStringProperty(
                    "start_date", LocalDate.ofEpochDay(window.first()).toString());
            json.writeStringProperty(
                    "end_date", LocalDate.ofEpochDay(window.last()).toString());
            json.writeEndObject();
            json.writeEndObject();
        });
    }
}
