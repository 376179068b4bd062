package dev.faregate.identity;

import static dev.faregate.storage.tables.Tables.AUDIT_EVENT;
import static dev.faregate.storage.tables.Tables.AUDIT_HEAD;

import dev.faregate.base.Micros;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Which events of an organization are asked for; null asks for all.
///
/// @param actor the id of a key or user, or a kind of actor
/// @param since inclusive
/// @param until exclusive
/// @param before only events with smaller numbers
record AuditQuery(
        @Nullable String action,
        @Nullable String subject,
        @Nullable String actor,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable Long before) {

    /// The head of a chain: how many events it has, and the hash of the newest.
    record Head(long seq, String hash) {}

    /// Newest first.
    List<AuditEvent> page(Tx tx, String organizationId, int count) {
        Condition which = AUDIT_EVENT.ORGANIZATION_ID.eq(organizationId);
        if (action != null) {
            which = which.and(AUDIT_EVENT.ACTION.eq(action));
        }
        if (subject != null) {
            which = which.and(AUDIT_EVENT.SUBJECT.eq(subject));
        }
        if (actor != null) {
            which = which.and(AUDIT_EVENT.ACTOR_ID.eq(actor).or(AUDIT_EVENT.ACTOR_KIND.eq(actor)));
        }
        if (since != null) {
            which = which.and(AUDIT_EVENT.AT.ge(Micros.of(since)));
        }
        if (until != null) {
            which = which.and(AUDIT_EVENT.AT.lt(Micros.of(until)));
        }
        if (before != null) {
            which = which.and(AUDIT_EVENT.SEQ.lt(before));
        }
        return tx.sql()
                .selectFrom(AUDIT_EVENT)
                .where(which)
                .orderBy(AUDIT_EVENT.SEQ.desc())
                .limit(count)
                .fetch(AuditQuery::read);
    }

    static Optional<Head> head(Tx tx, String organizationId) {
        return tx.sql()
                .select(AUDIT_HEAD.SEQ, AUDIT_HEAD.HASH)
                .from(AUDIT_HEAD)
                .where(AUDIT_HEAD.ORGANIZATION_ID.eq(organizationId))
                .fetchOptional(row -> new Head(row.value1(), row.value2()));
    }

    private static AuditEvent read(Record row) {
        return new AuditEvent(
                Objects.requireNonNull(row.get(AUDIT_EVENT.ID)),
                Objects.requireNonNull(row.get(AUDIT_EVENT.SEQ)),
                Micros.toInstant(Objects.requireNonNull(row.get(AUDIT_EVENT.AT))),
                Objects.requireNonNull(row.get(AUDIT_EVENT.ACTOR_KIND)),
                row.get(AUDIT_EVENT.ACTOR_ID),
                Objects.requireNonNull(row.get(AUDIT_EVENT.ACTION)),
                Objects.requireNonNull(row.get(AUDIT_EVENT.SUBJECT)),
                Objects.requireNonNull(row.get(AUDIT_EVENT.DETAIL)),
                row.get(AUDIT_EVENT.REQUEST_ID),
                Objects.requireNonNull(row.get(AUDIT_EVENT.PREVIOUS_HASH)),
                Objects.requireNonNull(row.get(AUDIT_EVENT.HASH)));
    }
}
