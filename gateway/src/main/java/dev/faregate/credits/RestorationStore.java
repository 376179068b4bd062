package dev.faregate.credits;

import static dev.faregate.storage.tables.Tables.ACCOUNT_LINK;
import static dev.faregate.storage.tables.Tables.AUDIT_EVENT;
import static dev.faregate.storage.tables.Tables.AUTH_CODE;
import static dev.faregate.storage.tables.Tables.DEVICE_CODE;
import static dev.faregate.storage.tables.Tables.HOLD;
import static dev.faregate.storage.tables.Tables.INVITATION;
import static dev.faregate.storage.tables.Tables.MAIL_OUTBOX;
import static dev.faregate.storage.tables.Tables.NODE_LIFE;
import static dev.faregate.storage.tables.Tables.OAUTH_REQUEST;
import static dev.faregate.storage.tables.Tables.PASSKEY_CHALLENGE;
import static dev.faregate.storage.tables.Tables.PENDING_SIGN_IN;
import static dev.faregate.storage.tables.Tables.POSTING;
import static dev.faregate.storage.tables.Tables.REFRESH_TOKEN;
import static dev.faregate.storage.tables.Tables.RESTORATION;
import static dev.faregate.storage.tables.Tables.SESSION;
import static dev.faregate.storage.tables.Tables.SSO_REQUEST;
import static dev.faregate.storage.tables.Tables.TRANSFER;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// The restores of this database, and what a restore ends.
public final class RestorationStore {
    /// What a client is told to wait while the service is closed (seconds): people have to act.
    private static final int RETRY_AFTER_S = 60;

    /// The subject of a change of what a node remembers of this.
    static final String SUBJECT = "restoration";

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

    /// The database as it stands, as a backup of itself: all that its tables have, up to its newest record. What was
    /// spent until then is in these books, whatever tool brought them here.
    public Restoration standing(Tx tx) {
        Instant newest = Stream.of(POSTING.POSTED_AT, TRANSFER.AT, AUDIT_EVENT.AT, HOLD.CREATED_AT)
                .flatMap(time -> newest(tx, time).stream())
                .max(Instant::compareTo)
                .orElse(tx.now());
        return new Restoration(
                0,
                Ids.next().toString(),
                newest,
                tx.now(),
                tx.sql().fetchCount(POSTING),
                tx.sql().fetchCount(TRANSFER),
                tx.sql().fetchCount(AUDIT_EVENT),
                null);
    }

    private static Optional<Instant> newest(Tx tx, TableField<?, Long> time) {
        Field<Long> newest = DSL.max(time);
        return tx.sql()
                .select(newest)
                .from(time.getTable())
                .fetchOptional(newest)
                .map(Micros::toInstant);
    }

    /// Requests for which money is set aside.
    public long openHolds(Tx tx) {
        return tx.sql().fetchCount(HOLD);
    }

    /// How many nodes gave a sign of life within `silence`. Only nodes on PostgreSQL give any.
    public int running(Tx tx, Duration silence) {
        return new Nodes("", "").live(tx, silence);
    }

    /// Tells every node to look at the newest restore. The last step of its transaction.
    public void tell(Tx tx) {
        Changes.record(tx, SUBJECT, false);
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
