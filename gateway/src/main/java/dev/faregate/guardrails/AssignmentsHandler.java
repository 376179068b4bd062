package dev.faregate.guardrails;

import dev.faregate.base.ApiException;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Handler;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.Member;
import dev.faregate.identity.MemberEnd;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.keys.KeyRules;
import dev.faregate.keys.KeyStore;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `/guardrails/{id}/assignments/…` (contract 2.4): which keys and members hold a guardrail; and, which is ours, which
/// environments, and whether the whole organization does. Each holds at most one, so assigning takes away the one held
/// before.
public final class AssignmentsHandler implements MemberEnd {
    /// Keys, members or environments in one call.
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
        return request -> counted("assigned_count", assign(request, GuardrailsHandler.id(request), kind));
    }

    /// `POST /guardrails/{id}/assignments/keys/remove` and the others.
    public Handler.Blocking removing(SubjectKind kind) {
        return request -> counted("unassigned_count", remove(request, GuardrailsHandler.id(request), kind));
    }

    /// Gives the guardrail `id` to those that the body names; how many those are. The page calls this too.
    public int assign(Request request, String id, SubjectKind kind) {
        Actor actor = request.principal(Actor.class);
        List<String> named = named(request, kind);
        int count = database.write(tx -> {
            Guardrail guardrail = guardrail(tx, request, id);
            List<String> ids = ids(tx, actor.organizationId(), kind, named);
            if (writes.claim(tx, request, guardrail.id()).isEmpty()) {
                assignments.assign(tx, actor.organizationId(), guardrail.id(), kind, ids, actor.userId());
                Guardrails.changed(tx, actor.organizationId());
                writes.record(tx, request, "guardrail.assign", guardrail.id(), Map.of(told(kind), ids));
            }
            return ids.size();
        });
        guardrails.load(actor.organizationId());
        return count;
    }

    /// Takes the guardrail `id` from those that the body names; how many of them held it. The page calls this too.
    public int remove(Request request, String id, SubjectKind kind) {
        Actor actor = request.principal(Actor.class);
        List<String> named = named(request, kind);
        int count = database.write(tx -> {
            Guardrail guardrail = guardrail(tx, request, id);
            List<String> ids = ids(tx, actor.organizationId(), kind, named);
            if (writes.claim(tx, request, guardrail.id()).isPresent()) {
                return 0;
            }
            int removed = assignments.remove(tx, actor.organizationId(), guardrail.id(), kind, ids);
            Guardrails.changed(tx, actor.organizationId());
            writes.record(tx, request, "guardrail.unassign", guardrail.id(), Map.of(told(kind), ids));
            return removed;
        });
        guardrails.load(actor.organizationId());
        return count;
    }

    private Guardrail guardrail(Tx tx, Request request, String id) {
        return store.findForUpdate(tx, request.principal(Actor.class).organizationId(), id)
                .orElseThrow(ManagedGuardrails::notFound);
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

    /// The word for several of a kind in the audit log.
    private static String told(SubjectKind kind) {
        return kind.word() + "s";
    }

    /// The field of a body that names them; the organization needs no naming.
    private static String field(SubjectKind kind) {
        return switch (kind) {
            case KEY -> "key_hashes";
            case MEMBER -> "member_user_ids";
            case ENVIRONMENT -> "environments";
            case ORGANIZATION, WORKSPACE -> throw new IllegalArgumentException(kind + " is not named in a body");
        };
    }

    private static List<String> named(Request request, SubjectKind kind) {
        if (kind == SubjectKind.ORGANIZATION) {
            return List.of(request.principal(Actor.class).organizationId());
        }
        BodyFields body = BodyFields.of(request.body());
        int longest = kind == SubjectKind.ENVIRONMENT ? KeyRules.MAX_ENVIRONMENT : MAX_ID_LENGTH;
        List<String> named = body.findTexts(field(kind), MAX_AT_ONCE, longest);
        if (named == null || named.isEmpty()) {
            throw body.bad(field(kind), "is required and must have at least one item");
        }
        return named;
    }

    /// The ids of those named, each once; whoever is not of this organization is a 400, as one that does not exist. An
    /// environment is there when it is named: keys may come later.
    private List<String> ids(Tx tx, String organization, SubjectKind kind, List<String> named) {
        return switch (kind) {
            case KEY -> keyIds(tx, organization, named);
            case MEMBER -> memberIds(tx, organization, named);
            case ENVIRONMENT, ORGANIZATION, WORKSPACE -> List.copyOf(new LinkedHashSet<>(named));
        };
    }

    private List<String> keyIds(Tx tx, String organization, List<String> named) {
        Set<String> ids = new LinkedHashSet<>();
        for (int i = 0; i < named.size(); i++) {
            String name = "key_hashes[" + i + "]";
            ids.add(keys.find(tx, organization, named.get(i))
                    .orElseThrow(() -> unknown(name, "key"))
                    .id());
        }
        return List.copyOf(ids);
    }

    private List<String> memberIds(Tx tx, String organization, List<String> named) {
        // Whoever left and whose keys go on under a guardrail can be freed of it.
        Set<String> found = new HashSet<>(assignments.holders(tx, organization, SubjectKind.MEMBER, named));
        members.find(tx, organization, named).stream().map(Member::userId).forEach(found::add);
        for (int i = 0; i < named.size(); i++) {
            if (!found.contains(named.get(i))) {
                throw unknown("member_user_ids[" + i + "]", "member");
            }
        }
        return List.copyOf(new LinkedHashSet<>(named));
    }

    private static ApiException unknown(String field, String what) {
        return BodyFields.wrong(field, "names no " + what + " of this organization");
    }

    /// The first of those that hold one guardrail, oldest first.
    public List<AssignmentStore.Assignment> holders(String organization, String id, SubjectKind kind, int most) {
        return database.read(tx -> kind == SubjectKind.KEY
                ? assignments.keys(tx, organization, id, 0, most)
                : assignments.others(tx, organization, id, kind, 0, most));
    }

    /// How many of each kind hold each guardrail; those that nobody holds are absent.
    public Map<String, Map<SubjectKind, Integer>> counts(String organization) {
        return database.read(tx -> assignments.counts(tx, organization));
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
                            assignments.others(tx, organization, guardrail, kind, offset, limit),
                            assignments.countOthers(tx, organization, guardrail, kind));
        });
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.assignments().forEach(assignment -> write(json, organization, kind, assignment));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }

    private String existing(Tx tx, String organization, Request request) {
        return store.find(tx, organization, GuardrailsHandler.id(request))
                .orElseThrow(ManagedGuardrails::notFound)
                .id();
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
