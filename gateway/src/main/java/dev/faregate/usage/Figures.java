package dev.faregate.usage;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// What every roll-up adds up of its generations; all of it can be added up further. Money is
/// nano-dollars, times are milliseconds. Averages are quotients of two of these sums.
final class Figures {
    static final int REQUESTS = 0;
    static final int BYOK_REQUESTS = 1;
    static final int PROMPT_TOKENS = 2;
    static final int COMPLETION_TOKENS = 3;
    static final int REASONING_TOKENS = 4;
    static final int CACHED_TOKENS = 5;
    static final int USAGE = 6;
    static final int BYOK_USAGE = 7;
    static final int LATENCY = 8;
    static final int TIMED_REQUESTS = 9;
    static final int GENERATION_TIME = 10;
    static final int TIMED_TOKENS = 11;

    /// The columns of the roll-ups, in this order.
    static final List<String> COLUMNS = List.of(
            "requests",
            "byok_requests",
            "prompt_tokens",
            "completion_tokens",
            "reasoning_tokens",
            "cached_tokens",
            "usage_nanos",
            "byok_usage_nanos",
            "latency",
            "timed_requests",
            "generation_time",
            "timed_tokens");

    /// Typed as 64 bits: SQLite's driver takes the type of a sum from its first value.
    private static final List<Field<Long>> SUMS = COLUMNS.stream()
            .map(column -> DSL.field("sum(u." + column + ")", SQLDataType.BIGINT))
            .toList();

    private final long[] sums = new long[COLUMNS.size()];
    private @Nullable String provider;

    long get(int figure) {
        return sums[figure];
    }

    void set(int figure, long value) {
        sums[figure] = value;
    }

    /// Adds `sign` times what `other` has, and remembers its provider.
    void add(Figures other, int sign) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += sign * other.sums[i];
        }
        if (other.provider != null) {
            provider = other.provider;
        }
    }

    /// The name for people of the provider that served, or null.
    @Nullable
    String provider() {
        return provider;
    }

    void provider(@Nullable String name) {
        provider = name;
    }

    /// The sum of a figure of the roll-up called `u` in the query.
    static Field<Long> sum(int figure) {
        return SUMS.get(figure);
    }

    /// These figures of a row, which has them in this order after `before` other fields; all others are 0.
    static Figures read(Record row, int before, List<Integer> some) {
        Figures figures = new Figures();
        for (int i = 0; i < some.size(); i++) {
            Long sum = row.get(before + i, Long.class);
            figures.sums[some.get(i)] = sum == null ? 0 : sum;
        }
        return figures;
    }

    /// The statement that adds figures to the row of a roll-up: the columns of its key, then `more`,
    /// which a new row gets, then the figures.
    static String upsert(String table, List<String> key, List<String> more) {
        List<String> all = Stream.of(key, more, COLUMNS).flatMap(List::stream).toList();
        return "INSERT INTO " + table + " (" + String.join(", ", all) + ") VALUES ("
                + all.stream().map(_ -> "?").collect(Collectors.joining(", ")) + ") ON CONFLICT ("
                + String.join(", ", key) + ") DO UPDATE SET "
                + COLUMNS.stream()
                        .map(column -> column + " = " + column + " + excluded." + column)
                        .collect(Collectors.joining(", "));
    }
}
