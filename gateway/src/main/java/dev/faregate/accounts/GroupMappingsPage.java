package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.FormFields;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.identity.WorkspaceRole;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import dev.faregate.workspaces.Places;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/settings/sso/groups`: which groups of the directory mean which workspaces. Whoever manages the organization sees
/// and changes them.
public final class GroupMappingsPage {
    static final String PATH = "/settings/sso/groups";
    private static final String SECTION = "sso";
    private static final int MAX_WORD = 40;

    /// Groups that the form offers; further ones are mapped by the API.
    private static final int MAX_GROUPS = 500;

    /// A group or a workspace that the form offers.
    public record Choice(String id, String name) {}

    /// A mapping as the list shows it.
    public record Row(String id, String group, String workspace, String role) {}

    private final Database database;
    private final GroupMappings mappings;
    private final GroupMappingsHandler handler;
    private final ScimStore directory = new ScimStore();

    GroupMappingsPage(Database database, GroupMappings mappings, GroupMappingsHandler handler) {
        this.database = database;
        this.mappings = mappings;
        this.handler = handler;
    }

    /// `GET /settings/sso/groups`.
    public Response list(Visit visit) {
        return list(visit, 200, null);
    }

    private Response list(Visit visit, int status, @Nullable Problem problem) {
        Session session = visit.requireManager();
        String organization = session.organizationId();
        Map<String, Object> values = new HashMap<>();
        database.read(tx -> {
            values.put("rows", rows(tx, organization));
            values.put("directory", directory.of(tx, organization).isPresent());
            values.put(
                    "groups",
                    directory.groups(tx, organization, List.of(), 0, MAX_GROUPS).items().stream()
                            .map(group -> new Choice(group.id(), group.displayName()))
                            .toList());
            values.put("workspaces", workspaces(tx, session));
            return null;
        });
        values.put("roles", WorkspaceRole.WORDS.reversed());
        values.put("group", typed(visit, "group"));
        values.put("workspace", typed(visit, "workspace"));
        values.put("role", typed(visit, "role"));
        values.put("problem", problem);
        return visit.page(status, "factors/groups.jte", "Groups and workspaces", SECTION, values);
    }

    private List<Row> rows(Tx tx, String organizationId) {
        return mappings.store().named(tx, organizationId, GroupMappings.MAX_MAPPINGS).stream()
                .map(it -> new Row(
                        it.mapping().id(),
                        it.group(),
                        it.workspace(),
                        it.mapping().role().word()))
                .toList();
    }

    /// All but the default one, which everybody is in.
    private static List<Choice> workspaces(Tx tx, Session session) {
        return Places.of(tx, session.userId()).stream()
                .filter(place -> place.organizationId().equals(session.organizationId()))
                .skip(1)
                .map(place -> new Choice(place.workspaceId(), place.workspaceName()))
                .toList();
    }

    private static String typed(Visit visit, String field) {
        List<String> all = visit.form().all(field, Integer.MAX_VALUE);
        return all.isEmpty() ? "" : all.getFirst();
    }

    /// `POST /settings/sso/groups`.
    public Response add(Visit visit) {
        visit.requireManager();
        try {
            FormFields form = visit.form();
            String group = form.text("group", MAX_WORD);
            String workspace = form.text("workspace", MAX_WORD);
            String role = form.findWord("role", WorkspaceRole.WORDS);
            handler.add(
                    visit.request(),
                    group,
                    workspace,
                    role == null ? WorkspaceRole.MEMBER : WorkspaceRole.ofWord(role));
        } catch (ApiException e) {
            return list(visit, Desk.UNPROCESSABLE, problem(e));
        }
        return visit.goTo(PATH, "success", "Whoever is in the group is in the workspace now.");
    }

    /// What was there when the form was shown may be gone when it comes.
    private static Problem problem(ApiException failure) {
        return failure.error() instanceof ApiError.NotFound
                ? new Problem(null, "The group or the workspace is not there any more.")
                : Problem.of(failure);
    }

    /// `POST /settings/sso/groups/{id}/remove`; the field `keep` says that its members stay.
    public Response remove(Visit visit) {
        visit.requireManager();
        boolean keep = visit.form().flag("keep");
        handler.remove(visit.request(), () -> keep);
        return visit.goTo(
                PATH,
                "success",
                keep
                        ? "The mapping is gone; its members stay in the workspace."
                        : "The mapping is gone, and with it the members that nothing else put there.");
    }
}
