package dev.faregate.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BoardTest {
    private static Block block(String id, Level... troubles) {
        List<Trouble> all = List.of(troubles).stream()
                .map(level -> new Trouble(level, "what", "next", "/docs"))
                .toList();
        return new Block(id, id, all, "", List.of(), null);
    }

    @Test
    void isAsBadAsItsWorstBlock() {
        assertThat(new Board(List.of(block("a")), List.of(block("b")), List.of()).level())
                .isEqualTo(Level.GOOD);
        Board board = new Board(
                List.of(block("a", Level.WARN)), List.of(block("b")), List.of(block("c", Level.WARN, Level.BAD)));
        assertThat(board.level()).isEqualTo(Level.BAD);
        assertThat(board.troubled()).extracting(Block::id).containsExactly("a", "c");
        assertThat(board.troubled().getLast().troubles())
                .as("the worst first")
                .extracting(Trouble::level)
                .containsExactly(Level.BAD, Level.WARN);
    }
}
