package dev.faregate.accounts;

import dev.faregate.identity.WorkspaceRole;
import java.time.Instant;
import tools.jackson.core.JsonGenerator;

/// Whoever is in the group of the directory is a member of the workspace, as that.
record GroupMapping(
        String id,
        String organizationId,
        String groupId,
        String workspaceId,
        WorkspaceRole role,
        Instant createdAt,
        Instant updatedAt) {
    /// `ScimGroupMapping` of the contract.
    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("id", id);
        json.writeStringProperty("organization_id", organizationId);
        json.writeStringProperty("scim_group_id", groupId);
        json.writeStringProperty("workspace_id", workspaceId);
        json.writeStringProperty("role", role.word());
        json.writeStringProperty("created_at", createdAt.toString());
        json.writeStringProperty("updated_at", updatedAt.toString());
        json.writeEndObject();
    }
}
