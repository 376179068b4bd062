package dev.faregate.governance;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.guardrails.Guardrail;
import dev.faregate.guardrails.ManagedAssignments;
import dev.faregate.guardrails.ManagedGuardrails;
import dev.faregate.guardrails.Trial;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.Session;
import dev.faregate.keys.BudgetStore;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.models.Catalogues;
import dev.faregate.pages.FormWords;
import dev.faregate.pages.OnceRequest;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// `/settings/guardrails`: what keys may ask for, for whoever manages the organization. The rules are those of
/// `/guardrails` ([ManagedGuardrails]).
final class GuardrailsPage {
    static final String PATH = "/settings/guardrails";

    private static final int MAX_NAME = 1_000;
    private static final int MAX_REFERENCE = 1_000;

    /// Characters of a text that filters are tried on.
    private static final int MAX_TRIED = 20_000;

    private static final byte[] EMPTY = {'{', '}'};
    private static final List<String> KINDS = List.of("key", "member", "environment", "organization");

    private final ManagedGuardrails guardrails;
    private final ManagedAssignments assignments;
    private final Holders holders;
    private final Catalogues catalogues;
    private final InstantSource clock;

    GuardrailsPage(
            ManagedGuardrails guardrails,
            ManagedAssignments assignments,
            Holders holders,
            Catalogues catalogues,
            InstantSource clock) {
        this.guardrails = guardrails;
        this.assignments = assignments;
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
                pages.signedIn("POST", PATH + "/new/try", this::tryNew),
                pages.signedIn("GET", one, this::show),
                pages.signedIn("POST", one, this::update),
                pages.signedIn("POST", one + "/try", this::tryOne),
                pages.signedIn("POST", one + "/assign", this::assign),
                pages.signedIn("POST", one + "/unassign", this::unassign),
                pages.signedIn("POST", one + "/delete", this::delete));
    }

    /// `GET /settings/guardrails`: those of the workspace that the person looks at.
    Response list(Visit visit) {
        Session session = visit.requireManager();
        Paging paging = Paging.of(visit, PATH);
        String organization = session.organizationId();
        ManagedGuardrails.Page page =
                guardrails.list(organization, session.workspaceId(), paging.offset(), Paging.SIZE);
        Map<String, Map<SubjectKind, Integer>> held = assignments.counts(organization);
        List<GuardrailFacts> rows = page.guardrails().stream()
                .map(guardrail -> new GuardrailFacts(guardrail, held.getOrDefault(guardrail.id(), Map.of())))
                .toList();
        Map<String, Object> values = new HashMap<>();
        values.put("rows", rows);
        paging.into(values, page.guardrails().size(), page.total());
        values.put("everyKey", PATH + "/" + guardrails.defaultOf(organization, session.workspaceId()));
        return visit.page("governance/guardrails.jte", "Guardrails", "guardrails", values);
    }

    /// `GET /settings/guardrails/new`
    Response blank(Visit visit) {
        visit.requireManager();
        return fresh(visit, 200, GuardrailForm.fresh(), "", null);
    }

    /// `POST /settings/guardrails`
    Response create(Visit visit) {
        Session session = visit.requireManager();
        GuardrailForm form = GuardrailForm.typed(visit.form());
        GuardrailBody.Result wanted = GuardrailBody.create(form, session.workspaceId());
        if (!wanted.errors().isEmpty()) {
            return fresh(visit, 422, form.with(wanted.errors()), "", null);
        }
        try {
            Guardrail made = guardrails.create(OnceRequest.of(visit, wanted.body(), form.once()));
            return visit.goTo(
                    PATH + "/" + made.id() + "#holders",
                    "success",
                    "“" + made.name() + "” is made. It binds nobody until you say whom.");
        } catch (ApiException e) {
            return fresh(visit, 422, form.with(e), "", null);
        }
    }

    /// `POST /settings/guardrails/new/try`: what the filters of the form would do; nothing is saved.
    Response tryNew(Visit visit) {
        visit.requireManager();
        GuardrailForm form = GuardrailForm.typed(visit.form());
        String text = tried(visit);
        try {
            return fresh(visit, 200, form, text, trial(visit, form, text));
        } catch (ApiException e) {
            return fresh(visit, 422, form.with(e), text, null);
        }
    }

    private Response fresh(Visit visit, int status, GuardrailForm form, String text, @Nullable Trial trial) {
        Map<String, Object> values = Offered.by(catalogues.snapshot());
        values.put("form", form);
        values.put("tried", text);
        put(values, "trial", trial);
        return visit.page(status, "governance/guardrailNew.jte", "New guardrail", "guardrails", values);
    }

    /// `GET /settings/guardrails/{id}`
    Response show(Visit visit) {
        visit.requireManager();
        return detail(visit, 200, null, Map.of(), "", null);
    }

    /// `POST /settings/guardrails/{id}`
    Response update(Visit visit) {
        Session session = visit.requireManager();
        GuardrailForm form = GuardrailForm.typed(visit.form());
        Guardrail before = guardrails.open(session.organizationId(), id(visit));
        GuardrailBody.Result wanted = GuardrailBody.update(form, before.shown());
        if (!wanted.errors().isEmpty()) {
            return detail(visit, 422, form.with(wanted.errors()), Map.of(), "", null);
        }
        try {
            Guardrail after = guardrails.update(visit.request(wanted.body()), id(visit));
            return visit.goTo(
                    PATH + "/" + after.id(), "success", "“" + after.name() + "” is saved. It applies from now on.");
        } catch (ApiException e) {
            return detail(visit, 422, form.with(e), Map.of(), "", null);
        }
    }

    /// `POST /settings/guardrails/{id}/try`
    Response tryOne(Visit visit) {
        visit.requireManager();
        GuardrailForm form = GuardrailForm.typed(visit.form());
        String text = tried(visit);
        try {
            return detail(visit, 200, form, Map.of(), text, trial(visit, form, text));
        } catch (ApiException e) {
            return detail(visit, 422, form.with(e), Map.of(), text, null);
        }
    }

    private static String tried(Visit visit) {
        String text = visit.form().findProse("tried", MAX_TRIED);
        return text == null ? "" : text;
    }

    private Trial trial(Visit visit, GuardrailForm form, String text) {
        return guardrails.tried(visit.request(GuardrailBody.filters(form)), text);
    }

    /// `POST /settings/guardrails/{id}/assign`
    Response assign(Visit visit) {
        visit.requireManager();
        SubjectKind kind = kind(visit);
        String typed = kind == SubjectKind.ORGANIZATION ? "" : visit.form().findText("reference", MAX_REFERENCE);
        if (typed == null) {
            return detail(visit, 422, null, Map.of(kind.word(), "Say which " + kind.word() + "."), "", null);
        }
        try {
            assignments.assign(request(visit, kind, typed), id(visit), kind);
            return visit.goTo(
                    PATH + "/" + id(visit) + "#holders",
                    "success",
                    "It binds this " + kind.word() + " from now on, in place of the guardrail that it held before.");
        } catch (ApiException e) {
            return refused(visit, kind.word(), e);
        }
    }

    /// `POST /settings/guardrails/{id}/unassign`
    Response unassign(Visit visit) {
        visit.requireManager();
        SubjectKind kind = kind(visit);
        String reference = kind == SubjectKind.ORGANIZATION ? "" : visit.form().text("reference", MAX_REFERENCE);
        try {
            assignments.remove(request(visit, kind, reference), id(visit), kind);
            return visit.goTo(
                    PATH + "/" + id(visit) + "#holders",
                    "success",
                    "It does not bind this " + kind.word() + " any more.");
        } catch (ApiException e) {
            return refused(visit, kind.word(), e);
        }
    }

    private Response refused(Visit visit, String field, ApiException e) {
        if (e.error() instanceof ApiError.BadRequest(String message, String _)) {
            return detail(visit, 422, null, Map.of(field, FormWords.sentence(message)), "", null);
        }
        throw e;
    }

    private static SubjectKind kind(Visit visit) {
        String word = visit.form().findWord("kind", KINDS);
        return SubjectKind.ofWord(word == null ? "key" : word);
    }

    private static Request request(Visit visit, SubjectKind kind, String reference) {
        String field = switch (kind) {
            case KEY -> "key_hashes";
            case MEMBER -> "member_user_ids";
            case ENVIRONMENT -> "environments";
            case ORGANIZATION, WORKSPACE -> "";
        };
        byte[] body = field.isEmpty()
                ? EMPTY
                : Json.write(json -> {
                    json.writeStartObject();
                    json.writeArrayPropertyStart(field);
                    json.writeString(reference);
                    json.writeEndArray();
                    json.writeEndObject();
                });
        return visit.request(body);
    }

    /// `POST /settings/guardrails/{id}/delete`: once its name was typed.
    Response delete(Visit visit) {
        Session session = visit.requireManager();
        String name = guardrails.get(session.organizationId(), id(visit)).name().strip();
        if (!name.equals(visit.form().findText("confirm", MAX_NAME))) {
            return detail(
                    visit,
                    422,
                    null,
                    Map.of("delete", "That is not the name of this guardrail. Type it as it stands here."),
                    "",
                    null);
        }
        guardrails.delete(visit.request(new byte[0]), id(visit));
        return visit.goTo(PATH, "success", "“" + name + "” is deleted. Whoever held it is free of it.");
    }

    /// `errors` names what is wrong with the forms besides that of the rules: a kind of holder, or `delete`.
    private Response detail(
            Visit visit,
            int status,
            @Nullable GuardrailForm form,
            Map<String, String> errors,
            String text,
            @Nullable Trial trial) {
        Session session = visit.session();
        Guardrail guardrail = guardrails.open(session.organizationId(), id(visit));
        Holders.Choices choices = holders.choices(session.organizationId());
        BudgetStore.Standings standings = guardrails.standings(guardrail);
        Map<String, Object> values = Offered.by(catalogues.snapshot());
        values.put("guardrail", guardrail);
        values.put("form", form == null ? GuardrailForm.of(guardrail.shown()) : form);
        values.put("errors", errors);
        values.put("holders", holders.of(guardrail, choices));
        values.put("choices", choices);
        values.put("budgets", holders.budgets(standings, choices));
        values.put("partly", standings.partly());
        values.put("tried", text);
        put(values, "trial", trial);
        values.put("now", clock.instant());
        String title = guardrail.isDefault() ? "Every key of the workspace" : guardrail.name();
        return visit.page(status, "governance/guardrail.jte", title, "guardrails", values);
    }

    private static void put(Map<String, Object> values, String name, @Nullable Object value) {
        if (value != null) {
            values.put(name, Objects.requireNonNull(value));
        }
    }

    private static String id(Visit visit) {
        return visit.head().pathParameter("id");
    }
}
