package dev.faregate.http;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The one thing a connection waits for at a time. Moving a deadline costs two fields, not a timer: the task that is
/// scheduled already looks again when it runs, and is replaced only by an earlier one. Used on the connection's loop.
final class Deadline {
    /// What is being waited for.
    enum Kind {
        NOTHING,
        HEAD,
        BODY,
        IDLE,
        LOOK_UP,
        STALL,
        LINGER
    }

    private final EventLoop loop;
    private final Consumer<Kind> expired;
    private Kind kind = Kind.NOTHING;
    private long at;
    private @Nullable ScheduledFuture<?> task;
    private long taskAt;

    Deadline(EventLoop loop, Consumer<Kind> expired) {
        this.loop = loop;
        this.expired = expired;
    }

    Kind kind() {
        return kind;
    }

    void set(Kind next, Duration wait) {
        kind = next;
        at = System.nanoTime() + wait.toNanos();
        if (task == null || taskAt - at > 0) {
            schedule();
        }
    }

    void clear() {
        kind = Kind.NOTHING;
    }

    /// Forgets everything, also the timer.
    void cancel() {
        kind = Kind.NOTHING;
        if (task != null) {
            task.cancel(false);
            task = null;
        }
    }

    private void schedule() {
        if (task != null) {
            task.cancel(false);
        }
        taskAt = at;
        task = loop.schedule(this::look, Math.max(1, at - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void look() {
        task = null;
        if (kind == Kind.NOTHING) {
            return;
        }
        if (at - System.nanoTime() > 0) {
            schedule();
            return;
        }
        Kind over = kind;
        kind = Kind.NOTHING;
        expired.accept(over);
    }
}
