package dev.faregate.credits;

import dev.faregate.base.Ids;
import dev.faregate.storage.Database;
import dev.faregate.storage.DiskReserve;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.SqliteDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The ledger's protocol on either database: group commit. One thread takes everything that is queued, runs it
/// as one transaction and answers; batches grow by themselves with load or a slow disk, and a busy writer waits
/// a millisecond for them to grow ([#gather]). Where the database runs several at a time, a second thread takes
/// what piles up meanwhile ([#help]).
///
/// A batch can always be sent again, because effects come only from rows really inserted or deleted. So an
/// answer of the database that is lost means: send again; a hold whose caller gave up meanwhile is voided;
/// a settlement stays queued until it is confirmed, and after a quarter of a second stands in the spool as
/// well. Before the first admission the spool of a former life is posted, and then its holds are ended
/// ([Recovery]).
///
/// Long because the whole life of an operation, from its queue to its answer, can be read in one place.
public final class GroupLedger implements Ledger, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupLedger.class);

    /// How often the watch looks for callers that waited too long.
    private static final long WATCH_MS = 50;

    /// Batches' worth of waiting settlements and records from which on the ledger is behind.
    private static final int BEHIND_BATCHES = 4;

    /// After a batch of at least so many operations the next one is waited for, until it has so many or so long.
    private static final int GATHER_AFTER = 8;

    private static final int GATHER_UP_TO = 128;

    /// So many operations that wait are worth a batch beside the one that is running.
    private static final int HELP_FROM = GATHER_UP_TO;

    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final long FIRST_BACK_OFF_MS = 20;
    private static final int MAX_BACK_OFF_DOUBLINGS = 5;

    /// How long a settlement that the database refuses waits for its next try.
    private static final long STUCK_RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /// How long a start may take to charge what a former life left.
    private static final long RECOVERY_LIMIT_S = 120;

    private final LongSupplier nanos;
    private final LedgerStore store;
    private final LedgerSettings settings;
    private final Recovery recovery;
    private final Safeguards safeguards;
    private final Lanes lanes;
    private final ScheduledExecutorService watch;
    private final CompletableFuture<Boolean> recovered = new CompletableFuture<>();
    private final KnownHolds known = new KnownHolds();
    private volatile boolean accepting;

    /// Why nothing is admitted until the process is started again, or null.
    private volatile @Nullable String stopped;

    /// Settlements that the database refuses, until their next try.
    private final Queue<SettleOp> stuck = new ConcurrentLinkedQueue<>();

    private final AtomicInteger failuresInRow = new AtomicInteger();
    private volatile long notBefore;
    private volatile long stuckRetryAt;

    private final LongAdder batches = new LongAdder();
    private final LongAdder holds = new LongAdder();
    private final LongAdder settles = new LongAdder();
    private final LongAdder unheld = new LongAdder();
    private final LongAdder quarantined = new LongAdder();
    private final LongAdder abandoned = new LongAdder();
    private final LongAdder retried = new LongAdder();

    GroupLedger(LedgerStore store, LedgerSettings settings, OrphanRecords orphanRecords, Safeguards safeguards) {
        this(store, settings, orphanRecords, safeguards, System::nanoTime);
    }

    /// `nanos` is the clock of all waits, as `System.nanoTime` is one.
    GroupLedger(
            LedgerStore store,
            LedgerSettings settings,
            OrphanRecords orphanRecords,
            Safeguards safeguards,
            LongSupplier nanos) {
        this.nanos = nanos;
        this.notBefore = nanos.getAsLong();
        this.stuckRetryAt = notBefore;
        this.store = store;
        this.settings = settings;
        this.recovery = new Recovery(store, orphanRecords, safeguards.evidence());
        this.safeguards = safeguards;
        this.lanes = new Lanes(settings);
        this.watch = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("ledger-watch").daemon(true).factory());
    }

    /// Starts the ledger on an open database and returns when what a former life of `node` spooled is posted
    /// and every hold that it left has ended. `boot` names this life. `table` takes the records of
    /// generations; null for none. Throws `IllegalStateException` when the database does not let it.
    public static GroupLedger start(
            Database database,
            LedgerSettings settings,
            String node,
            String boot,
            @Nullable RecordTable table,
            OrphanRecords orphanRecords,
            Safeguards safeguards) {
        GroupLedger ledger =
                new GroupLedger(storeFor(database, node, boot, table), settings, orphanRecords, safeguards);
        ledger.begin();
        return ledger;
    }

    static LedgerStore storeFor(Database database, String node, String boot, @Nullable RecordTable table) {
        return switch (database) {
            case SqliteDatabase sqlite -> new SqliteLedgerStore(sqlite, node, boot, table);
            case PostgresDatabase postgres -> new PostgresLedgerStore(postgres, node, boot, table);
            default -> throw new IllegalArgumentException("no ledger for " + database.kind());
        };
    }

    void begin() {
        watch.scheduleWithFixedDelay(this::answerOverdue, WATCH_MS, WATCH_MS, TimeUnit.MILLISECONDS);
        beginUnwatched();
    }

    /// Without a watch: whoever owns the clock calls `answerOverdue`.
    void beginUnwatched() {
        takeUpSpool();
        store.start(this::pump);
        store.startHelp(this::help);
        try {
            recovered.get(RECOVERY_LIMIT_S, TimeUnit.SECONDS);
            accepting = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while charging the holds of a former life", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the holds of a former life could not be charged", e);
        } finally {
            if (!accepting) {
                abandon();
            }
        }
    }

    private void takeUpSpool() {
        Spool spool = safeguards.spool();
        if (spool != null) {
            for (Settlement settlement : spool.begin()) {
                SettleOp op = internal(settlement);
                op.offered = true;
                op.spooled = true;
                lanes.add(op);
            }
        }
    }

    @Override
    public void hold(HoldRequest request, Executor executor, Consumer<HoldResult> answer) {
        String generation = request.generation().toString();
        known.add(generation);
        submit(new HoldOp(request, null, deadline(settings.holdWait()), executor, result -> {
            if (!(result instanceof HoldResult.Held)) {
                known.remove(generation);
            }
            answer.accept(result);
        }));
    }

    /// Admits nothing from here on, and says why; what runs is settled. For a database that has lost what it
    /// confirmed, and for a node that is there twice.
    void stopAdmitting(String why) {
        if (stopped == null) {
            LOG.error("this node admits nothing until it is started again: {}", why);
            stopped = why;
        }
    }

    /// Why nothing is admitted until the process is started again, or null while all is well.
    public @Nullable String fault() {
        return store.isDown() ? "the database has failed or lost what it confirmed" : stopped;
    }

    /// What this process holds; the audit looks for holds of this life that it does not know.
    KnownHolds known() {
        return known;
    }

    @Override
    public void extend(Hold hold, HoldRequest more, Executor executor, Consumer<HoldResult> answer) {
        boolean same = hold.generation().equals(more.generation())
                && hold.claims().stream()
                        .map(Claim::limitId)
                        .toList()
                        .equals(more.claims().stream().map(Claim::limitId).toList());
        if (!same) {
            throw new IllegalArgumentException("an extension is on the same limits of the same generation");
        }
        submit(new HoldOp(more, hold, deadline(settings.holdWait()), executor, answer));
    }

    @Override
    public void settle(Settlement settlement, Executor executor, Consumer<SettleResult> answer, Runnable onPosted) {
        lanes.add(new SettleOp(
                settlement,
                deadline(settings.spoolAfter()),
                deadline(settings.settleWait()),
                executor,
                answer,
                onPosted));
        wake();
    }

    @Override
    public void record(UUID generation, Object[] record, Executor executor, Consumer<SettleResult> answer) {
        lanes.add(SettleOp.ofRecord(generation, record, deadline(settings.settleWait()), executor, answer));
        wake();
    }

    @Override
    public boolean isBehind() {
        return lanes.waitingSettles() > BEHIND_BATCHES * settings.batch();
    }

    /// What it did so far.
    public LedgerStats stats() {
        return new LedgerStats(
                batches.sum(),
                holds.sum(),
                settles.sum(),
                recovery.inFull(),
                recovery.known(),
                unheld.sum(),
                quarantined.sum(),
                abandoned.sum(),
                retried.sum(),
                stuck.size(),
                lanes.waitingHolds(),
                lanes.waitingSettles());
    }

    /// Stops admitting, waits for the settlements that are queued (bounded), then stops. The database stays
    /// open.
    @Override
    public void close() {
        accepting = false;
        lanes.ripen();
        store.wake();
        try {
            if (!lanes.awaitSettled(settings.drainWait().toNanos(), store::isDown)) {
                LOG.error("stopping although {} settlements are not confirmed", lanes.waitingSettles());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        abandon();
    }

    /// Stops at once, as a crash would, but answers whoever waits.
    void abandon() {
        accepting = false;
        store.close();
        watch.shutdownNow();
        lanes.dropHolds().forEach(op -> op.answer(closed()));
        retryStuck();
        lanes.dropSettles().forEach(this::leaveToNextLife);
    }

    /// In the spool if it takes it; the spool writes what it was offered before it closes, and the next life
    /// posts it.
    private void leaveToNextLife(SettleOp op) {
        if (!safeguards.offer(op)) {
            LOG.error("settlement not confirmed before the stop: {}", op.describe());
            op.answer(op.late());
        }
    }

    private void submit(HoldOp op) {
        if (!accepting || stopped != null || store.isDown() || !safeguards.admits()) {
            op.answer(closed());
        } else if (lanes.offer(op)) {
            wake();
        } else {
            op.answer(new HoldResult.Unavailable("Too many requests wait for the ledger."));
        }
    }

    private void wake() {
        int due = lanes.due();
        if (due > 0) {
            store.wake();
        }
        if (due >= HELP_FROM) {
            store.wakeHelp();
        }
    }

    private static HoldResult closed() {
        return new HoldResult.Unavailable("The ledger is not admitting.");
    }

    private long deadline(java.time.Duration wait) {
        return nanos.getAsLong() + wait.toNanos();
    }

    /// Answers callers that waited too long, and spools what the database has not confirmed; the watch does it
    /// twenty times a second.
    void answerOverdue() {
        long now = nanos.getAsLong();
        lanes.overdueHolds(now).forEach(op -> op.answer(op.late()));
        for (SettleOp op : lanes.overdueSettles(now)) {
            safeguards.offer(op);
            if (now - op.limitNanos >= 0) {
                op.answer(op.late());
            }
        }
        if (lanes.ripen()) {
            store.wake();
        }
    }

    /// One batch, on the store's first thread. False when there is nothing to do now.
    private boolean pump() {
        int taken = attempt(() -> {
            if (!recovered.isDone()) {
                recover();
            }
            if (nanos.getAsLong() - stuckRetryAt >= 0) {
                retryStuck();
            }
            if ((!accepting && recovered.isDone()) || store.isDown() || !safeguards.admits()) {
                lanes.dropHolds().forEach(this::refuse);
            }
            return runNext(1);
        });
        gather(taken);
        return taken > 0;
    }

    /// One batch beside it, on another thread, when that is worth a batch.
    private boolean help() {
        return recovered.isDone() && attempt(() -> runNext(HELP_FROM)) > 0;
    }

    private int attempt(IntSupplier work) {
        if (nanos.getAsLong() - notBefore < 0) {
            return 0;
        }
        try {
            return work.getAsInt();
        } catch (RuntimeException e) {
            LOG.error("a ledger batch failed in a way nobody foresaw", e);
            backOff();
            return 0;
        }
    }

    /// Runs the next batch if at least so many operations wait, and returns how many it took from the queue.
    private int runNext(int least) {
        Batch batch = lanes.next(least);
        try {
            Batch alive = alive(batch);
            if (alive.size() > 0) {
                run(alive);
            }
            return batch.size();
        } finally {
            lanes.done(batch);
        }
    }

    /// When operations come faster than one by one, waits a moment for more of them: a commit costs about the same
    /// for few as for many. When they come slowly nobody waits, and neither does a full queue.
    private void gather(int last) {
        if (last < GATHER_AFTER || last >= GATHER_UP_TO || !accepting) {
            return;
        }
        lanes.gather(GATHER_UP_TO);
        long until = System.nanoTime() + GATHER_NANOS;
        // Again and again, because whoever woke the writer while it worked has already ended the first sleep.
        for (long left = GATHER_NANOS; left > 0 && lanes.due() == 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
        lanes.gather(1);
    }

    /// Leaves out holds that nobody waits for any more.
    private Batch alive(Batch batch) {
        long now = nanos.getAsLong();
        if (batch.holds().stream().noneMatch(op -> op.isAnswered() || op.isOverdue(now))) {
            return batch;
        }
        List<HoldOp> waiting = new ArrayList<>(batch.holds().size());
        for (HoldOp op : batch.holds()) {
            if (op.isAnswered() || op.isOverdue(now)) {
                op.answer(op.late());
                giveBackIfSent(op);
            } else {
                waiting.add(op);
            }
        }
        return new Batch(batch.settles(), waiting);
    }

    private void refuse(HoldOp op) {
        op.answer(closed());
        giveBackIfSent(op);
    }

    private void run(Batch batch) {
        try {
            deliver(batch, store.apply(batch));
            failuresInRow.set(0);
        } catch (StoreFailure failure) {
            switch (failure.kind()) {
                case PERMANENT -> isolate(batch, failure);
                case TRANSIENT, UNKNOWN -> tryAgainLater(batch, failure);
                case FULL -> makeRoom(batch, failure);
            }
        }
    }

    private void tryAgainLater(Batch batch, StoreFailure failure) {
        if (failuresInRow.get() == 0) {
            LOG.warn("the database did not take a ledger batch; trying again: {}", failure.getMessage());
        }
        retried.increment();
        if (failure.kind() == StoreFailure.Kind.UNKNOWN) {
            batch.holds().forEach(op -> op.uncertain = true);
        }
        lanes.putBack(batch);
        backOff();
    }

    /// The disk is full: the reserve goes to what is owed, and nothing new is taken on.
    private void makeRoom(Batch batch, StoreFailure failure) {
        DiskReserve reserve = safeguards.reserve();
        boolean room = reserve != null && reserve.release();
        batch.holds().forEach(this::refuse);
        tryAgainLater(new Batch(batch.settles(), List.of()), failure);
        if (room) {
            notBefore = nanos.getAsLong();
        }
    }

    private void backOff() {
        long millis = FIRST_BACK_OFF_MS << Math.min(failuresInRow.getAndIncrement(), MAX_BACK_OFF_DOUBLINGS);
        notBefore = nanos.getAsLong() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /// Some operation cannot be applied: halve until it stands alone, so that all others are.
    private void isolate(Batch batch, StoreFailure failure) {
        if (batch.size() > 1) {
            int half = batch.size() / 2;
            run(batch.head(half));
            run(batch.tail(half));
        } else if (batch.settles().isEmpty()) {
            HoldOp op = batch.holds().getFirst();
            LOG.error("the database refuses the hold of generation {}", op.generation, failure);
            op.answer(new HoldResult.Unavailable("The ledger cannot take this request."));
            giveBackIfSent(op);
        } else {
            isolate(batch, batch.settles().getFirst(), failure);
        }
    }

    private void isolate(Batch batch, SettleOp op, StoreFailure failure) {
        if (op.hasRecord() && !op.quarantined) {
            LOG.error("the record of generation {} was refused and is set aside", op.generation, failure);
            op.quarantined = true;
            quarantined.increment();
            run(batch);
        } else {
            LOG.error("the database refuses a settlement, it stays queued: {}", op.describe(), failure);
            stuck.add(op);
            stuckRetryAt = nanos.getAsLong() + STUCK_RETRY_NANOS;
        }
    }

    private void retryStuck() {
        for (SettleOp op = stuck.poll(); op != null; op = stuck.poll()) {
            lanes.add(op);
        }
    }

    private void deliver(Batch batch, LedgerStore.Outcome outcome) {
        batches.increment();
        settles.add(batch.settles().size());
        holds.add(batch.holds().size());
        for (int i = 0; i < batch.settles().size(); i++) {
            SettleOp op = batch.settles().get(i);
            if (outcome.endings().get(i) == LedgerStore.Ending.UNHELD) {
                unheld.increment();
                LOG.error("a settlement met no hold; it is booked all the same: {}", op.describe());
            }
            known.remove(op.generation);
            posted(op);
        }
        for (int i = 0; i < batch.holds().size(); i++) {
            HoldOp op = batch.holds().get(i);
            HoldResult result = outcome.results().get(i);
            if (Protocol.owesVoid(result, op.answer(result), op.uncertain, op.base != null)) {
                giveBack(op);
            }
        }
    }

    private void posted(SettleOp op) {
        safeguards.confirmed(op);
        op.posted();
        op.answer(new SettleResult.Settled());
    }

    private void giveBackIfSent(HoldOp op) {
        if (Protocol.owesVoid(op.uncertain, op.base != null)) {
            giveBack(op);
        }
    }

    /// Voids a hold that its caller will never use.
    private void giveBack(HoldOp op) {
        abandoned.increment();
        HoldRequest request = op.request;
        OrphanRecords.Orphan unused = new OrphanRecords.Orphan(
                request.generation(),
                request.claims(),
                request.priceVersion(),
                Ids.instantOf(request.generation()),
                request.context(),
                "");
        Object[] record = recovery.recordOf(unused, new Finding.NeverSent());
        lanes.add(SettleOp.givingBack(Protocol.voided(request, record), deadline(settings.spoolAfter())));
    }

    private SettleOp internal(Settlement settlement) {
        return new SettleOp(settlement, deadline(settings.spoolAfter()), Runnable::run, _ -> {});
    }

    /// Queues the ends of the next holds of former lives; done when there are none and all are booked.
    private void recover() {
        if (lanes.waitingSettles() > 0) {
            return;
        }
        try {
            List<Settlement> ends = recovery.next(settings.batch());
            if (ends.isEmpty()) {
                recovered.complete(true);
            }
            ends.forEach(end -> lanes.add(internal(end)));
        } catch (StoreFailure failure) {
            LOG.error("cannot read the holds of a former life", failure);
            backOff();
        }
    }
}
