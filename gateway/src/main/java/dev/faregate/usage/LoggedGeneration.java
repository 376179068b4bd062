package dev.faregate.usage;

import org.jspecify.annotations.Nullable;

/// A generation with what people call its key and its app. A key that is gone from the store is told by its id.
///
/// @param keyLives false once the key was deleted: then it has no page
public record LoggedGeneration(
        Generation generation,
        String keyHash,
        String keyName,
        boolean keyLives,
        @Nullable String app) {
    public GenerationQuery.End end() {
        return GenerationQuery.End.of(generation.outcome());
    }
}
