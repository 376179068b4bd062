package dev.faregate.testkit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides what a request gets: numbers it, reads it, picks its script, and makes the steps of its
/// answer. Under [Recording#SUMS] a connection keeps the last body it read and the last answer it
/// encoded, so that a benchmark's repeated request costs neither a scan nor an encoding; such answers
/// share one id. Used by one connection.
final class Preparation {
    private static final int MAX_CACHED_STEPS = 10_000;

    private final Connection.Upstream upstream;
    private byte @Nullable [] lastBody;
    private String lastPath = "";
    private Asked lastAsked = Asked.NOTHING;
    private @Nullable Cached cached;

    /// The state of the connection: has it answered before, must it close after this answer.
    record Circumstances(boolean reused, boolean closes) {}

    record Prepared(GroundTruth.Entry entry, Iterator<Step> steps) {}

    private record Cached(Script script, Asked asked, TokenCounts produced, List<Step> steps) {}

    Preparation(Connection.Upstream upstream) {
        this.upstream = upstream;
    }

    /// A request that was read to its end.
    Prepared answer(Incoming incoming, Circumstances circumstances) {
        GroundTruth.Entry entry = arrive(incoming);
        Asked asked;
        try {
            asked = scan(incoming.path(), incoming.body());
        } catch (Asked.Unreadable e) {
            Script script = Script.refusing(400).name("unreadable");
            dispatch(entry, script, Asked.NOTHING, incoming.marker(), TokenCounts.ZERO);
            String error = incoming.wire().error(400, String.valueOf(e.getMessage()));
            return new Prepared(entry, Answer.plain(400, error, circumstances.closes()));
        }
        String marker = incoming.marker() == null ? asked.user() : incoming.marker();
        Script script = upstream.chooser().choose(asked.model(), marker, entry.sequence());
        return prepare(entry, script, asked, marker, circumstances);
    }

    /// A request of which only the head was read.
    Prepared early(Incoming incoming, Script script, Circumstances circumstances) {
        return prepare(arrive(incoming), script, Asked.NOTHING, incoming.marker(), circumstances);
    }

    private GroundTruth.Entry arrive(Incoming incoming) {
        return upstream.truth().arrive(Instant.now(), incoming.target(), incoming.headers(), incoming.body());
    }

    private Asked scan(String path, byte[] body) throws Asked.Unreadable {
        if (upstream.recording() != Recording.SUMS) {
            return Asked.scan(path, body);
        }
        if (!path.equals(lastPath) || !Arrays.equals(body, lastBody)) {
            lastAsked = Asked.scan(path, body);
            lastPath = path;
            lastBody = body;
        }
        return lastAsked;
    }

    private Prepared prepare(
            GroundTruth.Entry entry, Script script, Asked asked, @Nullable String marker, Circumstances circumstances) {
        Cached hit = cached;
        if (hit != null && hit.script().equals(script) && hit.asked().equals(asked) && !circumstances.closes()) {
            dispatch(entry, script, asked, marker, hit.produced());
            return new Prepared(entry, hit.steps().iterator());
        }
        Shape shape = Shape.of(script, asked);
        TokenCounts produced = Answer.isReplaced(script, circumstances.reused()) ? TokenCounts.ZERO : shape.tokens();
        dispatch(entry, script, asked, marker, produced);
        Answer.Origin origin = new Answer.Origin(
                entry.sequence(), entry.arrivedAt().getEpochSecond(), circumstances.reused(), circumstances.closes());
        Iterator<Step> steps = Answer.steps(script, asked, shape, origin);
        boolean repeatable = upstream.recording() == Recording.SUMS
                && !circumstances.closes()
                && !(script.fault() instanceof Fault.Instead)
                && shape.pieces() < MAX_CACHED_STEPS;
        if (!repeatable) {
            return new Prepared(entry, steps);
        }
        List<Step> joined = joined(steps);
        cached = new Cached(script, asked, produced, joined);
        return new Prepared(entry, joined.iterator());
    }

    private void dispatch(
            GroundTruth.Entry entry, Script script, Asked asked, @Nullable String marker, TokenCounts produced) {
        boolean tells = !produced.equals(TokenCounts.ZERO) && script.usage().sent(asked.stream(), asked.includeUsage());
        TokenCounts reported =
                tells ? OpenAiFormat.reported(produced, script.usage().lie()) : null;
        upstream.truth()
                .dispatch(
                        entry,
                        new GroundTruth.Decision(script, asked.model(), asked.stream(), marker, produced, reported));
    }

    /// The steps with neighbouring writes made one.
    private static List<Step> joined(Iterator<Step> steps) {
        List<Step> joined = new ArrayList<>();
        while (steps.hasNext()) {
            Step step = steps.next();
            if (step instanceof Step.Pause(var length) && length.isZero()) {
                continue;
            }
            if (step instanceof Step.Send send && !joined.isEmpty() && joined.getLast() instanceof Step.Send before) {
                joined.removeLast();
                step = new Step.Send(HttpBytes.concat(before.bytes(), send.bytes()), send.mark());
            }
            joined.add(step);
        }
        return List.copyOf(joined);
    }
}
