package dev.faregate.bench;

import io.netty.channel.EventLoop;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Asking a load generator's loop from outside of it.
final class Loops {
    private static final long TIMEOUT_SECONDS = 30;

    private Loops() {}

    /// What `task` says on the loop; blocks. Throws `IllegalStateException` when it fails or takes too long.
    static <T> T on(EventLoop loop, Callable<T> task) {
        try {
            return loop.submit(task).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the load generator's loop did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
