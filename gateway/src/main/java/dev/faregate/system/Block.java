package dev.faregate.system;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A part of the page: what is wrong, if anything is, then what is known.
///
/// @param id its anchor
/// @param words what there is to say besides; `command` is the one to paste for it, or null
public record Block(
        String id,
        String title,
        List<Trouble> troubles,
        String words,
        @Nullable String command,
        List<Fact> facts,
        @Nullable Rows rows) {
    public Block {
        troubles = troubles.stream()
                .sorted(Comparator.comparing(Trouble::level).reversed())
                .toList();
        facts = List.copyOf(facts);
    }

    Block(String id, String title, List<Trouble> troubles, String words, List<Fact> facts, @Nullable Rows rows) {
        this(id, title, troubles, words, null, facts, rows);
    }

    /// The worst of its troubles.
    public Level level() {
        return troubles.isEmpty() ? Level.GOOD : troubles.getFirst().level();
    }
}
