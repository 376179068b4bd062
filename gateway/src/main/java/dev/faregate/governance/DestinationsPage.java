package dev.faregate.governance;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.byok.TestOutcome;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.Session;
import dev.faregate.observability.Destination;
import dev.faregate.observability.DestinationKind;
import dev.faregate.observability.ManagedDestinations;
import dev.faregate.pages.OnceRequest;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// `/settings/observability`: where the generations of the workspace that a person looks at are reported to, for
/// whoever manages the organization. The rules are those of `/observability/destinations` ([ManagedDestinations]). A
/// secret of a configuration comes in by a form and stands in no page.
final class DestinationsPage {
    static final String PATH = "/settings/observability";

    private static final String SECTION = "observability";
    private static final int MAX_NAME = 1_000;
    private static final int MAX_WORD = 100;
    private static final List<String> STATES = List.of("on", "off");

    private final ManagedDestinations destinations;
    private final Holders holders;
    private final InstantSource clock;

    DestinationsPage(ManagedDestinations destinations, Holders holders, InstantSource clock) {
        this.destinations = destinations;
        this.holders = holders;
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
                pages.signedIn("POST", one + "/state", this::state),
                pages.signedIn("POST", one + "/test", this::test),
                pages.signedIn("POST", one + "/delete", this::delete));
    }

    /// `GET /settings/observability`
    Response list(Visit visit) {
        Session session = visit.requireManager();
        Paging paging = Paging.of(visit, PATH);
        String organization = session.organizationId();
        ManagedDestinations.Page page =
                destinations.list(organization, session.workspaceId(), paging.offset(), Paging.SIZE);
        Map<String, TestOutcome> tested = destinations.lastTests(
                organization, page.destinations().stream().map(Destination::id).toList());
        Map<String, Object> values = new HashMap<>();
        values.put("rows", page.destinations());
        values.put("tested", tested);
        values.put("now", clock.instant());
        paging.into(values, page.destinations().size(), page.total());
        return visit.page("governance/destinations.jte", "Observability", SECTION, values);
    }

    /// `GET /settings/observability/new`: first which type, then, with `?type=`, the rest.
    Response blank(Visit visit) {
        visit.requireManager();
        DestinationKind kind = kind(visit.query().find("type")).orElse(null);
        if (kind == null) {
            return visit.page(
                    "governance/destinationKinds.jte",
                    "New destination",
                    SECTION,
                    Map.of("kinds", ManagedDestinations.kinds()));
        }
        return fresh(visit, 200, DestinationForm.fresh(kind));
    }

    private static Optional<DestinationKind> kind(@Nullable String word) {
        return ManagedDestinations.kinds().stream()
                .filter(kind -> kind.word().equals(word))
                .findFirst();
    }

    /// `POST /settings/observability`
    Response create(Visit visit) {
        Session session = visit.requireManager();
        DestinationKind kind = kind(visit.form().findText("type", MAX_WORD)).orElse(null);
        if (kind == null) {
            return visit.goTo(PATH + "/new");
        }
        DestinationForm form = DestinationForm.typed(kind, visit.form());
        JsonNode nothing = JsonNodeFactory.instance.missingNode();
        DestinationBody.Result wanted = DestinationBody.create(form, session.workspaceId());
        if (!wanted.errors().isEmpty()) {
            return fresh(visit, 422, form.with(wanted.errors(), nothing));
        }
        try {
            Destination made = destinations.create(OnceRequest.of(visit, wanted.body(), form.once()));
            return visit.goTo(
                    PATH + "/" + made.id(),
                    "success",
                    kind.isDelivered()
                            ? "The destination is kept, its secrets sealed. Test it here."
                            : "The destination is kept, its secrets sealed. Nothing is sent to this type yet.");
        } catch (ApiException e) {
            return fresh(visit, 422, form.with(e, nothing));
        }
    }

    private Response fresh(Visit visit, int status, DestinationForm form) {
        Map<String, Object> values = new HashMap<>();
        values.put("form", form);
        values.put("choices", holders.choices(visit.session().organizationId()));
        return visit.page(status, "governance/destinationNew.jte", "New destination", SECTION, values);
    }

    /// `GET /settings/observability/{id}`
    Response show(Visit visit) {
        visit.requireManager();
        return detail(visit, 200, destinations.get(visit.request(new byte[0])), null, null);
    }

    /// `POST /settings/observability/{id}`
    Response update(Visit visit) {
        visit.requireManager();
        Destination before = destinations.get(visit.request(new byte[0]));
        JsonNode shown = before.shown();
        DestinationForm form = DestinationForm.typed(before.type().kind(), visit.form());
        DestinationBody.Result wanted = DestinationBody.update(form, shown);
        if (!wanted.errors().isEmpty()) {
            return detail(visit, 422, before, form.with(wanted.errors(), shown), null);
        }
        try {
            destinations.update(visit.request(wanted.body()));
            return visit.goTo(address(visit), "success", "Saved. It counts from the next request on.");
        } catch (ApiException e) {
            return detail(visit, 422, before, form.with(e, shown), null);
        }
    }

    /// `POST /settings/observability/{id}/state`: off, or on again.
    Response state(Visit visit) {
        visit.requireManager();
        boolean enabled = "on".equals(visit.form().findWord("state", STATES));
        byte[] body = Json.write(json -> {
            json.writeStartObject();
            json.writeBooleanProperty("enabled", enabled);
            json.writeEndObject();
        });
        destinations.update(visit.request(body));
        return visit.goTo(
                address(visit),
                "success",
                enabled ? "The destination is enabled." : "The destination is disabled: nothing is sent there.");
    }

    /// `POST /settings/observability/{id}/test`: does it take what is sent there?
    Response test(Visit visit) {
        visit.requireManager();
        try {
            TestOutcome tested = destinations.test(visit.request(new byte[0]));
            return visit.goTo(address(visit), tested.ok() ? "success" : "warning", tested.message());
        } catch (ApiException e) {
            if (e.error() instanceof ApiError.Unprocessable(String message, String _)) {
                return visit.goTo(address(visit), "info", message);
            }
            throw e;
        }
    }

    /// `POST /settings/observability/{id}/delete`: once its name was typed.
    Response delete(Visit visit) {
        visit.requireManager();
        Destination destination = destinations.get(visit.request(new byte[0]));
        String name = destination.terms().name().strip();
        if (!name.equals(visit.form().findText("confirm", MAX_NAME))) {
            String wrong = "That is not the name of this destination. Type it as it stands here.";
            return detail(visit, 422, destination, null, wrong);
        }
        destinations.delete(visit.request(new byte[0]));
        return visit.goTo(PATH, "success", "“" + name + "” is deleted, and its secrets are wiped.");
    }

    private Response detail(
            Visit visit,
            int status,
            Destination destination,
            @Nullable DestinationForm form,
            @Nullable String unconfirmed) {
        JsonNode shown = destination.shown();
        String organization = destination.organizationId();
        Map<String, Object> values = new HashMap<>();
        values.put("destination", destination);
        values.put("form", form == null ? DestinationForm.of(destination.type().kind(), shown) : form);
        values.put("masks", masks(destination.type().kind(), shown));
        values.put("choices", holders.choices(organization));
        values.put("unconfirmed", unconfirmed == null ? "" : unconfirmed);
        values.put("now", clock.instant());
        TestOutcome tested =
                destinations.lastTests(organization, List.of(destination.id())).get(destination.id());
        if (tested != null) {
            values.put("test", tested);
        }
        return visit.page(
                status, "governance/destination.jte", destination.terms().name(), SECTION, values);
    }

    /// What is shown of each secret that is kept, by the name of its field.
    private static Map<String, String> masks(DestinationKind kind, JsonNode shown) {
        Map<String, String> masks = new HashMap<>();
        for (DestinationKind.Field field : kind.fields()) {
            if (field.isSecret()) {
                masks.put(field.name(), FormJson.text(shown.path("config"), field.name()));
            }
        }
        return masks;
    }

    private static String address(Visit visit) {
        return PATH + "/" + visit.head().pathParameter("id");
    }
}
