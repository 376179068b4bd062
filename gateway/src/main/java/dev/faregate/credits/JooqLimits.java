package dev.faregate.credits;

import static dev.faregate.storage.tables.Tables.LIMIT_DEFINITION;
import static dev.faregate.storage.tables.Tables.LIMIT_WINDOW;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongBinaryOperator;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Limits on either database. Whoever changes a limit row holds the lock that admission takes: on SQLite by
/// being on the writer thread, on PostgreSQL by the row lock on the definition.
public final class JooqLimits implements Limits {
    private static final long FIRST_POLICY = 1;

    @Override
    public long define(Tx tx, Scope scope, String owner, Window window, @Nullable Usd cap) {
        Optional<Record> total = scope == Scope.KEY && window != Window.TOTAL
                ? find(tx, Scope.KEY, owner, Window.TOTAL)
                : Optional.empty();
        Record existing = find(tx, scope, owner, window).orElse(null);
        if (existing != null && existing.get(LIMIT_DEFINITION.REMOVED_AT) == null) {
            long id = existing.get(LIMIT_DEFINITION.ID);
            setCap(tx, id, cap);
            return id;
        }
        long id = existing == null ? insert(tx, scope, owner, window, cap) : revive(tx, existing, cap);
        total.ifPresent(key -> {
            long keyLimit = key.get(LIMIT_DEFINITION.ID);
            raisePolicy(tx, keyLimit);
            new MidWindow(tx, id, window).startFrom(List.of(keyLimit));
        });
        return id;
    }

    @Override
    public long defineFor(Tx tx, Scope scope, String owner, Window window, @Nullable Usd cap, Collection<String> keys) {
        Condition itself = LIMIT_DEFINITION
                .SCOPE
                .eq(scope.name())
                .and(LIMIT_DEFINITION.OWNER.eq(owner))
                .and(LIMIT_DEFINITION.WINDOW_KIND.eq(window.name()));
        // Looked at without a lock: the locks below are taken in the order of ids, as admission takes them.
        boolean lives = tx.sql().fetchExists(LIMIT_DEFINITION, itself.and(LIMIT_DEFINITION.REMOVED_AT.isNull()));
        if (lives) {
            return define(tx, scope, owner, window, cap);
        }
        Condition totals = LIMIT_DEFINITION
                .SCOPE
                .eq(Scope.KEY.name())
                .and(LIMIT_DEFINITION.WINDOW_KIND.eq(Window.TOTAL.name()))
                .and(LIMIT_DEFINITION.OWNER.in(keys));
        lockInOrder(tx, itself.or(totals));
        List<Long> keyLimits = tx.sql()
                .select(LIMIT_DEFINITION.ID)
                .from(LIMIT_DEFINITION)
                .where(totals)
                .fetch(LIMIT_DEFINITION.ID);
        long id = define(tx, scope, owner, window, cap);
        tx.sql()
                .update(LIMIT_DEFINITION)
                .set(LIMIT_DEFINITION.POLICY_SEQ, LIMIT_DEFINITION.POLICY_SEQ.plus(1L))
                .where(totals)
                .execute();
        new MidWindow(tx, id, window).startFrom(keyLimits);
        return id;
    }

    private static void lockInOrder(Tx tx, Condition which) {
        if (tx.kind() == Database.Kind.POSTGRESQL) {
            tx.sql()
                    .select(LIMIT_DEFINITION.ID)
                    .from(LIMIT_DEFINITION)
                    .where(which)
                    .orderBy(LIMIT_DEFINITION.ID)
                    .forNoKeyUpdate()
                    .fetch();
        }
    }

    @Override
    public void remove(Tx tx, Scope scope, String owner, Window window) {
        if (scope == Scope.KEY && window == Window.TOTAL) {
            throw new IllegalArgumentException("the TOTAL limit of a key carries its gates and stays");
        }
        Optional<Record> total = scope == Scope.KEY ? find(tx, Scope.KEY, owner, Window.TOTAL) : Optional.empty();
        find(tx, scope, owner, window)
                .filter(row -> row.get(LIMIT_DEFINITION.REMOVED_AT) == null)
                .ifPresent(row -> {
                    tx.sql()
                            .update(LIMIT_DEFINITION)
                            .set(LIMIT_DEFINITION.REMOVED_AT, Micros.of(tx.now()))
                            .where(LIMIT_DEFINITION.ID.eq(row.get(LIMIT_DEFINITION.ID)))
                            .execute();
                    total.ifPresent(key -> raisePolicy(tx, key.get(LIMIT_DEFINITION.ID)));
                });
    }

    @Override
    public long gate(Tx tx, String key, boolean closed, @Nullable Instant expiresAt) {
        Record total = find(tx, Scope.KEY, key, Window.TOTAL)
                .orElseThrow(() -> new IllegalStateException("a key without its TOTAL limit"));
        Long closedAt = total.get(LIMIT_DEFINITION.CLOSED_AT);
        Long newClosedAt = closedAt == null ? (Long) Micros.of(tx.now()) : closedAt;
        long next = total.get(LIMIT_DEFINITION.POLICY_SEQ) + 1;
        tx.sql()
                .update(LIMIT_DEFINITION)
                .set(LIMIT_DEFINITION.CLOSED_AT, closed ? newClosedAt : null)
                .set(LIMIT_DEFINITION.EXPIRES_AT, expiresAt == null ? null : (Long) Micros.of(expiresAt))
                .set(LIMIT_DEFINITION.POLICY_SEQ, next)
                .where(LIMIT_DEFINITION.ID.eq(total.get(LIMIT_DEFINITION.ID)))
                .execute();
        return next;
    }

    @Override
    public void countByok(Tx tx, Scope scope, String owner, Window window, boolean counts, Collection<String> keys) {
        Condition itself = LIMIT_DEFINITION
                .SCOPE
                .eq(scope.name())
                .and(LIMIT_DEFINITION.OWNER.eq(owner))
                .and(LIMIT_DEFINITION.WINDOW_KIND.eq(window.name()));
        Condition totals = LIMIT_DEFINITION
                .SCOPE
                .eq(Scope.KEY.name())
                .and(LIMIT_DEFINITION.WINDOW_KIND.eq(Window.TOTAL.name()))
                .and(LIMIT_DEFINITION.OWNER.in(keys));
        lockInOrder(tx, itself.or(totals));
        tx.sql()
                .update(LIMIT_DEFINITION)
                .set(LIMIT_DEFINITION.COUNTS_BYOK, counts)
                .where(itself)
                .execute();
        tx.sql()
                .update(LIMIT_DEFINITION)
                .set(LIMIT_DEFINITION.POLICY_SEQ, LIMIT_DEFINITION.POLICY_SEQ.plus(1L))
                .where(totals)
                .execute();
    }

    @Override
    public void raise(Tx tx, Scope scope, String owner, Window window, Usd used) {
        reseed(tx, scope, owner, window, (counted, _) -> Math.max(counted, used.nanos()));
    }

    @Override
    public void lower(Tx tx, Scope scope, String owner, Window window, Usd amount, Usd least) {
        reseed(tx, scope, owner, window, (counted, seed) -> {
            long without = counted - Math.min(seed, amount.nanos());
            return Math.max(without, Math.min(counted, least.nanos()));
        });
    }

    /// Gives the current window another `used`; the difference is seed, so the books still add up.
    private static void reseed(Tx tx, Scope scope, String owner, Window window, LongBinaryOperator next) {
        Long id = find(tx, scope, owner, window)
                .map(row -> row.get(LIMIT_DEFINITION.ID))
                .orElseThrow(() -> new IllegalStateException("no such limit: " + scope + " " + window));
        long start = start(tx, window);
        tx.sql()
                .insertInto(LIMIT_WINDOW)
                .set(LIMIT_WINDOW.DEFINITION_ID, id)
                .set(LIMIT_WINDOW.WINDOW_START, start)
                .set(LIMIT_WINDOW.USED, 0L)
                .set(LIMIT_WINDOW.HELD, 0L)
                .set(LIMIT_WINDOW.SEED, 0L)
                .onConflict(LIMIT_WINDOW.DEFINITION_ID, LIMIT_WINDOW.WINDOW_START)
                .doNothing()
                .execute();
        Condition current = LIMIT_WINDOW.DEFINITION_ID.eq(id).and(LIMIT_WINDOW.WINDOW_START.eq(start));
        var row = tx.sql()
                .select(LIMIT_WINDOW.USED, LIMIT_WINDOW.SEED)
                .from(LIMIT_WINDOW)
                .where(current)
                .fetchSingle();
        long more = Math.subtractExact(next.applyAsLong(row.value1(), row.value2()), row.value1());
        tx.sql()
                .update(LIMIT_WINDOW)
                .set(LIMIT_WINDOW.USED, LIMIT_WINDOW.USED.plus(more))
                .set(LIMIT_WINDOW.SEED, LIMIT_WINDOW.SEED.plus(more))
                .where(current)
                .execute();
    }

    @Override
    public Map<Window, State> states(Tx tx, Scope scope, String owner) {
        return states(tx, scope, List.of(owner)).getOrDefault(owner, Map.of());
    }

    @Override
    public Map<String, Map<Window, State>> states(Tx tx, Scope scope, Collection<String> owners) {
        var currentWindow = LIMIT_WINDOW.WINDOW_START.eq(DSL.case_(LIMIT_DEFINITION.WINDOW_KIND)
                .when(Window.DAILY.name(), start(tx, Window.DAILY))
                .when(Window.WEEKLY.name(), start(tx, Window.WEEKLY))
                .when(Window.MONTHLY.name(), start(tx, Window.MONTHLY))
                .otherwise(0L));
        Map<String, Map<Window, State>> states = new HashMap<>();
        tx.sql()
                .select(LIMIT_DEFINITION.fields())
                .select(LIMIT_WINDOW.USED, LIMIT_WINDOW.HELD)
                .from(LIMIT_DEFINITION)
                .leftJoin(LIMIT_WINDOW)
                .on(LIMIT_WINDOW.DEFINITION_ID.eq(LIMIT_DEFINITION.ID).and(currentWindow))
                .where(LIMIT_DEFINITION
                        .SCOPE
                        .eq(scope.name())
                        .and(LIMIT_DEFINITION.OWNER.in(owners))
                        .and(LIMIT_DEFINITION.REMOVED_AT.isNull()))
                .forEach(row -> {
                    State state = state(tx, row);
                    states.computeIfAbsent(row.get(LIMIT_DEFINITION.OWNER), _ -> new EnumMap<>(Window.class))
                            .put(state.window(), state);
                });
        return states;
    }

    private static long start(Tx tx, Window window) {
        return Micros.of(window.start(tx.now()));
    }

    private static State state(Tx tx, Record row) {
        Window window = Window.valueOf(row.get(LIMIT_DEFINITION.WINDOW_KIND));
        Long cap = row.get(LIMIT_DEFINITION.CAP);
        Long used = row.get(LIMIT_WINDOW.USED);
        Long held = row.get(LIMIT_WINDOW.HELD);
        Long expiresAt = row.get(LIMIT_DEFINITION.EXPIRES_AT);
        Instant start = window.start(tx.now());
        return new State(
                row.get(LIMIT_DEFINITION.ID),
                Scope.valueOf(row.get(LIMIT_DEFINITION.SCOPE)),
                window,
                cap == null ? null : Usd.ofNanos(cap),
                used == null ? Usd.ZERO : Usd.ofNanos(used),
                held == null ? Usd.ZERO : Usd.ofNanos(held),
                start,
                window.end(start),
                row.get(LIMIT_DEFINITION.CLOSED_AT) != null,
                Micros.toNullable(expiresAt),
                row.get(LIMIT_DEFINITION.POLICY_SEQ),
                row.get(LIMIT_DEFINITION.COUNTS_BYOK));
    }

    /// The definition, locked until the transaction ends. A key's TOTAL limit is always asked for first, so
    /// two transactions never wait for each other in a circle.
    static Optional<Record> find(Tx tx, Scope scope, String owner, Window window) {
        var query = tx.sql()
                .select(LIMIT_DEFINITION.fields())
                .from(LIMIT_DEFINITION)
                .where(LIMIT_DEFINITION
                        .SCOPE
                        .eq(scope.name())
                        .and(LIMIT_DEFINITION.OWNER.eq(owner))
                        .and(LIMIT_DEFINITION.WINDOW_KIND.eq(window.name())));
        return switch (tx.kind()) {
            case SQLITE -> Optional.ofNullable(query.fetchOne());
            case POSTGRESQL -> Optional.ofNullable(query.forNoKeyUpdate().fetchOne());
        };
    }

    static void setCap(Tx tx, long id, @Nullable Usd cap) {
        tx.sql()
                .update(LIMIT_DEFINITION)
                .set(LIMIT_DEFINITION.CAP, cap == null ? null : (Long) cap.nanos())
                .where(LIMIT_DEFINITION.ID.eq(id))
                .execute();
    }

    private static long insert(Tx tx, Scope scope, String owner, Window window, @Nullable Usd cap) {
        long id = nextId(tx);
        tx.sql()
                .insertInto(LIMIT_DEFINITION)
                .set(LIMIT_DEFINITION.ID, id)
                .set(LIMIT_DEFINITION.SCOPE, scope.name())
                .set(LIMIT_DEFINITION.OWNER, owner)
                .set(LIMIT_DEFINITION.WINDOW_KIND, window.name())
                .set(LIMIT_DEFINITION.CAP, cap == null ? null : (Long) cap.nanos())
                .set(LIMIT_DEFINITION.POLICY_SEQ, FIRST_POLICY)
                .set(LIMIT_DEFINITION.CREATED_AT, Micros.of(tx.now()))
                .execute();
        return id;
    }

    private static long revive(Tx tx, Record removed, @Nullable Usd cap) {
        long id = removed.get(LIMIT_DEFINITION.ID);
        tx.sql()
                .update(LIMIT_DEFINITION)
                .set(LIMIT_DEFINITION.CAP, cap == null ? null : (Long) cap.nanos())
                .setNull(LIMIT_DEFINITION.REMOVED_AT)
                .where(LIMIT_DEFINITION.ID.eq(id))
                .execute();
        return id;
    }

    /// Ids only grow and definitions are never deleted, so no id ever means two limits.
    private static long nextId(Tx tx) {
        return switch (tx.kind()) {
            case SQLITE ->
                tx.sql()
                        .select(DSL.coalesce(DSL.max(LIMIT_DEFINITION.ID), 0L).plus(1L))
                        .from(LIMIT_DEFINITION)
                        .fetchSingle()
                        .value1();
            case POSTGRESQL ->
                tx.sql().fetchSingle("SELECT nextval('limit_definition_id')").get(0, Long.class);
        };
    }

    /// A plan that was made without a limit must not pass it, nor one with a limit that is gone.
    private static void raisePolicy(Tx tx, long keyLimit) {
        tx.sql()
                .update(LIMIT_DEFINITION)
                .set(LIMIT_DEFINITION.POLICY_SEQ, LIMIT_DEFINITION.POLICY_SEQ.plus(1L))
                .where(LIMIT_DEFINITION.ID.eq(keyLimit))
                .execute();
    }

    /// The start of a limit in mid-window: it counts what was posted since the window began, and stands on
    /// every hold that is open, as if it had been there all along.
    private record MidWindow(Tx tx, long id, Window window) {
        /// Keys named in one statement.
        private static final int KEYS_AT_ONCE = 1_000;

        /// Each of `keyLimits` is the first limit of every hold and posting of its key.
        void startFrom(List<Long> keyLimits) {
            long start = Micros.of(window.start(tx.now()));
            Instant windowEnd = window.end(window.start(tx.now()));
            long end = windowEnd == null ? Long.MAX_VALUE : Micros.of(windowEnd);
            long seed = 0;
            long posted = 0;
            for (int i = 0; i < keyLimits.size(); i += KEYS_AT_ONCE) {
                // Numbers of ours, so they may stand in the text.
                String keys = keyLimits.subList(i, Math.min(keyLimits.size(), i + KEYS_AT_ONCE)).stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(", ", "(", ")"));
                // Orphans too, because their charge may still be lowered.
                standOn("hold", "created_at", "", keys, start, end);
                standOn(
                        "posting",
                        "held_at",
                        "AND key_limit_id IN " + keys + " AND source = 'ORPHAN'",
                        keys,
                        start,
                        end);
                seed = Math.addExact(
                        seed,
                        sum(
                                "SELECT coalesce(sum(l.amount), 0) FROM posting_line l WHERE l.key_limit_id IN " + keys
                                        + " AND l.definition_id = l.key_limit_id AND l.held_at >= ? AND l.held_at < ? "
                                        + "AND NOT EXISTS (SELECT 1 FROM posting_line x WHERE x.generation = "
                                        + "l.generation AND x.definition_id = ?)",
                                start,
                                end,
                                id));
                posted = Math.addExact(
                        posted,
                        sum(
                                "SELECT coalesce(sum(l.amount), 0) FROM posting_line l WHERE l.key_limit_id IN " + keys
                                        + " AND l.held_at >= ? AND l.held_at < ? AND l.definition_id = ? "
                                        + "AND l.window_start = ?",
                                start,
                                end,
                                id,
                                start));
            }
            long held = sum(
                    "SELECT coalesce(sum(l.amount), 0) FROM hold_line l WHERE l.definition_id = ? AND l.window_start = ?",
                    id,
                    start);
            long used = Math.addExact(seed, posted);
            tx.sql()
                    .insertInto(LIMIT_WINDOW)
                    .set(LIMIT_WINDOW.DEFINITION_ID, id)
                    .set(LIMIT_WINDOW.WINDOW_START, start)
                    .set(LIMIT_WINDOW.USED, used)
                    .set(LIMIT_WINDOW.HELD, held)
                    .set(LIMIT_WINDOW.SEED, seed)
                    .onConflict(LIMIT_WINDOW.DEFINITION_ID, LIMIT_WINDOW.WINDOW_START)
                    .doUpdate()
                    .set(LIMIT_WINDOW.USED, used)
                    .set(LIMIT_WINDOW.HELD, held)
                    .set(LIMIT_WINDOW.SEED, seed)
                    .execute();
        }

        private long sum(String query, Object... bindings) {
            return WholeNumber.of(tx, query, bindings);
        }

        private void standOn(String table, String taken, String which, String keys, long start, long end) {
            String lines = table + "_line";
            String notYet = "AND NOT EXISTS (SELECT 1 FROM " + lines + " x WHERE x.generation = " + table
                    + ".generation AND x.definition_id = ?)";
            String set = tx.kind() == Database.Kind.SQLITE
                    ? "limits = json_insert(limits, '$[#]', ?), windows = json_insert(windows, '$[#]', ?), "
                            + "amounts = json_insert(amounts, '$[#]', json_extract(amounts, '$[0]')) "
                            + "WHERE json_extract(limits, '$[0]') IN " + keys + " "
                    : "limits = limits || ?::bigint, windows = windows || ?::bigint, amounts = amounts || amounts[1] "
                            + "WHERE limits[1] IN " + keys + " ";
            tx.sql()
                    .execute(
                            "UPDATE " + table + " SET " + set + "AND " + taken + " >= ? AND " + taken + " < ? " + which
                                    + " " + notYet,
                            id,
                            start,
                            start,
                            end,
                            id);
        }
    }
}
