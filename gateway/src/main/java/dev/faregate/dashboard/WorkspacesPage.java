package dev.faregate.dashboard;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.identity.Sessions;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.workspaces.Places;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// `/settings/workspaces`: where the person may look, as a page, and as the list under the switcher of the layout.
final class WorkspacesPage {
    static final String PATH = "/settings/workspaces";

    private static final int MAX_ID = 50;

    private final Database database;
    private final Sessions sessions;

    WorkspacesPage(Database database, Sessions sessions) {
        this.database = database;
        this.sessions = sessions;
    }

    /// `GET /settings/workspaces`
    Response list(Visit visit) {
        Session session = visit.session();
        Map<String, List<Places.Place>> places = database.read(tx -> Places.of(tx, session.userId())).stream()
                .collect(Collectors.groupingBy(Places.Place::organizationId, LinkedHashMap::new, Collectors.toList()));
        Map<String, Object> values = Map.of("places", List.copyOf(places.values()));
        return visit.isPartial()
                ? visit.part("dashboard/workspacesMenu.jte", values)
                : visit.page("dashboard/workspaces.jte", "Workspaces", "workspaces", values);
    }

    /// `POST /settings/workspaces`: looks at another workspace from now on, in this session. Leads to the start: the
    /// page that the person comes from may be about something of the former workspace.
    Response look(Visit visit) {
        Session session = visit.session();
        String wanted = visit.form().text("workspace", MAX_ID);
        Places.Place place = database.write(tx -> {
            Places.Place found = Places.of(tx, session.userId()).stream()
                    .filter(it -> it.workspaceId().equals(wanted))
                    .findFirst()
                    .orElseThrow(() -> new ApiException(new ApiError.NotFound("There is no such workspace.")));
            sessions.look(tx, session.id(), found.organizationId(), found.workspaceId());
            return found;
        });
        return visit.goTo("/", "success", "You look at “" + place.workspaceName() + "” now.");
    }
}
