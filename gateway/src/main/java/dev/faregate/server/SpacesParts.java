package dev.faregate.server;

import dev.faregate.credits.Limits;
import dev.faregate.identity.AuditEventsHandler;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.WorkspaceEnd;
import dev.faregate.identity.Writes;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.presets.ManagedPresets;
import dev.faregate.presets.PresetsHandler;
import dev.faregate.storage.Database;
import dev.faregate.workspaces.OrganizationHandler;
import dev.faregate.workspaces.WorkspaceBudgetsHandler;
import dev.faregate.workspaces.WorkspaceMembersHandler;
import dev.faregate.workspaces.WorkspacesHandler;
import java.util.List;

/// The handlers of workspaces, of what belongs to them, and of presets.
public record SpacesParts(
        WorkspacesHandler workspaces,
        WorkspaceBudgetsHandler budgets,
        WorkspaceMembersHandler members,
        OrganizationHandler organization,
        PresetsHandler presets,
        AuditEventsHandler audit) {

    public static SpacesParts make(
            Database database,
            Limits limits,
            KeyDirectory directory,
            OrganizationStore organizations,
            Writes writes,
            ManagedPresets presets,
            List<WorkspaceEnd> ends) {
        MemberStore people = new MemberStore();
        return new SpacesParts(
                new WorkspacesHandler(database, limits, directory, organizations, writes, ends),
                new WorkspaceBudgetsHandler(database, limits, directory, writes),
                new WorkspaceMembersHandler(database, people, writes),
                new OrganizationHandler(database, people, directory, writes),
                new PresetsHandler(presets),
                new AuditEventsHandler(database));
    }
}
