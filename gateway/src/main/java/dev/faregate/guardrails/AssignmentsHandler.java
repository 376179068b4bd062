package dev.faregate.guardrails;

import dev.faregate.http.Handler;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.keys.BudgetStore.SubjectKind;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `/guardrails/{id}/assignments/…` (contract 2.4): which keys and members hold a guardrail; and, which is ours, which
/// environments, and whether the whole organization does.
public final class AssignmentsHandler {
    private final ManagedAssignments managed;

    AssignmentsHandler(ManagedAssignments managed) {
        this.managed = managed;
    }

    /// `GET /guardrails/assignments/keys`, `/members`, `/environments` or `/organization`: all that there are.
    public Handler.Blocking all(SubjectKind kind) {
        return request -> list(request, kind, false);
    }

    /// `GET /guardrails/{id}/assignments/keys` and the others: those of one guardrail.
    public Handler.Blocking ofOne(SubjectKind kind) {
        return request -> list(request, kind, true);
    }

    /// `POST /guardrails/{id}/assignments/keys` and the others.
    public Handler.Blocking assigning(SubjectKind kind) {
        return request -> counted("assigned_count", managed.assign(request, GuardrailsHandler.id(request), kind));
    }

    /// `POST /guardrails/{id}/assignments/keys/remove` and the others.
    public Handler.Blocking removing(SubjectKind kind) {
        return request -> counted("unassigned_count", managed.remove(request, GuardrailsHandler.id(request), kind));
    }

    private Response list(Request request, SubjectKind kind, boolean ofOne) {
        String organization = request.principal(Actor.class).organizationId();
        QueryParameters query = new QueryParameters(request.head().query());
        ManagedAssignments.Page page = managed.page(
                organization,
                ofOne ? GuardrailsHandler.id(request) : null,
                kind,
                query.offset(),
                query.limit(GuardrailsHandler.USUAL_PAGE, GuardrailsHandler.MAX_PAGE));
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.assignments().forEach(assignment -> write(json, organization, kind, assignment));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    private static void write(
            JsonGenerator json, String organization, SubjectKind kind, AssignmentStore.Assignment assignment) {
        json.writeStartObject();
        json.writeStringProperty("id", assignment.id());
        json.writeStringProperty("guardrail_id", assignment.guardrailId());
        switch (kind) {
            case KEY -> {
                json.writeStringProperty("key_hash", Objects.requireNonNull(assignment.keyHash()));
                text(json, "key_name", assignment.keyName());
                text(json, "key_label", assignment.keyLabel());
            }
            case MEMBER -> json.writeStringProperty("user_id", assignment.subjectId());
            case ENVIRONMENT -> json.writeStringProperty("environment", assignment.subjectId());
            case ORGANIZATION, WORKSPACE -> {}
        }
        if (kind != SubjectKind.KEY) {
            json.writeStringProperty("organization_id", organization);
        }
        text(json, "assigned_by", assignment.assignedBy());
        json.writeStringProperty("created_at", assignment.createdAt().toString());
        json.writeEndObject();
    }

    private static void text(JsonGenerator json, String name, @Nullable String value) {
        if (value == null) {
            json.writeNullProperty(name);
        } else {
            json.writeStringProperty(name, value);
        }
    }

    private static Response counted(String name, int count) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeNumberProperty(name, count);
            json.writeEndObject();
        });
    }
}
