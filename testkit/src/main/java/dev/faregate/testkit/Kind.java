package dev.faregate.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a model can be asked for, by the path that it is asked at.
enum Kind {
    CHAT("/chat/completions"),
    EMBEDDINGS("/embeddings"),
    RERANK("/rerank"),
    IMAGES("/images/generations", "/images/edits", "/images"),
    TRANSCRIPTIONS("/audio/transcriptions");

    private final List<String> paths;

    Kind(String... paths) {
        this.paths = List.of(paths);
    }

    /// What a path under any base asks for; null when that is nothing of a model's. Of formats but OpenAI's only chats
    /// are known.
    static @Nullable Kind find(String path) {
        if (Wire.of(path) != Wire.OPENAI) {
            return CHAT;
        }
        for (Kind kind : values()) {
            if (kind.paths.stream().anyMatch(path::endsWith)) {
                return kind;
            }
        }
        return null;
    }
}
