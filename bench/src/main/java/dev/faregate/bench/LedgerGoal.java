package dev.faregate.bench;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What the ledger alone must reach, with two limit rows for each request: a p99 of hold and settlement
/// together, the rate that is asked for without an error, or requests a second.
record LedgerGoal(String words, String store, LedgerPoint point, Figure figure, double bound) {
    enum Figure {
        /// At most so many milliseconds.
        BOTH_P99,
        /// At least so many a second.
        PER_SECOND,
        /// At most so many.
        ERRORS,
        /// At most so many, all of this node's to the database.
        CONNECTIONS
    }

    private static final LedgerPoint TEN_THOUSAND = LedgerPoint.parse("open-10000-spread");
    private static final LedgerPoint HOT_CALLERS = LedgerPoint.parse("closed-1000-hot");

    /// A rate counts as kept within two in a hundred: at the end of a window some requests are under way.
    private static final double TEN_THOUSAND_KEPT = 9_800;

    static final List<LedgerGoal> ALL = List.of(
            new LedgerGoal("hold + settle p99 ms", "sqlite", TEN_THOUSAND, Figure.BOTH_P99, 10),
            new LedgerGoal("requests/s", "sqlite", TEN_THOUSAND, Figure.PER_SECOND, TEN_THOUSAND_KEPT),
            new LedgerGoal("errors", "sqlite", TEN_THOUSAND, Figure.ERRORS, 0),
            new LedgerGoal("hold + settle p99 ms", "postgresql", TEN_THOUSAND, Figure.BOTH_P99, 15),
            new LedgerGoal("requests/s", "postgresql", TEN_THOUSAND, Figure.PER_SECOND, TEN_THOUSAND_KEPT),
            new LedgerGoal("errors", "postgresql", TEN_THOUSAND, Figure.ERRORS, 0),
            new LedgerGoal("requests/s", "postgresql", HOT_CALLERS, Figure.PER_SECOND, 20_000),
            new LedgerGoal("connections", "postgresql", HOT_CALLERS, Figure.CONNECTIONS, 4),
            new LedgerGoal("hold + settle p99 ms", "sqlite+10", TEN_THOUSAND, Figure.BOTH_P99, 60),
            new LedgerGoal("requests/s", "sqlite+10", TEN_THOUSAND, Figure.PER_SECOND, TEN_THOUSAND_KEPT),
            new LedgerGoal("errors", "sqlite+10", TEN_THOUSAND, Figure.ERRORS, 0));

    record Outcome(LedgerGoal goal, double measured) {
        boolean met() {
            return goal.figure == Figure.PER_SECOND ? measured >= goal.bound : measured <= goal.bound;
        }

        String line() {
            return String.format(
                    Locale.ROOT,
                    "%-6s %s at %s, two rows: %s %.1f of at %s %.0f",
                    met() ? "met" : "MISSED",
                    goal.store,
                    goal.point.name(),
                    goal.words,
                    measured,
                    goal.figure == Figure.PER_SECOND ? "least" : "most",
                    goal.bound);
        }
    }

    /// Empty when this round says nothing about the goal.
    Optional<Outcome> outcome(LedgerRound round) {
        boolean meant =
                round.store().equals(store) && round.point().equals(point) && round.rows() == LedgerAccounts.FEW;
        if (!meant || (figure == Figure.CONNECTIONS && round.connections().isEmpty())) return Optional.empty();
        return Optional.of(new Outcome(
                this,
                switch (figure) {
                    case BOTH_P99 -> round.bothP99();
                    case PER_SECOND -> round.perSecond();
                    case ERRORS -> round.errors();
                    case CONNECTIONS -> round.connections().orElseThrow();
                }));
    }
}
