package dev.faregate.storage;

import static dev.faregate.storage.tables.Tables.CHANGE_COUNTER;
import static dev.faregate.storage.tables.Tables.CHANGE_LOG;

import dev.faregate.base.Micros;

/// Tells every node what changed, in the transaction that changes it (rulings 3.7).
public final class Changes {
    /// Changes that are kept; a node that missed more forgets everything it remembers.
    static final int KEPT = 10_000;

    /// The channel of PostgreSQL's NOTIFY.
    static final String CHANNEL = "faregate_changes";

    private static final int THE_ROW = 1;

    private Changes() {}

    /// Numbers the change of `subject` and logs it. The last step of its transaction: the counter's row stays
    /// locked until the commit, so numbers become visible in their order. `closed`: whatever runs for the
    /// subject must end.
    public static void record(Tx tx, String subject, boolean closed) {
        tx.sql()
                .update(CHANGE_COUNTER)
                .set(CHANGE_COUNTER.SEQ, CHANGE_COUNTER.SEQ.plus(1L))
                .where(CHANGE_COUNTER.ID.eq(THE_ROW))
                .execute();
        long seq = tx.sql()
                .select(CHANGE_COUNTER.SEQ)
                .from(CHANGE_COUNTER)
                .where(CHANGE_COUNTER.ID.eq(THE_ROW))
                .fetchSingle()
                .value1();
        tx.sql()
                .insertInto(CHANGE_LOG)
                .set(CHANGE_LOG.SEQ, seq)
                .set(CHANGE_LOG.AT, Micros.of(tx.now()))
                .set(CHANGE_LOG.SUBJECT, subject)
                .set(CHANGE_LOG.CLOSED, closed)
                .execute();
        tx.sql().deleteFrom(CHANGE_LOG).where(CHANGE_LOG.SEQ.le(seq - KEPT)).execute();
        if (tx.kind() == Database.Kind.POSTGRESQL) {
            tx.sql().fetch("SELECT pg_notify(?, ?)", CHANNEL, Long.toString(seq));
        }
    }
}
