package dev.faregate.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What the scripted upstream was asked and what it delivered. Thread-safe. Bytes count as delivered once
/// the kernel took them, so a reader that has seen a byte may be a moment ahead; wait with
/// [#awaitFinished] before comparing.
public final class GroundTruth {
    /// More requests than this are counted but no longer kept one by one.
    public static final int MAX_KEPT = 50_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Recording recording;
    private final @Nullable TruthFile file;
    private final List<Entry> entries = new ArrayList<>();
    private final long firstSequence;
    private long arrived;
    private long finished;
    private TokenCounts produced = TokenCounts.ZERO;
    private TokenCounts billed = TokenCounts.ZERO;
    private TokenCounts reported = TokenCounts.ZERO;

    GroundTruth(Recording recording, @Nullable TruthFile file) {
        this.recording = recording;
        this.file = file;
        this.firstSequence = file == null ? 1 : file.lastSequence() + 1;
    }

    /// Requests that arrived.
    public long count() {
        return locked(() -> arrived);
    }

    /// Requests whose answer is over, one way or another.
    public long finishedCount() {
        return locked(() -> finished);
    }

    /// All requests in order of arrival. Throws `IllegalStateException` if they were not all kept.
    public List<Exchange> all() {
        return locked(() -> {
            if (entries.size() < arrived) {
                throw new IllegalStateException("kept " + entries.size() + " of " + arrived + " requests");
            }
            return entries.stream().map(Entry::snapshot).toList();
        });
    }

    /// The request that arrived last. Throws `IllegalStateException` if there is none.
    public Exchange last() {
        List<Exchange> all = all();
        if (all.isEmpty()) {
            throw new IllegalStateException("no request arrived");
        }
        return all.getLast();
    }

    /// The requests with this marker, in order of arrival.
    public List<Exchange> marked(String marker) {
        return all().stream()
                .filter(exchange -> marker.equals(exchange.marker()))
                .toList();
    }

    /// Waits until `count` requests have arrived. Throws `AssertionError` when they have not in time.
    public List<Exchange> awaitCount(long count, Duration timeout) {
        await("arrived", count, timeout, false);
        return recording == Recording.FULL ? all() : List.of();
    }

    /// Waits until the answers of `count` requests are over. Throws `AssertionError` when they are not in
    /// time.
    public List<Exchange> awaitFinished(long count, Duration timeout) {
        await("finished", count, timeout, true);
        return recording == Recording.FULL ? all() : List.of();
    }

    /// Sum of what all answers count as in full, refused ones nothing.
    public TokenCounts produced() {
        return locked(() -> produced);
    }

    /// Sum of [Exchange#billed] over the finished requests.
    public TokenCounts billed() {
        return locked(() -> billed);
    }

    /// Sum of what usage claims, over all answers that carry counts, whether or not they got that far.
    public TokenCounts reported() {
        return locked(() -> reported);
    }

    private void await(String what, long count, Duration timeout, boolean over) {
        lock.lock();
        try {
            long left = timeout.toNanos();
            while ((over ? finished : arrived) < count) {
                if (left <= 0) {
                    throw new AssertionError("%d of %d requests %s within %s"
                            .formatted(over ? finished : arrived, count, what, timeout));
                }
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for requests", e);
        } finally {
            lock.unlock();
        }
    }

    // For the connections.

    /// Numbers a request as it arrives.
    Entry arrive(Instant at, String target, Map<String, List<String>> headers, byte[] body) {
        return locked(() -> {
            Entry entry = new Entry(firstSequence + arrived, at, target, headers, body);
            arrived++;
            if (recording == Recording.FULL && entries.size() < MAX_KEPT) {
                entries.add(entry);
            }
            changed.signalAll();
            return entry;
        });
    }

    /// The answer is decided; in the file before any byte of it leaves.
    void dispatch(Entry entry, Decision decision) {
        locked(() -> {
            entry.decision = decision;
            produced = produced.plus(decision.produced());
            TokenCounts said = decision.reported();
            reported = said == null ? reported : reported.plus(said);
            return entry;
        });
        if (file != null) {
            file.dispatch(entry.snapshot());
        }
    }

    /// The rest of a body that was answered early.
    void body(Entry entry, byte[] body) {
        locked(() -> entry.body = body);
    }

    void wrote(Entry entry, int bytes, Step.Mark mark) {
        locked(() -> {
            entry.wrote(bytes, mark);
            return entry;
        });
    }

    /// The last bytes are about to leave; in the file before they do.
    void completing(Entry entry) {
        if (file != null) {
            file.end(entry.sequence, Exchange.Outcome.COMPLETED, entry.decision.produced());
        }
    }

    /// The answer is over; counted once, whatever comes after.
    void end(Entry entry, Exchange.Outcome outcome) {
        locked(() -> {
            if (entry.outcome == Exchange.Outcome.RUNNING) {
                entry.end(outcome);
                TokenCounts bill = entry.snapshot().billed();
                billed = billed.plus(bill);
                if (file != null && outcome != Exchange.Outcome.COMPLETED) {
                    file.end(entry.sequence, outcome, bill);
                }
                finished++;
                changed.signalAll();
            }
            return entry;
        });
    }

    private <T extends @Nullable Object> T locked(java.util.function.Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    /// What was decided about a request once it was read.
    record Decision(
            Script script,
            String model,
            boolean streaming,
            @Nullable String marker,
            TokenCounts produced,
            @Nullable TokenCounts reported) {
        static final Decision OPEN = new Decision(Script.answer(), "", false, null, TokenCounts.ZERO, null);
    }

    /// One request in the making; every field is guarded by the lock of the truth it belongs to.
    static final class Entry {
        private final long sequence;
        private final Instant arrivedAt;
        private final long arrivedNanos = System.nanoTime();
        private final String target;
        private final Map<String, List<String>> headers;
        private byte[] body;
        private Decision decision = Decision.OPEN;
        private Exchange.Outcome outcome = Exchange.Outcome.RUNNING;
        private boolean headSent;
        private boolean lastByteSent;
        private int chunks;
        private long bytes;
        private long delivered;
        private long lastWriteNanos = arrivedNanos;
        private Exchange.@Nullable Disconnect disconnect;

        Entry(long sequence, Instant arrivedAt, String target, Map<String, List<String>> headers, byte[] body) {
            this.sequence = sequence;
            this.arrivedAt = arrivedAt;
            this.target = target;
            this.headers = headers;
            this.body = body;
        }

        long sequence() {
            return sequence;
        }

        Instant arrivedAt() {
            return arrivedAt;
        }

        private void wrote(int count, Step.Mark mark) {
            bytes += count;
            headSent |= mark.head();
            lastByteSent |= mark.last();
            chunks = Math.max(chunks, mark.chunks());
            delivered = Math.max(
                    delivered, Math.min(mark.delivered(), decision.produced().completion()));
            lastWriteNanos = System.nanoTime();
        }

        private void end(Exchange.Outcome how) {
            outcome = how;
            if (how == Exchange.Outcome.CLIENT_GONE) {
                Duration since = Duration.ofNanos(System.nanoTime() - lastWriteNanos);
                disconnect = new Exchange.Disconnect(Instant.now(), chunks, since);
            }
        }

        private Exchange snapshot() {
            return new Exchange(
                    sequence,
                    arrivedAt,
                    target,
                    headers,
                    body,
                    decision.marker(),
                    decision.model(),
                    decision.streaming(),
                    decision.script(),
                    decision.produced(),
                    decision.reported(),
                    new Exchange.Progress(outcome, headSent, lastByteSent, chunks, bytes, delivered, disconnect));
        }
    }
}
