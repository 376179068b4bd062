package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.keys.Keys;
import dev.faregate.keys.KeysHandler;
import dev.faregate.models.Catalogue;
import dev.faregate.models.Catalogues;
import dev.faregate.models.Model;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.pages.Visit;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// From the link of the first start to a line that works, in three steps: who you are, which models there are, your
/// first key. The first step takes the link; whoever signs up by themselves begins with the second.
public final class SetupPages {
    static final String PATH = "/setup";

    /// Names of models that the second step shows.
    private static final int SHOWN = 8;

    private static final String CURL = """
            curl %s/chat/completions \\
              -H "Authorization: Bearer %s" \\
              -H "Content-Type: application/json" \\
              -d '{"model": "%s", "messages": [{"role": "user", "content": "Hello"}]}'""";
    private static final Pattern DOLLARS = Pattern.compile("\\$?\\s*(\\d{1,9}(?:\\.\\d{1,9})?)");
    private static final List<String> RESETS = List.of("never", "daily", "weekly", "monthly");

    private final Desk desk;
    private final Keys keys;
    private final KeysHandler keysHandler;
    private final Catalogues catalogues;

    SetupPages(Desk desk, Keys keys, KeysHandler keysHandler, Catalogues catalogues) {
        this.desk = desk;
        this.keys = keys;
        this.keysHandler = keysHandler;
        this.catalogues = catalogues;
    }

    // Step 1: the owner

    /// `GET /setup`.
    public Response show(Visit visit) {
        return find(visit)
                .map(organization -> owner(
                        visit,
                        200,
                        desk.database()
                                .read(tx -> desk.organizations()
                                        .find(tx, organization)
                                        .orElseThrow()
                                        .name()),
                        null))
                .orElseGet(() -> dead(visit));
    }

    private Optional<String> find(Visit visit) {
        String token = Desk.token(visit);
        return desk.database()
                .read(tx -> desk.links().find(tx, token, LinkStore.Purpose.SETUP))
                .map(link -> Objects.requireNonNull(link.subject()));
    }

    private static Response dead(Visit visit) {
        return Messages.deadLink(
                visit,
                "On the machine that runs this server, ./faregate setup-link makes a new one.",
                "Sign in",
                "/sign-in");
    }

    /// `POST /setup`: makes the owner, who adopts the keys of the first start, and signs them in.
    public Response createOwner(Visit visit) {
        Optional<String> organization = find(visit);
        if (organization.isEmpty()) {
            return dead(visit);
        }
        String email;
        PersonName name;
        String place;
        String hash;
        try {
            place = visit.form().text("organization", Organization.MAX_NAME);
            name = PersonName.from(visit.form());
            email = Desk.email(visit.form());
            hash = desk.passwords().hash(desk.newPassword(visit.form(), List.of(email, name.whole(), place)));
        } catch (ApiException e) {
            return owner(visit, Desk.UNPROCESSABLE, null, Problem.of(e));
        }
        record Made(SignIns.Proven owner, List<String> adopted) {}
        Secret token = Tokens.generate();
        Outbox.Sealable mail = desk.outbox().isOn()
                ? desk.outbox().seal(desk.texts().confirmEmail(email, token), LinkStore.Purpose.EMAIL.lifetime)
                : null;
        Made made;
        try {
            made = desk.database().write(tx -> {
                String id = desk.links()
                        .take(tx, Desk.token(visit), LinkStore.Purpose.SETUP)
                        .map(LinkStore.Link::subject)
                        .orElseThrow(() -> new ApiException(new ApiError.Conflict("This link was used already.")));
                OrganizationStore.lock(tx, id);
                if (Owners.count(tx, id) > 0) {
                    throw new ApiException(new ApiError.Conflict("There is an owner already."));
                }
                String person = desk.join(tx, email, name, false, hash, id, Role.OWNER);
                desk.organizations().rename(tx, id, place);
                if (mail != null) {
                    desk.links().insert(tx, token, LinkStore.Purpose.EMAIL, person, email);
                    desk.outbox().put(tx, mail);
                }
                List<String> adopted = keys.adoptFirst(tx, id, person);
                desk.record(tx, visit, id, person, "setup.owner", Map.of("email", email));
                return new Made(desk.proven(tx, person, id), adopted);
            });
        } catch (ApiException e) {
            return owner(visit, 409, null, Problem.of(e));
        }
        made.adopted().forEach(keys::changed);
        desk.outbox().wake();
        return desk.signIns().proven(visit, made.owner(), Session.Method.LINK, "/setup/models");
    }

    private Response owner(Visit visit, int status, @Nullable String organization, @Nullable Problem problem) {
        Map<String, Object> values = new HashMap<>();
        values.put("token", String.valueOf(Desk.token(visit)));
        values.put("organization", organization == null ? typed(visit, "organization") : organization);
        values.put("name", typed(visit, PersonName.FIELD));
        values.put("email", typed(visit, Desk.EMAIL));
        values.put("minLength", desk.rules().minLength());
        values.put("problem", problem);
        return visit.page(status, "accounts/setup_owner.jte", "Set up Faregate", "", values);
    }

    private static String typed(Visit visit, String field) {
        return String.join("", visit.form().all(field, Integer.MAX_VALUE));
    }

    // Step 2: the models

    /// `GET /setup/models`: what can be reached right now.
    public Response models(Visit visit) {
        visit.require(visit.session().role().usesKeys());
        Catalogue catalogue = catalogues.snapshot();
        List<Model> usable = catalogue.usable().stream()
                .filter(model -> !model.id().equals(Catalogue.ECHO))
                .toList();
        List<String> providers = usable.stream()
                .flatMap(model -> model.usable().stream())
                .map(endpoint -> endpoint.provider())
                .map(UpstreamProvider::name)
                .distinct()
                .sorted()
                .toList();
        String organization = visit.session().organizationId();
        boolean operator = desk.database()
                .read(tx -> desk.organizations()
                        .find(tx, organization)
                        .filter(it -> it.slug().equals(OrganizationStore.DEFAULT_SLUG))
                        .isPresent());
        return visit.page(
                "accounts/setup_models.jte",
                "Models",
                "",
                Map.of(
                        "operator",
                        operator,
                        "providers",
                        providers,
                        "models",
                        usable.stream().limit(SHOWN).map(Model::id).toList(),
                        "count",
                        usable.size()));
    }

    // Step 3: the first key

    /// `GET /setup/key`.
    public Response key(Visit visit) {
        visit.require(visit.session().role().usesKeys());
        return key(visit, 200, "My first key", "5", "monthly", null);
    }

    /// `POST /setup/key`: makes the key as the API does, and shows it this once in a line that works as it stands.
    public Response createKey(Visit visit) {
        Session session = visit.require(visit.session().role().usesKeys());
        String name = typed(visit, "name");
        String limit = typed(visit, "limit").strip();
        String reset = typed(visit, "reset");
        String text;
        try {
            BigDecimal dollars = dollars(limit);
            byte[] body = Json.write(json -> {
                json.writeStartObject();
                json.writeStringProperty("name", name);
                json.writeStringProperty("workspace_id", session.workspaceId());
                if (dollars != null) {
                    json.writeNumberProperty("limit", dollars);
                    if (RESETS.contains(reset) && !reset.equals(RESETS.getFirst())) {
                        json.writeStringProperty("limit_reset", reset);
                    }
                }
                json.writeEndObject();
            });
            Response made = keysHandler.create(new Request(visit.head(), body, session));
            text = Json.readObject(made.body()).path("key").asString();
        } catch (ApiException e) {
            return key(visit, Desk.UNPROCESSABLE, name, limit, reset, Problem.of(e));
        }
        String baseUrl = desk.pages().publicUrl() + "/v1";
        return visit.page(
                201,
                "accounts/setup_done.jte",
                "Ready",
                "",
                Map.of(
                        "key",
                        text,
                        "baseUrl",
                        baseUrl,
                        "model",
                        Catalogue.ECHO,
                        "curl",
                        CURL.formatted(baseUrl, text, Catalogue.ECHO)));
    }

    private static @Nullable BigDecimal dollars(String text) {
        if (text.isEmpty()) {
            return null;
        }
        var matcher = DOLLARS.matcher(text);
        if (!matcher.matches()) {
            throw Desk.wrong("limit", "Write an amount in US dollars, such as 5 or 2.50, or nothing for no limit.");
        }
        return new BigDecimal(matcher.group(1));
    }

    private Response key(Visit visit, int status, String name, String limit, String reset, @Nullable Problem problem) {
        Map<String, Object> values = new HashMap<>();
        values.put("name", name);
        values.put("limit", limit);
        values.put("reset", reset);
        values.put("problem", problem);
        return visit.page(status, "accounts/setup_key.jte", "Your first key", "", values);
    }
}
