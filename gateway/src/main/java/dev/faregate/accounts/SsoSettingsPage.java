package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.byok.Sealed;
import dev.faregate.byok.Sealer;
import dev.faregate.http.FormFields;
import dev.faregate.http.Response;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.identity.Writes;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/settings/sso`: identity providers and the directory of an organization. Who manages the organization
/// sees them; only an owner changes them, because whoever controls a provider can be anybody.
public final class SsoSettingsPage {
    static final String PATH = "/settings/sso";
    private static final String SECTION = "sso";
    private static final int MAX_ISSUERS = 20;
    private static final int MAX_NAME = 100;
    private static final int MAX_ISSUER = 500;
    private static final int MAX_CLIENT_ID = 300;
    private static final int MAX_SECRET = 1_000;
    private static final int MAX_CLAIM = 100;
    private static final int MAX_ROLES = 20_000;
    private static final int BAD_REQUEST = 400;
    private static final int UNPROCESSABLE = 422;
    private static final String SECRET_TABLE = "sso_issuer";

    /// A provider as the list shows it.
    public record Row(String id, String name, String issuer, boolean enabled, boolean listed, boolean joins) {}

    /// A provider as its form shows it; `id` is empty for a new one.
    public record Form(
            String id,
            String name,
            String issuer,
            String clientId,
            boolean hasSecret,
            String groupClaim,
            String roles,
            String fallback,
            boolean joins,
            boolean listed,
            boolean enabled) {}

    /// The directory as the page shows it; `made` is null while there is none.
    public record DirectoryView(
            String base,
            SecurityTexts.@Nullable When made,
            SecurityTexts.@Nullable When used,
            String fallback,
            String roles) {}

    private final Database database;
    private final Pages pages;
    private final Sealer sealer;
    private final SecurityProof proof;
    private final SsoProvider provider;
    private final SsoStore store = new SsoStore();
    private final ScimPeople people;
    private final GroupMappings mappings;
    private final Writes writes = new Writes(new AuditLog());

    SsoSettingsPage(
            Database database,
            Pages pages,
            Sealer sealer,
            SecurityProof proof,
            SsoProvider provider,
            ScimPeople people,
            GroupMappings mappings) {
        this.people = people;
        this.mappings = mappings;
        this.database = database;
        this.pages = pages;
        this.sealer = sealer;
        this.proof = proof;
        this.provider = provider;
    }

    /// `GET /settings/sso`.
    public Response list(Visit visit) {
        return list(visit, null, null, null);
    }

    private Response list(Visit visit, @Nullable Secret token, @Nullable String error, @Nullable String roles) {
        Session session = visit.requireManager();
        record Found(List<Row> rows, DirectoryView directory) {}
        Found found = database.read(tx -> {
            List<Row> rows = store.list(tx, session.organizationId()).stream()
                    .map(it -> new Row(it.id(), it.name(), it.issuer(), it.enabled(), it.listed(), it.joins()))
                    .toList();
            ScimStore.Directory known =
                    people.store().of(tx, session.organizationId()).orElse(null);
            String stored = SsoRoles.text(store.roles(tx, session.organizationId()));
            return new Found(
                    rows,
                    new DirectoryView(
                            pages.publicUrl() + ScimHandler.BASE,
                            known == null ? null : new SecurityTexts.When(known.createdAt(), tx.now()),
                            known == null || known.lastUsedAt() == null
                                    ? null
                                    : new SecurityTexts.When(known.lastUsedAt(), tx.now()),
                            known == null
                                    ? Role.MEMBER.word()
                                    : known.fallback().word(),
                            roles == null ? stored : roles));
        });
        Map<String, Object> values = new HashMap<>();
        values.put("rows", found.rows());
        values.put("directory", found.directory());
        values.put("owner", session.role() == Role.OWNER);
        values.put("words", words());
        SecondStepPage.put(values, "token", token == null ? null : token.reveal());
        SecondStepPage.put(values, "error", error);
        return visit.page(error == null ? 200 : BAD_REQUEST, "factors/sso.jte", "Single sign-on", SECTION, values);
    }

    private static List<String> words() {
        return Arrays.stream(Role.values()).map(Role::word).toList();
    }

    // Providers

    /// `GET /settings/sso/new`.
    public Response fresh(Visit visit) {
        owner(visit);
        Form empty = new Form("", "", "", "", false, "groups", "", Role.MEMBER.word(), false, true, true);
        return form(visit, empty, null, null);
    }

    /// `GET /settings/sso/{id}`.
    public Response edit(Visit visit) {
        owner(visit);
        return form(visit, form(issuer(visit)), null, null);
    }

    /// `POST /settings/sso`: a new provider.
    public Response create(Visit visit) {
        owner(visit);
        Response asked = proof.ask(visit, PATH + "/new");
        return asked == null ? save(visit, null) : asked;
    }

    /// `POST /settings/sso/{id}`.
    public Response update(Visit visit) {
        owner(visit);
        SsoIssuer known = issuer(visit);
        Response asked = proof.ask(visit, PATH + "/" + known.id());
        return asked == null ? save(visit, known) : asked;
    }

    private Response save(Visit visit, @Nullable SsoIssuer known) {
        Session session = visit.session();
        SsoIssuer wanted;
        try {
            wanted = wanted(visit, known);
            provider.discover(wanted.issuer());
        } catch (SsoFailure e) {
            return form(visit, typed(visit, known), "issuer", e.text());
        } catch (ApiException e) {
            if (e.error() instanceof ApiError.BadRequest(String message, String field) && field != null) {
                return form(visit, typed(visit, known), field, message);
            }
            throw e;
        }
        boolean saved = database.write(tx -> {
            if (known == null && store.list(tx, session.organizationId()).size() >= MAX_ISSUERS) {
                return false;
            }
            if (wanted.secret() != null) {
                sealer.claim(tx);
            }
            store.save(tx, wanted);
            if (known != null && !known.issuer().equals(wanted.issuer())) {
                // Another provider means other people by the same subjects.
                store.forgetIdentities(tx, wanted.id());
            }
            writes.record(
                    tx,
                    visit.request(),
                    known == null ? "sso_issuer.create" : "sso_issuer.update",
                    wanted.id(),
                    Map.of(
                            "name", wanted.name(),
                            "issuer", wanted.issuer(),
                            "client_id", wanted.clientId(),
                            "joins", wanted.joins(),
                            "enabled", wanted.enabled(),
                            "roles", wanted.roles().size()));
            return true;
        });
        return saved
                ? visit.goTo(PATH + "/" + wanted.id(), "success", wanted.name() + " is saved, and its discovery works.")
                : form(visit, typed(visit, known), "name", "There may be at most " + MAX_ISSUERS + " providers.");
    }

    private SsoIssuer wanted(Visit visit, @Nullable SsoIssuer known) throws SsoFailure {
        FormFields form = visit.form();
        String id = known == null ? Ids.next().toString() : known.id();
        String organization = visit.session().organizationId();
        String issuer = form.text("issuer", MAX_ISSUER);
        provider.uri(issuer);
        Secret typed = form.findSecret("client_secret", MAX_SECRET);
        Sealed secret = typed != null
                ? sealer.seal(typed, SECRET_TABLE, id, organization)
                : known == null || form.flag("no_secret") ? null : known.secret();
        // A secret goes to the issuer that it was typed in for, and to no other.
        if (typed == null && secret != null && known != null && !known.issuer().equals(issuer)) {
            throw FormFields.wrong("client_secret", "must be typed in again when the issuer changes");
        }
        String claim = form.findText("group_claim", MAX_CLAIM);
        return new SsoIssuer(
                id,
                organization,
                form.text("name", MAX_NAME),
                issuer,
                form.text("client_id", MAX_CLIENT_ID),
                secret,
                claim == null ? "groups" : claim,
                SsoRoles.parse("roles", form.findProse("roles", MAX_ROLES)),
                SsoRoles.role(form.findWord("fallback", words())),
                form.flag("joins"),
                form.flag("listed"),
                form.flag("enabled"),
                known == null ? database.read(Tx::now) : known.createdAt());
    }

    /// What was typed, but secrets, to be shown again.
    private static Form typed(Visit visit, @Nullable SsoIssuer known) {
        FormFields form = visit.form();
        return new Form(
                known == null ? "" : known.id(),
                first(form, "name"),
                first(form, "issuer"),
                first(form, "client_id"),
                known != null && known.secret() != null,
                first(form, "group_claim"),
                first(form, "roles"),
                first(form, "fallback"),
                !first(form, "joins").isEmpty(),
                !first(form, "listed").isEmpty(),
                !first(form, "enabled").isEmpty());
    }

    private static String first(FormFields form, String name) {
        List<String> all = form.all(name, Integer.MAX_VALUE);
        return all.isEmpty() ? "" : all.getFirst();
    }

    private static Form form(SsoIssuer issuer) {
        Role fallback = issuer.fallback();
        return new Form(
                issuer.id(),
                issuer.name(),
                issuer.issuer(),
                issuer.clientId(),
                issuer.secret() != null,
                issuer.groupClaim(),
                SsoRoles.text(issuer.roles()),
                fallback == null ? "" : fallback.word(),
                issuer.joins(),
                issuer.listed(),
                issuer.enabled());
    }

    private Response form(Visit visit, Form form, @Nullable String field, @Nullable String error) {
        Map<String, Object> values = new HashMap<>();
        values.put("form", form);
        values.put("words", words());
        SecondStepPage.put(
                values,
                "callback",
                form.id().isEmpty() ? null : pages.publicUrl() + "/sign-in/sso/" + form.id() + "/callback");
        SecondStepPage.put(values, "field", field);
        SecondStepPage.put(values, "error", error);
        return visit.page(
                error == null ? 200 : UNPROCESSABLE,
                "factors/sso_form.jte",
                form.id().isEmpty() ? "Add an identity provider" : form.name(),
                SECTION,
                values);
    }

    /// `POST /settings/sso/{id}/delete`.
    public Response delete(Visit visit) {
        owner(visit);
        SsoIssuer known = issuer(visit);
        Response asked = proof.ask(visit, PATH + "/" + known.id());
        if (asked != null) {
            return asked;
        }
        if (!known.name().equals(visit.form().findText("confirm", MAX_NAME))) {
            return form(visit, form(known), "confirm", "Type the name of the provider exactly to delete it.");
        }
        database.write(tx -> {
            store.delete(tx, known.id());
            writes.record(tx, visit.request(), "sso_issuer.delete", known.id(), Map.of("name", known.name()));
            return null;
        });
        return visit.goTo(PATH, "success", known.name() + " signs nobody in any more.");
    }

    private SsoIssuer issuer(Visit visit) {
        String organization = visit.session().organizationId();
        return visit.head()
                .uuid("id")
                .flatMap(id -> database.read(tx -> store.find(tx, organization, id)))
                .orElseThrow(() -> new ApiException(new ApiError.NotFound("There is no such identity provider.")));
    }

    // The directory

    /// `POST /settings/sso/directory`: a fresh token, shown in this answer and never again.
    public Response makeToken(Visit visit) {
        owner(visit);
        Response asked = proof.ask(visit, PATH);
        if (asked != null) {
            return asked;
        }
        Session session = visit.session();
        Secret token = Tokens.generate();
        database.write(tx -> {
            people.store().setToken(tx, session.organizationId(), token.reveal(), Role.MEMBER);
            writes.record(tx, visit.request(), "scim_directory.token", session.organizationId(), Map.of());
            return null;
        });
        return list(visit, token, null, null);
    }

    /// `POST /settings/sso/directory/roles`.
    public Response saveRoles(Visit visit) {
        owner(visit);
        Response asked = proof.ask(visit, PATH);
        if (asked != null) {
            return asked;
        }
        Session session = visit.session();
        String text = visit.form().findProse("roles", MAX_ROLES);
        Map<String, Role> roles;
        try {
            roles = SsoRoles.parse("roles", text);
        } catch (ApiException e) {
            return list(visit, null, e.error() instanceof ApiError.BadRequest bad ? bad.message() : "", text);
        }
        Role fallback = SsoRoles.role(visit.form().findWord("fallback", words()));
        List<String> ids = database.write(tx -> {
            people.store().setFallback(tx, session.organizationId(), fallback == null ? Role.MEMBER : fallback);
            store.saveRoles(tx, session.organizationId(), roles);
            writes.record(
                    tx,
                    visit.request(),
                    "scim_directory.roles",
                    session.organizationId(),
                    Map.of("roles", roles.size()));
            return people.store().activeIds(tx, session.organizationId());
        });
        // One by one: a large directory would hold the writer up.
        for (String id : ids) {
            database.write(tx -> {
                people.store()
                        .of(tx, session.organizationId())
                        .ifPresent(directory -> people.applyRoles(tx, directory, List.of(id)));
                return null;
            });
        }
        return visit.goTo(PATH, "success", "Groups now mean these roles.");
    }

    /// `POST /settings/sso/directory/delete`.
    public Response deleteDirectory(Visit visit) {
        owner(visit);
        Response asked = proof.ask(visit, PATH);
        if (asked != null) {
            return asked;
        }
        Session session = visit.session();
        people.forget(database, session.organizationId());
        database.write(tx -> {
            mappings.lock(tx, session.organizationId());
            mappings.forget(tx, session.organizationId());
            people.store().forget(tx, session.organizationId());
            store.saveRoles(tx, session.organizationId(), Map.of());
            writes.record(tx, visit.request(), "scim_directory.delete", session.organizationId(), Map.of());
            return null;
        });
        return visit.goTo(
                PATH, "success", "The directory's token is good for nothing any more. Its people stay what they are.");
    }

    private static void owner(Visit visit) {
        visit.require(visit.session().role() == Role.OWNER);
    }
}
