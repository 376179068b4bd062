package dev.faregate.dashboard;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.http.Response;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Session;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeySearch;
import dev.faregate.keys.KeySecret;
import dev.faregate.keys.ManagedKeys;
import dev.faregate.pages.OnceRequest;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.usage.SpendAlertStore;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Making a key, and the page of one key with all that can be done to it. The rules are those of `/keys`
/// ([ManagedKeys]); a secret is in the answer of the form that made it and nowhere else.
final class KeyWritePages {
    /// Days of the chart.
    private static final int DAYS = 30;

    private static final int MAX_NAME = 1_000;
    private static final byte[] EMPTY = {'{', '}'};
    private static final String TWO_LIVE =
            "Two secrets of this key work now. Tick “end the older one at once”, or wait until it ends.";
    private static final List<String> GRACES = List.of("0", "3600", "86400", "604800");

    private final Database database;
    private final ManagedKeys keys;
    private final KeySearch search;
    private final MemberStore members;
    private final SpendAlertStore alerts = new SpendAlertStore();
    private final Supplier<String> publicUrl;
    private final InstantSource clock;

    KeyWritePages(
            Database database,
            ManagedKeys keys,
            KeySearch search,
            MemberStore members,
            Supplier<String> publicUrl,
            InstantSource clock) {
        this.database = database;
        this.keys = keys;
        this.search = search;
        this.members = members;
        this.publicUrl = publicUrl;
        this.clock = clock;
    }

    /// `GET /settings/keys/new`
    Response blank(Visit visit) {
        visit.require(visit.session().role().usesKeys());
        KeyKind kind = KeyListPage.kind(visit);
        KeyListPage.reach(visit, kind);
        return form(visit, 200, kind, KeyForm.fresh());
    }

    /// `POST /settings/keys`
    Response create(Visit visit) {
        Session session = visit.require(visit.session().role().usesKeys());
        KeyKind kind = KeyListPage.kind(visit);
        KeyListPage.reach(visit, kind);
        KeyForm form = KeyForm.typed(visit.form());
        KeyBody.Result wanted = KeyBody.create(form, kind, session.workspaceId(), clock.instant());
        if (!wanted.errors().isEmpty()) {
            return form(visit, 422, kind, form.with(wanted.errors()));
        }
        try {
            ManagedKeys.Written made = keys.create(OnceRequest.of(visit, wanted.body(), form.once()), kind);
            String address = KeyAddresses.of(made.view().key());
            Secret text = made.text();
            return text == null ? shownBefore(visit, address) : secret(visit, made, text, null);
        } catch (ApiException e) {
            return form(visit, 422, kind, form.with(e));
        }
    }

    private Response form(Visit visit, int status, KeyKind kind, KeyForm form) {
        String title = kind == KeyKind.MANAGEMENT ? "New management key" : "New key";
        return visit.page(
                status,
                "dashboard/keyNew.jte",
                title,
                "keys",
                Map.of("form", form, "manages", kind == KeyKind.MANAGEMENT));
    }

    /// A page that was loaded again: the write was done, and its secret is gone.
    private static Response shownBefore(Visit visit, String address) {
        return visit.goTo(
                address,
                "info",
                "This was done before. The secret was shown then, once, and is kept nowhere; rotate the key if you do not have"
                        + " it.");
    }

    /// The one page that shows a secret.
    private Response secret(Visit visit, ManagedKeys.Written made, Secret text, @Nullable KeySecret old) {
        Map<String, Object> values = new HashMap<>();
        KeyKind kind = made.view().key().kind();
        values.put("facts", new KeyFacts(made.view(), null, null, clock.instant()));
        values.put("secret", text.reveal());
        values.put("variable", Snippets.variable(kind));
        values.put("snippets", Snippets.of(kind, publicUrl.get()));
        if (old != null) {
            values.put("old", old);
        }
        return visit.page("dashboard/keySecret.jte", old == null ? "Your new key" : "Your new secret", "keys", values);
    }

    /// `GET /settings/keys/{hash}`
    Response show(Visit visit) {
        return detail(visit, 200, null, Map.of());
    }

    /// `POST /settings/keys/{hash}`: what a key is and may do.
    Response update(Visit visit) {
        ManagedKeys.Reach reach = changing(visit);
        KeyForm form = KeyForm.typed(visit.form());
        KeyBody.Result wanted = KeyBody.update(form, reach.kind());
        if (!wanted.errors().isEmpty()) {
            return detail(visit, 422, form.with(wanted.errors()), Map.of());
        }
        try {
            keys.update(visit.request(wanted.body()), reach, reference(visit));
            return visit.goTo(address(visit), "success", "The key's settings are saved. They apply from now on.");
        } catch (ApiException e) {
            return detail(visit, 422, form.with(e), Map.of());
        }
    }

    /// `POST /settings/keys/{hash}/state`: off, or on again.
    Response state(Visit visit) {
        ManagedKeys.Reach reach = changing(visit);
        boolean disabled = "off".equals(visit.form().findWord("state", List.of("on", "off")));
        byte[] body = Json.write(json -> {
            json.writeStartObject();
            json.writeBooleanProperty("disabled", disabled);
            json.writeEndObject();
        });
        String name =
                keys.update(visit.request(body), reach, reference(visit)).key().name();
        String back = visit.next();
        return visit.goTo(
                back == null ? address(visit) : back,
                "success",
                disabled
                        ? "“" + name + "” is disabled: nothing is answered with it until you enable it."
                        : "“" + name + "” is enabled.");
    }

    /// `POST /settings/keys/{hash}/rotate`: a fresh secret; the old one lives on for the chosen time.
    Response rotate(Visit visit) {
        ManagedKeys.Reach reach = changing(visit);
        String grace = visit.form().findWord("grace", GRACES);
        boolean endOlder = visit.form().flag("end_older");
        KeyForm form = KeyForm.typed(visit.form());
        byte[] body = Json.write(json -> {
            json.writeStartObject();
            json.writeNumberProperty("grace_seconds", Long.parseLong(grace == null ? "86400" : grace));
            json.writeBooleanProperty("end_older", endOlder);
            json.writeEndObject();
        });
        try {
            ManagedKeys.Rotation done = keys.rotate(OnceRequest.of(visit, body, form.once()), reach, reference(visit));
            Secret text = done.written().text();
            return text == null ? shownBefore(visit, address(visit)) : secret(visit, done.written(), text, done.old());
        } catch (ApiException e) {
            if (e.error() instanceof ApiError.Conflict) {
                // Without this sentence, the page itself says that somebody else renews the secret.
                boolean rotates =
                        new KeyFacts(keys.get(reach, reference(visit)), null, null, clock.instant()).rotates();
                return detail(visit, 422, null, rotates ? Map.of("rotate", TWO_LIVE) : Map.of());
            }
            throw e;
        }
    }

    /// `POST /settings/keys/{hash}/replace`: an exposed key out of the hands of whoever found it.
    Response replace(Visit visit) {
        ManagedKeys.Reach reach = changing(visit);
        KeyForm form = KeyForm.typed(visit.form());
        ManagedKeys.Rotation done = keys.replace(OnceRequest.of(visit, EMPTY, form.once()), reach, reference(visit));
        Secret text = done.written().text();
        return text == null ? shownBefore(visit, address(visit)) : secret(visit, done.written(), text, done.old());
    }

    /// `POST /settings/keys/{hash}/delete`: once its name was typed.
    Response delete(Visit visit) {
        ManagedKeys.Reach reach = changing(visit);
        String name = keys.get(reach, reference(visit)).key().name().strip();
        String typed = visit.form().findText("confirm", MAX_NAME);
        if (!name.equals(typed)) {
            return detail(
                    visit, 422, null, Map.of("delete", "That is not the name of this key. Type it as it stands here."));
        }
        keys.delete(visit.request(new byte[0]), reach, reference(visit));
        String list =
                KeyAddresses.LIST + (reach.kind() == KeyKind.MANAGEMENT ? "?kind=" + KeyAddresses.MANAGEMENT : "");
        return visit.goTo(list, "success", "“" + name + "” is deleted. Nothing is answered with it any more.");
    }

    /// `errors` names what is wrong with the forms besides that of the settings: `rotate` or `delete`.
    private Response detail(Visit visit, int status, @Nullable KeyForm form, Map<String, String> errors) {
        Session session = visit.session();
        ManagedKeys.Reach reach = KeyListPage.reach(visit, KeyListPage.kind(visit));
        KeySearch.Detail detail = search.get(reach, reference(visit), DAYS);
        String id = detail.view().key().id();
        KeyFacts facts = new KeyFacts(
                detail.view(),
                maker(session, detail),
                database.read(tx -> alerts.recent(tx, List.of(id))).get(id),
                detail.now());
        Map<String, Object> values = new HashMap<>();
        values.put("facts", facts);
        values.put("chart", DayChart.of(detail.days(), detail.now()));
        values.put("exposures", detail.exposures());
        values.put("may", session.role().usesKeys());
        values.put("form", form == null ? KeyForm.of(facts.key()) : form);
        values.put("errors", errors);
        return visit.page(status, "dashboard/key.jte", facts.key().name(), "keys", values);
    }

    private @Nullable Member maker(Session session, KeySearch.Detail detail) {
        String id = detail.view().key().creatorUserId();
        return id == null
                ? null
                : database.read(tx -> members.find(tx, session.organizationId(), id))
                        .orElse(null);
    }

    private static ManagedKeys.Reach changing(Visit visit) {
        visit.require(visit.session().role().usesKeys());
        return KeyListPage.reach(visit, KeyListPage.kind(visit));
    }

    private static String reference(Visit visit) {
        return visit.head().pathParameter("hash");
    }

    private static String address(Visit visit) {
        return KeyAddresses.of(KeyListPage.kind(visit), reference(visit));
    }
}
