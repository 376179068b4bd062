package dev.faregate.system;

import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A table of a block; each row has a cell for each column. `more` rows were left out.
public record Rows(List<String> columns, List<List<Cell>> cells, int more) {
    /// The most that one table shows: whoever has more of something asks the command line or the database.
    static final int MOST = 50;

    /// A text, or a time; `level` where it says whether something is well.
    public record Cell(
            String text, @Nullable Level level, @Nullable Instant at) {
        static Cell of(String text) {
            return new Cell(text, null, null);
        }

        static Cell of(Level level, String text) {
            return new Cell(text, level, null);
        }

        static Cell at(Instant at) {
            return new Cell("", null, at);
        }
    }

    public Rows {
        columns = List.copyOf(columns);
        cells = cells.stream().map(List::copyOf).toList();
    }

    /// A row for each of the first [#MOST] of these.
    static <T> Rows of(List<String> columns, List<T> of, Function<T, List<Cell>> row) {
        return new Rows(columns, of.stream().limit(MOST).map(row).toList(), Math.max(0, of.size() - MOST));
    }
}
