package dev.faregate.workspaces;

import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import java.time.Instant;
import tools.jackson.core.JsonGenerator;

/// What a workspace may spend in a window, all its keys together.
record WorkspaceBudget(String id, String workspaceId, Window window, Usd cap, Instant createdAt, Instant updatedAt) {
    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("id", id);
        json.writeStringProperty("workspace_id", workspaceId);
        json.writeNumberProperty("limit_usd", cap.dollars());
        WorkspaceView.writeText(json, "reset_interval", window.wireName());
        json.writeStringProperty("created_at", createdAt.toString());
        json.writeStringProperty("updated_at", updatedAt.toString());
        json.writeEndObject();
    }
}
