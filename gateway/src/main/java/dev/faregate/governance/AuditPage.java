package dev.faregate.governance;

import dev.faregate.http.QueryParameters;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.AuditEvent;
import dev.faregate.identity.AuditQuery;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Session;
import dev.faregate.pages.Csv;
import dev.faregate.pages.Filters;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// `/settings/audit`: the audit log, for whoever manages the organization. It takes the parameters of
/// `GET /audit-events`, so an address that works there works here.
final class AuditPage {
    static final String PATH = "/settings/audit";

    /// Events in one file.
    static final int MAX_EXPORT = 2_000;

    private static final int PAGE_SIZE = 50;
    private static final List<String> FILTERS = List.of("action", "subject", "actor", "since", "until");

    private record Found(List<AuditEvent> events, Map<String, String> names, Optional<AuditQuery.Head> head) {}

    private final Database database;
    private final MemberStore members = new MemberStore();
    private final InstantSource clock;

    AuditPage(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    List<Route> routes(Pages pages) {
        return List.of(pages.signedIn("GET", PATH, this::show), pages.signedIn("GET", PATH + "/export", this::export));
    }

    /// `GET /settings/audit`
    Response show(Visit visit) {
        Session session = visit.requireManager();
        QueryParameters query = visit.query();
        AuditQuery asked = AuditQuery.of(query);
        Found found = find(session.organizationId(), asked);
        List<AuditRow> rows = found.events().stream()
                .limit(PAGE_SIZE)
                .map(event -> new AuditRow(event, by(event, found.names())))
                .toList();
        Filters filters = Filters.of(query, FILTERS);
        boolean more = found.events().size() > PAGE_SIZE;
        Map<String, Object> values = new HashMap<>();
        values.put("rows", rows);
        values.put("filters", filters.values());
        values.put("older", more ? from(filters, rows.getLast().event().seq()).at(PATH) : "");
        values.put("newest", asked.before() == null ? "" : filters.at(PATH));
        values.put("export", from(filters, asked.before()).at(PATH + "/export"));
        values.put("exported", MAX_EXPORT);
        values.put("events", found.head().map(AuditQuery.Head::seq).orElse(0L));
        values.put("hash", found.head().map(AuditQuery.Head::hash).orElse(""));
        values.put("now", clock.instant());
        return visit.page("governance/audit.jte", "Audit", "audit", values);
    }

    /// `GET /settings/audit/export`: the newest of what the page shows, as a file.
    Response export(Visit visit) {
        Session session = visit.requireManager();
        AuditQuery asked = AuditQuery.of(visit.query());
        List<AuditEvent> events = database.read(tx -> asked.page(tx, session.organizationId(), MAX_EXPORT));
        return Csv.file("audit.csv", AuditCsv.of(events));
    }

    /// One event more than a page shows tells whether there are older ones.
    private Found find(String organization, AuditQuery asked) {
        return database.read(tx -> {
            List<AuditEvent> events = asked.page(tx, organization, PAGE_SIZE + 1);
            List<String> people = events.stream()
                    .filter(event -> event.actorKind().equals("user"))
                    .flatMap(event -> Stream.ofNullable(event.actorId()))
                    .distinct()
                    .toList();
            Map<String, String> names = people.isEmpty()
                    ? Map.of()
                    : members.find(tx, organization, people).stream()
                            .collect(Collectors.toMap(Member::userId, Member::email));
            return new Found(events, names, AuditQuery.head(tx, organization));
        });
    }

    private static String by(AuditEvent event, Map<String, String> names) {
        return switch (event.actorKind()) {
            case "user" -> {
                @Nullable String name = event.actorId() == null ? null : names.get(event.actorId());
                yield name == null ? "A former member" : name;
            }
            case "key" -> "A management key";
            case "operator" -> "The operator";
            default -> event.actorKind();
        };
    }

    private static Filters from(Filters filters, @Nullable Long before) {
        return filters.and("cursor", before == null ? null : before.toString());
    }
}
