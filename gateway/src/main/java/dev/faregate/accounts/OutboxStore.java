package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.MAIL_OUTBOX;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.byok.Sealed;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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

    /// Mails whose time has come, oldest first; no other node takes them before `lease` is over.
    List<Row> lease(Tx tx, int most, Duration lease) {
        long now = Micros.of(tx.now());
        tx.sql().deleteFrom(MAIL_OUTBOX).where(MAIL_OUTBOX.EXPIRES_AT.le(now)).execute();
        List<Row> leased = new ArrayList<>();
        for (Record row : tx.sql()
                .selectFrom(MAIL_OUTBOX)
                .where(MAIL_OUTBOX.NEXT_ATTEMPT_AT.le(now))
                .orderBy(MAIL_OUTBOX.NEXT_ATTEMPT_AT, MAIL_OUTBOX.ID)
                .limit(most)
                .fetch()) {
            int attempts = Objects.requireNonNull(row.get(MAIL_OUTBOX.ATTEMPTS)) + 1;
            String id = Objects.requireNonNull(row.get(MAIL_OUTBOX.ID));
            int mine = tx.sql()
                    .update(MAIL_OUTBOX)
                    .set(MAIL_OUTBOX.NEXT_ATTEMPT_AT, Micros.of(tx.now().plus(lease)))
                    .set(MAIL_OUTBOX.ATTEMPTS, attempts)
                    .where(MAIL_OUTBOX.ID.eq(id))
                    .and(MAIL_OUTBOX.ATTEMPTS.eq(attempts - 1))
                    .execute();
            if (mine == 1) {
                leased.add(new Row(
                        id,
                        new Sealed(
                                Objects.requireNonNull(row.get(MAIL_OUTBOX.KEY_ID)),
                                Objects.requireNonNull(row.get(MAIL_OUTBOX.SEALED))),
                        attempts));
            }
        }
        return leased;
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
