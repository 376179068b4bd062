package dev.faregate.identity;

import dev.faregate.storage.Tx;

/// Whatever belongs to a workspace and has to go with it. Told by whoever deletes one.
public interface WorkspaceEnd {
    /// Deletes what belongs to the workspace, in the transaction that deletes it.
    void end(Tx tx, String organizationId, String workspaceId);

    /// Forgets it, after the commit.
    void ended(String organizationId);
}
