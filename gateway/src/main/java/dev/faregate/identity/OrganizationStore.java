package dev.faregate.identity;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.http.BodyFields;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Organizations and their workspaces.
public final class OrganizationStore {
    /// Slug of the organization and of the workspace that the first start makes.
    public static final String DEFAULT_SLUG = "default";

    private static final Pattern REFERENCE = Pattern.compile("[A-Za-z0-9-]{1,50}");

    /// An organization with the workspace that applies where a call names none.
    public record Home(Organization organization, Workspace workspace) {}

    /// Makes the organization and the workspace `default`; empty, and nothing done, when any organization
    /// exists. Two nodes that start at once cannot both make it: the slug is unique.
    public Optional<Home> createFirst(Tx tx) {
        if (tx.sql().fetchExists(ORGANIZATION)) {
            return Optional.empty();
        }
        return insert(tx, DEFAULT_SLUG, "Default", Organization.Billing.POSTPAID);
    }

    /// Makes an organization with a workspace `default`, under a slug of its own.
    public Home create(Tx tx, String name, Organization.Billing billing) {
        return insert(tx, Ids.next().toString(), name, billing).orElseThrow();
    }

    /// Gives an organization another name.
    public void rename(Tx tx, String id, String name) {
        tx.sql()
                .update(ORGANIZATION)
                .set(ORGANIZATION.NAME, name)
                .where(ORGANIZATION.ID.eq(id))
                .execute();
    }

    /// Whether an organization wants to be told of unusual spend.
    public static boolean wantsSpendAlerts(Tx tx, String id) {
        return tx.sql()
                .select(ORGANIZATION.IS_SPEND_ALERT_ENABLED)
                .from(ORGANIZATION)
                .where(ORGANIZATION.ID.eq(id))
                .fetchSingle()
                .value1();
    }

    /// False when it was so already.
    public static boolean wantSpendAlerts(Tx tx, String id, boolean wanted) {
        return tx.sql()
                        .update(ORGANIZATION)
                        .set(ORGANIZATION.IS_SPEND_ALERT_ENABLED, wanted)
                        .where(ORGANIZATION.ID.eq(id))
                        .and(ORGANIZATION.IS_SPEND_ALERT_ENABLED.ne(wanted))
                        .execute()
                > 0;
    }

    private Optional<Home> insert(Tx tx, String slug, String name, Organization.Billing billing) {
        Organization organization = new Organization(Ids.next().toString(), slug, name, billing, tx.now());
        int made = tx.sql()
                .insertInto(ORGANIZATION)
                .set(ORGANIZATION.ID, organization.id())
                .set(ORGANIZATION.SLUG, organization.slug())
                .set(ORGANIZATION.NAME, organization.name())
                .set(ORGANIZATION.BILLING, organization.billing().word())
                .set(ORGANIZATION.CREATED_AT, Micros.of(organization.createdAt()))
                .onConflict(ORGANIZATION.SLUG)
                .doNothing()
                .execute();
        if (made == 0) {
            return Optional.empty();
        }
        return Optional.of(new Home(organization, createWorkspace(tx, organization.id(), DEFAULT_SLUG, "Default")));
    }

    /// Makes a workspace; the slug must be free in the organization.
    public Workspace createWorkspace(Tx tx, String organizationId, String slug, String name) {
        return createWorkspace(tx, Ids.next().toString(), organizationId, slug, name, null);
    }

    /// The same with an id chosen before, by a user, if one did it. The id of its default guardrail is made
    /// with it; the guardrail itself once it is first written.
    public Workspace createWorkspace(
            Tx tx, String id, String organizationId, String slug, String name, @Nullable String createdBy) {
        Workspace workspace = new Workspace(id, organizationId, slug, name, tx.now());
        tx.sql()
                .insertInto(WORKSPACE)
                .set(WORKSPACE.ID, workspace.id())
                .set(WORKSPACE.ORGANIZATION_ID, workspace.organizationId())
                .set(WORKSPACE.SLUG, workspace.slug())
                .set(WORKSPACE.NAME, workspace.name())
                .set(WORKSPACE.CREATED_AT, Micros.of(workspace.createdAt()))
                .set(WORKSPACE.CREATED_BY, createdBy)
                .set(WORKSPACE.DEFAULT_GUARDRAIL_ID, Ids.next().toString())
                .execute();
        return workspace;
    }

    public Optional<Organization> find(Tx tx, String id) {
        return tx.sql().selectFrom(ORGANIZATION).where(ORGANIZATION.ID.eq(id)).fetchOptional(OrganizationStore::read);
    }

    /// Every organization, the oldest first.
    public List<Organization> all(Tx tx) {
        return tx.sql()
                .selectFrom(ORGANIZATION)
                .orderBy(ORGANIZATION.CREATED_AT, ORGANIZATION.ID)
                .fetch(OrganizationStore::read);
    }

    public Optional<Organization> findBySlug(Tx tx, String slug) {
        return tx.sql()
                .selectFrom(ORGANIZATION)
                .where(ORGANIZATION.SLUG.eq(slug))
                .fetchOptional(OrganizationStore::read);
    }

    /// A living workspace by its id or slug, if it is one of this organization.
    public Optional<Workspace> findWorkspace(Tx tx, String organizationId, String reference) {
        return workspace(tx, organizationId, reference, WORKSPACE.DELETED_AT.isNull())
                .fetchOptional(OrganizationStore::readWorkspace);
    }

    /// As [#findWorkspace], but a deleted one too, by its id: what happened in it stays readable.
    public Optional<Workspace> findWorkspaceEver(Tx tx, String organizationId, String reference) {
        return workspace(tx, organizationId, reference, DSL.noCondition())
                .fetchOptional(OrganizationStore::readWorkspace);
    }

    /// As [#findWorkspace], and nobody else changes or deletes it until this transaction ends. Locks are
    /// taken in one order everywhere: workspace, organization, limits.
    public Optional<Workspace> findWorkspaceForUpdate(Tx tx, String organizationId, String reference) {
        var query = workspace(tx, organizationId, reference, WORKSPACE.DELETED_AT.isNull());
        return switch (tx.kind()) {
            case SQLITE -> query.fetchOptional(OrganizationStore::readWorkspace);
            case POSTGRESQL -> query.forUpdate().fetchOptional(OrganizationStore::readWorkspace);
        };
    }

    private static SelectConditionStep<Record> workspace(
            Tx tx, String organizationId, String reference, Condition which) {
        Condition named = REFERENCE.matcher(reference).matches()
                ? WORKSPACE.ID.eq(reference).or(WORKSPACE.SLUG.eq(reference))
                : DSL.falseCondition();
        return tx.sql()
                .selectFrom(WORKSPACE)
                .where(WORKSPACE.ORGANIZATION_ID.eq(organizationId))
                .and(named)
                .and(which);
    }

    /// Keeps a workspace from being deleted until this transaction ends: for what is made in it. Throws a
    /// 400 when it is deleted already.
    public static void keepWorkspace(Tx tx, String workspaceId) {
        var query = tx.sql()
                .selectOne()
                .from(WORKSPACE)
                .where(WORKSPACE.ID.eq(workspaceId))
                .and(WORKSPACE.DELETED_AT.isNull());
        boolean lives =
                tx.kind() == Database.Kind.POSTGRESQL ? query.forShare().fetchOne() != null : query.fetchOne() != null;
        if (!lives) {
            throw new ApiException(new ApiError.BadRequest("This workspace was deleted.", "workspace_id"));
        }
    }

    /// Makes other changes of this organization's workspaces, budgets and keys wait until this transaction
    /// ends.
    public static void lock(Tx tx, String organizationId) {
        if (tx.kind() == Database.Kind.POSTGRESQL) {
            tx.sql()
                    .selectOne()
                    .from(ORGANIZATION)
                    .where(ORGANIZATION.ID.eq(organizationId))
                    .forUpdate()
                    .fetch();
        }
    }

    /// The workspace that `workspace_id` of a call refers to by id or slug, or without one the default. Throws a 400
    /// where it is none of this organization, the same as for one that does not exist.
    public Workspace referredTo(Tx tx, String organizationId, @Nullable String reference) {
        return reference == null
                ? defaultWorkspace(tx, organizationId)
                : findWorkspace(tx, organizationId, reference)
                        .orElseThrow(() -> BodyFields.wrong("workspace_id", "names no workspace of this organization"));
    }

    /// The workspace that applies where a call names none: the oldest, whatever it is called by now.
    public Workspace defaultWorkspace(Tx tx, String organizationId) {
        return tx.sql()
                .selectFrom(WORKSPACE)
                .where(WORKSPACE.ORGANIZATION_ID.eq(organizationId))
                .and(WORKSPACE.DELETED_AT.isNull())
                .orderBy(WORKSPACE.CREATED_AT, WORKSPACE.ID)
                .limit(1)
                .fetchOptional(OrganizationStore::readWorkspace)
                .orElseThrow(() -> new IllegalStateException("an organization without a workspace"));
    }

    /// What applies to requests from a workspace that do not say it themselves.
    public static RequestDefaults requestDefaults(Tx tx, String workspaceId) {
        return tx.sql()
                .select(
                        WORKSPACE.DEFAULT_TEXT_MODEL,
                        WORKSPACE.DEFAULT_PROVIDER_SORT,
                        ORGANIZATION.IS_FILTERED_MODEL_CATALOG_ENABLED)
                .from(WORKSPACE)
                .join(ORGANIZATION)
                .on(ORGANIZATION.ID.eq(WORKSPACE.ORGANIZATION_ID))
                .where(WORKSPACE.ID.eq(workspaceId))
                .fetchOptional(row -> new RequestDefaults(row.value1(), row.value2(), row.value3()))
                .orElse(RequestDefaults.NONE);
    }

    /// The organizations that do not want to be in rankings of the whole installation.
    public static Set<String> hiddenFromRankings(Tx tx) {
        return tx.sql()
                .select(ORGANIZATION.ID)
                .from(ORGANIZATION)
                .where(DSL.condition(ORGANIZATION.HIDDEN_FROM_RANKINGS))
                .fetchSet(ORGANIZATION.ID);
    }

    public static boolean isHiddenFromRankings(Tx tx, String organizationId) {
        return tx.sql()
                .fetchExists(
                        ORGANIZATION,
                        ORGANIZATION.ID.eq(organizationId).and(DSL.condition(ORGANIZATION.HIDDEN_FROM_RANKINGS)));
    }

    /// Takes an organization out of those rankings, or lets it in again.
    public static void hideFromRankings(Tx tx, String organizationId, boolean hidden) {
        tx.sql()
                .update(ORGANIZATION)
                .set(ORGANIZATION.HIDDEN_FROM_RANKINGS, hidden)
                .where(ORGANIZATION.ID.eq(organizationId))
                .execute();
    }

    private static Organization read(Record row) {
        return new Organization(
                Objects.requireNonNull(row.get(ORGANIZATION.ID)),
                Objects.requireNonNull(row.get(ORGANIZATION.SLUG)),
                Objects.requireNonNull(row.get(ORGANIZATION.NAME)),
                Organization.Billing.ofWord(Objects.requireNonNull(row.get(ORGANIZATION.BILLING))),
                Micros.toInstant(Objects.requireNonNull(row.get(ORGANIZATION.CREATED_AT))));
    }

    private static Workspace readWorkspace(Record row) {
        return new Workspace(
                Objects.requireNonNull(row.get(WORKSPACE.ID)),
                Objects.requireNonNull(row.get(WORKSPACE.ORGANIZATION_ID)),
                Objects.requireNonNull(row.get(WORKSPACE.SLUG)),
                Objects.requireNonNull(row.get(WORKSPACE.NAME)),
                Micros.toInstant(Objects.requireNonNull(row.get(WORKSPACE.CREATED_AT))));
    }
}
