package dev.faregate.bench;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/// Takes one round: drives a subject, waits out the warm-up, and measures the same window from outside
/// (load) and from `/proc` (CPU, memory).
final class Meter implements AutoCloseable {
    private static final double BYTES_PER_MEGABYTE = 1024 * 1024;
    private static final double NANOS_PER_SECOND = 1e9;
    /// Between two rounds, for closed connections to be forgotten on both sides.
    private static final Duration REST = Duration.ofMillis(300);

    private final EventLoopGroup group = Transport.group("load");

    Round measure(Subject subject, LoadPoint point, Duration warmup, Duration window) {
        Tally tally;
        double seconds;
        Map<Long, Long> before;
        Map<Long, Long> after;
        OptionalDouble resident = OptionalDouble.empty();
        int collectionsBefore;
        try (LoadRun run = LoadRun.start(group.next(), subject.target(), point)) {
            ChildProcess.pause(warmup);
            collectionsBefore = collections(subject).size();
            before = ticks(subject);
            run.beginWindow();
            long start = System.nanoTime();
            ChildProcess.pause(window);
            tally = run.endWindow();
            seconds = (System.nanoTime() - start) / NANOS_PER_SECOND;
            after = ticks(subject);
            if (subject.root().isPresent()) {
                resident =
                        OptionalDouble.of(ProcStat.residentBytes(subject.root().getAsLong()) / BYTES_PER_MEGABYTE);
            }
        }
        List<GcLog.Pause> collections = collections(subject);
        ChildProcess.pause(REST);
        return Round.of(
                tally,
                point.streams(),
                seconds,
                before.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(ProcStat.secondsBetween(before, after)),
                resident,
                GcLog.bytesPerSecond(
                        collections.subList(Math.min(collectionsBefore, collections.size()), collections.size())));
    }

    /// CPU time of each process of a subject so far, in ticks; empty where it has no process of its own.
    static Map<Long, Long> ticks(Subject subject) {
        return subject.root().isPresent() ? ProcStat.ticks(subject.root().getAsLong()) : Map.of();
    }

    private static List<GcLog.Pause> collections(Subject subject) {
        if (subject.gcLog().isEmpty() || !Files.exists(subject.gcLog().get())) return List.of();
        try {
            return GcLog.parse(Files.readAllLines(subject.gcLog().get()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Has a running JVM write its collections to `log` from now on. False when it cannot be asked; then
    /// allocation stays unknown.
    static boolean logCollections(long pid, Path log) {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(jcmd)) return false;
        try {
            Process asked = new ProcessBuilder(
                            jcmd.toString(),
                            Long.toString(pid),
                            "VM.log",
                            "output=" + log,
                            "what=gc=info",
                            "decorators=uptime,level,tags")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return asked.waitFor(10, TimeUnit.SECONDS) && asked.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
