package dev.faregate.oauth;

import dev.faregate.base.Micros;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.pages.Visit;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/settings/apps`: which apps have a key, what they spent, and how to take it back.
public final class ConnectedAppsPage {
    private static final String PATH = "/settings/apps";

    private final ConnectedApps apps;

    public ConnectedAppsPage(ConnectedApps apps) {
        this.apps = apps;
    }

    public Response show(Visit visit) {
        Session session = visit.session();
        int offset = visit.query().offset();
        ConnectedApps.Page page = apps.list(session, offset);
        List<ConnectedApp> shown = page.connections().stream()
                .map(connection -> view(session, connection, page.now()))
                .toList();
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("apps", shown);
        values.put("now", page.now());
        values.put("previous", offset == 0 ? null : address(Math.max(0, offset - ConnectedApps.PAGE)));
        values.put("next", page.more() ? address(offset + ConnectedApps.PAGE) : null);
        return visit.page("apps/connected.jte", "Connected apps", "apps", values);
    }

    private static String address(int offset) {
        return offset == 0 ? PATH : PATH + "?offset=" + offset;
    }

    /// `POST /settings/apps/{id}/revoke`
    public Response revoke(Visit visit) {
        ConnectedApps.Grant ended =
                apps.revoke(visit.session(), visit.request(), visit.head().pathParameter("id"));
        return visit.goTo(
                PATH, "success", ConnectedApps.name(ended) + " is disconnected. Its key opens nothing any more.");
    }

    private static ConnectedApp view(Session session, ConnectedApps.Connection connection, Instant now) {
        ConnectedApps.Grant grant = connection.grant();
        Instant end = Micros.toNullable(grant.expiresAt());
        boolean mine = session.userId().equals(grant.userId());
        return new ConnectedApp(
                grant.id(),
                ConnectedApps.name(grant),
                grant.origin(),
                grant.keyName(),
                grant.keyLabel(),
                grant.workspace(),
                mine ? null : grant.email() == null ? "A program with a management key" : grant.email(),
                Micros.toInstant(grant.connectedAt()),
                connection.lastUsedAt(),
                end,
                end != null && !now.isBefore(end) ? "expired" : grant.disabled() ? "disabled" : null,
                !grant.scopes().mayWrite(),
                connection.usage().credit().total(),
                connection.limit() == null ? null : ConnectedApp.Limit.of(connection.limit()),
                ConnectedApps.mayEnd(session, grant));
    }
}
