package dev.faregate.insight;

import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.Organization;
import dev.faregate.identity.Session;
import dev.faregate.keys.KeyStandings;
import dev.faregate.keys.KeyStandings.Standing;
import dev.faregate.pages.FirstRequest;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.usage.ManagedCredits;
import dev.faregate.usage.RecentFailures;
import dev.faregate.usage.UsageReport;
import dev.faregate.usage.UsageReport.By;
import dev.faregate.usage.UsageReport.Report;
import dev.faregate.usage.UsageReport.Step;
import dev.faregate.usage.UsageReport.Stretch;
import dev.faregate.usage.UsageReport.Sums;
import dev.faregate.usage.UsageReport.Whose;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/`: how the workspace stands that the person looks at, and what needs a look. Members see what is theirs. Strangers
/// are led to sign in.
final class OverviewPage {
    /// Models, keys and limits that are shown, and endpoints that are named.
    static final int TOP = 5;

    /// What is read in one go.
    private record Read(
            List<Standing> keys,
            Collection<Limits.State> budgets,
            @Nullable RecentFailures failures) {}

    private final InsightParts.Lent on;
    private final InstantSource clock;
    private final KeyStandings standings;

    OverviewPage(InsightParts.Lent on, InstantSource clock) {
        this.on = on;
        this.clock = clock;
        this.standings = new KeyStandings(on.limits());
    }

    List<Route> routes(Pages pages) {
        return List.of(pages.open("GET", "/", this::show));
    }

    /// `GET /`
    Response show(Visit visit) {
        Session session = visit.findSession();
        if (session == null) {
            return visit.goTo(Pages.SIGN_IN);
        }
        Instant now = clock.instant();
        boolean all = session.role().seesEverything();
        @Nullable String user = all ? null : session.userId();
        Whose whose = new Whose(session.organizationId(), session.workspaceId(), user, null);
        Stretch month = month(now);
        Report models = on.report().of(whose, By.MODEL, month, 0, TOP);
        Report keys = on.report().of(whose, By.KEY, month, 0, TOP);
        boolean hours = UsageReport.hasHours(whose, By.MODEL);
        ActivityAsked lastDay = new ActivityAsked(By.MODEL, ActivityAsked.Range.DAY, null, null, false, null);
        Sums recent = on.report()
                .of(whose, By.MODEL, TimeRange.of(lastDay, hours, now), 0, 1)
                .total();
        Read read = read(session, user, now);
        ManagedCredits.Account account = on.credits().account(session.organizationId());
        Map<String, Object> values = new HashMap<>();
        values.put("account", account);
        values.put("month", models.total());
        values.put("recent", recent);
        values.put("recentWords", hours ? "last 24 hours" : "yesterday and today");
        values.put("failures", read.failures() == null ? new RecentFailures(0, 0) : read.failures());
        values.put("limits", LimitLine.closest(read.keys(), read.budgets(), TOP));
        values.put("notices", notices(account, read.keys(), now));
        values.put("models", top(models, By.MODEL));
        values.put("topKeys", top(keys, By.KEY));
        values.put(
                "fresh",
                models.total().requests() == 0 && read.keys().stream().allMatch(one -> one.lastUsedAt() == null));
        values.put("none", read.keys().isEmpty());
        values.put("may", session.role().usesKeys());
        values.put("all", all);
        values.put("url", on.publicUrl().get() + "/api/v1");
        values.put("curl", FirstRequest.curl(on.publicUrl().get()));
        values.put("now", now);
        return visit.page("insight/overview.jte", "Overview", "overview", values);
    }

    private Read read(Session session, @Nullable String user, Instant now) {
        return on.database()
                .read(tx -> new Read(
                        standings.of(tx, session.organizationId(), session.workspaceId(), user),
                        on.limits()
                                .states(tx, Scope.WORKSPACE, session.workspaceId())
                                .values(),
                        user == null
                                ? RecentFailures.of(tx, session.workspaceId(), now.minus(Duration.ofDays(1)))
                                : null));
    }

    private List<Notice> notices(ManagedCredits.Account account, List<Standing> keys, Instant now) {
        List<Notice> notices = new ArrayList<>();
        if (on.gate().isClosed()) {
            notices.add(new Notice(
                    Notice.Level.BAD,
                    "This server was restored from a backup and refuses requests that spend until its operator has reconciled it",
                    List.of(),
                    0,
                    "/docs/backup"));
        }
        boolean prepaid = account.billing() == Organization.Billing.PREPAID;
        if (prepaid && (account.balance().isNegative() || account.balance().isZero())) {
            notices.add(new Notice(
                    Notice.Level.BAD,
                    "The balance is used up: requests to models that cost something are refused",
                    List.of(),
                    0,
                    "/settings/credits"));
        }
        List<String> failing = on.health().failing(System.nanoTime());
        if (!failing.isEmpty()) {
            List<Notice.Link> named = failing.stream()
                    .limit(TOP)
                    .map(endpoint -> new Notice.Link(endpoint, ""))
                    .toList();
            notices.add(new Notice(
                    Notice.Level.WARN,
                    failing.size() == 1
                            ? "A provider fails right now; requests go to others first"
                            : failing.size() + " model endpoints fail right now; requests go to others first",
                    named,
                    failing.size() - named.size(),
                    ""));
        }
        notices.addAll(KeyCare.of(keys, now));
        return notices.stream().sorted(Comparator.comparing(Notice::level)).toList();
    }

    /// The calendar month so far, as limits and counters have it.
    private static Stretch month(Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        return new Stretch(
                today.withDayOfMonth(1).atStartOfDay(ZoneOffset.UTC).toInstant(),
                today.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant(),
                Step.DAY);
    }

    private static List<Share> top(Report report, By by) {
        Usd most = report.groups().stream().map(group -> group.sums().spent()).reduce(Usd.ZERO, Usd::max);
        return report.groups().stream()
                .map(group -> Share.of(
                        group, by == By.KEY && group.id() != null ? "/settings/keys/" + group.id() : null, most))
                .toList();
    }
}
