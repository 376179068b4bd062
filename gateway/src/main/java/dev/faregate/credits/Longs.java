package dev.faregate.credits;

import java.util.Arrays;

/// Lists of numbers the way the databases keep them: JSON arrays of whole numbers, `[1,-2,3]`, on SQLite, and arrays,
/// which come boxed, on PostgreSQL.
final class Longs {
    private Longs() {}

    static String encode(long[] values) {
        StringBuilder text = new StringBuilder(2 + values.length * 12).append('[');
        for (int i = 0; i < values.length; i++) {
            if (i > 0) {
                text.append(',');
            }
            text.append(values[i]);
        }
        return text.append(']').toString();
    }

    static long[] unboxed(Long[] boxed) {
        return Arrays.stream(boxed).mapToLong(Long::longValue).toArray();
    }

    static long[] decode(String text) {
        long[] values = new long[8];
        int count = 0;
        int at = 1;
        while (at < text.length() - 1) {
            int comma = text.indexOf(',', at);
            int end = comma < 0 ? text.length() - 1 : comma;
            if (count == values.length) {
                values = Arrays.copyOf(values, count * 2);
            }
            values[count++] = Long.parseLong(text, at, end, 10);
            at = end + 1;
        }
        return Arrays.copyOf(values, count);
    }
}
