package dev.faregate.credits;

import dev.faregate.base.Micros;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The ledger as simple as it can be said: maps in memory, one operation at a time. Written from the rules,
/// not from the stores.
final class LedgerModel {
    static final class Limit {
        final long id;
        final Scope scope;
        final String owner;
        final Window window;

        @Nullable
        Long cap;

        boolean removed;
        boolean closed;
        long policySeq = 1;

        Limit(long id, Scope scope, String owner, Window window) {
            this.id = id;
            this.scope = scope;
            this.owner = owner;
            this.window = window;
        }
    }

    /// An amount on one window of a limit.
    record Line(Limit limit, Instant start, long amount) {}

    /// A hold while it is open, a posting afterwards.
    record Entry(Instant at, List<Line> lines, boolean orphan) {
        Limit key() {
            return lines.getFirst().limit();
        }

        boolean stands(Limit limit) {
            return lines.stream().anyMatch(line -> line.limit() == limit);
        }
    }

    final Map<Long, Limit> limits = new LinkedHashMap<>();
    final Map<UUID, Entry> holds = new LinkedHashMap<>();
    final Map<UUID, Entry> postings = new HashMap<>();

    /// Seeds are fixed when a limit begins, so they are kept and not derived.
    private final Map<Limit, Line> seeds = new HashMap<>();

    long used(Limit limit, Instant start) {
        Line seed = seeds.get(limit);
        long seeded = seed != null && seed.start().equals(start) ? seed.amount() : 0;
        return Math.addExact(seeded, sum(postings, limit, start));
    }

    long held(Limit limit, Instant start) {
        return sum(holds, limit, start);
    }

    private static long sum(Map<UUID, Entry> entries, Limit limit, Instant start) {
        return entries.values().stream()
                .flatMap(e -> e.lines().stream())
                .filter(line -> line.limit() == limit && line.start().equals(start))
                .mapToLong(Line::amount)
                .sum();
    }

    void define(long id, Scope scope, String owner, Window window, @Nullable Long cap, Instant now) {
        Limit known = limits.get(id);
        boolean begins = known == null || known.removed;
        Limit limit = limits.computeIfAbsent(id, _ -> new Limit(id, scope, owner, window));
        limit.cap = cap;
        limit.removed = false;
        if (begins && scope == Scope.KEY && window != Window.TOTAL) {
            total(owner).policySeq++;
            begin(limit, now);
        }
    }

    private void begin(Limit limit, Instant now) {
        Instant start = limit.window.start(now);
        holds.replaceAll((_, hold) -> standing(hold, limit, start));
        postings.replaceAll((_, posting) -> posting.orphan() ? standing(posting, limit, start) : posting);
        // Orphans of this window stand on the limit by now; what else was posted without it is its seed.
        long before = postings.values().stream()
                .filter(posting -> !posting.lines().isEmpty()
                        && posting.key().owner.equals(limit.owner)
                        && !posting.stands(limit)
                        && limit.window.start(posting.at()).equals(start))
                .mapToLong(posting -> posting.lines().getFirst().amount())
                .sum();
        seeds.put(limit, new Line(limit, start, before));
    }

    private static Entry standing(Entry entry, Limit limit, Instant start) {
        boolean belongs = entry.key().owner.equals(limit.owner)
                && limit.window.start(entry.at()).equals(start)
                && !entry.stands(limit);
        if (!belongs) {
            return entry;
        }
        List<Line> lines = new ArrayList<>(entry.lines());
        lines.add(new Line(limit, start, entry.lines().getFirst().amount()));
        return new Entry(entry.at(), lines, entry.orphan());
    }

    void remove(Limit limit) {
        limit.removed = true;
        total(limit.owner).policySeq++;
    }

    Limit total(String key) {
        return limits.values().stream()
                .filter(l -> l.scope == Scope.KEY && l.owner.equals(key) && l.window == Window.TOTAL)
                .findFirst()
                .orElseThrow();
    }

    /// What the ledger must answer; admits when it is HELD.
    String hold(HoldRequest request, Instant now) {
        Entry standing = holds.get(request.generation());
        List<Line> asked = lines(request.claims(), now);
        if (standing != null) {
            return sameAmounts(standing, asked) ? "HELD" : "UNAVAILABLE";
        }
        if (postings.containsKey(request.generation())) {
            return "UNAVAILABLE";
        }
        String refused = gate(request);
        if (!refused.isEmpty()) {
            return refused;
        }
        if (!shortOf(asked).isEmpty()) {
            return "SHORT " + shortOf(asked);
        }
        holds.put(request.generation(), new Entry(now, asked, false));
        return "HELD";
    }

    /// Extends every line of the hold by what is asked of its limit; a line that was added later follows
    /// the first.
    String extend(HoldRequest more, List<Claim> base) {
        Entry hold = holds.get(more.generation());
        if (hold == null) {
            return "UNAVAILABLE";
        }
        for (int i = 0; i < base.size(); i++) {
            if (hold.lines().get(i).amount() != base.get(i).amount().nanos()) {
                return "UNAVAILABLE";
            }
        }
        String refused = gate(more);
        if (!refused.isEmpty()) {
            return refused;
        }
        List<Line> added = new ArrayList<>();
        List<Line> after = new ArrayList<>();
        for (int i = 0; i < hold.lines().size(); i++) {
            Line line = hold.lines().get(i);
            long amount =
                    more.claims().get(i < more.claims().size() ? i : 0).amount().nanos();
            added.add(new Line(line.limit(), line.start(), amount));
            after.add(new Line(line.limit(), line.start(), line.amount() + amount));
        }
        if (!shortOf(added).isEmpty()) {
            return "SHORT " + shortOf(added);
        }
        holds.put(more.generation(), new Entry(hold.at(), after, false));
        return "HELD";
    }

    void settle(Settlement settlement, Instant now) {
        Entry hold = holds.remove(settlement.generation());
        Entry posting = postings.get(settlement.generation());
        if (posting != null && !posting.orphan()) {
            return;
        }
        Entry from = posting != null ? posting : hold;
        if (from == null) {
            from = new Entry(now, lines(settlement.held(), now), false);
        }
        List<Line> charged = new ArrayList<>();
        for (Line line : from.lines()) {
            charged.add(new Line(line.limit(), line.start(), charge(settlement, line)));
        }
        postings.put(
                settlement.generation(),
                new Entry(from.at(), charged, settlement.source() == Settlement.Source.ORPHAN));
    }

    /// Every open hold is charged in full.
    void crash() {
        holds.forEach((generation, hold) -> postings.put(generation, new Entry(hold.at(), hold.lines(), true)));
        holds.clear();
    }

    private static long charge(Settlement settlement, Line line) {
        if (settlement.source() == Settlement.Source.VOID) {
            return 0;
        }
        long asked = settlement.charges().getFirst().nanos();
        for (int i = 0; i < settlement.held().size(); i++) {
            if (settlement.held().get(i).limitId() == line.limit().id) {
                asked = settlement.charges().get(i).nanos();
            }
        }
        return Math.clamp(asked, 0, line.amount());
    }

    private String gate(HoldRequest request) {
        Limit key = limits.get(request.claims().getFirst().limitId());
        if (key == null || key.closed) {
            return "CLOSED";
        }
        boolean gone = request.claims().stream()
                .map(claim -> limits.get(claim.limitId()))
                .anyMatch(limit -> limit == null || limit.removed);
        return key.policySeq != request.policySeq() || gone ? "STALE" : "";
    }

    private List<Long> shortOf(List<Line> asked) {
        return asked.stream()
                .filter(line -> line.limit().cap != null
                        && line.amount()
                                > line.limit().cap
                                        - used(line.limit(), line.start())
                                        - held(line.limit(), line.start()))
                .map(Line::limit)
                .sorted(Comparator.comparing((Limit l) -> l.scope).thenComparing(l -> l.id))
                .map(limit -> limit.id)
                .toList();
    }

    private static boolean sameAmounts(Entry standing, List<Line> asked) {
        for (int i = 0; i < asked.size(); i++) {
            if (standing.lines().get(i).limit() != asked.get(i).limit()
                    || standing.lines().get(i).amount() != asked.get(i).amount()) {
                return false;
            }
        }
        return true;
    }

    private List<Line> lines(List<Claim> claims, Instant now) {
        Instant at = Micros.toInstant(Micros.of(now));
        List<Line> lines = new ArrayList<>();
        for (Claim claim : claims) {
            Limit limit = Objects.requireNonNull(limits.get(claim.limitId()));
            lines.add(new Line(limit, limit.window.start(at), claim.amount().nanos()));
        }
        return lines;
    }
}
