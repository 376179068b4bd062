package dev.faregate.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `faregate bench ledger`: how many holds and settlements the ledger alone carries, and how long they take.
@Command(
        name = "ledger",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures the ledger alone.",
            "Each request is a durable hold and a durable settlement with the record of a generation. No HTTP and no"
                    + " provider; the load runs in this process and shares its cores.",
            "Exit codes: 0 done, 1 a request failed or the rows do not add up (or, with --check, a goal was missed),"
                    + " 2 wrong usage."
        })
public final class LedgerBench implements Callable<Integer> {
    private static final List<LedgerPoint> POINTS =
            points("closed-1000-hot", "closed-1000-spread", "open-2000-spread", "open-10000-hot", "open-10000-spread");

    /// A slow disk is asked only whether it keeps up.
    private static final List<LedgerPoint> SLOW_POINTS = points("open-10000-spread");

    private static final String TEMPORARY = "tmpfs";
    private static final int MAX_ACCOUNTS = 1_000_000;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--store",
            split = ",",
            paramLabel = "STORE",
            description = "sqlite, sqlite+MS (so much slower commits), postgresql"
                    + " (sqlite,sqlite+5,sqlite+10, and postgresql with --database).")
    private List<String> stores = List.of();

    @Option(names = "--database", paramLabel = "URL", description = "A PostgreSQL database of its own; it is filled.")
    private @Nullable String database;

    @Option(
            names = "--points",
            split = ",",
            paramLabel = "LOAD",
            description = "closed-CALLERS or open-RATE, each -hot (one key) or -spread (many accounts)"
                    + " (closed-1000-hot,closed-1000-spread,open-2000-spread,open-10000-hot,open-10000-spread;"
                    + " on slow disks the last one).")
    private List<String> loads = List.of();

    @Option(names = "--rows", split = ",", description = "Limit rows of each request: 2, 10 or both (2,10).")
    private List<Integer> rows = List.of(LedgerAccounts.FEW, LedgerAccounts.MANY);

    @Option(names = "--accounts", paramLabel = "N", description = "Accounts of the -spread loads (10000).")
    private int accounts = 10_000;

    @Option(
            names = "--upstream",
            paramLabel = "MS",
            description = "Time between hold and settlement in open loads (200).")
    private int upstream = 200;

    @Option(names = "--seconds", description = "Length of a measuring window (10; the goals mean 60).")
    private int seconds = 10;

    @Option(names = "--warmup", paramLabel = "SECONDS", description = "Load before each window (3).")
    private int warmup = 3;

    @Option(names = "--data", paramLabel = "FOLDER", description = "Where SQLite files go (a temporary folder).")
    private @Nullable Path data;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write all figures to a file.")
    private @Nullable Path json;

    @Option(names = "--check", description = "Exit with 1 when a goal is missed.")
    private boolean check;

    @Override
    public Integer call() throws IOException {
        List<LedgerDisk> disks = disks();
        List<LedgerPoint> wanted = parse(loads, LedgerPoint::parse);
        validate(disks);
        Path scratch = data == null
                ? Files.createTempDirectory("faregate-ledger")
                : Files.createTempDirectory(data.toAbsolutePath(), "faregate-ledger");
        List<LedgerRound> rounds = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        LedgerReport report;
        try {
            String type = Files.getFileStore(scratch).type();
            if (type.equals(TEMPORARY))
                say(scratch + " is in memory: what SQLite commits there is not durable; use --data");
            for (LedgerDisk disk : disks) run(disk, wanted, scratch, rounds, faults);
            report = new LedgerReport(Machine.describe(), settings(type), rounds, faults);
        } finally {
            Stage.delete(scratch);
        }
        print(report);
        boolean missed = check && report.outcomes().stream().anyMatch(outcome -> !outcome.met());
        return missed || !report.isSound() ? 1 : 0;
    }

    private void run(
            LedgerDisk disk, List<LedgerPoint> wanted, Path scratch, List<LedgerRound> rounds, List<String> faults) {
        List<LedgerPoint> usual = disk.commitDelayMillis() == 0 ? POINTS : SLOW_POINTS;
        try (LedgerStage stage = new LedgerStage(disk, scratch.resolve(disk.name()), database, accounts)) {
            for (int claims : rows) {
                for (LedgerPoint point : wanted.isEmpty() ? usual : wanted) {
                    say("%s %s, %d rows ...".formatted(disk.name(), point.name(), claims));
                    boolean open = point.kind() == LedgerPoint.Kind.OPEN;
                    rounds.add(stage.measure(
                            point,
                            claims,
                            Duration.ofMillis(open ? upstream : 0),
                            Duration.ofSeconds(warmup),
                            Duration.ofSeconds(seconds)));
                }
            }
            stage.fault().ifPresent(faults::add);
        }
    }

    private void print(LedgerReport report) throws IOException {
        PrintWriter out = command().commandLine().getOut();
        out.println();
        out.print(report.table());
        out.println();
        report.outcomes().forEach(outcome -> out.println(outcome.line()));
        out.flush();
        if (json != null) Files.writeString(json, report.json());
    }

    private String settings(String fileSystem) {
        return "%d s after %d s of load; %d accounts; %d ms between hold and settlement in open loads; SQLite on %s"
                .formatted(seconds, warmup, accounts, upstream, fileSystem);
    }

    private List<LedgerDisk> disks() {
        if (!stores.isEmpty()) return parse(stores, LedgerDisk::parse);
        List<LedgerDisk> all = new ArrayList<>(List.of(LedgerDisk.SQLITE, LedgerDisk.slow(5), LedgerDisk.slow(10)));
        if (database != null) all.add(LedgerDisk.POSTGRESQL);
        return all;
    }

    private void validate(List<LedgerDisk> disks) {
        if (disks.contains(LedgerDisk.POSTGRESQL) && database == null) {
            throw wrong("the store postgresql needs --database");
        }
        if (!List.of(LedgerAccounts.FEW, LedgerAccounts.MANY).containsAll(rows)) throw wrong("--rows is 2, 10 or 2,10");
        if (accounts < 1 || accounts > MAX_ACCOUNTS || seconds < 1 || warmup < 0 || upstream < 0) {
            throw wrong("--accounts and --seconds are at least 1, --warmup and --upstream at least 0");
        }
        if (data != null && !Files.isDirectory(data)) throw wrong("--data " + data + ": there is no such folder");
        if (json != null && !Files.isDirectory(json.toAbsolutePath().resolveSibling("."))) {
            throw wrong("--json " + json + ": there is no such folder"); // Better now than after the run.
        }
    }

    private <T> List<T> parse(List<String> texts, Function<String, T> parser) {
        try {
            return texts.stream().map(parser).toList();
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private static List<LedgerPoint> points(String... names) {
        return List.of(names).stream().map(LedgerPoint::parse).toList();
    }

    private CommandSpec command() {
        if (spec == null) throw new IllegalStateException("not run by picocli");
        return spec;
    }

    private ParameterException wrong(String words) {
        return new ParameterException(command().commandLine(), words);
    }

    private void say(String words) {
        PrintWriter out = command().commandLine().getOut();
        out.println(words);
        out.flush();
    }
}
