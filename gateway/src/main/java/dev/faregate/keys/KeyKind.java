package dev.faregate.keys;

import java.util.Optional;

/// What a key is for. The prefix of its text says it to people and scanners; what counts is the kind in
/// the record.
public enum KeyKind {
    /// Runs inference; may look at itself and at the generations of its workspace.
    INFERENCE("inference", "sk-fg-v1-"),
    /// Manages inference keys and reads credits; never runs inference (design D7).
    MANAGEMENT("management", "sk-fg-adm-");

    private final String word;
    private final String prefix;

    KeyKind(String word, String prefix) {
        this.word = word;
        this.prefix = prefix;
    }

    /// The word in the database.
    public String word() {
        return word;
    }

    public String prefix() {
        return prefix;
    }

    /// The kind that a text of ours claims by its prefix.
    static Optional<KeyKind> claimedBy(String text) {
        for (KeyKind kind : values()) {
            if (text.startsWith(kind.prefix)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    static KeyKind ofWord(String word) {
        return switch (word) {
            case "inference" -> INFERENCE;
            case "management" -> MANAGEMENT;
            default -> throw new IllegalArgumentException("no such kind of key: " + word);
        };
    }
}
