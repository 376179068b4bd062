package dev.faregate.workspaces;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Workspace;
import dev.faregate.storage.Tx;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// What the handlers of this package share: which workspace a path names, and the envelopes of answers.
final class Workspaces {
    /// The usual and the largest page (contract section 1).
    static final int PAGE = 50;

    static final int MAX_PAGE = 100;

    private static final OrganizationStore ORGANIZATIONS = new OrganizationStore();

    private Workspaces() {}

    /// The workspace that `{id}` names by id or slug; a foreign one is the same 404 as none.
    static Workspace named(Tx tx, Request request) {
        return ORGANIZATIONS
                .findWorkspace(tx, organization(request), request.head().pathParameter("id"))
                .orElseThrow(Workspaces::notFound);
    }

    /// The same, locked until the transaction ends.
    static Workspace locked(Tx tx, Request request) {
        return ORGANIZATIONS
                .findWorkspaceForUpdate(
                        tx, organization(request), request.head().pathParameter("id"))
                .orElseThrow(Workspaces::notFound);
    }

    static boolean isDefault(Tx tx, Workspace workspace) {
        return ORGANIZATIONS
                .defaultWorkspace(tx, workspace.organizationId())
                .id()
                .equals(workspace.id());
    }

    static String organization(Request request) {
        return request.principal(Actor.class).organizationId();
    }

    private static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("Workspace not found"));
    }

    /// `{"data": ...}`.
    static Response data(int status, Consumer<JsonGenerator> write) {
        return Response.json(status, json -> {
            json.writeStartObject();
            json.writeName("data");
            write.accept(json);
            json.writeEndObject();
        });
    }
}
