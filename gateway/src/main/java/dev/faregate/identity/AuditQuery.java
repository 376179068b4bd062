package dev.faregate.identity;

import static dev.faregate.storage.tables.Tables.AUDIT_EVENT;
import static dev.faregate.storage.tables.Tables.AUDIT_HEAD;

import dev.faregate.base.Micros;
import dev.faregate.http.QueryParameters;
import dev.faregate.storage.Tx;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Which events of an organization are asked for; null asks for all.
///
/// @param actor the id of a key or user, or a kind of actor
/// @param since inclusive
/// @param until exclusive
/// @param before only events with smaller numbers
public record AuditQuery(
        @Nullable String action,
        @Nullable String subject,
        @Nullable String actor,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable Long before) {

    /// The head of a chain: how many events it has, and the hash of the newest.
    public record Head(long seq, String hash) {}

    /// From `action`, `subject`, `actor`, `since`, `until` and `cursor`. A day stands for the moment at which it
    /// begins in UTC. Throws a 400 that names the parameter.
    public static AuditQuery of(QueryParameters query) {
        return new AuditQuery(
                text(query, "action"),
                text(query, "subject"),
                text(query, "actor"),
                time(query, "since"),
                time(query, "until"),
                cursor(query));
    }

    private static @Nullable String text(QueryParameters query, String name) {
        String text = query.find(name);
        if (text != null && text.chars().anyMatch(Character::isISOControl)) {
            throw QueryParameters.wrong(name, "must not hold control characters");
        }
        return text;
    }

    private static @Nullable Instant time(QueryParameters query, String name) {
        String text = query.find(name);
        if (text == null) {
            return null;
        }
        try {
            Instant time = text.indexOf('T') < 0
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text).toInstant();
            if (time.isAfter(Instant.EPOCH) && time.isBefore(Instant.ofEpochSecond(1L << 40))) {
                return time;
            }
        } catch (DateTimeException e) {
            // said below
        }
        throw QueryParameters.wrong(name, "must be a time such as 2030-01-31T23:59:59Z, or a day such as 2030-01-31");
    }

    private static @Nullable Long cursor(QueryParameters query) {
        String text = query.find("cursor");
        if (text == null) {
            return null;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw QueryParameters.wrong("cursor", "must be the next_cursor of an earlier answer");
        }
    }

    /// Newest first.
    public List<AuditEvent> page(Tx tx, String organizationId, int count) {
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

    /// Of each of these records, the newest event with one of these actions; nothing of a record that has none.
    public static List<AuditEvent> newest(
            Tx tx, String organizationId, Collection<String> subjects, Collection<String> actions) {
        var newest = DSL.select(DSL.max(AUDIT_EVENT.SEQ))
                .from(AUDIT_EVENT)
                .where(AUDIT_EVENT.ORGANIZATION_ID.eq(organizationId))
                .and(AUDIT_EVENT.SUBJECT.in(subjects))
                .and(AUDIT_EVENT.ACTION.in(actions))
                .groupBy(AUDIT_EVENT.SUBJECT);
        return tx.sql()
                .selectFrom(AUDIT_EVENT)
                .where(AUDIT_EVENT.ORGANIZATION_ID.eq(organizationId))
                .and(AUDIT_EVENT.SEQ.in(newest))
                .fetch(AuditQuery::read);
    }

    public static Optional<Head> head(Tx tx, String organizationId) {
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
