package dev.faregate.credits;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One queued operation and who waits for it. It is answered at most once, whoever comes first: the writer
/// with the truth, or the watch when the time is up.
abstract class Op<R> {
    private static final Logger LOG = LoggerFactory.getLogger(Op.class);

    /// As text, the way both databases keep it.
    final String generation;

    /// By `System.nanoTime`.
    final long deadlineNanos;

    private final Executor executor;
    private final Consumer<R> answer;
    private final AtomicBoolean answered = new AtomicBoolean();

    Op(String generation, long deadlineNanos, Executor executor, Consumer<R> answer) {
        this.generation = generation;
        this.deadlineNanos = deadlineNanos;
        this.executor = executor;
        this.answer = answer;
    }

    /// What the caller hears when the time is up.
    abstract R late();

    final boolean isOverdue(long nanos) {
        return nanos - deadlineNanos >= 0;
    }

    final boolean isAnswered() {
        return answered.get();
    }

    /// Hands the result to the caller's executor. False when somebody else was first or the executor is
    /// gone: then the caller will never act on this result.
    final boolean answer(R result) {
        if (!answered.compareAndSet(false, true)) {
            return false;
        }
        try {
            executor.execute(() -> accept(result));
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    private void accept(R result) {
        try {
            answer.accept(result);
        } catch (RuntimeException e) {
            LOG.error("the answer to a ledger operation was not handled", e);
        }
    }
}
