package dev.faregate.usage;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What analytics can group and filter by. A dimension that `isNamed` is answered with the name that
/// people gave the thing; filters take its id, which also stands in the row as `<dimension>__id`.
enum Dimension {
    MODEL("model", "Model", false, false),
    PROVIDER("provider", "Provider", false, true),
    ENDPOINT("endpoint", "Endpoint", false, false),
    API_KEY("api_key_id", "API Key", true, false),
    USER("user", "User", true, true),
    /// The tag that keys carry now; ours.
    ENVIRONMENT("environment", "Environment", false, true),
    WORKSPACE("workspace", "Workspace", true, false),
    APP("app", "App", true, false);

    private final String word;
    private final String label;
    private final boolean named;
    private final boolean unset;

    Dimension(String word, String label, boolean named, boolean unset) {
        this.word = word;
        this.label = label;
        this.named = named;
        this.unset = unset;
    }

    String word() {
        return word;
    }

    String label() {
        return label;
    }

    boolean isNamed() {
        return named;
    }

    /// Whether there are generations without it.
    boolean hasUnset() {
        return unset;
    }

    static Optional<Dimension> find(String word) {
        return Arrays.stream(values())
                .filter(dimension -> dimension.word.equals(word))
                .findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(Dimension::word).toList();
    }
}
