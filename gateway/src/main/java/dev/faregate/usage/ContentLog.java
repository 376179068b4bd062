package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.GENERATION_CONTENT;

import dev.faregate.chat.ChatRequest;
import dev.faregate.keys.Caller;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores prompts and answers where [ContentLogging] says so, behind the requests: one thread writes
/// what a bounded queue holds. It never makes a request wait: what finds no room, or no database, is
/// dropped and counted.
public final class ContentLog implements AutoCloseable {
    /// Captures that wait to be written, and the memory that they and those of running requests may take.
    private static final int MAX_WAITING = 4_096;

    private static final long MAX_BYTES = 64L << 20;

    /// Captures in one transaction: it runs between batches of the ledger, so it is short.
    private static final int AT_ONCE = 32;

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(ContentLog.class);

    private record Finished(ContentCapture capture, Generation generation, long bytes) {}

    private final Database database;
    private final ContentLogging logging;
    private final ArrayBlockingQueue<Finished> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final AtomicLong bytes = new AtomicLong();
    private final LongAdder stored = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final Thread writer;
    private volatile boolean stopping;

    private ContentLog(Database database, ContentLogging logging) {
        this.database = database;
        this.logging = logging;
        this.writer = Thread.ofPlatform().name("content-log").daemon(true).unstarted(this::run);
    }

    public static ContentLog start(Database database, ContentLogging logging) {
        ContentLog log = new ContentLog(database, logging);
        log.writer.start();
        return log;
    }

    /// Begins to keep a request, or returns null when it is not to be kept. Every capture is ended
    /// once, by [#end] or by [#forget].
    public @Nullable ContentCapture begin(Caller caller, UUID generation, ChatRequest request) {
        if (!logging.keeps(caller, generation)) {
            return null;
        }
        if (bytes.get() > MAX_BYTES) {
            dropped.increment();
            return null;
        }
        ContentCapture capture = new ContentCapture(generation, request);
        bytes.addAndGet(capture.inputBytes());
        return capture;
    }

    /// The request is over, and this is its record.
    public void end(ContentCapture capture, Generation generation) {
        Finished finished = new Finished(capture, generation, capture.bytes());
        bytes.addAndGet(finished.bytes() - capture.inputBytes());
        if (stopping || !waiting.offer(finished)) {
            bytes.addAndGet(-finished.bytes());
            dropped.increment();
        }
    }

    /// The request came to nothing.
    public void forget(ContentCapture capture) {
        bytes.addAndGet(-capture.inputBytes());
    }

    /// Requests that were stored.
    public long stored() {
        return stored.sum();
    }

    /// Requests that should have been stored and were not.
    public long dropped() {
        return dropped.sum();
    }

    /// Writes what waits, for a few seconds at most.
    @Override
    public void close() {
        stopping = true;
        try {
            writer.join(STOP_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        List<Finished> batch = new ArrayList<>(AT_ONCE);
        while (!stopping || !waiting.isEmpty()) {
            try {
                Finished first = waiting.poll(100, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    waiting.drainTo(batch, AT_ONCE - 1);
                    write(batch);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } finally {
                batch.forEach(one -> bytes.addAndGet(-one.bytes()));
                batch.clear();
            }
        }
    }

    private void write(List<Finished> batch) {
        try {
            database.write(tx -> {
                batch.forEach(one -> insert(tx, one));
                return true;
            });
            stored.add(batch.size());
        } catch (RuntimeException e) {
            dropped.add(batch.size());
            LOG.warn("{} prompts and answers could not be stored: {}", batch.size(), e.toString());
        }
    }

    private static void insert(Tx tx, Finished one) {
        ContentCapture capture = one.capture();
        tx.sql()
                .insertInto(GENERATION_CONTENT)
                .set(GENERATION_CONTENT.ID, capture.id().toString())
                .set(GENERATION_CONTENT.INPUT, storable(capture.input()))
                .set(GENERATION_CONTENT.COMPLETION, storable(capture.completion()))
                .set(GENERATION_CONTENT.REASONING, storable(capture.reasoning()))
                .set(GENERATION_CONTENT.ERROR, storable(capture.error(one.generation())))
                .onConflictDoNothing()
                .execute();
    }

    /// Without NUL, which PostgreSQL refuses, and without halves of surrogate pairs, which are no text.
    private static @Nullable String storable(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String clean = text.indexOf('\0') < 0 ? text : text.replace("\0", "");
        return new String(clean.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
