package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.GENERATION;

import dev.faregate.storage.Tx;
import java.util.Optional;
import java.util.UUID;

/// Finds generations; the ledger writes them.
public final class GenerationStore {
    /// A generation that a key may see: its own, or one of its workspace (rulings 1). Any other is as
    /// good as none.
    public Optional<Generation> find(Tx tx, UUID id, String organizationId, String workspaceId, String apiKeyId) {
        return tx.sql()
                .select(GenerationRow.fields())
                .from(GENERATION)
                .where(GENERATION.ID.eq(id.toString()))
                .and(GENERATION.ORGANIZATION_ID.eq(organizationId))
                .and(GENERATION.WORKSPACE_ID.eq(workspaceId).or(GENERATION.API_KEY_ID.eq(apiKeyId)))
                .fetchOptional(GenerationRow::read);
    }
}
