package dev.faregate.governance;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.byok.ManagedProviderKeys;
import dev.faregate.byok.ProviderKey;
import dev.faregate.byok.TestOutcome;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.Session;
import dev.faregate.models.Catalogues;
import dev.faregate.pages.OnceRequest;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.providers.ByokTestHandler;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/settings/provider-keys`: the keys of providers that the organization brought, for whoever manages it. The rules
/// are those of `/byok` ([ManagedProviderKeys]). A key's text comes in by a form and stands in no page.
final class ProviderKeysPage {
    static final String PATH = "/settings/provider-keys";

    private static final int MAX_NAME = 1_000;

    /// Longer than any key, so that the rule of the API speaks and not this.
    private static final int MAX_KEY = 30_000;

    private static final List<String> STATES = List.of("on", "off");

    private final ManagedProviderKeys keys;
    private final ByokTestHandler tests;
    private final Holders holders;
    private final Catalogues catalogues;
    private final InstantSource clock;

    ProviderKeysPage(
            ManagedProviderKeys keys,
            ByokTestHandler tests,
            Holders holders,
            Catalogues catalogues,
            InstantSource clock) {
        this.keys = keys;
        this.tests = tests;
        this.holders = holders;
        this.catalogues = catalogues;
        this.clock = clock;
    }

    List<Route> routes(Pages pages) {
        String one = PATH + "/{id}";
        return List.of(
                pages.signedIn("GET", PATH, this::list),
                pages.signedIn("POST", PATH, this::create),
                pages.signedIn("GET", PATH + "/new", this::blank),
                pages.signedIn("GET", one, this::show),
                pages.signedIn("POST", one, this::update),
                pages.signedIn("POST", one + "/key", this::replace),
                pages.signedIn("POST", one + "/state", this::state),
                pages.signedIn("POST", one + "/test", this::test),
                pages.signedIn("POST", one + "/delete", this::delete));
    }

    /// `GET /settings/provider-keys`: what the workspace that the person looks at can use.
    Response list(Visit visit) {
        Session session = visit.requireManager();
        Paging paging = Paging.of(visit, PATH);
        String organization = session.organizationId();
        ManagedProviderKeys.Page page =
                keys.byProvider(organization, session.workspaceId(), paging.offset(), Paging.SIZE);
        Map<String, Object> values = new HashMap<>();
        values.put("rows", rows(organization, page.keys()));
        paging.into(values, page.keys().size(), page.total());
        values.put("now", clock.instant());
        return visit.page("governance/providerKeys.jte", "Provider keys", "provider-keys", values);
    }

    private List<ProviderKeyFacts> rows(String organization, List<ProviderKey> shown) {
        Map<String, TestOutcome> tested =
                keys.lastTests(organization, shown.stream().map(ProviderKey::id).toList());
        return shown.stream()
                .map(key -> new ProviderKeyFacts(key, tested.get(key.id())))
                .toList();
    }

    /// `GET /settings/provider-keys/new`
    Response blank(Visit visit) {
        visit.requireManager();
        return fresh(visit, 200, ProviderKeyForm.fresh());
    }

    /// `POST /settings/provider-keys`
    Response create(Visit visit) {
        Session session = visit.requireManager();
        ProviderKeyForm form = ProviderKeyForm.typed(visit.form());
        ProviderKeyBody.Result wanted = ProviderKeyBody.create(
                form, visit.form().findSecret(ProviderKeyForm.KEY, MAX_KEY), session.workspaceId());
        if (!wanted.errors().isEmpty()) {
            return fresh(visit, 422, form.with(wanted.errors()));
        }
        try {
            ProviderKey made = keys.create(OnceRequest.of(visit, wanted.body(), form.once()));
            return visit.goTo(
                    PATH + "/" + made.id(), "success", "The key is kept, sealed, and used from now on. Test it here.");
        } catch (ApiException e) {
            return fresh(visit, 422, form.with(e));
        }
    }

    private Response fresh(Visit visit, int status, ProviderKeyForm form) {
        Map<String, Object> values = known(visit);
        values.put("form", form);
        values.put("providers", keys.providers());
        return visit.page(status, "governance/providerKeyNew.jte", "New provider key", "provider-keys", values);
    }

    /// `GET /settings/provider-keys/{id}`
    Response show(Visit visit) {
        visit.requireManager();
        return detail(visit, 200, null, Map.of());
    }

    /// `POST /settings/provider-keys/{id}`
    Response update(Visit visit) {
        visit.requireManager();
        ProviderKeyForm form = ProviderKeyForm.typed(visit.form());
        ProviderKey before = keys.get(visit.request(new byte[0]));
        ProviderKeyBody.Result wanted = ProviderKeyBody.update(form, before.shown());
        if (!wanted.errors().isEmpty()) {
            return detail(visit, 422, form.with(wanted.errors()), Map.of());
        }
        try {
            keys.update(visit.request(wanted.body()));
            return visit.goTo(address(visit), "success", "Saved. It counts from the next request on.");
        } catch (ApiException e) {
            return detail(visit, 422, form.with(e), Map.of());
        }
    }

    /// `POST /settings/provider-keys/{id}/key`: another key in its place.
    Response replace(Visit visit) {
        visit.requireManager();
        ProviderKeyBody.Result wanted = ProviderKeyBody.replace(visit.form().findSecret(ProviderKeyForm.KEY, MAX_KEY));
        if (!wanted.errors().isEmpty()) {
            return detail(visit, 422, null, wanted.errors());
        }
        try {
            String label = keys.update(visit.request(wanted.body())).label();
            return visit.goTo(address(visit), "success", "The key is replaced by " + label + ". The old one is wiped.");
        } catch (ApiException e) {
            return detail(visit, 422, null, ProviderKeyForm.fresh().with(e).errors());
        }
    }

    /// `POST /settings/provider-keys/{id}/state`: off, or on again.
    Response state(Visit visit) {
        visit.requireManager();
        boolean disabled = "off".equals(visit.form().findWord("state", STATES));
        byte[] body = Json.write(json -> {
            json.writeStartObject();
            json.writeBooleanProperty("disabled", disabled);
            json.writeEndObject();
        });
        keys.update(visit.request(body));
        return visit.goTo(
                address(visit),
                "success",
                disabled ? "The key is disabled: no request goes out on it." : "The key is enabled.");
    }

    /// `POST /settings/provider-keys/{id}/test`: does the provider take it?
    Response test(Visit visit) {
        visit.requireManager();
        try {
            ByokTestHandler.Tested tested = tests.tested(visit.request(new byte[0]));
            String words = tested.message() + " (" + tested.millis() + " ms)";
            return visit.goTo(address(visit), tested.ok() ? "success" : "warning", words);
        } catch (ApiException e) {
            if (e.error() instanceof ApiError.Unprocessable(String message, String _)) {
                return visit.goTo(address(visit), "info", message);
            }
            throw e;
        }
    }

    /// `POST /settings/provider-keys/{id}/delete`: once its name was typed.
    Response delete(Visit visit) {
        visit.requireManager();
        String name = ProviderKeyFacts.name(keys.get(visit.request(new byte[0])));
        if (!name.equals(visit.form().findText("confirm", MAX_NAME))) {
            return detail(
                    visit, 422, null, Map.of("delete", "That is not the name of this key. Type it as it stands here."));
        }
        keys.delete(visit.request(new byte[0]));
        return visit.goTo(PATH, "success", "“" + name + "” is deleted, and its secret is wiped.");
    }

    /// `errors` names what is wrong with the forms besides that of the settings: `key` or `delete`.
    private Response detail(Visit visit, int status, @Nullable ProviderKeyForm form, Map<String, String> errors) {
        ProviderKey key = keys.get(visit.request(new byte[0]));
        String name = ProviderKeyFacts.name(key);
        Map<String, Object> values = known(visit);
        values.put("key", key);
        values.put("name", name);
        values.put("where", where(visit, key));
        TestOutcome tested =
                keys.lastTests(key.organizationId(), List.of(key.id())).get(key.id());
        if (tested != null) {
            values.put("test", tested);
        }
        values.put("form", form == null ? ProviderKeyForm.of(key.shown()) : form);
        values.put("errors", errors);
        values.put("now", clock.instant());
        return visit.page(status, "governance/providerKey.jte", name, "provider-keys", values);
    }

    private static String where(Visit visit, ProviderKey key) {
        if (key.workspaceId() == null) {
            return "Every workspace";
        }
        return key.workspaceId().equals(visit.session().workspaceId()) ? "This workspace" : "Another workspace";
    }

    /// What the form offers to choose from.
    private Map<String, Object> known(Visit visit) {
        Map<String, Object> values = Offered.by(catalogues.snapshot());
        values.put("choices", holders.choices(visit.session().organizationId()));
        return values;
    }

    private static String address(Visit visit) {
        return PATH + "/" + visit.head().pathParameter("id");
    }
}
