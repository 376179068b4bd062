package dev.faregate.usage;

import dev.faregate.storage.Database;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The generations as people look through them.
public final class GenerationLog {
    /// Prompt and answer as they are stored: `input` and `error` are JSON.
    public record Content(
            String input,
            @Nullable String completion,
            @Nullable String reasoning,
            @Nullable String error) {}

    /// One generation, and its content where that was stored.
    public record Entry(LoggedGeneration logged, Optional<Content> content) {}

    private final Database database;
    private final GenerationStore store;

    public GenerationLog(Database database, GenerationStore store) {
        this.database = database;
        this.store = store;
    }

    /// The newest `count` of them, newest first. Throws a 408 when the database takes too long.
    public List<LoggedGeneration> page(GenerationQuery query, int count) {
        return TimeLimit.read(database, tx -> store.list(tx, query, count));
    }

    /// The generation of that id, with prefix or without. With a `creator` it must be of a key that this
    /// person made. Whoever sees a generation sees its content. Throws a 404 for any other.
    public Entry find(String organizationId, @Nullable String creator, String wireId) {
        UUID id = WireIds.parse(wireId).orElseThrow(WireIds::notFound);
        return WireIds.await(
                id,
                () -> database.read(tx -> store.findLogged(tx, id, organizationId, creator)
                        .map(logged -> new Entry(logged, store.findContent(tx, id)))));
    }
}
