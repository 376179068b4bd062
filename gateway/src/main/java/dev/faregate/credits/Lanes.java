package dev.faregate.credits;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// The operations that wait: settlements in a lane of their own, which always goes first, and holds. The
/// number of holds is bounded; settlements are never refused, but while many wait no hold is let in, so
/// there are no more of them than requests in flight. Records that nobody is in a hurry for wait until they fill a
/// batch, something else is written, or the watch finds them there: many rows of one commit share its pages. Safe to
/// share between threads; no method waits for the database.
final class Lanes {
    /// Batches' worth of waiting holds that are looked at when a batch is made: bounds the time under the
    /// lock.
    private static final int LOOK_AHEAD = 4;

    /// How often a wait for settlements asks whether it still makes sense.
    private static final long LOOK_AGAIN_MS = 100;

    private final LedgerSettings settings;
    private final ArrayDeque<HoldOp> holds = new ArrayDeque<>();
    private final ArrayDeque<SettleOp> settles = new ArrayDeque<>();
    private final List<Batch> inFlight = new ArrayList<>();

    /// Whether something is worth a batch of its own.
    private boolean ripe;

    /// Operations from which on the writer is worth waking: one, or more while it gathers.
    private int quorum = 1;

    Lanes(LedgerSettings settings) {
        this.settings = settings;
    }

    /// False when the queue is full.
    synchronized boolean offer(HoldOp op) {
        if (holds.size() >= settings.holdQueue() || settles.size() >= settings.holdQueue()) {
            return false;
        }
        holds.addLast(op);
        ripe = true;
        return true;
    }

    synchronized void add(SettleOp op) {
        settles.addLast(op);
        ripe |= !op.recordOnly || settles.size() >= settings.batch();
    }

    /// How many operations wait, or 0 while the writer is not worth waking.
    synchronized int due() {
        return piled(quorum) ? holds.size() + settles.size() : 0;
    }

    /// From now on the writer is only worth waking for so many operations.
    synchronized void gather(int most) {
        quorum = most;
    }

    /// From now on whatever waits is worth a batch; true when anything does.
    synchronized boolean ripen() {
        ripe |= !settles.isEmpty();
        return ripe;
    }

    /// Whether so many operations wait, and not only for company.
    private boolean piled(int least) {
        return ripe && holds.size() + settles.size() >= least;
    }

    /// The next batch, which counts as in flight until `done`; empty while fewer than `least` operations wait.
    synchronized Batch next(int least) {
        if (!piled(least)) {
            return Batch.EMPTY;
        }
        List<SettleOp> ending = takeSettles();
        Batch batch = new Batch(ending, takeHolds(settings.batch() - ending.size()));
        ripe = !holds.isEmpty() || !settles.isEmpty();
        inFlight.add(batch);
        return batch;
    }

    synchronized void done(Batch batch) {
        inFlight.removeIf(other -> other == batch);
        notifyAll();
    }

    /// Puts operations back to the front, in their order.
    synchronized void putBack(Batch batch) {
        batch.settles().reversed().forEach(settles::addFirst);
        batch.holds().reversed().forEach(holds::addFirst);
        ripe = true;
    }

    /// Holds whose caller has waited long enough, wherever they stand.
    synchronized List<HoldOp> overdueHolds(long nanos) {
        return overdue(holds, inFlight.stream().map(Batch::holds), nanos);
    }

    /// The same for settlements.
    synchronized List<SettleOp> overdueSettles(long nanos) {
        return overdue(settles, inFlight.stream().map(Batch::settles), nanos);
    }

    private static <T extends Op<?>> List<T> overdue(Collection<T> queue, Stream<List<T>> inFlight, long nanos) {
        return Stream.concat(Stream.of(queue), inFlight)
                .flatMap(Collection::stream)
                .filter(op -> op.isOverdue(nanos) && !op.isAnswered())
                .toList();
    }

    /// Empties the lane of holds.
    synchronized List<HoldOp> dropHolds() {
        List<HoldOp> dropped = List.copyOf(holds);
        holds.clear();
        return dropped;
    }

    /// Empties the lane of settlements.
    synchronized List<SettleOp> dropSettles() {
        List<SettleOp> dropped = List.copyOf(settles);
        settles.clear();
        return dropped;
    }

    /// Waits until no settlement is queued or in flight; false when that took too long or `hopeless` says
    /// it never will.
    synchronized boolean awaitSettled(long timeoutNanos, BooleanSupplier hopeless) throws InterruptedException {
        long end = System.nanoTime() + timeoutNanos;
        while (!settles.isEmpty()
                || inFlight.stream().anyMatch(batch -> !batch.settles().isEmpty())) {
            long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (millis <= 0 || hopeless.getAsBoolean()) {
                return false;
            }
            wait(Math.min(millis, LOOK_AGAIN_MS));
        }
        return true;
    }

    synchronized int waitingHolds() {
        return holds.size();
    }

    synchronized int waitingSettles() {
        return settles.size();
    }

    private List<SettleOp> takeSettles() {
        List<SettleOp> taken = new ArrayList<>(Math.min(settles.size(), settings.batch()));
        List<SettleOp> repeated = new ArrayList<>();
        Set<String> generations = new HashSet<>();
        while (taken.size() < settings.batch() && !settles.isEmpty()) {
            SettleOp op = settles.removeFirst();
            (generations.add(op.generation) ? taken : repeated).add(op);
        }
        repeated.reversed().forEach(settles::addFirst);
        return taken;
    }

    /// At most `perGate` of one key while others wait; the rest of the room goes to whoever is there.
    private List<HoldOp> takeHolds(int room) {
        List<HoldOp> taken = new ArrayList<>(Math.min(holds.size(), room));
        List<HoldOp> passedOver = new ArrayList<>();
        Set<String> generations = new HashSet<>();
        Map<Long, Integer> perGate = new HashMap<>();
        int looks = LOOK_AHEAD * settings.batch();
        while (taken.size() < room && !holds.isEmpty() && looks-- > 0) {
            HoldOp op = holds.removeFirst();
            boolean fair = perGate.merge(op.gate(), 1, Integer::sum) <= settings.perGate();
            (fair && generations.add(op.generation) ? taken : passedOver).add(op);
        }
        List<HoldOp> left = new ArrayList<>(passedOver.size());
        for (HoldOp op : passedOver) {
            (taken.size() < room && generations.add(op.generation) ? taken : left).add(op);
        }
        left.reversed().forEach(holds::addFirst);
        return taken;
    }
}
