package dev.faregate.credits;

import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A database that many nodes share, in memory, so that a whole history costs a millisecond. It decides as
/// the stores do, by [Admitting] and [Settling]; it checks what no later look could see.
final class SimulatedDatabase {
    /// A mistake to be found.
    enum Plant {
        NONE,
        NO_GUARD,
        VOID_ORPHANS,
        DOUBLE_SETTLE,
        /// Whatever is given back stays held.
        FORGET_VOIDS
    }

    static final class Definition {
        final long id;
        final Window window;
        long cap;
        long largestCap;

        Definition(long id, Window window, long cap) {
            this.id = id;
            this.window = window;
            this.cap = cap;
            this.largestCap = cap;
        }
    }

    record Key(long limit, Instant start) {}

    /// What a hold or a posting stands on.
    record Lines(String node, String boot, List<Key> keys, long[] amounts, Settlement.@Nullable Source source) {
        long[] limits() {
            return keys.stream().mapToLong(Key::limit).toArray();
        }
    }

    static final class Row {
        long used;
        long held;
    }

    final Map<Long, Definition> definitions = new LinkedHashMap<>();
    final Map<Key, Row> rows = new HashMap<>();
    final Map<String, Lines> holds = new LinkedHashMap<>();
    final Map<String, Lines> postings = new HashMap<>();
    private final Plant plant;

    /// Decides windows; may jump.
    Instant now = Instant.parse("2026-11-18T20:00:00Z");

    SimulatedDatabase(Plant plant) {
        this.plant = plant;
    }

    void define(long id, Window window, long cap) {
        definitions.put(id, new Definition(id, window, cap));
    }

    void setCap(long id, long cap) {
        Definition definition = definition(id);
        definition.cap = cap;
        definition.largestCap = Math.max(definition.largestCap, cap);
    }

    private Definition definition(long id) {
        return java.util.Objects.requireNonNull(definitions.get(id));
    }

    private Row row(Key key) {
        return rows.computeIfAbsent(key, _ -> new Row());
    }

    private List<Key> current(List<Claim> claims) {
        return claims.stream()
                .map(claim -> new Key(
                        claim.limitId(), definition(claim.limitId()).window.start(now)))
                .toList();
    }

    private static long[] amounts(List<Claim> claims) {
        return claims.stream().mapToLong(claim -> claim.amount().nanos()).toArray();
    }

    /// One batch of a node's life.
    LedgerStore.Outcome apply(String node, String boot, Batch batch) {
        List<LedgerStore.Ending> endings = new ArrayList<>();
        for (SettleOp op : batch.settles()) {
            endings.add(settle(op.generation, op.settlement));
        }
        List<HoldResult> results = new ArrayList<>();
        for (HoldOp op : batch.holds()) {
            results.add(hold(node, boot, op));
        }
        return new LedgerStore.Outcome(endings, results);
    }

    private HoldResult hold(String node, String boot, HoldOp op) {
        Lines standing = holds.get(op.generation);
        List<Claim> claims = op.request.claims();
        Admitting.Standing found = Admitting.standing(
                standing == null ? null : standing.limits(),
                standing == null ? null : standing.amounts(),
                postings.containsKey(op.generation),
                claims);
        List<Key> keys = current(claims);
        List<Shortage> shortages = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            Definition definition = definition(keys.get(i).limit());
            Row row = row(keys.get(i));
            long amount = claims.get(i).amount().nanos();
            if (!Admitting.fits(definition.cap, row.used, row.held, amount) && plant != Plant.NO_GUARD) {
                shortages.add(new Shortage(
                        definition.id,
                        Scope.KEY,
                        definition.window,
                        claims.get(i).amount(),
                        Usd.ofNanos(definition.cap),
                        Usd.ofNanos(row.used),
                        Usd.ofNanos(row.held),
                        null));
            }
        }
        HoldResult fresh = shortages.isEmpty() ? op.held() : new HoldResult.Insufficient(shortages);
        HoldResult answer = Admitting.answer(found, op.held(), fresh);
        if (found == Admitting.Standing.NOTHING && answer instanceof HoldResult.Held) {
            holds.put(op.generation, new Lines(node, boot, keys, amounts(claims), null));
            for (int i = 0; i < keys.size(); i++) {
                Row row = row(keys.get(i));
                row.held += claims.get(i).amount().nanos();
                if (row.used + row.held > definition(keys.get(i).limit()).cap) {
                    throw new AssertionError("I1: admitted beyond the cap of limit " + keys.get(i));
                }
            }
        }
        return answer;
    }

    LedgerStore.Ending settle(String generation, Settlement asked) {
        Settlement settlement = asked;
        if (plant == Plant.VOID_ORPHANS && asked.source() == Settlement.Source.ORPHAN) {
            settlement = Kit.voided(asked.generation(), asked.held());
        }
        if (plant == Plant.FORGET_VOIDS && asked.source() == Settlement.Source.VOID) {
            return LedgerStore.Ending.REPEATED;
        }
        Lines held = holds.remove(generation);
        Lines lines =
                held != null ? held : new Lines("", "", current(settlement.held()), amounts(settlement.held()), null);
        Settling settling = Settling.first(settlement, held != null, lines.limits(), lines.amounts());
        if (held != null) {
            for (int i = 0; i < held.keys().size(); i++) {
                row(held.keys().get(i)).held -= held.amounts()[i];
            }
        }
        Lines posted = postings.get(generation);
        if (posted != null) {
            lines = posted;
            settling = Settling.again(settlement, String.valueOf(posted.source()), posted.limits(), posted.amounts());
            check(generation, posted, settling);
            if (plant == Plant.DOUBLE_SETTLE && settling.ending() == LedgerStore.Ending.REPEATED) {
                row(posted.keys().getFirst()).used += posted.amounts()[0];
            }
        }
        if (settling.ending() == LedgerStore.Ending.UNHELD) {
            throw new AssertionError("I4: a settlement of " + generation + " met neither hold nor posting");
        }
        for (int i = 0; i < lines.keys().size(); i++) {
            row(lines.keys().get(i)).used += settling.used()[i];
        }
        if (settling.ending() != LedgerStore.Ending.REPEATED) {
            postings.put(generation, new Lines("", "", lines.keys(), settling.charges(), settlement.source()));
        }
        return settling.ending();
    }

    private static void check(String generation, Lines posted, Settling settling) {
        for (int i = 0; i < posted.amounts().length; i++) {
            if (settling.used()[i] > 0 || (posted.source() != Settlement.Source.ORPHAN && settling.used()[i] != 0)) {
                throw new AssertionError("I6: the posting of " + generation + " would rise or change twice");
            }
        }
    }

    /// Holds of a node, of other lives than `boot` (of all, for null).
    List<OrphanRecords.Orphan> holdsOf(String node, @Nullable String boot, String after, int max) {
        List<OrphanRecords.Orphan> found = new ArrayList<>();
        holds.forEach((generation, lines) -> {
            if (lines.node().equals(node) && !lines.boot().equals(boot) && generation.compareTo(after) > 0) {
                found.add(new OrphanRecords.Orphan(
                        UUID.fromString(generation),
                        SqliteBatch.claims(lines.limits(), lines.amounts()),
                        "v",
                        Micros.toInstant(0),
                        null,
                        lines.boot()));
            }
        });
        found.sort(java.util.Comparator.comparing(orphan -> orphan.generation().toString()));
        return found.subList(0, Math.min(max, found.size()));
    }

    /// Trial balance; throws when it does not balance.
    void audit() {
        Map<Key, long[]> sums = new HashMap<>();
        holds.values().forEach(lines -> add(sums, lines, 1));
        postings.values().forEach(lines -> add(sums, lines, 0));
        rows.forEach((key, row) -> {
            long[] sum = sums.getOrDefault(key, new long[2]);
            if (sum[0] != row.used || sum[1] != row.held) {
                throw new AssertionError("I8: " + key + " says used " + row.used + ", held " + row.held
                        + " but its lines say " + Arrays.toString(sum));
            }
            if (row.used + row.held > definition(key.limit()).largestCap) {
                throw new AssertionError("I1: " + key + " stands above the largest cap it ever had");
            }
        });
    }

    private static void add(Map<Key, long[]> sums, Lines lines, int at) {
        for (int i = 0; i < lines.keys().size(); i++) {
            sums.computeIfAbsent(lines.keys().get(i), _ -> new long[2])[at] += lines.amounts()[i];
        }
    }
}
