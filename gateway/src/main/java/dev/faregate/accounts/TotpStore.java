package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.TOTP_FACTOR;

import dev.faregate.base.Micros;
import dev.faregate.byok.Sealed;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Authenticator apps, one for each person.
final class TotpStore {
    /// One as it is kept; `confirmedAt` is null while it is being set up and opens nothing.
    record Factor(Sealed sealed, @Nullable Instant confirmedAt, long lastStep, int failures, Instant lockedUntil) {}

    Optional<Factor> find(Tx tx, String personId) {
        return tx.sql()
                .selectFrom(TOTP_FACTOR)
                .where(TOTP_FACTOR.PERSON_ID.eq(personId))
                .fetchOptional(row -> new Factor(
                        new Sealed(
                                Objects.requireNonNull(row.get(TOTP_FACTOR.SEALING_KEY_ID)),
                                Objects.requireNonNull(row.get(TOTP_FACTOR.SEALED))),
                        Micros.toNullable(row.get(TOTP_FACTOR.CONFIRMED_AT)),
                        Objects.requireNonNull(row.get(TOTP_FACTOR.LAST_STEP)),
                        Objects.requireNonNull(row.get(TOTP_FACTOR.FAILURES)),
                        Micros.toInstant(Objects.requireNonNull(row.get(TOTP_FACTOR.LOCKED_UNTIL)))));
    }

    /// The same, and nobody else changes it before this transaction ends.
    Optional<Factor> lock(Tx tx, String personId) {
        // An update takes the lock on both databases.
        tx.sql()
                .update(TOTP_FACTOR)
                .set(TOTP_FACTOR.FAILURES, TOTP_FACTOR.FAILURES)
                .where(TOTP_FACTOR.PERSON_ID.eq(personId))
                .execute();
        return find(tx, personId);
    }

    /// Begins anew with this secret, unless one is confirmed.
    void begin(Tx tx, String personId, Sealed sealed) {
        tx.sql()
                .deleteFrom(TOTP_FACTOR)
                .where(TOTP_FACTOR.PERSON_ID.eq(personId))
                .and(TOTP_FACTOR.CONFIRMED_AT.isNull())
                .execute();
        tx.sql()
                .insertInto(TOTP_FACTOR)
                .set(TOTP_FACTOR.PERSON_ID, personId)
                .set(TOTP_FACTOR.SEALING_KEY_ID, sealed.keyId())
                .set(TOTP_FACTOR.SEALED, sealed.text())
                .set(TOTP_FACTOR.LAST_STEP, 0L)
                .set(TOTP_FACTOR.FAILURES, 0)
                .set(TOTP_FACTOR.LOCKED_UNTIL, 0L)
                .set(TOTP_FACTOR.CREATED_AT, Micros.of(tx.now()))
                .onConflict(TOTP_FACTOR.PERSON_ID)
                .doNothing()
                .execute();
    }

    /// A good code of that step was taken; the first one confirms.
    void took(Tx tx, String personId, long step) {
        tx.sql()
                .update(TOTP_FACTOR)
                .set(TOTP_FACTOR.LAST_STEP, step)
                .set(TOTP_FACTOR.FAILURES, 0)
                .set(TOTP_FACTOR.LOCKED_UNTIL, 0L)
                .set(
                        TOTP_FACTOR.CONFIRMED_AT,
                        org.jooq.impl.DSL.coalesce(TOTP_FACTOR.CONFIRMED_AT, Micros.of(tx.now())))
                .where(TOTP_FACTOR.PERSON_ID.eq(personId))
                .execute();
    }

    void refused(Tx tx, String personId, int failures, Instant lockedUntil) {
        tx.sql()
                .update(TOTP_FACTOR)
                .set(TOTP_FACTOR.FAILURES, failures)
                .set(TOTP_FACTOR.LOCKED_UNTIL, Micros.of(lockedUntil))
                .where(TOTP_FACTOR.PERSON_ID.eq(personId))
                .execute();
    }

    boolean delete(Tx tx, String personId) {
        return tx.sql()
                        .deleteFrom(TOTP_FACTOR)
                        .where(TOTP_FACTOR.PERSON_ID.eq(personId))
                        .execute()
                > 0;
    }
}
