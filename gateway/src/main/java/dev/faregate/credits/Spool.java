package dev.faregate.credits;

import dev.faregate.storage.DiskReserve;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where settlements wait, synced to this node's own disk, while the database does not confirm them: a
/// client can be released, and neither kill -9 nor a cut from the database loses what it owes. One thread
/// writes everything that is waiting in one go.
///
/// A spooled settlement stays in the ledger's queue as well. When the database has all of them the file is
/// emptied; the next life posts what it still finds. Posting twice changes nothing. While the spool is full
/// or its disk fails nothing new is admitted.
public final class Spool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

    /// Settlements that may wait for the writing thread.
    private static final int MAX_WAITING = 20_000;

    /// Settlements in one frame.
    private static final int GROUP = 1_000;

    private static final long IDLE_MS = 100;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    private final SpoolFile file;
    private final long maxBytes;
    private final @Nullable DiskReserve reserve;
    private final ArrayBlockingQueue<SettleOp> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Thread thread;
    private volatile boolean stopping;

    private volatile @Nullable String failure;

    /// Settlements that found no room and that the database does not have; changed under this.
    private volatile int refused;

    /// In the file and not in the database; guarded by this.
    private int outstanding;

    private Spool(SpoolFile file, long maxBytes, @Nullable DiskReserve reserve) {
        this.file = file;
        this.maxBytes = maxBytes;
        this.reserve = reserve;
        this.thread = Thread.ofPlatform().name("ledger-spool").daemon(true).unstarted(this::loop);
    }

    /// Opens the spool of a data folder. `maxBytes` bounds the file; `reserve` is given up when the disk is
    /// full. Throws `IllegalStateException` with a sentence for the operator.
    public static Spool open(Path folder, long maxBytes, @Nullable DiskReserve reserve) {
        return open(folder, maxBytes, reserve, SpoolFile.SyncHook.NONE);
    }

    static Spool open(Path folder, long maxBytes, @Nullable DiskReserve reserve, SpoolFile.SyncHook hook) {
        try {
            Spool spool = new Spool(SpoolFile.open(folder, hook), maxBytes, reserve);
            List<Path> damaged = SpoolFile.damaged(folder);
            if (!damaged.isEmpty()) {
                LOG.error(
                        "settlements of a former life were damaged on the disk; what was readable is used, and the "
                                + "files are kept for you to look at: {}",
                        damaged);
            }
            return spool;
        } catch (IOException e) {
            throw new IllegalStateException(
                    "Cannot use the spool in " + folder + ": " + e.getMessage()
                            + ". It holds settlements that the database has not confirmed; do not delete it.",
                    e);
        }
    }

    /// What waits in the spool of a data folder, for people; changes nothing.
    ///
    /// @param settlements that are not known to be in the database
    /// @param damaged files that were set aside, or would be at the next start
    public record Contents(int settlements, long bytes, int damaged) {}

    public static Contents look(Path folder) throws IOException {
        Path file = folder.resolve(SpoolFile.NAME);
        int aside = Files.isDirectory(folder) ? SpoolFile.damaged(folder).size() : 0;
        if (!Files.exists(file)) {
            return new Contents(0, 0, aside);
        }
        byte[] bytes = Files.readAllBytes(file);
        SpoolFile.Contents found = SpoolFile.parse(ByteBuffer.wrap(bytes));
        return new Contents(found.entries().size(), bytes.length, aside + (found.damaged() > 0 ? 1 : 0));
    }

    /// Why nothing is written any more until the process is started again, or null.
    public @Nullable String failure() {
        return failure;
    }

    /// Bytes that wait for the database.
    public long bytes() {
        return file.size();
    }

    /// False while another settlement might find no room.
    public boolean admits() {
        return failure == null && refused == 0 && waiting.remainingCapacity() > MAX_WAITING / 2;
    }

    /// What the file held when it was opened, to be settled first; each comes with `spooled` set, and counts
    /// as in the file until it is confirmed. Begins to write what is offered.
    List<Settlement> begin() {
        List<Settlement> found = new ArrayList<>();
        for (byte[] entry : file.entries()) {
            try {
                found.add(SettlementCodec.decode(entry));
            } catch (IOException | RuntimeException e) {
                // It stays in the file, which is then never emptied: a newer version may have written it.
                LOG.error("a spooled settlement cannot be read and stays in the spool", e);
                outstanding++;
            }
        }
        outstanding += found.size();
        thread.start();
        return found;
    }

    /// Takes a settlement that the database has not confirmed; it is answered when it is on the disk. False
    /// when there is no room now.
    boolean offer(SettleOp op) {
        return failure == null && !stopping && waiting.offer(op);
    }

    /// The database has it.
    void confirmed(SettleOp op) {
        synchronized (this) {
            op.confirmed = true;
            outstanding -= op.spooled ? 1 : 0;
            admit(op);
        }
    }

    /// Writes what is waiting, then ends.
    @Override
    public void close() {
        stopping = true;
        try {
            if (!thread.isAlive()) {
                loop();
            }
            thread.join(STOP_PATIENCE);
            file.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("closing the spool failed: {}", e.getMessage());
        }
    }

    private void loop() {
        while (!stopping || !waiting.isEmpty()) {
            try {
                write(next());
                emptyIfDone();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("the spool failed in a way nobody foresaw", e);
                failure = String.valueOf(e.getMessage());
            }
        }
    }

    /// Some that wait, with their bytes. One that cannot be written stays in memory and is answered as
    /// pending.
    private List<Written> next() throws InterruptedException {
        List<SettleOp> group = new ArrayList<>();
        SettleOp first = waiting.poll(IDLE_MS, TimeUnit.MILLISECONDS);
        if (first != null) {
            group.add(first);
            waiting.drainTo(group, GROUP - 1);
        }
        List<Written> encoded = new ArrayList<>(group.size());
        for (SettleOp op : group) {
            try {
                encoded.add(new Written(op, SettlementCodec.encode(op.settlement)));
            } catch (IllegalArgumentException e) {
                LOG.error("the settlement of {} cannot be spooled", op.generation, e);
            }
        }
        return encoded;
    }

    private record Written(SettleOp op, byte[] bytes) {}

    /// Counts those that are still open as in the file, before they are: one that is confirmed meanwhile
    /// stands there for nothing, which does no harm.
    private synchronized List<Written> unconfirmed(List<Written> group) {
        List<Written> open = new ArrayList<>(group.size());
        for (Written entry : group) {
            if (!entry.op.confirmed && failure == null) {
                entry.op.spooled = true;
                outstanding++;
                open.add(entry);
            }
        }
        return open;
    }

    private synchronized void refuse(List<Written> group, IOException reason) {
        if (refused == 0) {
            LOG.error("nothing new is admitted: {}", reason.getMessage());
        }
        for (Written entry : group) {
            SettleOp op = entry.op;
            if (!op.confirmed) {
                outstanding--;
                refused += op.refused ? 0 : 1;
                op.refused = true;
            }
            op.spooled = false;
            op.offered = false;
        }
    }

    /// Called under this.
    private void admit(SettleOp op) {
        refused -= op.refused ? 1 : 0;
        op.refused = false;
    }

    private synchronized void kept(List<Written> group) {
        group.forEach(entry -> admit(entry.op));
    }

    private void write(List<Written> group) {
        List<Written> open = unconfirmed(group);
        if (open.isEmpty()) {
            return;
        }
        try {
            append(open.stream().map(Written::bytes).toList());
            kept(open);
            open.forEach(entry -> entry.op.answer(new SettleResult.Spooled()));
        } catch (SpoolFile.SyncFailed e) {
            failure = e.getMessage();
            refuse(open, e);
        } catch (IOException e) {
            refuse(open, e);
        }
    }

    private void append(List<byte[]> entries) throws IOException {
        long added = entries.stream().mapToLong(entry -> entry.length).sum();
        if (file.size() + added > maxBytes) {
            throw new IOException("the spool has reached its limit of " + maxBytes + " bytes");
        }
        try {
            file.append(entries);
        } catch (SpoolFile.SyncFailed e) {
            throw e;
        } catch (IOException e) {
            if (reserve == null || !reserve.release()) {
                throw e;
            }
            file.append(entries);
        }
    }

    private void emptyIfDone() {
        synchronized (this) {
            if (outstanding > 0 || failure != null) {
                return;
            }
        }
        try {
            if (file.size() > 0) {
                file.clear();
            }
        } catch (IOException e) {
            failure = e.getMessage();
            LOG.error("the spool has failed and takes nothing more; restart the process: {}", e.getMessage());
        }
    }
}
