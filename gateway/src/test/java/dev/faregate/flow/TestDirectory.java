package dev.faregate.flow;

import static dev.faregate.storage.tables.Tables.SCIM_DIRECTORY;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP_MAPPING;
import static dev.faregate.storage.tables.Tables.SCIM_GROUP_MEMBER;
import static dev.faregate.storage.tables.Tables.SCIM_USER;

import dev.faregate.base.Ids;
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
        String organization = database.read(tx -> new OrganizationStore()
                .findBySlug(tx, OrganizationStore.DEFAULT_SLUG)
                .orElseThrow()
                .id());
        return make(database, organization, GROUP, WORKSPACE);
    }

    /// The same of any organization.
    static String make(Database database, String organization, String group, String workspace) {
        String token = Tokens.generate().reveal();
        return database.write(tx -> {
            new OrganizationStore().createWorkspace(tx, workspace, organization, "mapped", "Mapped", null);
            tx.sql()
                    .insertInto(SCIM_DIRECTORY)
                    .set(SCIM_DIRECTORY.ORGANIZATION_ID, organization)
                    .set(SCIM_DIRECTORY.TOKEN_HASH, Tokens.hash(token))
                    .set(SCIM_DIRECTORY.DEFAULT_ROLE, "member")
                    .set(SCIM_DIRECTORY.CREATED_AT, Micros.of(tx.now()))
                    .execute();
            tx.sql()
                    .insertInto(SCIM_GROUP)
                    .set(SCIM_GROUP.ID, group)
                    .set(SCIM_GROUP.ORGANIZATION_ID, organization)
                    .set(SCIM_GROUP.DISPLAY_NAME, "Platform team")
                    .set(SCIM_GROUP.CREATED_AT, Micros.of(tx.now()))
                    .set(SCIM_GROUP.UPDATED_AT, Micros.of(tx.now()))
                    .execute();
            return token;
        });
    }

    /// The group means the workspace, and has somebody whom the directory made of a person.
    static void fill(Database database, String organization, String group, String workspace, String person) {
        String user = Ids.next().toString();
        database.write(tx -> {
            tx.sql()
                    .insertInto(SCIM_USER)
                    .set(SCIM_USER.ID, user)
                    .set(SCIM_USER.ORGANIZATION_ID, organization)
                    .set(SCIM_USER.PERSON_ID, person)
                    .set(SCIM_USER.USER_NAME, user)
                    .set(SCIM_USER.USER_NAME_KEY, user)
                    .set(SCIM_USER.EMAIL, person + "@example.com")
                    .set(SCIM_USER.ACTIVE, true)
                    .set(SCIM_USER.CREATED_AT, Micros.of(tx.now()))
                    .set(SCIM_USER.UPDATED_AT, Micros.of(tx.now()))
                    .execute();
            tx.sql()
                    .insertInto(SCIM_GROUP_MEMBER)
                    .set(SCIM_GROUP_MEMBER.GROUP_ID, group)
                    .set(SCIM_GROUP_MEMBER.USER_ID, user)
                    .execute();
            tx.sql()
                    .insertInto(SCIM_GROUP_MAPPING)
                    .set(SCIM_GROUP_MAPPING.ID, Ids.next().toString())
                    .set(SCIM_GROUP_MAPPING.ORGANIZATION_ID, organization)
                    .set(SCIM_GROUP_MAPPING.GROUP_ID, group)
                    .set(SCIM_GROUP_MAPPING.WORKSPACE_ID, workspace)
                    .set(SCIM_GROUP_MAPPING.ROLE, "member")
                    .set(SCIM_GROUP_MAPPING.CREATED_AT, Micros.of(tx.now()))
                    .set(SCIM_GROUP_MAPPING.UPDATED_AT, Micros.of(tx.now()))
                    .execute();
            return null;
        });
    }
}
