package dev.faregate.workspaces;

import dev.faregate.identity.Role;
import dev.faregate.identity.WorkspaceRole;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import tools.jackson.core.JsonGenerator;

/// A person in a workspace, with the role that person has there.
record WorkspaceMember(String id, String workspaceId, String userId, WorkspaceRole role, Instant createdAt) {
    /// The membership that every member of the organization has in its default workspace. No row stands for
    /// it, so its id follows from what it is of.
    static WorkspaceMember implied(String workspaceId, String userId, Role role, Instant since) {
        String id = UUID.nameUUIDFromBytes((workspaceId + " " + userId).getBytes(StandardCharsets.UTF_8))
                .toString();
        return new WorkspaceMember(id, workspaceId, userId, role.inWorkspaces(), since);
    }

    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("id", id);
        json.writeStringProperty("workspace_id", workspaceId);
        json.writeStringProperty("user_id", userId);
        json.writeStringProperty("role", role.word());
        json.writeStringProperty("created_at", createdAt.toString());
        json.writeEndObject();
    }
}
