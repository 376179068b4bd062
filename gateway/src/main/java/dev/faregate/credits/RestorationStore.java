package dev.faregate.credits;

import static dev.faregate.storage.tables.Tables.ACCOUNT_LINK;
import static dev.faregate.storage.tables.Tables.AUTH_CODE;
import static dev.faregate.storage.tables.Tables.DEVICE_CODE;
import static dev.faregate.storage.tables.Tables.INVITATION;
import static dev.faregate.storage.tables.Tables.MAIL_OUTBOX;
import static dev.faregate.storage.tables.Tables.NODE_LIFE;
import static dev.faregate.storage.tables.Tables.OAUTH_REQUEST;
import static dev.faregate.storage.tables.Tables.PASSKEY_CHALLENGE;
import static dev.faregate.storage.tables.Tables.PENDING_SIGN_IN;
import static dev.faregate.storage.tables.Tables.REFRESH_TOKEN;
import static dev.faregate.storage.tables.Tables.RESTORATION;
import static dev.faregate.storage.tables.Tables.SESSION;
import static dev.faregate.storage.tables.Tables.SSO_REQUEST;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/// The restores of this database, and what a restore ends.
public final class RestorationStore {
    /// What a client is told to wait while the service is closed (seconds): people have to act.
    private static final int RETRY_AFTER_S = 60;

    /// What was given out once, and may have been used, revoked or ended after the backup was made; and the lives
    /// of nodes: a flight recorder of after the backup must not speak for a hold of before it, so each hold that
    /// was open is charged in full.
    private static final List<Table<?>> ENDED = List.of(
            SESSION,
            PENDING_SIGN_IN,
            PASSKEY_CHALLENGE,
            SSO_REQUEST,
            ACCOUNT_LINK,
            INVITATION,
            AUTH_CODE,
            DEVICE_CODE,
            OAUTH_REQUEST,
            REFRESH_TOKEN,
            MAIL_OUTBOX,
            NODE_LIFE);

    /// The newest restore, if there ever was one.
    public Optional<Restoration> newest(Tx tx) {
        return tx.sql()
                .selectFrom(RESTORATION)
                .orderBy(RESTORATION.EPOCH.desc())
                .limit(1)
                .fetchOptional(row -> new Restoration(
                        required(row.get(RESTORATION.EPOCH)),
                        required(row.get(RESTORATION.ID)),
                        Micros.toInstant(required(row.get(RESTORATION.TAKEN_AT))),
                        Micros.toInstant(required(row.get(RESTORATION.RESTORED_AT))),
                        required(row.get(RESTORATION.POSTINGS)),
                        required(row.get(RESTORATION.TRANSFERS)),
                        required(row.get(RESTORATION.AUDIT_EVENTS)),
                        Micros.toNullable(row.get(RESTORATION.RECONCILED_AT))));
    }

    /// The newest restore, if nobody has reconciled it.
    public Optional<Restoration> open(Tx tx) {
        return newest(tx).filter(restoration -> restoration.reconciledAt() == null);
    }

    /// Throws a 503 while the service is closed.
    static void requireReconciled(Tx tx) {
        new RestorationStore().open(tx).ifPresent(open -> {
            throw closed(open);
        });
    }

    /// What a client of a closed service is told.
    static ApiException closed(Restoration open) {
        return new ApiException(new ApiError.Unavailable(open.sentence(), RETRY_AFTER_S));
    }

    /// Begins an epoch, closed, and ends what must not come back to life. `backup` has its counts and times;
    /// its epoch is not looked at.
    public Restoration begin(Tx tx, Restoration backup) {
        ENDED.forEach(table -> tx.sql().deleteFrom(table).execute());
        int epoch = newest(tx).map(Restoration::epoch).orElse(0) + 1;
        tx.sql()
                .insertInto(RESTORATION)
                .set(RESTORATION.EPOCH, epoch)
                .set(RESTORATION.ID, backup.id())
                .set(RESTORATION.TAKEN_AT, Micros.of(backup.takenAt()))
                .set(RESTORATION.RESTORED_AT, Micros.of(tx.now()))
                .set(RESTORATION.POSTINGS, backup.postings())
                .set(RESTORATION.TRANSFERS, backup.transfers())
                .set(RESTORATION.AUDIT_EVENTS, backup.auditEvents())
                .execute();
        return newest(tx).orElseThrow();
    }

    /// Opens the service. False when somebody else did.
    public boolean reconcile(Tx tx, Restoration open) {
        return tx.sql()
                        .update(RESTORATION)
                        .set(RESTORATION.RECONCILED_AT, Micros.of(tx.now()))
                        .where(RESTORATION.ID.eq(open.id()), RESTORATION.RECONCILED_AT.isNull())
                        .execute()
                > 0;
    }

    private static <T> T required(@Nullable T value) {
        return Objects.requireNonNull(value);
    }
}
