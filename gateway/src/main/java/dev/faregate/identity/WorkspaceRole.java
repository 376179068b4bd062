package dev.faregate.identity;

import java.util.Arrays;
import java.util.List;

/// What somebody is in a workspace, the stronger first.
public enum WorkspaceRole {
    ADMIN("admin"),
    MEMBER("member");

    /// The words, in order.
    public static final List<String> WORDS =
            Arrays.stream(values()).map(WorkspaceRole::word).toList();

    private final String word;

    WorkspaceRole(String word) {
        this.word = word;
    }

    /// The word in the database and on the wire.
    public String word() {
        return word;
    }

    /// Throws where it is none of the words.
    public static WorkspaceRole ofWord(String word) {
        return values()[WORDS.indexOf(word)];
    }
}
