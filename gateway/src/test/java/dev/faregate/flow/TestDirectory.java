package dev.faregate.flow;

import static dev.faregate.storage.tables.Tables.SCIM_DIRECTORY;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP;

import dev.faregate.base.Micros;
import dev.faregate.base.Tokens;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Database;

/// The directory of the default organization, past the page where an owner makes its token: with the group and the
/// workspace that the examples of our API document name.
final class TestDirectory {
    static final String GROUP = "01900000-0000-7000-8000-000000000001";
    static final String WORKSPACE = "01900000-0000-7000-8000-000000000002";

    private TestDirectory() {}

    /// Its token.
    static String make(Database database) {
        String token = Tokens.generate().reveal();
        OrganizationStore organizations = new OrganizationStore();
        return database.write(tx -> {
            String organization = organizations
                    .findBySlug(tx, OrganizationStore.DEFAULT_SLUG)
                    .orElseThrow()
                    .id();
            organizations.createWorkspace(tx, WORKSPACE, organization, "mapped", "Mapped", null);
            tx.sql()
                    .insertInto(SCIM_DIRECTORY)
                    .set(SCIM_DIRECTORY.ORGANIZATION_ID, organization)
                    .set(SCIM_DIRECTORY.TOKEN_HASH, Tokens.hash(token))
                    .set(SCIM_DIRECTORY.DEFAULT_ROLE, "member")
                    .set(SCIM_DIRECTORY.CREATED_AT, Micros.of(tx.now()))
                    .execute();
            tx.sql()
                    .insertInto(SCIM_GROUP)
                    .set(SCIM_GROUP.ID, GROUP)
                    .set(SCIM_GROUP.ORGANIZATION_ID, organization)
                    .set(SCIM_GROUP.DISPLAY_NAME, "Platform team")
                    .set(SCIM_GROUP.CREATED_AT, Micros.of(tx.now()))
                    .set(SCIM_GROUP.UPDATED_AT, Micros.of(tx.now()))
                    .execute();
            return token;
        });
    }
}
