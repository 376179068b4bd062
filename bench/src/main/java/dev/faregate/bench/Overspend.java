package dev.faregate.bench;

import dev.faregate.base.Usd;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `faregate bench overspend`: does a gateway's spending limit hold when all requests come at once, and
/// after a crash?
@Command(
        name = "overspend",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows whether a spending limit holds.",
            "Sends many requests at once on a key with a small limit and compares what the provider bills with the"
                    + " limit and with what the gateway says it spent. The provider is scripted and keeps the truth.",
            "Without an address it starts ./faregate itself. Any OpenAI-compatible gateway can take its place: point it"
                    + " at http://127.0.0.1:PORT/v1 (--mock-port), where each answer has 100 completion tokens; make a"
                    + " fresh key with the limit --cap and a model of --price for them and 0 for the prompt.",
            "Exit codes: 0 all held, 1 some limit did not hold or something was lost, 2 wrong usage."
        })
public final class Overspend implements Callable<Integer> {
    private static final String OWN = "faregate";
    private static final String MODEL = "bench/priced";

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--requests", paramLabel = "N", description = "Requests at once (1000).")
    private int requests = 1_000;

    @Option(names = "--streams", paramLabel = "PERCENT", description = "How many of 100 are streams (50).")
    private int streams = 50;

    @Option(names = "--cap", paramLabel = "USD", description = "The key's limit (5.00).")
    private BigDecimal cap = new BigDecimal("5.00");

    @Option(names = "--price", paramLabel = "USD", description = "What each answer costs (0.10).")
    private BigDecimal price = new BigDecimal("0.10");

    @Option(
            names = "--latency",
            paramLabel = "MS",
            description = "Silence of the provider before each answer, so that all requests overlap (1000).")
    private int latency = 1_000;

    @Option(names = "--nodes", paramLabel = "N", description = "Nodes of ./faregate on one --database (1).")
    private int nodes = 1;

    @Option(names = "--database", paramLabel = "URL", description = "PostgreSQL for ./faregate instead of SQLite.")
    private @Nullable String database;

    @Option(
            names = "--kill",
            description = "Also run with a kill -9 in the midst, a restart, and the same requests again."
                    + " A gateway given by address needs --restart-command and a process id.")
    private boolean kill;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "A gateway to measure instead of ./faregate: what precedes /chat/completions."
                    + " Repeated, the requests take turns (nodes on one store).")
    private List<String> urls = List.of();

    @Option(names = "--name", description = "What to call the gateway of --url (gateway).")
    private String name = "gateway";

    @Option(names = "--key", description = "Its key.")
    private @Nullable String key;

    @Option(names = "--model", description = "Its model (" + MODEL + ").")
    private String model = MODEL;

    @Option(names = "--pid", description = "Its process, for --kill.")
    private @Nullable Long pid;

    @Option(
            names = "--peer",
            paramLabel = "NAME=URL,KEY,MODEL[,PID]",
            description = "A gateway to measure beside ./faregate, in the same way. Repeatable.")
    private List<String> peers = List.of();

    @Option(
            names = "--spend-command",
            paramLabel = "COMMAND",
            description = "Prints what a gateway's key has spent, in USD; gets BENCH_NAME, BENCH_URL and BENCH_KEY."
                    + " Without it GET URL/key is asked for data.usage.")
    private @Nullable String spendCommand;

    @Option(
            names = "--restart-command",
            paramLabel = "COMMAND",
            description = "Starts a gateway again after --kill (same variables); returns when it answers.")
    private @Nullable String restartCommand;

    @Option(
            names = "--mock-port",
            paramLabel = "PORT",
            description = "Port of the scripted provider, for gateways to be set up with (a free one).")
    private int mockPort = 0;

    @Option(names = "--wait", paramLabel = "SECONDS", description = "How long the own figure is waited for (30).")
    private int wait = 30;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures to a file.")
    private @Nullable Path json;

    private final Launch launch;

    Overspend(Launch launch) {
        this.launch = launch;
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = command().commandLine().getOut();
        Experiment experiment = experiment();
        List<Peer> others = others();
        validate(others);
        Path scratch = Files.createTempDirectory("faregate-overspend");
        List<Overspent> runs = new ArrayList<>();
        Overspending.Waits waits = new Overspending.Waits(
                Overspending.Waits.DEFAULT.request(),
                Duration.ofSeconds(wait),
                Duration.ofMillis(latency).plus(Overspending.Waits.DEFAULT.killAfter()));
        try (Overspending running = new Overspending(experiment, mockPort, waits);
                HttpClient client = HttpClient.newHttpClient()) {
            out.println("the scripted provider answers at http://127.0.0.1:" + running.port() + "/v1");
            out.flush();
            if (urls.isEmpty()) own(running, client, experiment, scratch, runs);
            for (Peer peer : others) runs.add(run(running, contestant(client, peer)));
        } finally {
            Stage.delete(scratch);
        }
        OverspendReport report = new OverspendReport(Machine.describe(), experiment, runs);
        out.print(report.table());
        out.flush();
        if (json != null) Files.writeString(json, report.json());
        return report.holds() ? 0 : 1;
    }

    private CommandSpec command() {
        if (spec == null) throw new IllegalStateException("not run by picocli");
        return spec;
    }

    private ParameterException wrong(String words) {
        return new ParameterException(command().commandLine(), words);
    }

    private Experiment experiment() {
        try {
            return new Experiment(requests, streams, Usd.of(cap), Usd.of(price), Duration.ofMillis(latency));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private List<Peer> others() {
        try {
            List<Peer> all = new ArrayList<>(peers.stream().map(Peer::parse).toList());
            if (!urls.isEmpty()) {
                if (key == null) throw wrong("--url needs the --key of that gateway");
                all.addFirst(new Peer(
                        name, urls.getFirst(), key, model, pid == null ? OptionalLong.empty() : OptionalLong.of(pid)));
            }
            return all;
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private void validate(List<Peer> others) {
        if (latency < 0 || nodes < 1 || wait < 1) throw wrong("--nodes and --wait are at least 1, --latency 0");
        if (nodes > 1 && database == null) throw wrong("several --nodes need a --database");
        if (!others.isEmpty() && mockPort == 0) {
            throw wrong("other gateways need --mock-port, the port of the provider they were set up with");
        }
        boolean mortal = restartCommand != null
                && others.stream().allMatch(peer -> peer.pid().isPresent());
        if (kill && !others.isEmpty() && !mortal) {
            throw wrong("--kill of another gateway needs its process id and a --restart-command");
        }
        if (json != null && !Files.isDirectory(json.toAbsolutePath().resolveSibling("."))) {
            throw wrong("--json " + json + ": there is no such folder"); // Better now than after the run.
        }
    }

    /// With `--kill` a gateway given by address has only one key, so it goes straight to the crash.
    private Overspent run(Overspending running, Contestant gateway) {
        say("measuring " + gateway.name() + (gateway.crash().isPresent() ? " with a kill -9" : ""));
        return gateway.crash().isPresent() ? running.runWithCrash(gateway) : running.run(gateway);
    }

    private void say(String words) {
        PrintWriter out = command().commandLine().getOut();
        out.println(words + " ...");
        out.flush();
    }

    private void own(
            Overspending running, HttpClient client, Experiment experiment, Path scratch, List<Overspent> runs) {
        say("starting ./faregate");
        List<Node> started = new ArrayList<>();
        try {
            String managementKey = Node.randomKey();
            for (int i = 1; i <= nodes; i++) {
                started.add(Node.start(new Node.Options(
                        launch,
                        scratch.resolve("node-" + i),
                        experiment.yaml(running.port(), MODEL),
                        Optional.ofNullable(database),
                        managementKey,
                        // What is measured is the money limit, not the number of requests that a key may run.
                        Map.of("FAREGATE_LIMITS_REQUESTS_PER_KEY", Integer.toString(Experiment.MAX_REQUESTS)))));
            }
            runs.add(run(running, own(client, started, "burst", Optional.empty())));
            if (kill) {
                Node first = started.getFirst();
                runs.add(run(running, own(client, started, "crash", Optional.of(new Contestant.Crash() {
                    @Override
                    public void kill() {
                        first.kill();
                    }

                    @Override
                    public void restart() {
                        first.restart();
                    }
                }))));
            }
        } finally {
            started.reversed().forEach(Node::close);
        }
    }

    private Contestant own(HttpClient client, List<Node> started, String keyName, Optional<Contestant.Crash> crash) {
        String fresh = started.getFirst().createKey(keyName, cap);
        List<String> addresses =
                started.stream().map(node -> node.host() + "/api/v1").toList();
        String title = nodes == 1 ? OWN : OWN + " x" + nodes;
        return new Contestant(
                title, addresses, fresh, MODEL, SpendFigure.keyEndpoint(client, addresses.getFirst(), fresh), crash);
    }

    private Contestant contestant(HttpClient client, Peer peer) {
        Map<String, String> environment =
                Map.of("BENCH_NAME", peer.name(), "BENCH_URL", peer.url(), "BENCH_KEY", peer.key());
        SpendFigure figure = spendCommand == null
                ? SpendFigure.keyEndpoint(client, peer.url(), peer.key())
                : SpendFigure.command(spendCommand, environment);
        if (figure.read().filter(spent -> !spent.isZero()).isPresent()) {
            throw wrong("the key of " + peer.name() + " has spent something already; the experiment needs a fresh one");
        }
        boolean several = !urls.isEmpty() && peer.url().equals(urls.getFirst());
        Optional<Contestant.Crash> crash = kill ? Optional.of(crash(peer, environment)) : Optional.empty();
        return new Contestant(
                peer.name(), several ? urls : List.of(peer.url()), peer.key(), peer.model(), figure, crash);
    }

    private Contestant.Crash crash(Peer peer, Map<String, String> environment) {
        String command = java.util.Objects.requireNonNull(restartCommand);
        long process = peer.pid().orElseThrow();
        return new Contestant.Crash() {
            @Override
            public void kill() {
                ProcessHandle.of(process)
                        .orElseThrow(() -> new IllegalStateException("there is no process " + process))
                        .destroyForcibly();
            }

            @Override
            public void restart() {
                Shell.run(command, environment);
            }
        };
    }
}
