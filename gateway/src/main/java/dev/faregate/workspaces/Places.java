package dev.faregate.workspaces;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;
import static dev.faregate.storage.tables.Tables.WORKSPACE;
import static dev.faregate.storage.tables.Tables.WORKSPACE_MEMBER;

import dev.faregate.identity.Role;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where a person may look: the workspaces of the organizations that they are a member of. Whoever sees everything sees
/// all of them; a member sees the default one, which everybody is in, and those they were put into (contract 2.4).
public final class Places {
    /// Workspaces of a person that are told; more are found by their organization's own list.
    static final int MOST = 1_000;

    /// A workspace that a person may look at, and what they are there.
    public record Place(
            String organizationId, String organizationName, String workspaceId, String workspaceName, Role role) {}

    private Places() {}

    /// The places of a person: by organization, the default workspace first, then by age.
    public static List<Place> of(Tx tx, String personId) {
        Set<String> joined = tx.sql()
                .select(WORKSPACE_MEMBER.WORKSPACE_ID)
                .from(WORKSPACE_MEMBER)
                .where(WORKSPACE_MEMBER.PERSON_ID.eq(personId))
                .fetchSet(WORKSPACE_MEMBER.WORKSPACE_ID);
        List<Place> rows = tx.sql()
                .select(ORGANIZATION.ID, ORGANIZATION.NAME, WORKSPACE.ID, WORKSPACE.NAME, ORGANIZATION_MEMBER.ROLE)
                .from(ORGANIZATION_MEMBER)
                .join(ORGANIZATION)
                .on(ORGANIZATION.ID.eq(ORGANIZATION_MEMBER.ORGANIZATION_ID))
                .join(WORKSPACE)
                .on(WORKSPACE.ORGANIZATION_ID.eq(ORGANIZATION.ID))
                .where(ORGANIZATION_MEMBER.PERSON_ID.eq(personId))
                .and(WORKSPACE.DELETED_AT.isNull())
                .orderBy(ORGANIZATION.NAME, ORGANIZATION.ID, WORKSPACE.CREATED_AT, WORKSPACE.ID)
                .limit(MOST)
                .fetch(row -> new Place(
                        required(row.value1()),
                        required(row.value2()),
                        required(row.value3()),
                        required(row.value4()),
                        Role.ofWord(required(row.value5()))));
        List<Place> places = new ArrayList<>(rows.size());
        @Nullable String organization = null;
        for (Place place : rows) {
            boolean isDefault = !place.organizationId().equals(organization);
            organization = place.organizationId();
            if (isDefault || place.role().seesEverything() || joined.contains(place.workspaceId())) {
                places.add(place);
            }
        }
        return List.copyOf(places);
    }

    private static String required(@Nullable String value) {
        return Objects.requireNonNull(value);
    }
}
