package dev.faregate.governance;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Session;
import dev.faregate.models.Catalogues;
import dev.faregate.pages.OnceRequest;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.presets.ManagedPresets;
import dev.faregate.presets.Preset;
import dev.faregate.storage.Database;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// `/settings/presets`: the presets of the workspace that a person looks at. Everybody of the workspace sees them, as
/// every key does; whoever makes keys writes versions, and whoever manages the organization names them and switches
/// them off. The rules are those of `/presets` ([ManagedPresets]).
final class PresetsPage {
    static final String PATH = "/settings/presets";

    /// No slug of a preset begins with a hyphen, so this is nobody's address.
    static final String NEW = PATH + "/-/new";

    /// Versions that a page lists; the others are there by their number.
    private static final int MOST_VERSIONS = 20;

    private final ManagedPresets presets;
    private final Database database;
    private final MemberStore members = new MemberStore();
    private final Catalogues catalogues;
    private final InstantSource clock;

    PresetsPage(ManagedPresets presets, Database database, Catalogues catalogues, InstantSource clock) {
        this.presets = presets;
        this.database = database;
        this.catalogues = catalogues;
        this.clock = clock;
    }

    List<Route> routes(Pages pages) {
        String one = PATH + "/{slug}";
        return List.of(
                pages.signedIn("GET", PATH, this::list),
                pages.signedIn("POST", PATH, this::create),
                pages.signedIn("GET", NEW, this::blank),
                pages.signedIn("GET", one, this::show),
                pages.signedIn("POST", one, this::save),
                pages.signedIn("POST", one + "/terms", this::terms));
    }

    /// `GET /settings/presets`
    Response list(Visit visit) {
        Paging paging = Paging.of(visit, PATH);
        ManagedPresets.Page<ManagedPresets.Whole> page = presets.wholes(visit.request(), paging.offset(), Paging.SIZE);
        Map<String, Object> values = new HashMap<>();
        values.put("rows", page.items().stream().map(PresetFacts::new).toList());
        paging.into(values, page.items().size(), page.total());
        values.put("may", visit.session().role().usesKeys());
        values.put("now", clock.instant());
        return visit.page("governance/presets.jte", "Presets", "presets", values);
    }

    /// `GET /settings/presets/-/new`; with `?as=json` the settings are JSON.
    Response blank(Visit visit) {
        writing(visit);
        return fresh(visit, 200, PresetForm.fresh(asJson(visit)));
    }

    /// `POST /settings/presets`
    Response create(Visit visit) {
        writing(visit);
        PresetForm form = PresetForm.typed(visit.form());
        PresetBody.Result wanted = PresetBody.of(form, JsonNodeFactory.instance.objectNode());
        if (!wanted.errors().isEmpty()) {
            return fresh(visit, 422, form.with(wanted.errors()));
        }
        try {
            String slug = presets.create(OnceRequest.of(visit, wanted.body(), form.once()), form.value(PresetForm.SLUG))
                    .preset()
                    .slug();
            return visit.goTo(PATH + "/" + slug, "success", "The preset is made. Requests can use it from now on.");
        } catch (ApiException e) {
            return fresh(visit, 422, form.with(e));
        }
    }

    private Response fresh(Visit visit, int status, PresetForm form) {
        Map<String, Object> values = Offered.by(catalogues.snapshot());
        values.put("form", form);
        return visit.page(status, "governance/presetNew.jte", "New preset", "presets", values);
    }

    /// `GET /settings/presets/{slug}`; with `?version=` as it was then.
    Response show(Visit visit) {
        return detail(visit, 200, null, null);
    }

    /// `POST /settings/presets/{slug}`: a new version.
    Response save(Visit visit) {
        writing(visit);
        PresetForm form = PresetForm.typed(visit.form());
        int newest = newest(presets.get(visit.request()));
        if (!form.is(PresetForm.NEWEST, Integer.toString(newest))) {
            return detail(visit, 422, form.overtaken(newest), null);
        }
        PresetBody.Result wanted = PresetBody.of(form, settings(visit, form.value(PresetForm.VERSION)));
        if (!wanted.errors().isEmpty()) {
            return detail(visit, 422, form.with(wanted.errors()), null);
        }
        try {
            int made = newest(presets.fromChat(OnceRequest.of(visit, wanted.body(), form.once())));
            return visit.goTo(address(visit), "success", "Saved as version " + made + ". It counts from now on.");
        } catch (ApiException e) {
            return detail(visit, 422, form.with(e), null);
        }
    }

    private static int newest(ManagedPresets.Whole whole) {
        Preset.Version designated = whole.designated();
        return designated == null ? 0 : designated.version();
    }

    /// The settings that a form was filled from, which hold what it has no field for.
    private JsonNode settings(Visit visit, String number) {
        return number.isEmpty()
                ? JsonNodeFactory.instance.objectNode()
                : config(presets.version(visit.request(), number));
    }

    private static JsonNode config(Preset.Version version) {
        return Json.read(version.config().getBytes(StandardCharsets.UTF_8));
    }

    /// `POST /settings/presets/{slug}/terms`: its name, what it is for, and whether it can be used.
    Response terms(Visit visit) {
        visit.requireManager();
        PresetTerms terms = PresetTerms.typed(visit.form());
        try {
            Preset after = presets.update(visit.request(terms.body())).preset();
            String said = after.status() == Preset.Status.ACTIVE
                    ? "Saved. Requests can use it."
                    : "Saved. A request that names it is refused from now on.";
            return visit.goTo(address(visit), "success", said);
        } catch (ApiException e) {
            return detail(visit, 422, null, terms.with(e));
        }
    }

    private Response detail(Visit visit, int status, @Nullable PresetForm form, @Nullable PresetTerms terms) {
        Session session = visit.session();
        ManagedPresets.Whole whole = presets.get(visit.request());
        Preset preset = whole.preset();
        ManagedPresets.Page<Preset.Version> versions = presets.newestVersions(visit.request(), MOST_VERSIONS);
        Preset.Version shown = shown(visit, whole);
        Map<String, Object> values = Offered.by(catalogues.snapshot());
        values.put("preset", preset);
        values.put("form", form != null ? form : filled(visit, shown, newest(whole)));
        values.put("terms", terms != null ? terms : PresetTerms.of(preset));
        values.put("newest", newest(whole));
        values.put("versions", versions.items());
        values.put("total", versions.total());
        values.put("writers", writers(session.organizationId(), versions.items()));
        values.put("may", session.role().usesKeys());
        values.put("manages", session.role().managesOrganization());
        values.put("now", clock.instant());
        return visit.page(status, "governance/preset.jte", preset.name(), "presets", values);
    }

    /// The version that the address names, or the newest one.
    private Preset.@Nullable Version shown(Visit visit, ManagedPresets.Whole whole) {
        String number = visit.query().find("version");
        return number == null ? whole.designated() : presets.version(visit.request(), number);
    }

    private static PresetForm filled(Visit visit, Preset.@Nullable Version shown, int newest) {
        return shown == null
                ? PresetForm.fresh(asJson(visit))
                : PresetForm.of(shown.version(), newest, config(shown), shown.systemPrompt(), asJson(visit));
    }

    /// Who wrote each version, by the id of who did.
    private Map<String, String> writers(String organization, List<Preset.Version> versions) {
        List<String> ids =
                versions.stream().map(Preset.Version::creatorId).distinct().toList();
        return database.read(tx -> members.find(tx, organization, ids)).stream()
                .collect(Collectors.toMap(Member::userId, Member::email));
    }

    private static boolean asJson(Visit visit) {
        return "json".equals(visit.query().find("as"));
    }

    private static Session writing(Visit visit) {
        return visit.require(visit.session().role().usesKeys());
    }

    private static String address(Visit visit) {
        return PATH + "/" + visit.head().pathParameter("slug");
    }
}
