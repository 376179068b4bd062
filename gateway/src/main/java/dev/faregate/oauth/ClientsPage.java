package dev.faregate.oauth;

import dev.faregate.apps.AppAttribution;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.http.FormFields;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.identity.Writes;
import dev.faregate.pages.Moments;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `/settings/clients`: the OAuth clients of an organization. A secret stands in the answer of the form
/// that made it, and nowhere else. Safe to share between threads; blocks.
public final class ClientsPage {
    private static final String PATH = "/settings/clients";
    private static final String SECTION = "clients";

    /// Of one organization.
    static final int MAX_CLIENTS = 200;

    /// How long a secret works on that is rotated out, in seconds, as for keys.
    private static final List<String> GRACES = List.of("0", "3600", "86400", "604800");

    private static final Duration USUAL_GRACE = Duration.ofDays(1);

    private static final int MAX_REDIRECTS_LENGTH = 22_000;
    private static final int MAX_ID_LENGTH = 100;

    private final Database database;
    private final ClientStore store;
    private final Grants grants;
    private final Writes writes;
    private final Supplier<String> publicUrl;

    ClientsPage(Database database, ClientStore store, Grants grants, Writes writes, Supplier<String> publicUrl) {
        this.database = database;
        this.store = store;
        this.grants = grants;
        this.writes = writes;
        this.publicUrl = publicUrl;
    }

    /// `GET /settings/clients`.
    public Response show(Visit visit) {
        visit.require(visit.session().role().seesEverything());
        return page(visit, 200, ClientsPageForm.EMPTY);
    }

    private Response page(Visit visit, int status, ClientsPageForm form) {
        Session session = visit.session();
        Map<String, Object> values = new HashMap<>();
        database.read(tx -> {
            values.put(
                    "clients",
                    store.list(tx, session.organizationId(), MAX_CLIENTS).stream()
                            .map(ClientsPageRow::of)
                            .toList());
            values.put("now", tx.now());
            return true;
        });
        values.put("form", form);
        values.put("mayChange", session.role().managesOrganization());
        values.put("publicUrl", publicUrl.get());
        return visit.page(status, "apps/clients.jte", "OAuth clients", SECTION, values);
    }

    /// `POST /settings/clients`: registers a client and shows it with its secret.
    public Response create(Visit visit) {
        Session session = visit.requireManager();
        ClientsPageForm typed = ClientsPageForm.of(visit.form());
        Secret secret = typed.isPublic() ? null : Tokens.generate();
        OAuthClient wanted;
        try {
            wanted = read(visit.form(), session, secret);
        } catch (ApiException e) {
            if (e.error() instanceof ApiError.BadRequest(String message, String field) && field != null) {
                return page(visit, 422, typed.with(field, message));
            }
            throw e;
        }
        OAuthClient made = database.write(tx -> {
            if (store.list(tx, session.organizationId(), MAX_CLIENTS).size() >= MAX_CLIENTS) {
                throw new ApiException(
                        new ApiError.Conflict("An organization has at most " + MAX_CLIENTS + " clients."));
            }
            OAuthClient client = at(wanted, tx.now());
            store.insert(tx, client);
            writes.record(
                    tx,
                    visit.request(),
                    "client.create",
                    client.clientId(),
                    Map.of(
                            "name", client.name(),
                            "auth_method", client.authMethod().word(),
                            "redirect_uris", client.redirectUris()));
            return client;
        });
        return shown(visit, made, secret, "is registered");
    }

    private static OAuthClient read(FormFields form, Session session, @Nullable Secret secret) {
        String name = AppAttribution.cleanTitle(form.text("name", OAuthClient.MAX_NAME_LENGTH));
        if (name == null) {
            throw FormFields.wrong("name", "must have something to read");
        }
        boolean device = form.flag("device");
        List<String> redirects = redirects(form);
        if (redirects.isEmpty() && !device) {
            throw FormFields.wrong("redirect_uris", "is required, unless the client is for devices only");
        }
        List<String> grantTypes = new ArrayList<>();
        if (!redirects.isEmpty()) {
            grantTypes.add(OAuthClient.CODE);
        }
        grantTypes.add(OAuthClient.REFRESH);
        if (device) {
            grantTypes.add(OAuthClient.DEVICE);
        }
        return new OAuthClient(
                Ids.next().toString(),
                session.organizationId(),
                session.userId(),
                OAuthClient.Origin.PAGE,
                name,
                null,
                redirects,
                secret == null ? OAuthClient.AuthMethod.NONE : OAuthClient.AuthMethod.BASIC,
                secret == null ? null : Tokens.hash(secret.reveal()),
                grantTypes,
                "read".equals(form.findWord("scope", List.of("read", "read write"))) ? Scopes.READ : Scopes.READ_WRITE,
                Instant.EPOCH,
                null,
                null,
                null);
    }

    private static List<String> redirects(FormFields form) {
        String lines = form.findProse("redirect_uris", MAX_REDIRECTS_LENGTH);
        List<String> redirects = new ArrayList<>();
        for (String line : lines == null ? List.<String>of() : lines.lines().toList()) {
            if (!line.isBlank()) {
                Callback.registrable("redirect_uris", line.strip());
                redirects.add(line.strip());
            }
        }
        if (redirects.size() > OAuthClient.MAX_REDIRECTS) {
            throw FormFields.wrong("redirect_uris", "has room for " + OAuthClient.MAX_REDIRECTS + " addresses");
        }
        return redirects;
    }

    private static OAuthClient at(OAuthClient client, Instant now) {
        return new OAuthClient(
                client.clientId(),
                client.organizationId(),
                client.createdBy(),
                client.origin(),
                client.name(),
                client.clientUri(),
                client.redirectUris(),
                client.authMethod(),
                client.secretHash(),
                client.grantTypes(),
                client.scope(),
                now,
                client.lastUsedAt(),
                client.expiresAt(),
                null);
    }

    /// `POST /settings/clients/{id}/secret`: another secret; the old one works on for the chosen time.
    public Response rotate(Visit visit) {
        Session session = visit.requireManager();
        Secret secret = Tokens.generate();
        String chosen = visit.form().findWord("grace", GRACES);
        Duration grace = chosen == null ? USUAL_GRACE : Duration.ofSeconds(Long.parseLong(chosen));
        OAuthClient client = database.write(tx -> {
            OAuthClient found = own(tx, session, visit);
            String hash = Tokens.hash(secret.reveal());
            if (!store.replaceSecret(tx, session.organizationId(), found.clientId(), hash, grace)) {
                throw new ApiException(new ApiError.BadRequest("A public client has no secret.", null));
            }
            writes.record(
                    tx,
                    visit.request(),
                    "client.rotate",
                    found.clientId(),
                    Map.of("name", found.name(), "grace_seconds", grace.toSeconds()));
            return own(tx, session, visit);
        });
        OAuthClient.OldSecret old = client.oldSecret();
        return shown(
                visit,
                client,
                secret,
                old == null
                        ? "has a new secret; the old one opens nothing any more"
                        : "has a new secret; the old one works until " + Moments.exact(old.ends()));
    }

    /// `POST /settings/clients/{id}/delete`, with the name typed: the client is gone, and with it every
    /// key that it was given.
    public Response delete(Visit visit) {
        Session session = visit.requireManager();
        String typed = visit.form().findText("name", OAuthClient.MAX_NAME_LENGTH);
        OAuthClient client = database.read(tx -> own(tx, session, visit));
        if (!client.name().equals(typed)) {
            return visit.goTo(
                    PATH, "danger", "Nothing was deleted: the name that you typed is not that of the client.");
        }
        String requestId = visit.head().requestId();
        database.write(tx -> {
            store.delete(tx, session.organizationId(), client.clientId());
            writes.record(tx, visit.request(), "client.delete", client.clientId(), Map.of("name", client.name()));
            return true;
        });
        int ended = grants.endAllOf(client.clientId(), session, requestId);
        return visit.goTo(PATH, "success", client.name() + " is deleted, and " + keys(ended) + " with it.");
    }

    private static String keys(int count) {
        return count == 1 ? "the key that it had" : "the " + count + " keys that it had";
    }

    private OAuthClient own(Tx tx, Session session, Visit visit) {
        String id = visit.head().pathParameter("id");
        return store.find(tx, id.substring(0, Math.min(id.length(), MAX_ID_LENGTH)))
                .filter(client -> session.organizationId().equals(client.organizationId()))
                .orElseThrow(() -> new ApiException(new ApiError.NotFound("There is no such client.")));
    }

    private Response shown(Visit visit, OAuthClient client, @Nullable Secret secret, String what) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("client", ClientsPageRow.of(client));
        values.put("secret", secret == null ? null : secret.reveal());
        values.put("what", what);
        values.put("publicUrl", publicUrl.get());
        return visit.page(200, "apps/client.jte", client.name(), SECTION, values);
    }
}
