package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.API_KEY;
import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.SPEND_ALERT;
import static dev.faregate.storage.tables.Tables.USAGE_COUNTER;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;

/// What keys spent by the day, and the alerts about it. Only money counts that the key's own limit counts: the charges,
/// and what own provider keys cost where the key includes that (`include_byok_in_limit`).
public final class SpendAlertStore {
    /// A key that spent at least the floor on a day and has no alert for it yet; `before` as [UnusualSpend#of] takes
    /// it.
    record Candidate(SpendAlert.Subject subject, List<Usd> before, Usd spent) {}

    private static final Field<Long> SPENT = USAGE_COUNTER.USAGE_NANOS.plus(
            DSL.when(DSL.condition(API_KEY.INCLUDE_BYOK_IN_LIMIT), USAGE_COUNTER.BYOK_USAGE_NANOS)
                    .otherwise(0L));

    /// The next candidates of a day in the order of their ids, behind `after`: keys that are not deleted, of
    /// organizations that want to be told.
    List<Candidate> candidates(Tx tx, LocalDate day, Usd floor, String after, int count) {
        var rows = tx.sql()
                .select(
                        API_KEY.ID,
                        API_KEY.ORGANIZATION_ID,
                        ORGANIZATION.NAME,
                        API_KEY.NAME,
                        API_KEY.LABEL,
                        API_KEY.HASH,
                        API_KEY.CREATOR_USER_ID,
                        API_KEY.CREATED_AT,
                        SPENT)
                .from(USAGE_COUNTER)
                .join(API_KEY)
                .on(API_KEY.ID.eq(USAGE_COUNTER.API_KEY_ID))
                .join(ORGANIZATION)
                .on(ORGANIZATION.ID.eq(API_KEY.ORGANIZATION_ID))
                .where(USAGE_COUNTER.DAY.eq(number(day)))
                .and(USAGE_COUNTER.API_KEY_ID.gt(after))
                .and(SPENT.ge(floor.nanos()))
                .and(API_KEY.DELETED_AT.isNull())
                .and(DSL.condition(ORGANIZATION.IS_SPEND_ALERT_ENABLED))
                .andNotExists(tx.sql()
                        .selectOne()
                        .from(SPEND_ALERT)
                        .where(SPEND_ALERT.API_KEY_ID.eq(USAGE_COUNTER.API_KEY_ID))
                        .and(SPEND_ALERT.DAY.eq(USAGE_COUNTER.DAY)))
                .orderBy(USAGE_COUNTER.API_KEY_ID)
                .limit(count)
                .fetch();
        Map<String, Map<Integer, Usd>> before = before(tx, rows.getValues(API_KEY.ID), day);
        return rows.map(row -> new Candidate(
                new SpendAlert.Subject(
                        row.value1(),
                        row.value2(),
                        row.value3(),
                        row.value4(),
                        row.value5(),
                        row.value6(),
                        row.value7()),
                days(before.getOrDefault(row.value1(), Map.of()), day, made(row.value8())),
                Usd.ofNanos(row.value9())));
    }

    /// What each of these keys spent on those of the days before `day` on which it spent anything.
    private static Map<String, Map<Integer, Usd>> before(Tx tx, Collection<String> keyIds, LocalDate day) {
        Map<String, Map<Integer, Usd>> spent = new HashMap<>();
        if (!keyIds.isEmpty()) {
            tx.sql()
                    .select(USAGE_COUNTER.API_KEY_ID, USAGE_COUNTER.DAY, SPENT)
                    .from(USAGE_COUNTER)
                    .join(API_KEY)
                    .on(API_KEY.ID.eq(USAGE_COUNTER.API_KEY_ID))
                    .where(USAGE_COUNTER.API_KEY_ID.in(keyIds))
                    .and(USAGE_COUNTER.DAY.between(number(day) - UnusualSpend.DAYS, number(day) - 1))
                    .forEach(row -> spent.computeIfAbsent(row.value1(), _ -> new HashMap<>())
                            .put(row.value2(), Usd.ofNanos(row.value3())));
        }
        return spent;
    }

    /// The days of a key's life before `day`, those without spend too.
    private static List<Usd> days(Map<Integer, Usd> spent, LocalDate day, LocalDate made) {
        int lived = (int) Math.clamp(day.toEpochDay() - made.toEpochDay(), 0, UnusualSpend.DAYS);
        Usd[] days = new Usd[lived];
        Arrays.setAll(days, i -> spent.getOrDefault(number(day) - lived + i, Usd.ZERO));
        return List.of(days);
    }

    private static LocalDate made(long createdAt) {
        return LocalDate.ofInstant(Micros.toInstant(createdAt), ZoneOffset.UTC);
    }

    /// How many alerts of that day people of an organization had mail about.
    int mailed(Tx tx, String organizationId, LocalDate day) {
        return tx.sql()
                .fetchCount(
                        SPEND_ALERT,
                        SPEND_ALERT
                                .ORGANIZATION_ID
                                .eq(organizationId)
                                .and(SPEND_ALERT.DAY.eq(number(day)))
                                .and(DSL.condition(SPEND_ALERT.MAILED)));
    }

    /// Records an alert; false when there is one for that key and day already, whoever made it.
    boolean insert(Tx tx, String organizationId, SpendAlert alert) {
        UnusualSpend spend = alert.spend();
        return tx.sql()
                        .insertInto(SPEND_ALERT)
                        .set(SPEND_ALERT.API_KEY_ID, alert.keyId())
                        .set(SPEND_ALERT.DAY, number(alert.day()))
                        .set(SPEND_ALERT.ORGANIZATION_ID, organizationId)
                        .set(SPEND_ALERT.CREATED_AT, Micros.of(alert.at()))
                        .set(SPEND_ALERT.SPENT_NANOS, spend.spent().nanos())
                        .set(SPEND_ALERT.DAYS_BEFORE, spend.days())
                        .set(SPEND_ALERT.MEAN_NANOS, spend.mean().nanos())
                        .set(SPEND_ALERT.MOST_NANOS, spend.most().nanos())
                        .set(SPEND_ALERT.MAILED, false)
                        .onConflict(SPEND_ALERT.API_KEY_ID, SPEND_ALERT.DAY)
                        .doNothing()
                        .execute()
                > 0;
    }

    /// That there was mail about an alert.
    void markMailed(Tx tx, SpendAlert alert) {
        tx.sql()
                .update(SPEND_ALERT)
                .set(SPEND_ALERT.MAILED, true)
                .where(SPEND_ALERT.API_KEY_ID.eq(alert.keyId()))
                .and(SPEND_ALERT.DAY.eq(number(alert.day())))
                .execute();
    }

    /// The newest alert of today or yesterday for each of these keys that has one: a mail is read the next morning.
    public Map<String, SpendAlert> recent(Tx tx, Collection<String> keyIds) {
        Map<String, SpendAlert> recent = new HashMap<>();
        if (!keyIds.isEmpty()) {
            LocalDate yesterday = LocalDate.ofInstant(tx.now(), ZoneOffset.UTC).minusDays(1);
            tx.sql()
                    .selectFrom(SPEND_ALERT)
                    .where(SPEND_ALERT.API_KEY_ID.in(keyIds))
                    .and(SPEND_ALERT.DAY.ge(number(yesterday)))
                    .orderBy(SPEND_ALERT.DAY)
                    .forEach(row -> recent.put(row.get(SPEND_ALERT.API_KEY_ID), read(row)));
        }
        return recent;
    }

    private static SpendAlert read(Record row) {
        Instant at = Micros.toInstant(Objects.requireNonNull(row.get(SPEND_ALERT.CREATED_AT)));
        return new SpendAlert(
                Objects.requireNonNull(row.get(SPEND_ALERT.API_KEY_ID)),
                LocalDate.ofEpochDay(Objects.requireNonNull(row.get(SPEND_ALERT.DAY))),
                at,
                new UnusualSpend(
                        Usd.ofNanos(Objects.requireNonNull(row.get(SPEND_ALERT.SPENT_NANOS))),
                        Objects.requireNonNull(row.get(SPEND_ALERT.DAYS_BEFORE)),
                        Usd.ofNanos(Objects.requireNonNull(row.get(SPEND_ALERT.MEAN_NANOS))),
                        Usd.ofNanos(Objects.requireNonNull(row.get(SPEND_ALERT.MOST_NANOS)))));
    }

    private static int number(LocalDate day) {
        return Math.toIntExact(day.toEpochDay());
    }
}
