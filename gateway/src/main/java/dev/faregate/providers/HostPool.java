package dev.faregate.providers;

import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The connections of one target on one event loop. Everything happens on that loop, so there is no lock.
///
/// The connection used last is used next, so that surplus ones grow old and are closed. A call that finds
/// no connection and a free slot dials one of its own; with no slot it queues, and gets the next
/// connection that comes back or the next slot that falls free.
final class HostPool {
    private final UpstreamSettings.Pool settings;
    private final Dialer dialer;
    private final EventLoop loop;
    private final Target target;
    private final byte[] hostLine;
    private final Runnable whenUnused;
    private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();
    private final ArrayDeque<UpstreamCall> waiters = new ArrayDeque<>();
    private final HashSet<UpstreamConnection> all = new HashSet<>();
    private boolean sweeping;
    private boolean closed;

    /// `whenUnused` runs some time after the last connection is gone, when nobody waits; the pool must
    /// then be dropped.
    HostPool(UpstreamSettings.Pool settings, Dialer dialer, EventLoop loop, Target target, Runnable whenUnused) {
        this.settings = settings;
        this.dialer = dialer;
        this.loop = loop;
        this.target = target;
        this.whenUnused = whenUnused;
        this.hostLine = (" HTTP/1.1\r\nHost: " + target.authority() + "\r\nAccept-Encoding: identity\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    EventLoop loop() {
        return loop;
    }

    Target target() {
        return target;
    }

    /// The end of the request line and the header lines that every request to this target has.
    byte[] hostLine() {
        return hostLine;
    }

    int openConnections() {
        return all.size();
    }

    int idleConnections() {
        return idle.size();
    }

    int waitingCalls() {
        return waiters.size();
    }

    /// Finds the call a connection: at once, when it has been dialled, or when one comes back. `fresh`
    /// asks for a new one.
    void acquire(UpstreamCall call, boolean fresh) {
        UpstreamConnection ready = fresh ? null : takeIdle();
        if (closed) {
            call.failed(UpstreamFailure.Kind.CLIENT_CLOSED, "the client is closed");
        } else if (ready != null) {
            call.assigned(ready);
        } else if (all.size() < settings.maxConnections()) {
            dial(call);
        } else if (waiters.size() < settings.maxWaiters()) {
            waiters.addLast(call);
            call.waitAtMost(settings.maxWait());
        } else {
            call.failed(UpstreamFailure.Kind.POOL_EXHAUSTED, "all connections are busy and the queue is full");
        }
    }

    /// Takes a call out of the queue; false when it was not there.
    boolean forget(UpstreamCall call) {
        return waiters.remove(call);
    }

    /// Takes back a connection that is clean: open, nothing under way.
    void release(UpstreamConnection connection) {
        long now = now();
        if (closed || !connection.isOpen() || isOld(connection, now)) {
            connection.close();
            return;
        }
        connection.markPooled(now);
        UpstreamCall next = waiters.pollFirst();
        if (next != null) {
            next.assigned(connection);
        } else if (idle.size() < settings.maxIdle()) {
            idle.addFirst(connection);
            sweepLater(settings.idleTimeout().toNanos());
        } else {
            connection.close();
        }
    }

    /// A connection is gone, whatever it was doing; its slot goes to the next in the queue.
    void gone(UpstreamConnection connection) {
        if (!all.remove(connection)) {
            return;
        }
        idle.remove(connection);
        UpstreamCall next = closed ? null : waiters.pollFirst();
        if (next != null) {
            dial(next);
        } else if (all.isEmpty()) {
            sweepLater(settings.idleTimeout().toNanos());
        }
    }

    /// Closes every connection; calls under way and in the queue fail.
    void close() {
        closed = true;
        for (UpstreamCall waiter : new ArrayList<>(waiters)) {
            waiters.remove(waiter);
            waiter.failed(UpstreamFailure.Kind.CLIENT_CLOSED, "the client is closed");
        }
        for (UpstreamConnection connection : new ArrayList<>(all)) {
            connection.shutDown();
        }
    }

    private void dial(UpstreamCall call) {
        UpstreamConnection connection = new UpstreamConnection(this, now());
        all.add(connection);
        connection.attach(call);
        call.dialling(connection);
        dialer.dial(connection, call.deadlines());
    }

    private @Nullable UpstreamConnection takeIdle() {
        while (true) {
            UpstreamConnection candidate = idle.pollFirst();
            if (candidate == null || (candidate.isOpen() && !isOld(candidate, now()))) {
                return candidate;
            }
            candidate.close();
        }
    }

    private boolean isOld(UpstreamConnection connection, long now) {
        return now - connection.bornAt() > settings.maxAge().toNanos();
    }

    private void sweepLater(long nanos) {
        if (!sweeping) {
            sweeping = true;
            loop.schedule(this::sweep, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /// Closes what has been idle for too long (the oldest are at the far end of the stack), and in the
    /// end the pool.
    private void sweep() {
        sweeping = false;
        if (all.isEmpty() && waiters.isEmpty()) {
            whenUnused.run();
            return;
        }
        long limit = settings.idleTimeout().toNanos();
        while (true) {
            UpstreamConnection oldest = idle.peekLast();
            if (oldest == null) {
                return;
            }
            long left = oldest.idleSince() + limit - now();
            if (left > 0) {
                sweepLater(left);
                return;
            }
            idle.pollLast();
            oldest.close();
        }
    }

    private long now() {
        return loop.ticker().nanoTime();
    }
}
