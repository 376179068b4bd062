package dev.faregate.observability;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reports ended generations to destinations, behind everything else (ADR 24): whoever ends a request offers a trace
/// and goes on; what does not fit a queue, or cannot be delivered after some tries, is dropped and counted. A slow
/// destination holds up no other one. Safe to share between threads.
public final class Broadcast implements AutoCloseable {
    /// Traces that wait to be given out to their destinations.
    static final int WAITING = 10_000;

    /// Traces that wait for one destination.
    static final int WAITING_EACH = 1_000;

    private static final Duration LOOK = Duration.ofMillis(500);

    /// How long a stop waits for what is under way.
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(10);

    private static final Logger LOG = LoggerFactory.getLogger(Broadcast.class);

    private final Destinations destinations;
    private final Sender sender;
    private final Retries retries;
    private final BlockingQueue<Trace> waiting = new ArrayBlockingQueue<>(WAITING);
    private final ConcurrentMap<String, Channel> channels = new ConcurrentHashMap<>();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final LongAdder delivered = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder retried = new LongAdder();
    private final Thread thread;

    private Broadcast(Destinations destinations, Sender sender, Retries retries) {
        this.destinations = destinations;
        this.sender = sender;
        this.retries = retries;
        this.thread = Thread.ofVirtual().name("broadcast").unstarted(this::run);
    }

    public static Broadcast start(Destinations destinations, Sender sender) {
        return start(destinations, sender, Retries.USUAL);
    }

    static Broadcast start(Destinations destinations, Sender sender, Retries retries) {
        Broadcast broadcast = new Broadcast(destinations, sender, retries);
        broadcast.thread.start();
        return broadcast;
    }

    /// Whether anybody wants to hear of requests of this workspace. Never blocks.
    public boolean isWanted(String workspaceId) {
        return !destinations.of(workspaceId).isEmpty();
    }

    /// Takes a trace, or drops it. Never blocks.
    public void offer(Trace trace) {
        if (stopping.getCount() == 0 || !waiting.offer(trace)) {
            dropped.increment();
        }
    }

    /// Traces that reached a destination; one that goes to two counts twice.
    public long delivered() {
        return delivered.sum();
    }

    /// Traces that were given up.
    public long dropped() {
        return dropped.sum();
    }

    /// Further tries after a failed one.
    public long retried() {
        return retried.sum();
    }

    private void run() {
        while (true) {
            try {
                Trace trace = waiting.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                if (trace != null) {
                    giveOut(trace);
                } else if (stopping.getCount() == 0) {
                    return;
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("a trace could not be given out", e);
                dropped.increment();
            }
        }
    }

    private void giveOut(Trace trace) {
        for (Target target : destinations.of(trace.owner().workspaceId())) {
            if (target.wants(trace)) {
                String id = target.destination().id();
                // A channel that just ended takes nothing; the next one does.
                while (!channels.computeIfAbsent(id, Channel::new).take(trace)) {
                    channels.computeIfPresent(id, (_, channel) -> channel.isOver() ? null : channel);
                }
            }
        }
    }

    /// What waits for one destination, sent by a thread that lives as long as there is something.
    private final class Channel {
        private final String id;
        private final BlockingQueue<Trace> queue = new ArrayBlockingQueue<>(WAITING_EACH);
        private boolean over;
        private boolean running;
        private boolean complained;

        Channel(String id) {
            this.id = id;
        }

        synchronized boolean isOver() {
            return over;
        }

        /// False when this channel is over. What does not fit is dropped.
        synchronized boolean take(Trace trace) {
            if (over) {
                return false;
            }
            if (!queue.offer(trace)) {
                dropped.increment();
            }
            if (!running) {
                running = true;
                Thread.ofVirtual().name("broadcast-" + id).start(this::work);
            }
            return true;
        }

        /// True, once and for all, when there is nothing left.
        private synchronized boolean ends() {
            over = queue.isEmpty();
            return over;
        }

        private void work() {
            do {
                List<Trace> batch = new ArrayList<>(Retries.MOST_AT_ONCE);
                queue.drainTo(batch, Retries.MOST_AT_ONCE);
                if (!batch.isEmpty()) {
                    try {
                        deliver(batch);
                    } catch (RuntimeException e) {
                        LOG.error("traces could not be delivered to destination {}", id, e);
                        dropped.add(batch.size());
                    }
                }
            } while (!ends());
            channels.remove(id, this);
        }

        private void deliver(List<Trace> batch) {
            for (int tried = 0; ; tried++) {
                Target target = destinations.find(id);
                if (target == null) {
                    dropped.add(batch.size());
                    return;
                }
                byte[] body = OtlpJson.write(batch, target.destination().terms());
                Sender.Result result =
                        sender.send(target.method(), target.url(), target.headers(), body, Retries.TIMEOUT);
                Retries.Next next = retries.after(result, tried);
                switch (next) {
                    case Retries.Next.Done() -> {
                        delivered.add(batch.size());
                        complained = false;
                        return;
                    }
                    case Retries.Next.GiveUp(String why) -> {
                        dropped.add(batch.size());
                        complain(batch.size(), why);
                        return;
                    }
                    case Retries.Next.Again(Duration pause) -> {
                        if (stopped(pause)) {
                            dropped.add(batch.size());
                            return;
                        }
                        retried.increment();
                    }
                }
            }
        }

        /// Once for a row of failures, so that a dead destination does not fill the log.
        private void complain(int traces, String why) {
            if (!complained) {
                LOG.warn("{} traces for destination {} are dropped: {}", traces, id, why);
                complained = true;
            }
        }
    }

    /// Waits; true when a stop cut it short.
    private boolean stopped(Duration wait) {
        try {
            return stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /// Takes nothing more, and gives what is there a moment to get out.
    @Override
    public void close() {
        stopping.countDown();
        long until = System.nanoTime() + PATIENCE.toNanos();
        try {
            thread.join(PATIENCE);
            while (!channels.isEmpty() && System.nanoTime() - until < 0) {
                LockSupport.parkNanos(this, LOOK_AGAIN.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
    }
}
