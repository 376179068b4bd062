package dev.faregate.providers;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/// Calls providers over HTTP/1.1. A connection lives on the event loop it is asked for, which is the loop
/// of our own client's connection, so that a chunk crosses no thread; each loop has its own pool per
/// target.
///
/// Safe to share; each call belongs to its loop. Redirects are never followed, answers never
/// decompressed.
public final class UpstreamClient implements AutoCloseable {
    private final UpstreamSettings settings;
    private final Dialer dialer;
    private final ConcurrentHashMap<EventLoop, Map<Target, HostPool>> pools = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    public UpstreamClient(UpstreamSettings settings, EgressGuard guard) {
        this(settings, SocketDialer.create(settings, guard));
    }

    UpstreamClient(UpstreamSettings settings, Dialer dialer) {
        this.settings = settings;
        this.dialer = dialer;
    }

    /// Finds or makes a connection to `target` on `loop`, which must be the current thread's, and answers
    /// a call that is ready to be sent or will be. The listener hears nothing before [UpstreamCall#send].
    public UpstreamCall prepare(EventLoop loop, Target target, Deadlines deadlines, UpstreamListener listener) {
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("a call is prepared on its own loop");
        }
        UpstreamCall call = new UpstreamCall(this, loop, target, deadlines, listener);
        call.acquire(false);
        return call;
    }

    /// Prepares and sends in one go.
    public UpstreamCall open(
            EventLoop loop, Target target, UpstreamRequest request, Deadlines deadlines, UpstreamListener listener) {
        UpstreamCall call = prepare(loop, target, deadlines, listener);
        call.send(request);
        return call;
    }

    /// Ends every call with [UpstreamFailure.Kind#CLIENT_CLOSED] and closes every connection, each on its
    /// own loop.
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        pools.forEach((loop, byTarget) -> {
            try {
                loop.execute(() -> new ArrayList<>(byTarget.values()).forEach(HostPool::close));
            } catch (RejectedExecutionException loopIsGone) {
                // Its connections went with it.
            }
        });
        dialer.close();
    }

    UpstreamSettings settings() {
        return settings;
    }

    /// On the loop only.
    HostPool pool(EventLoop loop, Target target) {
        Map<Target, HostPool> byTarget = pools.computeIfAbsent(loop, _ -> new HashMap<>());
        HostPool pool = byTarget.get(target);
        if (pool == null) {
            pool = new HostPool(settings.pool(), dialer, loop, target, () -> byTarget.remove(target));
            byTarget.put(target, pool);
        }
        if (closed.get()) {
            pool.close();
        }
        return pool;
    }
}
