package dev.faregate.credits;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// The table that the record of a generation goes to, in the transaction of its posting. The ledger knows
/// nothing else about it. The first column is its primary key, the generation: when the truth about an
/// orphan arrives, its record is replaced. `common` are the columns in which most records are like many others,
/// and whose text is our own: it may become part of a statement.
/// `sums` are its roll-ups where the database does not keep them itself.
public record RecordTable(String name, List<String> columns, Set<String> common, RecordSums sums) {
    /// A record's columns fit the bits of a `long`.
    static final int MAX_COLUMNS = Long.SIZE;

    private static final Pattern PLAIN_NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    public RecordTable(String name, List<String> columns) {
        this(name, columns, Set.of(), RecordSums.NONE);
    }

    public RecordTable {
        columns = List.copyOf(columns);
        common = Set.copyOf(common);
        if (!PLAIN_NAME.matcher(name).matches()
                || columns.isEmpty()
                || columns.size() > MAX_COLUMNS
                || !columns.stream().allMatch(c -> PLAIN_NAME.matcher(c).matches())) {
            throw new IllegalArgumentException(
                    "a table has at most " + MAX_COLUMNS + " columns with plain lower-case names");
        }
        if (!columns.containsAll(common)) {
            throw new IllegalArgumentException("what records have in common stands in columns");
        }
    }

    String columnList() {
        return String.join(", ", columns);
    }

    String insert(List<String> named) {
        return insert(named, named.stream().map(_ -> "?").toList());
    }

    /// `values` are SQL: marks of parameters, or literals.
    String insert(List<String> named, List<String> values) {
        return "INSERT INTO " + name + " (" + String.join(", ", named) + ") VALUES (" + String.join(", ", values) + ")";
    }

    /// What an upsert does with a record that is there already.
    String onConflict() {
        List<String> others = columns.subList(1, columns.size());
        String update = String.join(
                ", ", others.stream().map(c -> c + " = excluded." + c).toList());
        return "ON CONFLICT (" + columns.getFirst() + ") DO " + (others.isEmpty() ? "NOTHING" : "UPDATE SET " + update);
    }
}
