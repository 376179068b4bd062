package dev.faregate.bench;

import dev.faregate.base.Usd;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.GroundTruth;
import dev.faregate.testkit.ScriptedUpstream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Runs the experiment on one gateway after the other, against one scripted upstream in this very process,
/// which outlives every gateway and so keeps the truth. For one thread.
final class Overspending implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(20);
    private static final double NANOS_PER_SECOND = 1e9;

    /// A gateway may read an answer to its end although no client waits for it any more.
    private static final Duration UPSTREAM_DRAIN = Duration.ofSeconds(15);

    private static final Duration QUIET = Duration.ofMillis(300);

    private final Experiment experiment;
    private final ScriptedUpstream upstream;
    private final Waits waits;

    /// `request` is the most that one request may take, `figure` how long the own figure is waited for,
    /// `killAfter` when the crash comes: so long after the upstream saw half of what the cap pays for.
    record Waits(Duration request, Duration figure, Duration killAfter) {
        static final Waits DEFAULT = new Waits(Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ofMillis(150));
    }

    Overspending(Experiment experiment, int port, Waits waits) {
        this.experiment = experiment;
        this.upstream = ScriptedUpstream.start(ScriptedUpstream.Options.DEFAULT.withPort(port));
        this.upstream.script(experiment.script());
        this.waits = waits;
    }

    int port() {
        return upstream.port();
    }

    /// One burst, and when the own figure has come to rest, the result.
    Overspent run(Contestant gateway) {
        long from = upstream.truth().count();
        try (Burst burst = new Burst(experiment, waits.request())) {
            List<Reply> replies = await(burst.send(gateway.urls(), gateway.key(), gateway.model()));
            return result(gateway, false, from, replies, System.nanoTime());
        }
    }

    /// A burst in the midst of which the first node is killed; then, after its restart, the same burst
    /// again on the same key.
    Overspent runWithCrash(Contestant gateway) {
        Contestant.Crash crash =
                gateway.crash().orElseThrow(() -> new IllegalArgumentException("nobody can kill " + gateway.name()));
        long from = upstream.truth().count();
        try (Burst burst = new Burst(experiment, waits.request())) {
            CompletableFuture<List<Reply>> before = burst.send(gateway.urls(), gateway.key(), gateway.model());
            awaitInFlight(from, before);
            crash.kill();
            List<Reply> replies = new java.util.ArrayList<>(await(before));
            crash.restart();
            awaitUpstreamQuiet();
            replies.addAll(await(burst.send(gateway.urls(), gateway.key(), gateway.model())));
            return result(gateway, true, from, replies, System.nanoTime());
        }
    }

    private void awaitInFlight(long from, CompletableFuture<List<Reply>> burst) {
        long wanted = from + Math.max(1, Math.min(experiment.requests(), experiment.affordable()) / 2);
        long end = System.nanoTime() + waits.request().toNanos();
        while (upstream.truth().count() < wanted && !burst.isDone() && System.nanoTime() < end) {
            ChildProcess.pause(POLL);
        }
        ChildProcess.pause(waits.killAfter());
    }

    private Overspent result(Contestant gateway, boolean killed, long from, List<Reply> replies, long ended) {
        Rest rest = awaitRest(gateway.figure(), from, ended);
        return new Overspent(
                gateway.name(),
                killed,
                experiment,
                replies.size(),
                counted(replies, Reply.Kind.REFUSED),
                counted(replies, Reply.Kind.BROKEN),
                Math.toIntExact(replies.stream()
                        .filter(reply -> reply.kind() == Reply.Kind.ANSWERED)
                        .count()),
                upstream.truth().count() - from,
                bill(from),
                rest.figure(),
                rest.seconds());
    }

    private Usd bill(long from) {
        List<Exchange> calls = upstream.truth().all();
        return experiment.bill(calls.subList(Math.toIntExact(from), calls.size()).stream()
                .mapToLong(call -> call.billed().completion())
                .sum());
    }

    private record Rest(Optional<Usd> figure, OptionalDouble seconds) {}

    /// Reads the own figure until the upstream is quiet and the figure is the bill, or the time is up. The
    /// moment that counts is the one when the figure took its last value.
    private Rest awaitRest(SpendFigure source, long from, long ended) {
        Quiet quiet = new Quiet(upstream.truth());
        Optional<Usd> last = Optional.empty();
        long since = ended;
        long end = System.nanoTime() + waits.figure().toNanos();
        while (System.nanoTime() < end) {
            Optional<Usd> now = source.read();
            if (now.isPresent() && !now.equals(last)) {
                last = now;
                since = System.nanoTime();
            }
            if (quiet.reached() && last.equals(Optional.of(bill(from)))) {
                return new Rest(last, OptionalDouble.of((since - ended) / NANOS_PER_SECOND));
            }
            ChildProcess.pause(POLL);
        }
        return new Rest(last, OptionalDouble.empty());
    }

    private void awaitUpstreamQuiet() {
        Quiet quiet = new Quiet(upstream.truth());
        long end = System.nanoTime() + UPSTREAM_DRAIN.toNanos();
        while (!quiet.reached()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        "calls to the upstream did not end within " + UPSTREAM_DRAIN.toSeconds() + " s");
            }
            ChildProcess.pause(POLL);
        }
    }

    /// True once every call has ended and no new one has come for a moment.
    private static final class Quiet {
        private final GroundTruth truth;
        private long count = -1;
        private long since;

        Quiet(GroundTruth truth) {
            this.truth = truth;
        }

        boolean reached() {
            long now = System.nanoTime();
            if (truth.count() != count || truth.finishedCount() != count) {
                count = truth.count();
                since = now;
            }
            return now - since > QUIET.toNanos() && truth.finishedCount() == count;
        }
    }

    private List<Reply> await(CompletableFuture<List<Reply>> burst) {
        try {
            // Each request has its own limit; this one only makes sure that the wait ends.
            return burst.get(waits.request().toMillis() * 2, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the requests did not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static Map<String, Integer> counted(List<Reply> replies, Reply.Kind kind) {
        Map<String, Integer> counts = new HashMap<>();
        for (Reply reply : replies) {
            if (reply.kind() == kind) counts.merge(reply.why(), 1, Integer::sum);
        }
        return counts;
    }

    @Override
    public void close() {
        upstream.close();
    }
}
