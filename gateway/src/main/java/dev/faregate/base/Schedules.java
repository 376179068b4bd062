package dev.faregate.base;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// How whatever comes again and again is ended.
public final class Schedules {
    private Schedules() {}

    /// Wakes a thread that is parked, which then finds that it should stop, and waits for its end, at most
    /// `patience`.
    public static void end(Thread thread, Duration patience) {
        LockSupport.unpark(thread);
        try {
            thread.join(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Lets what runs finish for at most `patience`, then interrupts it. False when it had to.
    public static boolean end(ExecutorService turns, Duration patience) {
        turns.shutdown();
        boolean finished = false;
        try {
            finished = turns.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        turns.shutdownNow();
        return finished;
    }
}
