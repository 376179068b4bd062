package dev.faregate.insight;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.Session;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeySearch;
import dev.faregate.keys.ManagedKeys;
import dev.faregate.pages.Csv;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.usage.UsageReport;
import dev.faregate.usage.UsageReport.By;
import dev.faregate.usage.UsageReport.Group;
import dev.faregate.usage.UsageReport.Report;
import dev.faregate.usage.UsageReport.Series;
import dev.faregate.usage.UsageReport.Step;
import dev.faregate.usage.UsageReport.Stretch;
import dev.faregate.usage.UsageReport.Sums;
import dev.faregate.usage.UsageReport.Whose;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// `/activity`: spend, requests and tokens over time, of the workspace that the person looks at or of the whole
/// organization. Members see what the keys did that they made.
final class ActivityPage {
    /// Groups with a color of their own; all others are drawn as one.
    static final int SERIES = 6;

    /// Lines of the table.
    static final int ROWS = 50;

    /// The newest keys, to choose from; others are found by the list of keys.
    private static final int KEYS = 100;

    /// What is told, of whom, and in which pieces. `by` may be another than was asked for.
    private record Told(
            ActivityAsked asked,
            Whose whose,
            Stretch stretch,
            @Nullable String keyName) {}

    private final UsageReport report;
    private final KeySearch keys;
    private final InstantSource clock;

    ActivityPage(UsageReport report, KeySearch keys, InstantSource clock) {
        this.report = report;
        this.keys = keys;
        this.clock = clock;
    }

    List<Route> routes(Pages pages) {
        return List.of(
                pages.signedIn("GET", ActivityAsked.PATH, this::show),
                pages.signedIn("GET", ActivityAsked.EXPORT, this::export));
    }

    /// `GET /activity`
    Response show(Visit visit) {
        Session session = visit.session();
        Told told = told(visit);
        By by = told.asked().by();
        Report found = report.of(told.whose(), by, told.stretch(), SERIES, ROWS);
        List<String> whens = found.begins().stream()
                .map(begin -> TimeRange.words(begin, told.stretch().step()))
                .toList();
        List<String> names =
                found.series().stream().map(series -> name(by, series.group())).toList();
        Map<String, Object> values = new HashMap<>();
        values.put("asked", told.asked());
        values.put(
                "charts",
                Arrays.stream(UsageChart.Measure.values())
                        .map(measure -> UsageChart.of(measure, found, names, whens))
                        .toList());
        values.put("rows", rows(told.asked(), found));
        values.put("total", found.total());
        values.put(
                "groupings",
                Arrays.stream(By.values())
                        .filter(one -> UsageReport.tells(told.whose(), one))
                        .toList());
        values.put("keys", keys(session, told));
        values.put("note", note(visit, told));
        values.put("step", told.stretch().step().name().toLowerCase(Locale.ROOT));
        values.put("all", session.role().seesEverything());
        return visit.page("insight/activity.jte", "Activity", "activity", values);
    }

    /// `GET /activity/export`: the same piece by piece, of every group, as a file.
    Response export(Visit visit) {
        Told told = told(visit);
        By by = told.asked().by();
        return Csv.file("activity.csv", ActivityCsv.of(by, report.lines(told.whose(), by, told.stretch())));
    }

    /// Throws a 404 for a key that the person may not see. What cannot be told apart is told by model: choosing a key
    /// while apps are shown is no mistake.
    private Told told(Visit visit) {
        Session session = visit.session();
        ActivityAsked asked = ActivityAsked.of(visit.query());
        @Nullable String user = session.role().seesEverything() ? null : session.userId();
        @Nullable String key = asked.key();
        @Nullable String name = null;
        if (key != null) {
            name = report.keyName(session.organizationId(), key, user)
                    .orElseThrow(() -> new ApiException(new ApiError.NotFound("There is no such key.")));
        }
        // A key is in one workspace, whichever the person looks at.
        Whose whose = new Whose(
                session.organizationId(), key != null || asked.everywhere() ? null : session.workspaceId(), user, key);
        By by = UsageReport.tells(whose, asked.by()) ? asked.by() : By.MODEL;
        Stretch stretch = TimeRange.of(asked, UsageReport.hasHours(whose, by), clock.instant());
        return new Told(asked.by(by), whose, stretch, name);
    }

    /// What a group is called; null: all that have no name of their own here.
    private static String name(By by, @Nullable Group group) {
        if (group == null) {
            return "Others";
        }
        return group.id() == null ? "No " + ActivityAsked.label(by).toLowerCase(Locale.ROOT) : group.name();
    }

    private static List<UsageRow> rows(ActivityAsked asked, Report found) {
        List<Series> series = found.series();
        List<UsageRow> rows = new ArrayList<>();
        Sums shown = Sums.NONE;
        for (Group group : found.groups()) {
            int place = IntStream.range(0, series.size())
                    .filter(i -> group.equals(series.get(i).group()))
                    .findFirst()
                    .orElse(-1);
            String style = place < 0 ? "fg-s0" : UsageChart.style(series.get(place), place);
            boolean leads = asked.by() == By.KEY && group.id() != null && asked.key() == null;
            rows.add(new UsageRow(
                    style,
                    name(asked.by(), group),
                    leads ? asked.only(group.id()).address() : null,
                    group.sums()));
            shown = shown.plus(group.sums());
        }
        if (found.others() > 0) {
            rows.add(new UsageRow(
                    "fg-s0", found.others() + " more", null, found.total().minus(shown)));
        }
        return rows;
    }

    /// The keys to choose from by their hashes, the chosen one first.
    private Map<String, String> keys(Session session, Told told) {
        Map<String, String> found = new LinkedHashMap<>();
        if (told.asked().key() != null && told.keyName() != null) {
            found.put(told.asked().key(), told.keyName());
        }
        keys.find(
                        new KeySearch.Wanted(
                                new ManagedKeys.Reach(
                                        session.organizationId(),
                                        KeyKind.INFERENCE,
                                        told.whose().user()),
                                told.asked().everywhere() ? null : session.workspaceId(),
                                null,
                                null,
                                null,
                                null),
                        KeySearch.Place.FIRST,
                        KEYS)
                .keys()
                .forEach(view -> found.putIfAbsent(view.key().hash(), view.key().name()));
        return found;
    }

    /// What the person might wonder about; empty where there is nothing.
    private static String note(Visit visit, Told told) {
        ActivityAsked asked = ActivityAsked.of(visit.query());
        if (asked.by() != told.asked().by()) {
            return "Apps are not told apart for a key or a member, so this is by model.";
        }
        boolean lastDay = !asked.chosen() && asked.range() == ActivityAsked.Range.DAY;
        return lastDay && told.stretch().step() == Step.DAY
                ? "Hours are kept of models and providers of whole workspaces. Of this, days are the finest: yesterday and today."
                : "";
    }
}
