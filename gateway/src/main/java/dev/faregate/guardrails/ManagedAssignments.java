package dev.faregate.guardrails;

import dev.faregate.base.ApiException;
import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What management does with the assignments of guardrails to keys, members, environments and the whole organization,
/// whoever asks: the API for a management key, the page for a person. Each of them holds at most one guardrail, so
/// assigning takes away the one held before. Every write is an event of the audit log, and in force on this node when
/// it returns. Safe to share between threads; blocks.
public final class ManagedAssignments implements MemberEnd {
    /// Keys, members or environments in one call.
    static final int MAX_AT_ONCE = 100;

    private static final int MAX_ID_LENGTH = 128;

    /// Some assignments, and how many there are.
    record Page(List<AssignmentStore.Assignment> assignments, int total) {}

    private final Database database;
    private final GuardrailStore store;
    private final AssignmentStore assignments;
    private final Guardrails guardrails;
    private final KeyStore keys;
    private final MemberStore members;
    private final Writes writes;

    ManagedAssignments(
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

    /// Gives the guardrail `id` to those that the body names; how many those are.
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

    /// Takes the guardrail `id` from those that the body names; how many of them held it.
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

    /// Those of a kind, oldest first: of all guardrails, or of the one that `id` names.
    Page page(String organization, @Nullable String id, SubjectKind kind, int offset, int limit) {
        return database.read(tx -> {
            String guardrail = id == null
                    ? null
                    : store.find(tx, organization, id)
                            .orElseThrow(ManagedGuardrails::notFound)
                            .id();
            return kind == SubjectKind.KEY
                    ? new Page(
                            assignments.keys(tx, organization, guardrail, offset, limit),
                            assignments.countKeys(tx, organization, guardrail))
                    : new Page(
                            assignments.others(tx, organization, guardrail, kind, offset, limit),
                            assignments.countOthers(tx, organization, guardrail, kind));
        });
    }
}
