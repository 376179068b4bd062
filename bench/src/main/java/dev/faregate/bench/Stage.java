package dev.faregate.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Everything that runs during a benchmark: the mock, nginx, the product. Ends what it started, last
/// first.
final class Stage implements AutoCloseable {
    private static final Duration MOCK_READY = Duration.ofSeconds(20);

    private final Path scratch;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private final List<Subject> subjects = new ArrayList<>();
    private @Nullable Gateway gateway;

    /// `mockPort` 0 takes a free one; without `database` the product keeps its own SQLite file.
    record Options(int mockPort, int nginxWorkers, Optional<String> database) {}

    private Stage(Path scratch) {
        this.scratch = scratch;
    }

    /// Starts what `wanted` names, in the order direct, nginx, the product, peers. What is not to be had
    /// is said on `out`.
    static Stage set(Set<String> wanted, List<Peer> peers, Path home, Options options, PrintWriter out) {
        try {
            Stage stage = new Stage(Files.createTempDirectory("faregate-bench"));
            try {
                int upstream = stage.startMock(options.mockPort());
                if (wanted.contains(Subject.DIRECT)) stage.add(Subject.DIRECT, direct(upstream), OptionalLong.empty());
                if (wanted.contains(Subject.NGINX)) stage.startNginx(upstream, options.nginxWorkers(), out);
                if (wanted.contains(Subject.FREE) || wanted.contains(Subject.PRICED)) {
                    stage.startGateway(wanted, home, upstream, options.database(), out);
                }
                for (Peer peer : peers) stage.subjects.add(peer.subject());
                return stage;
            } catch (RuntimeException e) {
                stage.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Subject> subjects() {
        return subjects;
    }

    /// What the product charged during the run, in USD; empty when it did not run.
    Optional<Double> charged() {
        return Optional.ofNullable(gateway).map(Gateway::charged);
    }

    private static Target direct(int upstream) {
        return Target.of("http://127.0.0.1:" + upstream + "/v1", List.of("sk-bench"), "bench");
    }

    private int startMock(int port) {
        Path log = scratch.resolve("mock.log");
        ChildProcess mock = ChildProcess.start(
                "mock",
                log,
                Map.of(),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MockUpstream.class.getName(),
                        Integer.toString(port)));
        running.push(mock);
        mock.await(
                MOCK_READY,
                () -> mock.output().contains(MockUpstream.READY)
                        && mock.output().endsWith("\n"));
        return mock.output()
                .lines()
                .filter(line -> line.startsWith(MockUpstream.READY))
                .mapToInt(line -> Integer.parseInt(line.substring(MockUpstream.READY.length())))
                .findFirst()
                .orElseThrow();
    }

    private void startNginx(int upstream, int workers, PrintWriter out) {
        Optional<Path> program = Nginx.find();
        if (program.isEmpty()) {
            out.println(Nginx.ABSENT);
            return;
        }
        int port = ChildProcess.freePort();
        ChildProcess nginx = Nginx.start(program.get(), scratch.resolve("nginx"), port, upstream, workers);
        running.push(nginx);
        Target target = Target.of("http://127.0.0.1:" + port + "/v1", List.of("sk-bench"), "bench");
        add(Subject.NGINX, target, OptionalLong.of(nginx.pid()));
    }

    private void startGateway(Set<String> wanted, Path home, int upstream, Optional<String> database, PrintWriter out) {
        if (!Launch.present(home)) {
            out.println("SKIPPED: there is no ./faregate in " + home + " (set FAREGATE_HOME)");
            return;
        }
        Gateway started = Gateway.start(home, scratch, upstream, database);
        gateway = started;
        running.push(started);
        Path log = scratch.resolve("gc.log");
        Optional<Path> gcLog = Meter.logCollections(started.pid(), log) ? Optional.of(log) : Optional.empty();
        OptionalLong pid = OptionalLong.of(started.pid());
        for (String name : List.of(Subject.FREE, Subject.PRICED)) {
            String model = name.equals(Subject.FREE) ? Gateway.FREE_MODEL : Gateway.PRICED_MODEL;
            if (wanted.contains(name)) subjects.add(new Subject(name, started.target(model), pid, gcLog));
        }
    }

    private void add(String name, Target target, OptionalLong root) {
        subjects.add(new Subject(name, target, root, Optional.empty()));
    }

    @Override
    public void close() {
        while (!running.isEmpty()) {
            try {
                running.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("cannot end a process of the benchmark", e);
            }
        }
        delete(scratch);
    }

    /// Removes a folder with all that is in it.
    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
