package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.GENERATION;
import static dev.faregate.storage.tables.Tables.GENERATION_CONTENT;
import static dev.faregate.storage.tables.Tables.GENERATION_FEEDBACK;

import dev.faregate.base.Micros;
import dev.faregate.keys.Caller;
import dev.faregate.keys.KeyKind;
import dev.faregate.storage.Tx;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Finds generations, and what is kept beside them; the ledger writes them.
public final class GenerationStore {
    /// Prompt and answer of a generation: `input` and `error` are JSON.
    record Content(
            String input,
            @Nullable String completion,
            @Nullable String reasoning,
            @Nullable String error) {}

    /// A generation that a key may see: its own, or one of its workspace (rulings 1); management keys
    /// see all of their organization. Any other is as good as none.
    Optional<Generation> find(Tx tx, UUID id, Caller caller) {
        return caller.kind() == KeyKind.MANAGEMENT
                ? find(tx, id, caller.organizationId(), DSL.noCondition())
                : find(tx, id, caller.organizationId(), caller.workspaceId(), caller.keyId());
    }

    public Optional<Generation> find(Tx tx, UUID id, String organizationId, String workspaceId, String apiKeyId) {
        return find(
                tx, id, organizationId, GENERATION.WORKSPACE_ID.eq(workspaceId).or(GENERATION.API_KEY_ID.eq(apiKeyId)));
    }

    private static Optional<Generation> find(Tx tx, UUID id, String organizationId, Condition visible) {
        return tx.sql()
                .select(GenerationRow.fields())
                .from(GENERATION)
                .where(GENERATION.ID.eq(id.toString()))
                .and(GENERATION.ORGANIZATION_ID.eq(organizationId))
                .and(visible)
                .fetchOptional(GenerationRow::read);
    }

    /// What is stored of a generation that the caller was found to see.
    Optional<Content> findContent(Tx tx, UUID id) {
        return tx.sql()
                .selectFrom(GENERATION_CONTENT)
                .where(GENERATION_CONTENT.ID.eq(id.toString()))
                .fetchOptional(row -> new Content(
                        row.get(GENERATION_CONTENT.INPUT),
                        row.get(GENERATION_CONTENT.COMPLETION),
                        row.get(GENERATION_CONTENT.REASONING),
                        row.get(GENERATION_CONTENT.ERROR)));
    }

    /// Stores what `actor` thinks of a generation; what it said before in that category is replaced.
    void say(Tx tx, UUID generation, String organizationId, String actor, String category, @Nullable String comment) {
        tx.sql()
                .insertInto(GENERATION_FEEDBACK)
                .set(GENERATION_FEEDBACK.GENERATION_ID, generation.toString())
                .set(GENERATION_FEEDBACK.ACTOR_ID, actor)
                .set(GENERATION_FEEDBACK.CATEGORY, category)
                .set(GENERATION_FEEDBACK.ORGANIZATION_ID, organizationId)
                .set(GENERATION_FEEDBACK.COMMENT, comment)
                .set(GENERATION_FEEDBACK.CREATED_AT, Micros.of(tx.now()))
                .onConflict(
                        GENERATION_FEEDBACK.GENERATION_ID, GENERATION_FEEDBACK.ACTOR_ID, GENERATION_FEEDBACK.CATEGORY)
                .doUpdate()
                .set(GENERATION_FEEDBACK.COMMENT, comment)
                .set(GENERATION_FEEDBACK.CREATED_AT, Micros.of(tx.now()))
                .execute();
    }
}
