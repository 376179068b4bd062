package dev.faregate.bench;

import java.util.List;
import java.util.Locale;

/// What a release must reach: a figure of a subject at a load point stays within `limit`.
record Goal(String subject, LoadPoint point, Figure figure, double limit) {
    /// What is compared: CPU as a multiple of nginx's; milliseconds of median latency beyond the mock
    /// alone; or milliseconds beyond the same request to a free model, which is what the ledger adds.
    enum Figure {
        CPU_RATIO("CPU x nginx"),
        ADDED_P50_MS("added p50 ms"),
        LEDGER_P50_MS("ledger's share p50 ms"),
        LEDGER_P99_MS("ledger's share p99 ms");

        private final String words;

        Figure(String words) {
            this.words = words;
        }
    }

    /// Free: no ledger. Priced: keys with limits, durable ledger on SQLite and request log all on.
    static final List<Goal> ALL = List.of(
            new Goal(Subject.FREE, new LoadPoint.Closed(128), Figure.CPU_RATIO, 1.6),
            new Goal(Subject.FREE, new LoadPoint.Streams(200), Figure.CPU_RATIO, 1.4),
            new Goal(Subject.FREE, new LoadPoint.Open(6000), Figure.CPU_RATIO, 1.5),
            new Goal(Subject.FREE, new LoadPoint.Open(2000), Figure.ADDED_P50_MS, 0.25),
            new Goal(Subject.PRICED, new LoadPoint.Closed(128), Figure.CPU_RATIO, 4.0),
            new Goal(Subject.PRICED, new LoadPoint.Open(2000), Figure.ADDED_P50_MS, 1.0),
            new Goal(Subject.PRICED, new LoadPoint.Open(2000), Figure.LEDGER_P50_MS, 1.0),
            new Goal(Subject.PRICED, new LoadPoint.Open(2000), Figure.LEDGER_P99_MS, 5.0));

    String words() {
        return subject + " at " + point.name() + ": " + figure.words;
    }

    record Outcome(Goal goal, double measured) {
        boolean met() {
            return measured <= goal.limit();
        }

        String line() {
            return String.format(
                    Locale.ROOT,
                    "%-6s %-44s %7.2f of at most %.2f",
                    met() ? "met" : "MISSED",
                    goal.words(),
                    measured,
                    goal.limit());
        }
    }
}
