package dev.faregate.dashboard;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.credits.CreditEntries;
import dev.faregate.http.Response;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Organization;
import dev.faregate.identity.Session;
import dev.faregate.pages.Amounts;
import dev.faregate.pages.OnceRequest;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.usage.ManagedCredits;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/settings/credits`: the balance of the organization, what came to it, and a form to grant more. Members see how the
/// organization stands, so that a refused request explains itself; the entries are for those who see everything.
final class CreditsPage {
    static final String PATH = "/settings/credits";
    static final int PAGE_SIZE = 25;

    /// How an entry tells that a person made it.
    private static final String USER = "user:";

    private static final int MOST_PASSED_OVER = 1_000_000_000;
    private static final List<String> BILLINGS =
            List.of(Organization.Billing.POSTPAID.word(), Organization.Billing.PREPAID.word());

    private final Database database;
    private final ManagedCredits credits;
    private final MemberStore members;
    private final InstantSource clock;

    CreditsPage(Database database, ManagedCredits credits, MemberStore members, InstantSource clock) {
        this.database = database;
        this.credits = credits;
        this.members = members;
        this.clock = clock;
    }

    /// `GET /settings/credits`
    Response show(Visit visit) {
        return page(visit, 200, CreditForm.fresh());
    }

    /// `POST /settings/credits/entries`
    Response grant(Visit visit) {
        visit.require(visit.session().role().managesMoney());
        CreditForm form = CreditForm.typed(visit.form());
        KeyBody.Result wanted = form.body();
        if (!wanted.errors().isEmpty()) {
            return page(visit, 422, form.with(wanted.errors()));
        }
        try {
            CreditEntries.Entry made = credits.add(OnceRequest.of(visit, wanted.body(), form.once()));
            String words = Amounts.shown(made.amount());
            return visit.goTo(
                    PATH, "success", made.amount().isNegative() ? words + " taken off." : words + " credited.");
        } catch (ApiException e) {
            return page(visit, 422, form.with(e));
        }
    }

    /// `POST /settings/credits/billing`: whether the balance is a cap.
    Response bill(Visit visit) {
        visit.requireManager();
        String wanted = visit.form().findWord("billing", BILLINGS);
        byte[] body = Json.write(json -> {
            json.writeStartObject();
            json.writeStringProperty("billing", wanted == null ? Organization.Billing.POSTPAID.word() : wanted);
            json.writeEndObject();
        });
        boolean prepaid = credits.bill(visit.request(body)).billing() == Organization.Billing.PREPAID;
        return visit.goTo(
                PATH,
                "success",
                prepaid
                        ? "The balance is a limit now: requests that it does not cover are refused."
                        : "The balance is no limit any more: it is reported, and keys and budgets hold the spending.");
    }

    private Response page(Visit visit, int status, CreditForm form) {
        Session session = visit.session();
        Integer asked =
                visit.head().method().equals("GET") ? visit.query().findWhole("offset", 0, MOST_PASSED_OVER) : null;
        int offset = asked == null ? 0 : asked;
        boolean all = session.role().seesEverything();
        ManagedCredits.Newest newest = all
                ? credits.newest(session.organizationId(), offset, PAGE_SIZE)
                : new ManagedCredits.Newest(List.of(), 0);
        Instant now = clock.instant();
        Map<String, Object> values = new HashMap<>();
        values.put("account", credits.account(session.organizationId()));
        values.put("entries", rows(session, newest.entries()));
        values.put("count", count(newest.total()));
        values.put("newer", offset == 0 ? "" : address(Math.max(0, offset - PAGE_SIZE)));
        values.put("older", offset + newest.entries().size() < newest.total() ? address(offset + PAGE_SIZE) : "");
        values.put("all", all);
        values.put("may", session.role().managesMoney());
        values.put("decides", session.role().managesOrganization());
        values.put("form", form);
        values.put("now", now);
        return visit.page(status, "dashboard/credits.jte", "Credits", "credits", values);
    }

    private static String address(int offset) {
        return offset == 0 ? PATH : PATH + "?offset=" + offset;
    }

    private static String count(int total) {
        return total == 1 ? "1 entry" : String.format(Locale.ROOT, "%,d entries", total);
    }

    private List<CreditRow> rows(Session session, List<CreditEntries.Entry> entries) {
        List<String> ids = entries.stream()
                .map(CreditEntries.Entry::actor)
                .filter(actor -> actor.startsWith(USER))
                .map(actor -> actor.substring(USER.length()))
                .distinct()
                .toList();
        Map<String, String> names = new HashMap<>();
        if (!ids.isEmpty()) {
            for (Member member : database.read(tx -> members.find(tx, session.organizationId(), ids))) {
                names.put(member.userId(), KeyFacts.name(member));
            }
        }
        return entries.stream()
                .map(entry -> new CreditRow(entry, CreditEntries.word(entry.kind()), by(entry.actor(), names)))
                .toList();
    }

    private static String by(String actor, Map<String, String> names) {
        if (actor.startsWith(USER)) {
            @Nullable String name = names.get(actor.substring(USER.length()));
            return name == null ? "A former member" : name;
        }
        if (actor.startsWith("key:")) {
            return "A management key";
        }
        return switch (actor) {
            case "operator" -> "The operator";
            case "expiry" -> "Its end";
            default -> actor;
        };
    }
}
