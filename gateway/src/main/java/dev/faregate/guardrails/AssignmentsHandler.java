package dev.faregate.guardrails;

import dev.faregate.base.ApiException;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberEnd;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.keys.KeyStore;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `/guardrails/{id}/assignments/…` (contract 2.4): which keys and members hold a guardrail. Each holds at most one,
/// so assigning takes away the one held before.
public final class AssignmentsHandler implements MemberEnd {
    /// Keys or members in one call.
    static final int MAX_AT_ONCE = 100;

    private static final int MAX_ID_LENGTH = 128;

    private record Page(List<AssignmentStore.Assignment> assignments, int total) {}

    private final Database database;
    private final GuardrailStore store;
    private final AssignmentStore assignments;
    private final Guardrails guardrails;
    private final KeyStore keys;
    private final MemberStore members;
    private final Writes writes;

    AssignmentsHandler(
            Database database,
            GuardrailStore store,
            AssignmentStore assignments,
            Guardrails guardrails,
            KeyStore keys,
            MemberStore members,
            Writes writes) {
        this.database = database;
        this.store = store;
        this.assignments = assignments;
        this.guardrails = guardrails;
        this.keys = keys;
        this.members = members;
        this.writes = writes;
    }

    /// `GET /guardrails/assignments/keys`
    public Response allKeys(Request request) {
        return list(request, SubjectKind.KEY, false);
    }

    /// `GET /guardrails/{id}/assignments/keys`
    public Response listKeys(Request request) {
        return list(request, SubjectKind.KEY, true);
    }

    /// `GET /guardrails/assignments/members`
    public Response allMembers(Request request) {
        return list(request, SubjectKind.MEMBER, false);
    }

    /// `GET /guardrails/{id}/assignments/members`
    public Response listMembers(Request request) {
        return list(request, SubjectKind.MEMBER, true);
    }

    /// `POST /guardrails/{id}/assignments/keys`
    public Response assignKeys(Request request) {
        return assign(request, SubjectKind.KEY);
    }

    /// `POST /guardrails/{id}/assignments/members`
    public Response assignMembers(Request request) {
        return assign(request, SubjectKind.MEMBER);
    }

    /// `POST /guardrails/{id}/assignments/keys/remove`
    public Response removeKeys(Request request) {
        return remove(request, SubjectKind.KEY);
    }

    /// `POST /guardrails/{id}/assignments/members/remove`
    public Response removeMembers(Request request) {
        return remove(request, SubjectKind.MEMBER);
    }

    private Response assign(Request request, SubjectKind kind) {
        Actor actor = request.principal(Actor.class);
        List<String> named = named(request, kind);
        int count = database.write(tx -> {
            Guardrail guardrail = guardrail(tx, request);
            List<String> ids = ids(tx, actor.organizationId(), kind, named);
            if (writes.claim(tx, request, guardrail.id()).isEmpty()) {
                assignments.assign(tx, actor.organizationId(), guardrail.id(), kind, ids, actor.userId());
                Guardrails.changed(tx, actor.organizationId());
                writes.record(tx, request, "guardrail.assign", guardrail.id(), Map.of(kind.word() + "s", ids));
            }
            return ids.size();
        });
        guardrails.load(actor.organizationId());
        return counted("assigned_count", count);
    }

    private Response remove(Request request, SubjectKind kind) {
        Actor actor = request.principal(Actor.class);
        List<String> named = named(request, kind);
        int count = database.write(tx -> {
            Guardrail guardrail = guardrail(tx, request);
            List<String> ids = ids(tx, actor.organizationId(), kind, named);
            if (writes.claim(tx, request, guardrail.id()).isPresent()) {
                return 0;
            }
            int removed = assignments.remove(tx, actor.organizationId(), guardrail.id(), kind, ids);
            Guardrails.changed(tx, actor.organizationId());
            writes.record(tx, request, "guardrail.unassign", guardrail.id(), Map.of(kind.word() + "s", ids));
            return removed;
        });
        guardrails.load(actor.organizationId());
        return counted("unassigned_count", count);
    }

    private Guardrail guardrail(Tx tx, Request request) {
        return store.findForUpdate(tx, request.principal(Actor.class).organizationId(), GuardrailsHandler.id(request))
                .orElseThrow(GuardrailsHandler::notFound);
    }

    @Override
    public void end(Tx tx, String organizationId, String userId) {
        if (assignments.removeAll(tx, organizationId, SubjectKind.MEMBER, userId)) {
            Guardrails.changed(tx, organizationId);
        }
    }

    @Override
    public void ended(String organizationId) {
        guardrails.load(organizationId);
    }

    private static String field(SubjectKind kind) {
        return kind == SubjectKind.KEY ? "key_hashes" : "member_user_ids";
    }

    private static List<String> named(Request request, SubjectKind kind) {
        BodyFields body = BodyFields.of(request.body());
        List<String> named = body.findTexts(field(kind), MAX_AT_ONCE, MAX_ID_LENGTH);
        if (named == null || named.isEmpty()) {
            throw body.bad(field(kind), "is required and must have at least one item");
        }
        return named;
    }

    /// The ids of those named, each once; whoever is not of this organization is a 400, as one that does not exist.
    private List<String> ids(Tx tx, String organization, SubjectKind kind, List<String> named) {
        Set<String> ids = new LinkedHashSet<>();
        if (kind == SubjectKind.KEY) {
            for (int i = 0; i < named.size(); i++) {
                String name = "key_hashes[" + i + "]";
                ids.add(keys.find(tx, organization, named.get(i))
                        .orElseThrow(() -> unknown(name, "key"))
                        .id());
            }
        } else {
            // Whoever left and whose keys go on under a guardrail can be freed of it.
            Set<String> found = new HashSet<>(assignments.holders(tx, organization, kind, named));
            members.find(tx, organization, named).stream().map(Member::userId).forEach(found::add);
            for (int i = 0; i < named.size(); i++) {
                if (!found.contains(named.get(i))) {
                    throw unknown("member_user_ids[" + i + "]", "member");
                }
                ids.add(named.get(i));
            }
        }
        return new ArrayList<>(ids);
    }

    private static ApiException unknown(String field, String what) {
        return BodyFields.wrong(field, "names no " + what + " of this organization");
    }

    private Response list(Request request, SubjectKind kind, boolean ofOne) {
        String organization = request.principal(Actor.class).organizationId();
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(GuardrailsHandler.USUAL_PAGE, GuardrailsHandler.MAX_PAGE);
        Page page = database.read(tx -> {
            String guardrail = ofOne ? existing(tx, organization, request) : null;
            return kind == SubjectKind.KEY
                    ? new Page(
                            assignments.keys(tx, organization, guardrail, offset, limit),
                            assignments.countKeys(tx, organization, guardrail))
                    : new Page(
                            assignments.members(tx, organization, guardrail, offset, limit),
                            assignments.countMembers(tx, organization, guardrail));
        });
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.assignments().forEach(assignment -> write(json, organization, assignment));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    private String existing(Tx tx, String organization, Request request) {
        return store.find(tx, organization, GuardrailsHandler.id(request))
                .orElseThrow(GuardrailsHandler::notFound)
                .id();
    }

    private static void write(JsonGenerator json, String organization, AssignmentStore.Assignment assignment) {
        json.writeStartObject();
        json.writeStringProperty("id", assignment.id());
        json.writeStringProperty("guardrail_id", assignment.guardrailId());
        if (assignment.keyHash() != null) {
            json.writeStringProperty("key_hash", assignment.keyHash());
            text(json, "key_name", assignment.keyName());
            text(json, "key_label", assignment.keyLabel());
        } else {
            json.writeStringProperty("user_id", assignment.subjectId());
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
