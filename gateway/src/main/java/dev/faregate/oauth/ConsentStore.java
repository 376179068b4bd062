package dev.faregate.oauth;

import static dev.faregate.storage.tables.Tables.WORKSPACE;
import static dev.faregate.storage.tables.Tables.WORKSPACE_MEMBER;

import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Session;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Objects;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/// The workspaces that a person may give an app a key in.
final class ConsentStore {
    /// So many are offered; further ones are reached by looking at one first.
    private static final int MAX_WORKSPACES = 200;

    /// Who manages the organization has all; others the default one, which is everybody's, and those they
    /// were added to. The one that the person looks at is first.
    List<ConsentView.Choice> workspaces(Tx tx, Session session) {
        Condition theirs = session.role().managesOrganization()
                ? DSL.noCondition()
                : WORKSPACE
                        .ID
                        .eq(new OrganizationStore()
                                .defaultWorkspace(tx, session.organizationId())
                                .id())
                        .or(WORKSPACE.ID.in(tx.sql()
                                .select(WORKSPACE_MEMBER.WORKSPACE_ID)
                                .from(WORKSPACE_MEMBER)
                                .where(WORKSPACE_MEMBER.PERSON_ID.eq(session.userId()))));
        return tx.sql()
                .select(WORKSPACE.ID, WORKSPACE.NAME)
                .from(WORKSPACE)
                .where(WORKSPACE.ORGANIZATION_ID.eq(session.organizationId()))
                .and(WORKSPACE.DELETED_AT.isNull())
                .and(theirs)
                .orderBy(
                        DSL.when(WORKSPACE.ID.eq(session.workspaceId()), 0).otherwise(1),
                        WORKSPACE.CREATED_AT,
                        WORKSPACE.ID)
                .limit(MAX_WORKSPACES)
                .fetch(row -> new ConsentView.Choice(
                        Objects.requireNonNull(row.value1()), Objects.requireNonNull(row.value2())));
    }
}
