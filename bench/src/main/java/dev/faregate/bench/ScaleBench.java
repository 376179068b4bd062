package dev.faregate.bench;

import dev.faregate.bench.ScaleModel.Costs;
import dev.faregate.bench.ScaleModel.Demand;
import dev.faregate.bench.ScaleModel.Outcome;
import dev.faregate.bench.ScaleModel.Placement;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `faregate bench scale`: a calculation, not a measurement; docs/scale.md says what it is for.
@Command(
        name = "scale",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Simulates the ledger on several databases, with the organizations divided among them.",
            "Nothing is measured: time is virtual, and what a database needs is taken from `bench ledger`.",
            "The same seed prints the same figures. Exit codes: 0 done, 2 wrong usage."
        })
final class ScaleBench implements Callable<Integer> {
    private static final String ROW = "%9s %9s %-7s %9s %9s %9s %9s%n";

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--rates", split = ",", paramLabel = "N", description = "Requests/s (10000,20000,50000,100000).")
    private List<Integer> rates = List.of(10_000, 20_000, 50_000, 100_000);

    @Option(names = "--databases", split = ",", paramLabel = "N", description = "How many (1,2,4,8,16).")
    private List<Integer> databases = List.of(1, 2, 4, 8, 16);

    @Option(names = "--organizations", paramLabel = "N", description = "How many (10000).")
    private int organizations = 10_000;

    @Option(
            names = "--skew",
            paramLabel = "S",
            description = "The i-th largest has a share like 1/i^S; 0 makes all alike (0.9).")
    private double skew = 0.9;

    @Option(names = "--upstream", paramLabel = "MS", description = "Time between hold and settlement (200).")
    private double upstream = 200;

    @Option(
            names = "--batch",
            paramLabel = "US",
            description = "Microseconds of a batch, whatever is in it (1400: fitted to two shared cores).")
    private double batch = 1_400;

    @Option(
            names = "--operation",
            paramLabel = "US",
            description = "Microseconds of each operation in it (28: of many accounts; one hot key 16.5).")
    private double operation = 28;

    @Option(names = "--most", paramLabel = "N", description = "Operations in a batch at most (1000).")
    private int most = 1_000;

    @Option(names = "--seconds", paramLabel = "N", description = "Virtual time that is looked at (10).")
    private int seconds = 10;

    @Option(names = "--seed", paramLabel = "N", description = "Of the dice (1).")
    private long seed = 1;

    @Override
    public Integer call() {
        if (spec == null) throw new IllegalStateException("not run by picocli");
        if (!isSensible()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "counts, rates and times are positive, --skew is 0 to 3, and there are at most 10000 databases,"
                            + " 1000000 organizations, 10000000 requests/s and 600 seconds");
        }
        PrintWriter out = spec.commandLine().getOut();
        Costs costs = new Costs(batch, operation, most);
        out.printf(
                Locale.ROOT,
                "%d organizations, the largest has %.1f %%; a batch takes %.0f us and %.1f us for each operation%n%n",
                organizations,
                100 * new Demand(1, organizations, skew, upstream).rates()[0],
                batch,
                operation);
        out.printf(ROW, "req/s", "databases", "placed", "hold p50", "hold p99", "busiest", "average");
        ScaleModel model = new ScaleModel(costs, seed);
        for (int rate : rates) {
            Demand demand = new Demand(rate, organizations, skew, upstream);
            for (int count : databases) {
                for (Placement placement : Placement.values()) {
                    // One database has no choice.
                    if (count == 1 && placement == Placement.PLACED) continue;
                    print(out, rate, count, placement, model.run(demand, count, placement, seconds));
                }
            }
        }
        out.flush();
        return 0;
    }

    private boolean isSensible() {
        return !rates.isEmpty()
                && !databases.isEmpty()
                && rates.stream().allMatch(rate -> rate > 0 && rate <= 10_000_000)
                && databases.stream().allMatch(count -> count > 0 && count <= 10_000)
                && organizations > 0
                && organizations <= 1_000_000
                && skew >= 0
                && skew <= 3
                && upstream >= 0
                && batch > 0
                && operation > 0
                && most > 0
                && seconds > 0
                && seconds <= 600;
    }

    private static void print(PrintWriter out, int rate, int databases, Placement placement, Outcome outcome) {
        boolean fine = outcome.keepsUp();
        out.printf(
                ROW,
                rate,
                databases,
                databases == 1 ? "-" : placement.name().toLowerCase(Locale.ROOT),
                fine ? String.format(Locale.ROOT, "%.1f ms", outcome.holdP50()) : "too much",
                fine ? String.format(Locale.ROOT, "%.1f ms", outcome.holdP99()) : "",
                String.format(Locale.ROOT, "%.0f %%", 100 * outcome.busiest()),
                String.format(Locale.ROOT, "%.0f %%", 100 * outcome.average()));
    }
}
