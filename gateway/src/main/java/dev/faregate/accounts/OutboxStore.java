package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.MAIL_OUTBOX;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.byok.Sealed;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Record;

/// Mail that is not sent yet.
final class OutboxStore {
    /// A mail that this node has for a while; `attempts` counts this one.
    record Row(String id, Sealed sealed, int attempts) {}

    void insert(Tx tx, String id, Sealed sealed, Duration lifetime) {
        tx.sql()
                .insertInto(MAIL_OUTBOX)
                .set(MAIL_OUTBOX.ID, id)
                .set(MAIL_OUTBOX.KEY_ID, sealed.keyId())
                .set(MAIL_OUTBOX.SEALED, sealed.text())
                .set(MAIL_OUTBOX.ATTEMPTS, 0)
                .set(MAIL_OUTBOX.CREATED_AT, Micros.of(tx.now()))
                .set(MAIL_OUTBOX.NEXT_ATTEMPT_AT, Micros.of(tx.now()))
                .set(MAIL_OUTBOX.EXPIRES_AT, Micros.of(tx.now().plus(lifetime)))
                .execute();
    }

    static String newId() {
        return Ids.next().toString();
    }

    boolean isEmpty(Tx tx) {
        return !tx.sql().fetchExists(MAIL_OUTBOX);
    }

    /// The mail whose time came first; no other node takes it before `lease` is over. Empty also where another node was
    /// faster.
    Optional<Row> lease(Tx tx, Duration lease) {
        long now = Micros.of(tx.now());
        tx.sql().deleteFrom(MAIL_OUTBOX).where(MAIL_OUTBOX.EXPIRES_AT.le(now)).execute();
        Record row = tx.sql()
                .selectFrom(MAIL_OUTBOX)
                .where(MAIL_OUTBOX.NEXT_ATTEMPT_AT.le(now))
                .orderBy(MAIL_OUTBOX.NEXT_ATTEMPT_AT, MAIL_OUTBOX.ID)
                .limit(1)
                .fetchOne();
        if (row == null) {
            return Optional.empty();
        }
        int attempts = Objects.requireNonNull(row.get(MAIL_OUTBOX.ATTEMPTS)) + 1;
        String id = Objects.requireNonNull(row.get(MAIL_OUTBOX.ID));
        int mine = tx.sql()
                .update(MAIL_OUTBOX)
                .set(MAIL_OUTBOX.NEXT_ATTEMPT_AT, Micros.of(tx.now().plus(lease)))
                .set(MAIL_OUTBOX.ATTEMPTS, attempts)
                .where(MAIL_OUTBOX.ID.eq(id))
                .and(MAIL_OUTBOX.ATTEMPTS.eq(attempts - 1))
                .execute();
        Sealed sealed = new Sealed(
                Objects.requireNonNull(row.get(MAIL_OUTBOX.KEY_ID)),
                Objects.requireNonNull(row.get(MAIL_OUTBOX.SEALED)));
        return mine == 1 ? Optional.of(new Row(id, sealed, attempts)) : Optional.empty();
    }

    void delete(Tx tx, String id) {
        tx.sql().deleteFrom(MAIL_OUTBOX).where(MAIL_OUTBOX.ID.eq(id)).execute();
    }

    void retryIn(Tx tx, String id, Duration pause) {
        tx.sql()
                .update(MAIL_OUTBOX)
                .set(MAIL_OUTBOX.NEXT_ATTEMPT_AT, Micros.of(tx.now().plus(pause)))
                .where(MAIL_OUTBOX.ID.eq(id))
                .execute();
    }
}
