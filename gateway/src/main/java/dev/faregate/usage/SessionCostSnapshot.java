package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.APP;
import static dev.faregate.storage.tables.Tables.GENERATION;

import dev.faregate.base.Ids;
import dev.faregate.base.Schedules;
import dev.faregate.base.Usd;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jooq.Record6;
import org.jooq.Result;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What sessions cost, published once a week from the generations of thirty days (contract 2.2, `session-cost`). Each
/// node reads them for itself, in pages, off the request path; what it knows is gone with it.
public final class SessionCostSnapshot implements AutoCloseable {
    /// A published cell; `organization` says whose sessions they were.
    record Row(
            String organization,
            String appSlug,
            String appName,
            String model,
            SessionCosts.TurnRange turns,
            Usd median) {}

    record Published(List<Row> rows, LocalDate lastDay) {}

    static final int WINDOW_DAYS = 30;

    /// Generations in one read.
    private static final int PAGE = 10_000;

    /// Apps looked up in one statement.
    private static final int APPS_AT_ONCE = 500;

    private static final Duration FRESH_FOR = Duration.ofDays(7);
    private static final Duration FIRST = Duration.ofMinutes(2);
    private static final Duration PERIOD = Duration.ofHours(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(SessionCostSnapshot.class);

    private record Named(String slug, String name) {}

    private final Database database;
    private final DatasetsHandler.Scope scope;
    private final ScheduledExecutorService turns;
    private volatile @Nullable Published published;
    private volatile boolean stopped;

    SessionCostSnapshot(Database database, DatasetsHandler.Scope scope) {
        this.database = database;
        this.scope = scope;
        this.turns = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("session-costs").daemon(true).factory());
    }

    SessionCostSnapshot started() {
        turns.scheduleWithFixedDelay(this::turn, FIRST.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        return this;
    }

    /// What was published last, or null when nothing was yet.
    @Nullable
    Published published() {
        return published;
    }

    @Override
    public void close() {
        stopped = true;
        Schedules.end(turns, STOP_PATIENCE);
    }

    private void turn() {
        try {
            Instant now = database.read(tx -> tx.now());
            Published last = published;
            LocalDate due = LocalDate.ofInstant(now.minus(FRESH_FOR), ZoneOffset.UTC);
            if (last == null || last.lastDay().isBefore(due)) {
                publish(now);
            }
        } catch (RuntimeException e) {
            // It is tried again in an hour; the last one stays.
            LOG.warn("What sessions cost could not be summed up: {}", e.toString());
        }
    }

    /// Reads the thirty days before today, and publishes what they say.
    void publish(Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        SessionCosts costs = new SessionCosts();
        Set<String> hidden =
                scope.wholeInstallation() ? database.read(OrganizationStore::hiddenFromRankings) : Set.of();
        String after = border(today.minusDays(WINDOW_DAYS));
        String end = border(today);
        while (!stopped) {
            var page = page(after, end);
            page.forEach(row -> add(costs, row, hidden));
            if (page.size() < PAGE) {
                break;
            }
            after = Objects.requireNonNull(page.getLast().value1());
        }
        if (!stopped) {
            published = new Published(named(costs.cells()), today.minusDays(1));
        }
    }

    private static String border(LocalDate day) {
        return Ids.firstAt(day.atStartOfDay(ZoneOffset.UTC).toInstant()).toString();
    }

    private Result<Record6<String, String, Integer, String, String, Long>> page(String after, String end) {
        return database.read(tx -> tx.sql()
                .select(
                        GENERATION.ID,
                        GENERATION.ORGANIZATION_ID,
                        GENERATION.APP_ID,
                        GENERATION.MODEL,
                        GENERATION.SESSION_ID,
                        GENERATION.CHARGE_NANOS)
                .from(GENERATION)
                .where(GENERATION.ID.gt(after))
                .and(GENERATION.ID.lt(end))
                .orderBy(GENERATION.ID)
                .limit(PAGE)
                .fetch());
    }

    private void add(
            SessionCosts costs, Record6<String, String, Integer, String, String, Long> row, Set<String> hidden) {
        Integer app = row.value3();
        String session = row.value5();
        if (app != null && session != null && !hidden.contains(row.value2())) {
            costs.add(scope.wholeInstallation() ? "" : row.value2(), app, row.value4(), session, row.value6());
        }
    }

    /// Apps on the machines of developers, and those that do not want to be ranked, are not published.
    private List<Row> named(List<SessionCosts.Cell> cells) {
        Set<Integer> ids = new HashSet<>();
        cells.forEach(cell -> ids.add(cell.kind().app()));
        Map<Integer, Named> apps = apps(ids);
        List<Row> rows = new ArrayList<>();
        for (SessionCosts.Cell cell : cells) {
            Named app = apps.get(cell.kind().app());
            if (app != null) {
                SessionCosts.Kind kind = cell.kind();
                rows.add(new Row(
                        kind.organization(), app.slug(), app.name(), kind.model(), kind.turns(), cell.median()));
            }
        }
        rows.sort(Comparator.comparing(Row::appSlug).thenComparing(Row::model).thenComparing(Row::turns));
        return List.copyOf(rows);
    }

    private Map<Integer, Named> apps(Collection<Integer> ids) {
        Map<Integer, Named> apps = new HashMap<>();
        List<Integer> all = List.copyOf(ids);
        for (int from = 0; from < all.size(); from += APPS_AT_ONCE) {
            List<Integer> some = all.subList(from, Math.min(all.size(), from + APPS_AT_ONCE));
            database.read(tx -> tx.sql()
                            .select(APP.ID, APP.TITLE, APP.ORIGIN)
                            .from(APP)
                            .where(APP.ID.in(some))
                            .and(APP.IDENTITY.notLike("local:%"))
                            .and(APP.ORIGIN.notIn(scope.hidden()))
                            .fetch())
                    .forEach(row -> apps.put(
                            row.value1(), new Named(slug(row.value3()), Names.appName(row.value2(), row.value3()))));
        }
        return apps;
    }

    /// The host and port of an origin, in letters that a slug may have.
    static String slug(String origin) {
        String host = origin.substring(origin.indexOf("://") + "://".length());
        return host.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    }
}
