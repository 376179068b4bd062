package dev.faregate.dashboard;

import dev.faregate.http.QueryParameters;
import dev.faregate.http.Response;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeySearch;
import dev.faregate.keys.KeyView;
import dev.faregate.keys.ManagedKeys;
import dev.faregate.pages.FirstRequest;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.usage.SpendAlert;
import dev.faregate.usage.SpendAlertStore;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/// `GET /settings/keys`: the keys of the workspace that the person looks at, or, for owners, the management keys of the
/// organization.
final class KeyListPage {
    static final int PAGE_SIZE = 25;

    private static final List<String> KINDS = List.of("inference", KeyAddresses.MANAGEMENT);
    private static final List<String> STATES = List.of("active", "disabled", "expired", "exposed");
    private static final List<String> MAKERS = List.of("me");

    private final Database database;
    private final KeySearch search;
    private final MemberStore members;
    private final SpendAlertStore alerts = new SpendAlertStore();
    private final Supplier<String> publicUrl;

    KeyListPage(Database database, KeySearch search, MemberStore members, Supplier<String> publicUrl) {
        this.database = database;
        this.search = search;
        this.members = members;
        this.publicUrl = publicUrl;
    }

    /// The keys of that kind that a person may see, and change where their role lets them.
    static ManagedKeys.Reach reach(Visit visit, KeyKind kind) {
        Session session = visit.session();
        if (kind == KeyKind.MANAGEMENT) {
            visit.require(makesManagementKeys(session));
        }
        return new ManagedKeys.Reach(
                session.organizationId(), kind, session.role().seesEverything() ? null : session.userId());
    }

    /// Management keys come from the owner's session or from the machine itself (design D14).
    static boolean makesManagementKeys(Session session) {
        return session.role() == Role.OWNER;
    }

    static KeyKind kind(Visit visit) {
        return KeyAddresses.MANAGEMENT.equals(visit.query().findWord("kind", KINDS))
                ? KeyKind.MANAGEMENT
                : KeyKind.INFERENCE;
    }

    Response list(Visit visit) {
        Session session = visit.session();
        KeyAddresses.Asked asked = asked(visit);
        KeySearch.Page page = search.find(
                new KeySearch.Wanted(
                        reach(visit, asked.kind()),
                        asked.manages() ? null : session.workspaceId(),
                        asked.mine() ? session.userId() : null,
                        asked.text(),
                        asked.environment(),
                        asked.state()),
                new KeySearch.Place(visit.query().find("after"), visit.query().find("before")),
                PAGE_SIZE);
        boolean all = session.role().seesEverything();
        Map<String, Member> makers = all ? makers(session.organizationId(), page.keys()) : Map.of();
        Map<String, SpendAlert> unusual = database.read(tx -> alerts.recent(
                tx, page.keys().stream().map(view -> view.key().id()).toList()));
        List<KeyFacts> rows = page.keys().stream()
                .map(view -> new KeyFacts(
                        view,
                        makers.get(view.key().creatorUserId()),
                        unusual.get(view.key().id()),
                        page.now()))
                .toList();
        Map<String, Object> values = new HashMap<>();
        values.put("rows", rows);
        values.put("asked", asked);
        values.put("older", page.older() == null ? "" : asked.after(page.older()));
        values.put("newer", page.newer() == null ? "" : asked.before(page.newer()));
        values.put("count", count(page.count()));
        values.put("all", all);
        values.put("may", session.role().usesKeys());
        values.put("owner", makesManagementKeys(session));
        values.put("form", KeyForm.fresh());
        values.put("curl", FirstRequest.curl(publicUrl.get()));
        return visit.page("dashboard/keys.jte", "Keys", "keys", values);
    }

    private static KeyAddresses.Asked asked(Visit visit) {
        QueryParameters query = visit.query();
        String text = query.find("q");
        String state = query.findWord("state", STATES);
        return new KeyAddresses.Asked(
                kind(visit),
                text == null ? null : text.substring(0, Math.min(text.length(), KeySearch.MAX_TEXT)),
                query.find("environment"),
                state == null ? null : KeySearch.State.valueOf(state.toUpperCase(Locale.ROOT)),
                query.findWord("made_by", MAKERS) != null);
    }

    private Map<String, Member> makers(String organizationId, List<KeyView> keys) {
        List<String> ids = keys.stream()
                .map(view -> view.key().creatorUserId())
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        Map<String, Member> makers = new HashMap<>();
        if (!ids.isEmpty()) {
            database.read(tx -> members.find(tx, organizationId, ids))
                    .forEach(member -> makers.put(member.userId(), member));
        }
        return makers;
    }

    private static String count(int count) {
        if (count > KeySearch.MOST_COUNTED) {
            return "More than " + String.format(Locale.ROOT, "%,d", KeySearch.MOST_COUNTED) + " keys";
        }
        return count == 1 ? "1 key" : String.format(Locale.ROOT, "%,d keys", count);
    }
}
