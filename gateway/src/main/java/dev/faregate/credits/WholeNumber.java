package dev.faregate.credits;

import dev.faregate.storage.Tx;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/// One number of 64 bits from plain SQL. Without a type jOOQ asks the driver for that of a sum, and
/// SQLite's takes it from the first value it meets: a sum could come back cut to 32 bits, which is 4.29
/// dollars.
final class WholeNumber {
    private static final Field<Long> NUMBER = DSL.field("n", SQLDataType.BIGINT);

    private WholeNumber() {}

    /// The only column of the only row of `query`.
    static long of(Tx tx, String query, Object... bindings) {
        Record row = tx.sql().resultQuery(query, bindings).coerce(NUMBER).fetchSingle();
        return row.get(NUMBER);
    }
}
