package dev.faregate.identity;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jooq.Record;

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
        Organization organization = new Organization(
                Ids.next().toString(), DEFAULT_SLUG, "Default", Organization.Billing.POSTPAID, tx.now());
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
        Workspace workspace = new Workspace(Ids.next().toString(), organizationId, slug, name, tx.now());
        tx.sql()
                .insertInto(WORKSPACE)
                .set(WORKSPACE.ID, workspace.id())
                .set(WORKSPACE.ORGANIZATION_ID, workspace.organizationId())
                .set(WORKSPACE.SLUG, workspace.slug())
                .set(WORKSPACE.NAME, workspace.name())
                .set(WORKSPACE.CREATED_AT, Micros.of(workspace.createdAt()))
                .execute();
        return workspace;
    }

    public Optional<Organization> find(Tx tx, String id) {
        return tx.sql().selectFrom(ORGANIZATION).where(ORGANIZATION.ID.eq(id)).fetchOptional(OrganizationStore::read);
    }

    public Optional<Organization> findBySlug(Tx tx, String slug) {
        return tx.sql()
                .selectFrom(ORGANIZATION)
                .where(ORGANIZATION.SLUG.eq(slug))
                .fetchOptional(OrganizationStore::read);
    }

    /// A workspace by its id or slug, if it is one of this organization.
    public Optional<Workspace> findWorkspace(Tx tx, String organizationId, String reference) {
        if (!REFERENCE.matcher(reference).matches()) {
            return Optional.empty();
        }
        return tx.sql()
                .selectFrom(WORKSPACE)
                .where(WORKSPACE.ORGANIZATION_ID.eq(organizationId))
                .and(WORKSPACE.ID.eq(reference).or(WORKSPACE.SLUG.eq(reference)))
                .limit(1)
                .fetchOptional(OrganizationStore::readWorkspace);
    }

    /// The workspace that applies where a call names none: the oldest, whatever it is called by now.
    public Workspace defaultWorkspace(Tx tx, String organizationId) {
        return tx.sql()
                .selectFrom(WORKSPACE)
                .where(WORKSPACE.ORGANIZATION_ID.eq(organizationId))
                .orderBy(WORKSPACE.CREATED_AT, WORKSPACE.ID)
                .limit(1)
                .fetchOptional(OrganizationStore::readWorkspace)
                .orElseThrow(() -> new IllegalStateException("an organization without a workspace"));
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
