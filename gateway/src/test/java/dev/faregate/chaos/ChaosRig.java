package dev.faregate.chaos;

import dev.faregate.base.Usd;
import dev.faregate.server.Verification;
import dev.faregate.storage.Inspection;
import dev.faregate.testkit.Simulate;
import dev.faregate.testkit.TokenCounts;
import dev.faregate.testkit.TruthFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Some servers on one PostgreSQL, a scripted provider, callers, and somebody who breaks things. What the
/// provider was asked and what callers saw is kept in files outside of all servers; at the end the ledger
/// must say the same.
final class ChaosRig implements AutoCloseable {
    static final String MODEL = "test/priced";
    static final int MAX_TOKENS = 20;

    /// Near the bound of the prompt, so that a hold that is lost is money that is lost.
    private static final int PROMPT_TOKENS = 380;

    private static final long PROMPT_NANOS = 2_500;
    private static final long COMPLETION_NANOS = 10_000;
    private static final String KEY_LIMIT = "0.1";
    private static final String MANAGEMENT_KEY = "chaos-management-key-0123456789abcdefgh";
    private static final Duration QUIET_LIMIT = Duration.ofSeconds(40);

    enum Fault {
        KILL,
        /// The machine is gone with its disk; another one takes its place.
        LOSE_MACHINE,
        PAUSE,
        /// The server falls off the network; needs namespaces, see [ChaosNetwork].
        PULL_CABLE,
        BLACK_HOLE,
        LOSE_ANSWERS,
        CUT,
        END_BACKENDS,
        DATABASE_CRASH
    }

    /// @param overspent keys whose provider's bill is above their limit
    /// @param lost answers whose last byte was seen and whose posting is missing or too low
    /// @param held nano-dollars still held 40 s after the last fault
    record Report(
            long calls,
            long dispatched,
            long answered,
            long refused,
            int keys,
            Map<Fault, Integer> faults,
            String postings,
            List<String> overspent,
            List<String> lost,
            String held,
            List<String> findings) {
        boolean sound() {
            return overspent.isEmpty() && lost.isEmpty() && held.equals("0") && findings.isEmpty();
        }
    }

    private final Path folder;
    private final SplittableRandom random;
    private final ChaosNetwork network = ChaosNetwork.open();
    private final ChaosDatabase database;
    private final Process upstream;
    private final List<ChaosNode> nodes = new ArrayList<>();
    private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);

    /// `more` are lines for the configuration of each server.
    ChaosRig(Path folder, int size, long seed, String more) throws IOException, InterruptedException {
        this.folder = folder;
        this.random = new SplittableRandom(seed);
        this.database = new ChaosDatabase(folder);
        int port = ChaosNode.freePort();
        this.upstream = provider(port);
        try {
            begin(size, yaml(network.host().getHostAddress(), port) + more);
        } catch (IOException | InterruptedException | RuntimeException e) {
            // Nobody else can end what has started.
            close();
            throw e;
        }
    }

    private void begin(int size, String yaml) throws IOException, InterruptedException {
        Map<String, String> variables = Map.of(
                "FAREGATE_BOOTSTRAP_KEY",
                "chaos-inference-key-0123456789abcdefghij",
                "FAREGATE_BOOTSTRAP_MANAGEMENT_KEY",
                MANAGEMENT_KEY);
        for (int i = 0; i < size; i++) {
            ChaosNode node = new ChaosNode(network, i, folder.resolve("node-" + i), database.port(), yaml, variables);
            nodes.add(node);
            node.awaitReady();
        }
    }

    private Process provider(int port) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Simulate.class.getName(),
                        "--host",
                        network.host().getHostAddress(),
                        "--port",
                        Integer.toString(port),
                        "--chunks",
                        "6",
                        "--chunk-delay",
                        "15ms",
                        "--prompt-tokens",
                        Integer.toString(PROMPT_TOKENS),
                        "--truth",
                        folder.resolve("truth.jsonl").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("provider.log").toFile())
                .start();
    }

    private static String yaml(String host, int port) {
        return """
                providers:
                  - {slug: sim, format: openai, base_url: "http://%s:%d/v1", api_key: sk-chaos}
                models:
                  - id: %s
                    context_length: 128000
                    endpoints:
                      - {provider: sim, upstream_model: priced, max_completion_tokens: 4096,
                         pricing: {prompt: "2.50", completion: "10.00"}}
                limits.requests_per_key: 2000
                timeouts.balancer: 1ms
                nodes.silent_after: 5s
                """.formatted(host, port, MODEL);
    }

    /// What can be broken here.
    List<Fault> faults() {
        return Stream.of(Fault.values())
                .filter(fault -> fault != Fault.PULL_CABLE || network.hasCables())
                .toList();
    }

    /// A mistake: the end of an orphan releases its hold. Planted where all nodes meet, in the database.
    void voidOrphans() {
        String function = database.text("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'fg_batch'");
        String planted = function.replace("source = 'VOID' THEN 0", "source IN ('VOID', 'ORPHAN') THEN 0");
        if (planted.equals(function)) {
            throw new IllegalStateException("fg_batch does not look as expected");
        }
        database.execute(planted);
    }

    /// Breaks something of `kinds` every `pause`, while `callers` stream, for `time`.
    Report run(Duration time, Duration pause, int callers, List<Fault> kinds) throws IOException, InterruptedException {
        Path toldFile = folder.resolve("told.txt");
        ChaosCallers crowd = new ChaosCallers(nodes, MANAGEMENT_KEY, KEY_LIMIT, toldFile);
        try (crowd) {
            crowd.start(callers, random.nextLong());
            long end = System.nanoTime() + time.toNanos();
            for (int i = 0; System.nanoTime() - end < 0; i++) {
                Thread.sleep(pause);
                Fault fault = kinds.get(i < kinds.size() ? i : random.nextInt(kinds.size()));
                breakSomething(fault);
                faults.merge(fault, 1, Integer::sum);
            }
        }
        for (ChaosNode node : nodes) {
            node.ensureRunning();
        }
        String held = awaitQuiet();
        return compare(crowd, toldFile, held);
    }

    private void breakSomething(Fault fault) throws IOException, InterruptedException {
        ChaosNode node = nodes.get(random.nextInt(nodes.size()));
        switch (fault) {
            case KILL -> {
                node.killAndRestart();
                node.awaitReady();
            }
            case LOSE_MACHINE -> {
                node.loseMachine();
                node.awaitReady();
            }
            case PULL_CABLE -> node.pullCable(Duration.ofMillis(random.nextInt(1_000, 9_000)));
            case PAUSE -> node.pause(Duration.ofMillis(random.nextInt(2_000, 7_000)));
            case BLACK_HOLE -> during(node, FaultProxy.Mode.BLACK_HOLE, random.nextInt(1_000, 7_000));
            case LOSE_ANSWERS -> during(node, FaultProxy.Mode.LOSE_ANSWERS, random.nextInt(200, 1_500));
            case CUT -> node.proxy.cut();
            case END_BACKENDS -> database.endBackends();
            case DATABASE_CRASH -> database.crash();
        }
    }

    private static void during(ChaosNode node, FaultProxy.Mode mode, int millis) throws InterruptedException {
        node.proxy.mode(mode);
        Thread.sleep(millis);
        node.proxy.mode(FaultProxy.Mode.PASS);
        node.proxy.cut();
    }

    private String awaitQuiet() throws InterruptedException {
        long end = System.nanoTime() + QUIET_LIMIT.toNanos();
        String held;
        do {
            held = database.text("SELECT coalesce(sum(held), 0) FROM limit_window");
            Thread.sleep(200);
        } while (!held.equals("0") && System.nanoTime() - end < 0);
        return held;
    }

    private Report compare(ChaosCallers crowd, Path toldFile, String held) throws IOException {
        List<TruthFile.Call> truth = TruthFile.read(folder.resolve("truth.jsonl"));
        Map<String, Long> byMarker = new HashMap<>();
        Map<String, Long> byKey = new HashMap<>();
        Map<String, String> markers = pseudonyms(crowd);
        for (TruthFile.Call call : truth) {
            String marker = markers.getOrDefault(String.valueOf(call.marker()), "unknown-");
            long cost = cost(call.end() == null ? call.produced() : call.end().billed());
            byMarker.merge(marker, cost, Long::sum);
            byKey.merge(marker.substring(0, Math.max(0, marker.indexOf('-'))), cost, Long::sum);
        }
        long limit = Usd.parse(KEY_LIMIT).nanos();
        List<String> overspent = byKey.entrySet().stream()
                .filter(entry -> entry.getValue() > limit)
                .map(entry -> entry.getKey() + ": " + Usd.ofNanos(entry.getValue()) + " of " + Usd.ofNanos(limit))
                .sorted()
                .toList();
        Map<String, Long> charges = database.numbers("SELECT generation, charged FROM posting");
        List<String> lost = new ArrayList<>();
        for (String line : Files.readAllLines(toldFile)) {
            String[] parts = line.split(" ", 2);
            Long charged = charges.get(parts[1]);
            Long cost = byMarker.get(parts[0]);
            if (charged == null || cost == null || charged < cost) {
                lost.add(line + ": charged " + charged + ", billed " + cost);
            }
        }
        try (Inspection store = Inspection.ofPostgres(ChaosDatabase.url("127.0.0.1", database.port()))) {
            Verification books = Verification.run(store, null);
            return new Report(
                    crowd.calls(),
                    truth.size(),
                    crowd.answered.sum(),
                    crowd.refused.sum(),
                    crowd.keysMade(),
                    Map.copyOf(faults),
                    database.text("SELECT string_agg(source || ' ' || n, ', ' ORDER BY source) FROM "
                            + "(SELECT source, count(*) n FROM posting GROUP BY source) s"),
                    overspent,
                    lost,
                    held,
                    books.findings().stream().map(finding -> finding.text()).toList());
        }
    }

    /// Calls by the name that providers see: a digest of the organization and what the caller said.
    private Map<String, String> pseudonyms(ChaosCallers crowd) {
        String organization = database.text("SELECT id FROM organization");
        Map<String, String> byDigest = new HashMap<>();
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (String marker : crowd.markers) {
                byte[] digest = sha.digest((organization + "\n" + marker).getBytes(StandardCharsets.UTF_8));
                byDigest.put(HexFormat.of().formatHex(digest, 0, 16), marker);
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        return byDigest;
    }

    private static long cost(@Nullable TokenCounts tokens) {
        return tokens == null ? 0 : tokens.prompt() * PROMPT_NANOS + tokens.completion() * COMPLETION_NANOS;
    }

    @Override
    public void close() throws IOException {
        nodes.forEach(ChaosNode::close);
        upstream.destroyForcibly();
        database.close();
        network.close();
    }
}
