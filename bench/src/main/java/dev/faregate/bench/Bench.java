package dev.faregate.bench;

import dev.faregate.server.Config;
import dev.faregate.server.Logging;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `faregate bench`: the product, nginx as the limit, and whoever else, at the same load points in turn.
@Command(
        name = "faregate bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures CPU time and added latency of the gateway beside an nginx that only forwards.",
            "Starts a mock provider, nginx and ./faregate serve on free ports, and ends them.",
            "The commands below are about the ledger: how fast it is, and whether a limit holds.",
            "Exit codes: 0 done, 1 requests failed (or, with --check, a goal was missed), 2 wrong usage."
        })
public final class Bench implements Callable<Integer> {
    /// Rounds of each kind of load after which a subject is measured whatever its compilers do.
    private static final int MOST_HEATING = 8;

    /// The kinds of work that a point may ask for.
    private static final List<LoadPoint> HEATING = List.of(new LoadPoint.Closed(64), new LoadPoint.Streams(200));

    /// The share of a subject's own time below which its compilers count as done: streams keep a core less than half
    /// busy, so a share of a core would say too little.
    private static final double SETTLED = 0.02;

    private static final int PERCENT = 100;

    private static final List<String> SUBJECTS = List.of(Subject.DIRECT, Subject.NGINX, Subject.FREE, Subject.PRICED);
    private static final List<LoadPoint> QUICK =
            List.of(new LoadPoint.Closed(128), new LoadPoint.Open(2000), new LoadPoint.Streams(200));

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--subjects",
            split = ",",
            paramLabel = "NAME",
            description = "What to measure: direct,nginx,free,priced (all).")
    private List<String> wanted = SUBJECTS;

    @Option(
            names = "--points",
            split = ",",
            paramLabel = "POINT",
            description = "Load points: closed-N connections, open-N requests/s, streams-N at a time"
                    + " (closed-16,closed-128,closed-1000,open-2000,open-6000,streams-200).")
    private List<String> points = List.of();

    @Option(
            names = "--peer",
            paramLabel = "NAME=URL,KEY,MODEL[,PID]",
            description = "Another gateway to measure, already set up with the mock of --mock-port as its upstream.")
    private List<String> peers = List.of();

    @Option(names = "--mock-port", description = "Port of the mock provider, for peers to be set up with (a free one).")
    private int mockPort = 0;

    @Option(names = "--rounds", description = "Rounds of each subject at each point; the median counts (3).")
    private int rounds = 3;

    @Option(names = "--duration", paramLabel = "SECONDS", description = "Length of a measuring window (10).")
    private int duration = 10;

    @Option(names = "--warmup", paramLabel = "SECONDS", description = "Load before each window (2).")
    private int warmup = 2;

    @Option(
            names = "--quick",
            description = "One round of 2 seconds at three points: shows that all works, is no measurement.")
    private boolean quick;

    @Option(names = "--database", paramLabel = "URL", description = "PostgreSQL for the product instead of SQLite.")
    private @Nullable String database;

    @Option(names = "--nginx-workers", description = "Worker processes of nginx (one per core).")
    private int nginxWorkers = Runtime.getRuntime().availableProcessors();

    @Option(names = "--json", paramLabel = "FILE", description = "Also write all figures of all rounds to a file.")
    private @Nullable Path json;

    @Option(names = "--check", description = "Exit with 1 when a goal is missed.")
    private boolean check;

    public static void main(String[] arguments) {
        // This program's words are its output; the ledger and the libraries below it speak up when something is wrong.
        Logging.level(Config.LogLevel.WARN);
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return commandLine(Launch.launcher(Launch.home()));
    }

    /// `launch` starts the product for the subcommands that need it.
    static CommandLine commandLine(Launch launch) {
        return new CommandLine(new Bench())
                .addSubcommand(new LedgerBench())
                .addSubcommand(new Overspend(launch))
                .addSubcommand(new ScaleBench());
    }

    @Override
    public Integer call() throws IOException {
        if (spec == null) throw new IllegalStateException("not run by picocli");
        PrintWriter out = spec.commandLine().getOut();
        if (!ProcStat.available()) {
            out.println("SKIPPED: CPU time is read from /proc, which this system does not have");
            return 0;
        }
        validate(spec);
        List<LoadPoint> chosen = chosenPoints(spec);
        List<Peer> others = parse(spec, peers, Peer::parse);
        Set<String> names = new LinkedHashSet<>(wanted);
        if (quick) {
            rounds = 1;
            duration = 2;
            warmup = 1;
        }
        Stage.Options options = new Stage.Options(mockPort, nginxWorkers, Optional.ofNullable(database));
        Report report;
        try (Stage stage = Stage.set(names, others, Launch.home(), options, out);
                Meter meter = new Meter()) {
            heat(stage, meter, out);
            report = new Report(Machine.describe(), settings(), run(stage, meter, chosen, out));
            stage.charged().ifPresent(usd -> out.printf(Locale.ROOT, "charged by the ledger: $%.6f%n%n", usd));
        }
        out.print(report.table());
        out.println();
        report.outcomes().forEach(outcome -> out.println(outcome.line()));
        out.flush();
        if (json != null) Files.writeString(json, report.json());
        boolean failed = report.results().stream().anyMatch(result -> result.errors() > 0);
        boolean missed = check && report.outcomes().stream().anyMatch(outcome -> !outcome.met());
        return failed || missed ? 1 : 0;
    }

    private void validate(CommandSpec command) {
        for (String name : wanted) {
            if (!SUBJECTS.contains(name)) throw wrong(command, "no subject " + name + "; there are " + SUBJECTS);
        }
        if (json != null && !Files.isDirectory(json.toAbsolutePath().resolveSibling("."))) {
            throw wrong(command, "--json " + json + ": there is no such folder"); // Better now than after the run.
        }
        if (rounds < 1 || duration < 1 || warmup < 0 || nginxWorkers < 1) {
            throw wrong(command, "--rounds, --duration and --nginx-workers are at least 1, --warmup at least 0");
        }
    }

    private List<LoadPoint> chosenPoints(CommandSpec command) {
        if (points.isEmpty()) return quick ? QUICK : LoadPoint.ALL;
        return parse(command, points, LoadPoint::parse);
    }

    private static <T> List<T> parse(
            CommandSpec command, List<String> texts, java.util.function.Function<String, T> parser) {
        try {
            return texts.stream().map(parser).toList();
        } catch (IllegalArgumentException e) {
            throw wrong(command, String.valueOf(e.getMessage()));
        }
    }

    private static ParameterException wrong(CommandSpec command, String words) {
        return new ParameterException(command.commandLine(), words);
    }

    private String settings() {
        return "%d rounds of %d s after %d s of load, medians; %d B requests; nginx with %d workers; %s"
                .formatted(
                        rounds,
                        duration,
                        warmup,
                        Target.BODY_BYTES,
                        nginxWorkers,
                        database == null ? "SQLite" : "PostgreSQL");
    }

    /// Lets the compilers of every JVM taking part see both kinds of work before anything counts, until
    /// they have little left to do: what they use would otherwise be counted as a cost of the requests.
    private void heat(Stage stage, Meter meter, PrintWriter out) {
        out.println("warming up ...");
        out.flush();
        for (Subject subject : stage.subjects()) {
            for (LoadPoint work : HEATING) heat(subject, work, meter, out);
        }
    }

    private void heat(Subject subject, LoadPoint work, Meter meter, PrintWriter out) {
        for (int round = 1; round <= MOST_HEATING; round++) {
            Map<Long, Long> before = Meter.ticks(subject);
            long compiled = compilerTicks(subject);
            meter.measure(subject, work, Duration.ZERO, Duration.ofSeconds(duration));
            double seconds = ProcStat.secondsBetween(before, Meter.ticks(subject));
            double compiling = (double) (compilerTicks(subject) - compiled) / ProcStat.TICKS_PER_SECOND;
            if (quick || seconds == 0 || compiling < SETTLED * seconds) return;
            out.printf(
                    Locale.ROOT,
                    "%s: its compilers still use %.0f %% of its time%n",
                    subject.name(),
                    PERCENT * compiling / seconds);
            out.flush();
        }
    }

    private static long compilerTicks(Subject subject) {
        return subject.root().isPresent()
                ? ProcStat.compilerTicks(subject.root().getAsLong())
                : 0;
    }

    /// At each point the subjects take turns, round after round, so that all share the machine's good and
    /// bad minutes.
    private List<Result> run(Stage stage, Meter meter, List<LoadPoint> chosen, PrintWriter out) {
        List<Result> results = new ArrayList<>();
        for (LoadPoint point : chosen) {
            List<List<Round>> taken = new ArrayList<>();
            for (int i = 0; i < stage.subjects().size(); i++) taken.add(new ArrayList<>());
            for (int round = 1; round <= rounds; round++) {
                for (int i = 0; i < taken.size(); i++) {
                    out.printf(
                            "%s round %d: %s%n",
                            point.name(), round, stage.subjects().get(i).name());
                    out.flush();
                    taken.get(i)
                            .add(meter.measure(
                                    stage.subjects().get(i),
                                    point,
                                    Duration.ofSeconds(warmup),
                                    Duration.ofSeconds(duration)));
                }
            }
            for (int i = 0; i < taken.size(); i++) {
                results.add(new Result(stage.subjects().get(i).name(), point, taken.get(i)));
            }
        }
        return results;
    }
}
