package dev.faregate.watch;

import dev.faregate.base.Ids;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.Session;
import dev.faregate.pages.Csv;
import dev.faregate.pages.Filters;
import dev.faregate.pages.FirstRequest;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.usage.GenerationLog;
import dev.faregate.usage.GenerationQuery;
import dev.faregate.usage.LoggedGeneration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// `/logs`: the generations of the workspace that the person looks at, or of one key, wherever it is. Who sees
/// everything sees all of them, everybody else those of keys that they made; any other is as good as none.
final class LogsPage {
    static final String PATH = "/logs";

    /// Generations in one file.
    static final int MAX_EXPORT = 2_000;

    private static final int PAGE_SIZE = 50;
    private static final String RANGE = "range";
    private static final String BEFORE = "before";
    private static final List<String> FILTERS = List.of(RANGE, "model", "provider", "key", "status");
    private static final List<String> ENDS =
            Stream.of(GenerationQuery.End.values()).map(LogFacts::word).toList();

    private final GenerationLog log;
    private final Supplier<String> publicUrl;
    private final InstantSource clock;

    LogsPage(GenerationLog log, Supplier<String> publicUrl, InstantSource clock) {
        this.log = log;
        this.publicUrl = publicUrl;
        this.clock = clock;
    }

    List<Route> routes(Pages pages) {
        return List.of(
                pages.signedIn("GET", PATH, this::list),
                pages.signedIn("GET", PATH + "/export", this::export),
                pages.signedIn("GET", PATH + "/{id}", this::show));
    }

    /// `GET /logs`
    Response list(Visit visit) {
        GenerationQuery asked = asked(visit);
        // One more than a page shows tells whether there are older ones.
        GenerationLog.Page page = log.page(asked, PAGE_SIZE + 1);
        List<LoggedGeneration> found = page.found();
        List<LogFacts> rows = found.stream().limit(PAGE_SIZE).map(LogFacts::new).toList();
        Filters filters = Filters.of(visit.query(), FILTERS);
        String before = visit.query().find(BEFORE);
        UUID searchedTo = page.searchedTo();
        String older = "";
        if (found.size() > PAGE_SIZE) {
            older = filters.and(BEFORE, rows.getLast().generation().wireId()).at(PATH);
        } else if (searchedTo != null) {
            older = filters.and(BEFORE, searchedTo.toString()).at(PATH);
        }
        Map<String, Object> values = new HashMap<>();
        values.put("rows", rows);
        values.put("filters", filters.values());
        values.put("ranges", LogRange.WORDS);
        values.put("range", range(visit.query()).word());
        values.put("ends", ENDS);
        values.put("older", older);
        values.put("searchedTo", searchedTo == null ? null : Ids.instantOf(searchedTo));
        values.put("newest", before == null ? "" : filters.at(PATH));
        values.put("export", filters.and(BEFORE, before).at(PATH + "/export"));
        values.put("exported", MAX_EXPORT);
        values.put("all", asked.creator() == null);
        values.put("curl", FirstRequest.curl(publicUrl.get()));
        values.put("now", clock.instant());
        return visit.page("watch/logs.jte", "Logs", "logs", values);
    }

    /// `GET /logs/export`: the newest of what the page shows, as a file.
    Response export(Visit visit) {
        return Csv.file("logs.csv", LogCsv.of(log.export(asked(visit), MAX_EXPORT)));
    }

    /// `GET /logs/{id}`
    Response show(Visit visit) {
        Session session = visit.session();
        GenerationLog.Entry entry = log.find(
                session.organizationId(), creator(session), visit.head().pathParameter("id"));
        Map<String, Object> values = new HashMap<>();
        values.put("facts", new LogFacts(entry.logged()));
        values.put("content", entry.content().orElse(null));
        values.put("now", clock.instant());
        return visit.page("watch/log.jte", "Request", "logs", values);
    }

    private GenerationQuery asked(Visit visit) {
        Session session = visit.session();
        QueryParameters query = visit.query();
        String end = query.findWord("status", ENDS);
        String key = query.find("key");
        return new GenerationQuery(
                session.organizationId(),
                // A key is in one workspace, whichever the person looks at.
                key == null ? session.workspaceId() : null,
                creator(session),
                clock.instant().minus(range(query).length()),
                query.find("model"),
                query.find("provider"),
                key,
                end == null ? null : GenerationQuery.End.valueOf(end.toUpperCase(Locale.ROOT)),
                GenerationQuery.findId(query, BEFORE));
    }

    private static @Nullable String creator(Session session) {
        return session.role().seesEverything() ? null : session.userId();
    }

    private static LogRange range(QueryParameters query) {
        String word = query.findWord(RANGE, LogRange.WORDS);
        return word == null ? LogRange.WEEK : LogRange.ofWord(word);
    }
}
