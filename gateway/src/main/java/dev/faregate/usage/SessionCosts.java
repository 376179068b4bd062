package dev.faregate.usage;

import dev.faregate.base.Usd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Adds the charges of sessions up, and finds what a session of each kind costs: per app, model and number of turns.
/// Sessions of different apps or organizations are never pooled, and what too few sessions speak of is not told.
final class SessionCosts {
    /// How many turns a session had with a model (contract: `turn_range`).
    enum TurnRange {
        ONE("1-turn", 1),
        FEW("2-9-turns", 9),
        MANY("10-49-turns", 49),
        MOST("50-plus-turns", Long.MAX_VALUE);

        private final String word;
        private final long most;

        TurnRange(String word, long most) {
            this.word = word;
            this.most = most;
        }

        String word() {
            return word;
        }

        static TurnRange of(long turns) {
            for (TurnRange range : values()) {
                if (turns <= range.most) {
                    return range;
                }
            }
            throw new IllegalStateException("no range for " + turns);
        }
    }

    /// What a session of this kind costs at the median.
    record Cell(Kind kind, Usd median) {}

    record Kind(String organization, int app, String model, TurnRange turns) {}

    /// Sessions that are added up at once; the others are not in the sample.
    static final int MAX_SESSIONS = 500_000;

    /// A cell of fewer sessions could tell what somebody did.
    static final int LEAST_SESSIONS = 5;

    private record Session(String organization, int app, String model, String id) {}

    private static final class Sum {
        private long turns;
        private long nanos;
    }

    private final Map<Session, Sum> sums = new HashMap<>();

    void add(String organization, int app, String model, String session, long chargeNanos) {
        Session key = new Session(organization, app, model, session);
        Sum sum = sums.get(key);
        if (sum == null) {
            if (sums.size() == MAX_SESSIONS) {
                return;
            }
            sum = new Sum();
            sums.put(key, sum);
        }
        sum.turns++;
        sum.nanos = Math.addExact(sum.nanos, chargeNanos);
    }

    /// The cells that enough sessions speak of, in no order.
    List<Cell> cells() {
        Map<Kind, List<Long>> costs = new HashMap<>();
        sums.forEach((session, sum) -> costs.computeIfAbsent(
                        new Kind(session.organization(), session.app(), session.model(), TurnRange.of(sum.turns)),
                        _ -> new ArrayList<>())
                .add(sum.nanos));
        List<Cell> cells = new ArrayList<>();
        costs.forEach((kind, each) -> {
            if (each.size() >= LEAST_SESSIONS) {
                cells.add(new Cell(kind, median(each)));
            }
        });
        return cells;
    }

    /// The mean of the two in the middle where there is no middle, rounded down to a whole nano-dollar.
    private static Usd median(List<Long> costs) {
        Collections.sort(costs);
        long upper = costs.get(costs.size() / 2);
        long lower = costs.get((costs.size() - 1) / 2);
        return Usd.ofNanos(lower + (upper - lower) / 2);
    }
}
