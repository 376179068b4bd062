package dev.faregate.credits;

import java.util.List;
import java.util.regex.Pattern;

/// The table that the record of a generation goes to, in the transaction of its posting. The ledger knows
/// nothing else about it. The first column is its primary key, the generation: when the truth about an
/// orphan arrives, its record is replaced.
public record RecordTable(String name, List<String> columns) {
    private static final Pattern PLAIN_NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    public RecordTable {
        columns = List.copyOf(columns);
        if (!PLAIN_NAME.matcher(name).matches()
                || columns.isEmpty()
                || !columns.stream().allMatch(c -> PLAIN_NAME.matcher(c).matches())) {
            throw new IllegalArgumentException("a table and its columns have plain lower-case names");
        }
    }

    String columnList() {
        return String.join(", ", columns);
    }

    /// What an upsert does with a record that is there already.
    String onConflict() {
        List<String> others = columns.subList(1, columns.size());
        String update = String.join(
                ", ", others.stream().map(c -> c + " = excluded." + c).toList());
        return "ON CONFLICT (" + columns.getFirst() + ") DO " + (others.isEmpty() ? "NOTHING" : "UPDATE SET " + update);
    }
}
