package dev.faregate.oauth;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.APP;
import static dev.faregate.storage.tables.Tables.APP_GRANT;
import static dev.faregate.storage.tables.Tables.OAUTH_CLIENT;
import static dev.faregate.storage.tables.Tables.PERSON;
import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.Request;
import dev.faregate.identity.Session;
import dev.faregate.identity.Writes;
import dev.faregate.keys.KeyUsage;
import dev.faregate.keys.Keys;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/// The apps that people gave a key to, and how they take it back. Who sees everything of an
/// organization sees the apps of all its people; others see their own. Safe to share between threads;
/// blocks.
public final class ConnectedApps {
    static final int PAGE = 50;

    /// A connection as it is stored: `id` is that of its key; `client` is the name of a registered
    /// client, or the address that a client is known by; `origin` is null for an app without an
    /// address.
    record Grant(
            String id,
            @Nullable String client,
            @Nullable String title,
            @Nullable String origin,
            String keyName,
            String keyLabel,
            String workspace,
            @Nullable String userId,
            @Nullable String email,
            long connectedAt,
            Scopes scopes,
            boolean disabled,
            @Nullable Long expiresAt,
            @Nullable String limitReset) {}

    /// A connection with what its key spent. `limit` is null for a key without one.
    record Connection(Grant grant, @Nullable Instant lastUsedAt, KeyUsage usage, Limits.@Nullable State limit) {}

    /// `more`: there are further ones.
    record Page(List<Connection> connections, boolean more, Instant now) {
        Page {
            connections = List.copyOf(connections);
        }
    }

    private final Database database;
    private final Limits limits;
    private final Keys keys;
    private final Writes writes;
    private final GrantStore grants = new GrantStore();

    public ConnectedApps(Database database, Limits limits, Keys keys, Writes writes) {
        this.database = database;
        this.limits = limits;
        this.keys = keys;
        this.writes = writes;
    }

    Page list(Session session, int offset) {
        return database.read(tx -> {
            List<Grant> found = grants(tx, visible(session), offset, PAGE + 1);
            List<Grant> shown = found.subList(0, Math.min(PAGE, found.size()));
            List<String> ids = shown.stream().map(Grant::id).toList();
            Map<String, KeyUsage> usage = KeyUsage.of(tx, ids);
            Map<String, Instant> lastUsed = KeyUsage.lastUsed(tx, ids);
            Map<String, Map<Window, Limits.State>> states = limits.states(tx, Scope.KEY, ids);
            return new Page(
                    shown.stream()
                            .map(grant -> new Connection(
                                    grant,
                                    lastUsed.get(grant.id()),
                                    usage.getOrDefault(grant.id(), KeyUsage.NONE),
                                    limit(states.getOrDefault(grant.id(), Map.of()), grant.limitReset())))
                            .toList(),
                    found.size() > PAGE,
                    tx.now());
        });
    }

    private static Limits.@Nullable State limit(Map<Window, Limits.State> states, @Nullable String reset) {
        Limits.State state = states.get(reset == null ? Window.TOTAL : Window.valueOf(reset.toUpperCase(Locale.ROOT)));
        return state == null || state.cap() == null ? null : state;
    }

    private static Condition visible(Session session) {
        Condition of = APP_GRANT
                .ORGANIZATION_ID
                .eq(session.organizationId())
                .and(APP_GRANT.REVOKED_AT.isNull())
                .and(API_KEY.DELETED_AT.isNull());
        return session.role().seesEverything() ? of : of.and(APP_GRANT.USER_ID.eq(session.userId()));
    }

    private static List<Grant> grants(Tx tx, Condition which, int offset, int count) {
        return tx.sql()
                .select()
                .from(APP_GRANT)
                .join(API_KEY)
                .on(API_KEY.ID.eq(APP_GRANT.API_KEY_ID))
                .join(WORKSPACE)
                .on(WORKSPACE.ID.eq(API_KEY.WORKSPACE_ID))
                .leftJoin(APP)
                .on(APP.ID.eq(APP_GRANT.APP_ID))
                .leftJoin(OAUTH_CLIENT)
                .on(OAUTH_CLIENT.CLIENT_ID.eq(APP_GRANT.CLIENT_ID))
                .leftJoin(PERSON)
                .on(PERSON.ID.eq(APP_GRANT.USER_ID))
                .where(which)
                .orderBy(APP_GRANT.CREATED_AT.desc(), APP_GRANT.API_KEY_ID)
                .limit(count)
                .offset(offset)
                .fetch(row -> new Grant(
                        Objects.requireNonNull(row.get(APP_GRANT.API_KEY_ID)),
                        client(row.get(OAUTH_CLIENT.NAME), row.get(APP_GRANT.CLIENT_ID)),
                        row.get(APP.TITLE),
                        isLocal(row.get(APP.IDENTITY)) ? null : row.get(APP.ORIGIN),
                        Objects.requireNonNull(row.get(API_KEY.NAME)),
                        Objects.requireNonNull(row.get(API_KEY.LABEL)),
                        Objects.requireNonNull(row.get(WORKSPACE.NAME)),
                        row.get(APP_GRANT.USER_ID),
                        row.get(PERSON.EMAIL),
                        Objects.requireNonNull(row.get(APP_GRANT.CREATED_AT)),
                        Scopes.ofText(row.get(APP_GRANT.SCOPE)),
                        Objects.requireNonNull(row.get(API_KEY.DISABLED)),
                        row.get(API_KEY.EXPIRES_AT),
                        row.get(API_KEY.LIMIT_RESET)));
    }

    private static @Nullable String client(@Nullable String name, @Nullable String clientId) {
        return name == null && clientId != null && clientId.startsWith("https://") ? host(clientId) : name;
    }

    /// Apps on somebody's own machine, and devices, have no address to show.
    private static boolean isLocal(@Nullable String identity) {
        return identity != null && identity.startsWith("local:");
    }

    private static String host(String address) {
        return address.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    }

    /// Ends a connection: its key is deleted, so nothing more is admitted and running streams are cut.
    /// Returns what it was. Throws a 404 where the session sees no such connection, a 403 where it may
    /// not end it.
    Grant revoke(Session session, Request request, String id) {
        Grant ended = database.write(tx -> {
            Grant grant = grants(tx, visible(session).and(APP_GRANT.API_KEY_ID.eq(id)), 0, 1).stream()
                    .findFirst()
                    .orElseThrow(() ->
                            new ApiException(new ApiError.NotFound("This app is not connected, or not any more.")));
            if (!mayEnd(session, grant)) {
                throw new ApiException(new ApiError.Forbidden(
                        "Only who connected this app, an owner or an admin can disconnect it.",
                        "role",
                        Map.of("role", session.role().word())));
            }
            grants.revoke(tx, id);
            keys.delete(tx, session.organizationId(), id);
            writes.record(tx, request, "app.revoke", id, Map.of("app", name(grant), "key_name", grant.keyName()));
            return grant;
        });
        keys.closed(id);
        return ended;
    }

    static boolean mayEnd(Session session, Grant grant) {
        return session.role().managesOrganization() || session.userId().equals(grant.userId());
    }

    /// What an app is called: as its client is registered, by its title, by where it lives, else by its
    /// key.
    static String name(Grant grant) {
        if (grant.client() != null) {
            return grant.client();
        }
        if (grant.title() != null) {
            return grant.title();
        }
        return grant.origin() == null ? grant.keyName() : host(grant.origin());
    }
}
