package dev.faregate.system;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// All blocks, where they stand: side by side where there is room, and below them.
public record Board(List<Block> left, List<Block> right, List<Block> below) {
    public Board {
        left = List.copyOf(left);
        right = List.copyOf(right);
        below = List.copyOf(below);
    }

    /// The worst of them all.
    public Level level() {
        return all().map(Block::level).max(Comparator.naturalOrder()).orElse(Level.GOOD);
    }

    /// What is not in order, from the top of the page.
    public List<Block> troubled() {
        return all().filter(block -> block.level() != Level.GOOD).toList();
    }

    private Stream<Block> all() {
        return Stream.of(left, right, below).flatMap(List::stream);
    }
}
