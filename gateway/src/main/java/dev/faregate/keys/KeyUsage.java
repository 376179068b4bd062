package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.FREE_REQUEST_DAY;
import static dev.faregate.storage.tables.Tables.USAGE_COUNTER;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a key spent, credit and BYOK apart: in all time and in the current UTC day, week (from Monday)
/// and month. The figures are roll-ups that the database keeps of the generations (rulings 2).
public record KeyUsage(Sums credit, Sums byok) {
    /// The four sums; the windows nest, so today is never more than the week, the month or the total
    /// (S45).
    public record Sums(Usd total, Usd daily, Usd weekly, Usd monthly) {
        static final Sums ZERO = new Sums(Usd.ZERO, Usd.ZERO, Usd.ZERO, Usd.ZERO);

        Usd in(Window window) {
            return switch (window) {
                case TOTAL -> total;
                case DAILY -> daily;
                case WEEKLY -> weekly;
                case MONTHLY -> monthly;
            };
        }

        Sums plus(Sums more) {
            return new Sums(
                    total.plus(more.total),
                    daily.plus(more.daily),
                    weekly.plus(more.weekly),
                    monthly.plus(more.monthly));
        }
    }

    /// Of a key that never did anything.
    public static final KeyUsage NONE = new KeyUsage(Sums.ZERO, Sums.ZERO);

    /// The row of the roll-up that holds the sum of all time.
    public static final int ALL_TIME = Integer.MAX_VALUE;

    /// The usage of several keys, in one range of one index; keys that never did anything are absent.
    public static Map<String, KeyUsage> of(Tx tx, Collection<String> keyIds) {
        int today = day(Window.DAILY.start(tx.now()));
        int week = day(Window.WEEKLY.start(tx.now()));
        int month = day(Window.MONTHLY.start(tx.now()));
        Map<String, Adder> adders = new HashMap<>();
        tx.sql()
                .select(
                        USAGE_COUNTER.API_KEY_ID,
                        USAGE_COUNTER.DAY,
                        USAGE_COUNTER.USAGE_NANOS,
                        USAGE_COUNTER.BYOK_USAGE_NANOS)
                .from(USAGE_COUNTER)
                .where(USAGE_COUNTER.API_KEY_ID.in(keyIds))
                .and(USAGE_COUNTER.DAY.ge(Math.min(week, month)))
                .forEach(row -> {
                    Adder adder = adders.computeIfAbsent(row.value1(), _ -> new Adder());
                    int day = row.value2();
                    adder.add(Window.TOTAL, day == ALL_TIME, row.value3(), row.value4());
                    adder.add(Window.DAILY, day != ALL_TIME && day >= today, row.value3(), row.value4());
                    adder.add(Window.WEEKLY, day != ALL_TIME && day >= week, row.value3(), row.value4());
                    adder.add(Window.MONTHLY, day != ALL_TIME && day >= month, row.value3(), row.value4());
                });
        Map<String, KeyUsage> usage = new HashMap<>();
        adders.forEach((key, adder) -> usage.put(key, adder.usage()));
        return usage;
    }

    /// When each of these keys last asked for something; keys that never did are absent.
    public static Map<String, Instant> lastUsed(Tx tx, Collection<String> keyIds) {
        Map<String, Instant> lastUsed = new HashMap<>();
        tx.sql()
                .select(USAGE_COUNTER.API_KEY_ID, USAGE_COUNTER.LAST_USED_AT)
                .from(USAGE_COUNTER)
                .where(USAGE_COUNTER.API_KEY_ID.in(keyIds))
                .and(USAGE_COUNTER.DAY.eq(ALL_TIME))
                .forEach(row -> lastUsed.put(row.value1(), Micros.toInstant(row.value2())));
        return lastUsed;
    }

    /// What a key spent of credit on each of the last `days` days, oldest first, today last.
    static List<Usd> lastDays(Tx tx, String keyId, int days) {
        int today = day(tx.now());
        Usd[] sums = new Usd[days];
        Arrays.fill(sums, Usd.ZERO);
        tx.sql()
                .select(USAGE_COUNTER.DAY, USAGE_COUNTER.USAGE_NANOS)
                .from(USAGE_COUNTER)
                .where(USAGE_COUNTER.API_KEY_ID.eq(keyId))
                .and(USAGE_COUNTER.DAY.between(today - days + 1, today))
                .forEach(row -> sums[days - 1 - (today - row.value1())] = Usd.ofNanos(row.value2()));
        return List.of(sums);
    }

    /// Requests to free models that an organization made today, all its keys together.
    static long freeRequestsToday(Tx tx, String organizationId) {
        Long requests = tx.sql()
                .select(FREE_REQUEST_DAY.REQUESTS)
                .from(FREE_REQUEST_DAY)
                .where(FREE_REQUEST_DAY.ORGANIZATION_ID.eq(organizationId))
                .and(FREE_REQUEST_DAY.DAY.eq(day(tx.now())))
                .fetchOne(FREE_REQUEST_DAY.REQUESTS);
        return requests == null ? 0 : requests;
    }

    private static int day(Instant instant) {
        return Math.toIntExact(LocalDate.ofInstant(instant, ZoneOffset.UTC).toEpochDay());
    }

    /// Adds the rows of one key into its windows.
    private static final class Adder {
        private final long[] credit = new long[Window.values().length];
        private final long[] byok = new long[Window.values().length];

        void add(Window window, boolean counts, long creditNanos, long byokNanos) {
            if (counts) {
                credit[window.ordinal()] = Math.addExact(credit[window.ordinal()], creditNanos);
                byok[window.ordinal()] = Math.addExact(byok[window.ordinal()], byokNanos);
            }
        }

        KeyUsage usage() {
            return new KeyUsage(sums(credit), sums(byok));
        }

        private static Sums sums(long[] nanos) {
            return new Sums(
                    Usd.ofNanos(nanos[Window.TOTAL.ordinal()]),
                    Usd.ofNanos(nanos[Window.DAILY.ordinal()]),
                    Usd.ofNanos(nanos[Window.WEEKLY.ordinal()]),
                    Usd.ofNanos(nanos[Window.MONTHLY.ordinal()]));
        }
    }
}
