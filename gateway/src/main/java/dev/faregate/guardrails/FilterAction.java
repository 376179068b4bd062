package dev.faregate.guardrails;

import java.util.List;

/// What happens to a request in which a content filter finds something; the first of these wins where several
/// filters find the same.
enum FilterAction {
    /// The request is refused.
    BLOCK("block"),
    /// What was found is replaced by a placeholder.
    REDACT("redact"),
    /// The request goes on, and the find is recorded.
    FLAG("flag");

    static final List<String> WORDS = List.of("redact", "block", "flag");

    private final String word;

    FilterAction(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    static FilterAction ofWord(String word) {
        for (FilterAction action : values()) {
            if (action.word.equals(word)) {
                return action;
            }
        }
        throw new IllegalArgumentException("no such action: " + word);
    }
}
