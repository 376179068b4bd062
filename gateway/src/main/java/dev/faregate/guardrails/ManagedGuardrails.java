package dev.faregate.guardrails;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Workspace;
import dev.faregate.identity.Writes;
import dev.faregate.keys.BudgetStore;
import dev.faregate.models.Catalogues;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What management does with guardrails, whoever asks: the API for a management key, the page for a person. Every
/// write happens once for its `Idempotency-Key` and is an event of the audit log; the fields are those of the bodies
/// of `/guardrails` (contract 2.4). Safe to share between threads; blocks.
public final class ManagedGuardrails {
    /// Some guardrails, and how many there are.
    public record Page(List<Guardrail> guardrails, int total) {}

    private final Database database;
    private final GuardrailStore store;
    private final BudgetStore budgets;
    private final Guardrails guardrails;
    private final OrganizationStore organizations;
    private final Catalogues catalogues;
    private final Writes writes;

    ManagedGuardrails(
            Database database,
            GuardrailStore store,
            BudgetStore budgets,
            Guardrails guardrails,
            OrganizationStore organizations,
            Catalogues catalogues,
            Writes writes) {
        this.database = database;
        this.store = store;
        this.budgets = budgets;
        this.guardrails = guardrails;
        this.organizations = organizations;
        this.catalogues = catalogues;
        this.writes = writes;
    }

    /// The slugs of the filters that come with the server.
    public static List<String> builtins() {
        return Builtin.slugs();
    }

    /// A page, oldest first, of the workspace with that id or slug, or of all for null.
    public Page list(String organization, @Nullable String workspace, int offset, int limit) {
        return database.read(tx -> {
            String id = workspace == null
                    ? null
                    : organizations
                            .findWorkspace(tx, organization, workspace)
                            .map(Workspace::id)
                            .orElseThrow(() ->
                                    QueryParameters.wrong("workspace_id", "names no workspace of this organization"));
            return new Page(store.list(tx, organization, id, offset, limit), store.count(tx, organization, id));
        });
    }

    /// It binds nobody until it is assigned.
    public Guardrail create(Request request) {
        String organization = organization(request);
        GuardrailFields fields = new GuardrailFields(BodyFields.of(request.body()));
        String id = Ids.next().toString();
        Guardrail made = database.write(tx -> {
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return existing(tx, organization, earlier.get());
            }
            Guardrail wanted = wanted(tx, organization, id, fields);
            OrganizationStore.keepWorkspace(tx, wanted.workspaceId());
            store.insert(tx, wanted);
            Guardrails.changed(tx, organization);
            writes.record(tx, request, "guardrail.create", id, wanted.auditDetail());
            return wanted;
        });
        guardrails.load(organization);
        return made;
    }

    public Guardrail get(String organization, String id) {
        return database.read(tx -> existing(tx, organization, id));
    }

    /// What is absent stays, collections are replaced whole.
    public Guardrail update(Request request, String id) {
        String organization = organization(request);
        GuardrailFields fields = new GuardrailFields(BodyFields.of(request.body()));
        Guardrail changed = database.write(tx -> {
            Optional<Guardrail> before = store.findForUpdate(tx, organization, id);
            Guardrail base =
                    before.or(() -> store.unwritten(tx, organization, id)).orElseThrow(ManagedGuardrails::notFound);
            if (writes.claim(tx, request, base.id()).isPresent()) {
                return base;
            }
            Guardrail after = patched(tx, base, fields, before.isPresent());
            if (before.isEmpty()) {
                store.insert(tx, after);
            } else {
                store.update(tx, after);
            }
            Guardrails.changed(tx, organization);
            writes.record(tx, request, "guardrail.update", after.id(), after.auditDetail());
            return after;
        });
        guardrails.load(organization);
        return changed;
    }

    /// Whoever holds it is free of it, and its budgets end. Throws a 403 for the default one of a workspace.
    public void delete(Request request, String id) {
        String organization = organization(request);
        database.write(tx -> {
            Guardrail guardrail = store.findForUpdate(tx, organization, id).orElseThrow(ManagedGuardrails::notFound);
            if (guardrail.isDefault()) {
                throw new ApiException(new ApiError.Forbidden(
                        "The default guardrail of a workspace cannot be deleted. Set its fields to null instead.",
                        "default_guardrail",
                        Map.of()));
            }
            writes.claim(tx, request, guardrail.id());
            store.delete(tx, guardrail);
            Guardrails.changed(tx, organization);
            writes.record(tx, request, "guardrail.delete", guardrail.id(), Map.of("name", guardrail.name()));
            return guardrail;
        });
        guardrails.load(organization);
    }

    /// What the content filters of a body would make of a text, whether it is on trial or not. Nothing is kept or
    /// counted. Throws a 400 for filters that a write would refuse.
    public Trial tried(Request request, String text) {
        Rules rules = new GuardrailFields(BodyFields.of(request.body())).rules(Rules.NONE, catalogues.snapshot());
        String organization = organization(request);
        Guardrail unsaved = database.read(tx -> new Guardrail(
                "", organization, "", "this guardrail", null, null, null, false, false, false, rules, tx.now(), null));
        return guardrails.tried(unsaved, text);
    }

    /// The guardrail, or the default one of a workspace that nobody wrote yet, as a form begins with it.
    public Guardrail open(String organization, String id) {
        return database.read(tx -> store.find(tx, organization, id)
                .or(() -> store.unwritten(tx, organization, id))
                .orElseThrow(ManagedGuardrails::notFound));
    }

    /// The id of the guardrail that binds all keys of a workspace, written or not.
    public String defaultOf(String organization, String workspaceId) {
        return database.read(tx -> store.defaultOf(tx, organization, workspaceId))
                .orElseThrow(ManagedGuardrails::notFound);
    }

    /// How its budgets stand, the fullest first: of those keys, and members, that it applies to.
    public BudgetStore.Standings standings(Guardrail guardrail) {
        return database.read(tx -> budgets.standings(tx, guardrail.organizationId(), guardrail.id()));
    }

    private Guardrail wanted(Tx tx, String organization, String id, GuardrailFields fields) {
        Usd limit = fields.limit();
        Window interval = fields.interval();
        GuardrailFields.checkPair(limit, interval);
        return new Guardrail(
                id,
                organization,
                organizations.referredTo(tx, organization, fields.workspace()).id(),
                fields.name(),
                fields.description(),
                limit,
                interval,
                fields.body().flag("include_byok_in_budgets"),
                fields.body().flag("dry_run"),
                false,
                fields.rules(Rules.NONE, catalogues.snapshot()),
                tx.now(),
                null);
    }

    private Guardrail patched(Tx tx, Guardrail before, GuardrailFields fields, boolean written) {
        BodyFields body = fields.body();
        Usd limit = body.has("limit_usd") ? fields.limit() : before.limit();
        Window interval = body.has("reset_interval") ? fields.interval() : before.interval();
        GuardrailFields.checkPair(limit, interval);
        return new Guardrail(
                before.id(),
                before.organizationId(),
                before.workspaceId(),
                body.has("name") ? fields.name() : before.name(),
                body.has("description") ? fields.description() : before.description(),
                limit,
                interval,
                body.has("include_byok_in_budgets") ? body.flag("include_byok_in_budgets") : before.includeByok(),
                body.has("dry_run") ? body.flag("dry_run") : before.dryRun(),
                before.isDefault(),
                fields.rules(before.rules(), catalogues.snapshot()),
                before.createdAt(),
                written ? tx.now() : null);
    }

    private Guardrail existing(Tx tx, String organization, String id) {
        return store.find(tx, organization, id).orElseThrow(ManagedGuardrails::notFound);
    }

    static ApiException notFound() {
        return new ApiException(new ApiError.NotFound("Guardrail not found"));
    }

    private static String organization(Request request) {
        return request.principal(Actor.class).organizationId();
    }
}
