package dev.faregate.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpResponseDecoder;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One load point driven against one target, from `start` to `close`. All state belongs to one event
/// loop; the methods of the window may be called from any other thread.
final class LoadRun implements AutoCloseable {
    static final int OPEN_CONNECTIONS = 64;
    static final int MAX_OPEN_CONNECTIONS = 1024;

    private static final int MAX_WAITING = 1_000_000;
    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
    private static final int RECONNECT_MILLIS = 100;
    private static final long UNANSWERED_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final EventLoop loop;
    private final Target target;
    private final LoadPoint point;
    private final Bootstrap bootstrap;

    private final Set<LoadConnection> open = new HashSet<>();
    private final ArrayDeque<LoadConnection> idle = new ArrayDeque<>();
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    private Tally tally = new Tally();
    private int connecting;
    private int made;
    private long scheduled;
    private long firstDue;
    private boolean stopping;

    private LoadRun(EventLoop loop, Target target, LoadPoint point) {
        this.loop = loop;
        this.target = target;
        this.point = point;
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(Transport.client())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS);
    }

    /// Starts to connect and to send at once.
    static LoadRun start(EventLoop loop, Target target, LoadPoint point) {
        LoadRun run = new LoadRun(loop, target, point);
        loop.execute(run::begin);
        return run;
    }

    /// Forgets what was counted so far: the warm-up is over.
    void beginWindow() {
        Loops.on(loop, () -> tally = new Tally());
    }

    /// Takes what was counted since `beginWindow`. Requests that have been in flight for more than five
    /// seconds, and due ones that never left, count as errors.
    Tally endWindow() {
        return Loops.on(loop, () -> {
            Tally taken = tally;
            tally = new Tally();
            long now = System.nanoTime();
            for (LoadConnection connection : open) {
                if (connection.waitingNanos(now) > UNANSWERED_NANOS) taken.fail("no answer within 5 s");
            }
            for (long due : waiting) {
                if (now - due > UNANSWERED_NANOS) taken.fail("not sent within 5 s: every connection was busy");
            }
            return taken;
        });
    }

    @Override
    public void close() {
        Loops.on(loop, () -> {
            stopping = true;
            for (LoadConnection connection : Set.copyOf(open)) connection.close();
            return open.size();
        });
    }

    // Everything below runs on the loop.

    private void begin() {
        switch (point) {
            case LoadPoint.Closed(int connections) -> connect(connections);
            case LoadPoint.Streams(int connections) -> connect(connections);
            case LoadPoint.Open _ -> {
                connect(OPEN_CONNECTIONS);
                firstDue = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RECONNECT_MILLIS);
                loop.schedule(this::sendDue, RECONNECT_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    private void connect(int count) {
        for (int i = 0; i < count; i++) connectOne();
    }

    private void connectOne() {
        if (stopping) return;
        connecting++;
        LoadConnection connection = new LoadConnection(this, target.request(made++, point.streams()), point.streams());
        bootstrap
                .clone()
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpResponseDecoder(), connection);
                    }
                })
                .connect(target.address())
                .addListener(done -> {
                    connecting--;
                    if (!done.isSuccess()) gone(connection, "cannot connect: " + done.cause());
                });
    }

    /// A connection has nothing to do: just opened, or its answer is complete.
    void ready(LoadConnection connection) {
        open.add(connection);
        if (stopping) {
            connection.close();
            return;
        }
        switch (point) {
            case LoadPoint.Closed _, LoadPoint.Streams _ -> connection.send(System.nanoTime());
            case LoadPoint.Open _ -> {
                @Nullable Long due = waiting.poll();
                if (due == null) idle.add(connection);
                else connection.send(due);
            }
        }
    }

    /// A connection is lost, or was never made; `reason` is null when nobody waited for an answer on it.
    void gone(LoadConnection connection, @Nullable String reason) {
        open.remove(connection);
        idle.remove(connection);
        if (stopping) return;
        if (reason != null) failed(reason);
        loop.schedule(this::connectOne, RECONNECT_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void sendDue() {
        if (stopping || !(point instanceof LoadPoint.Open(int perSecond))) return;
        long now = System.nanoTime();
        while (dueAt(perSecond) <= now) {
            sendAt(dueAt(perSecond));
            scheduled++;
        }
        loop.schedule(this::sendDue, Math.max(0, dueAt(perSecond) - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private long dueAt(int perSecond) {
        return firstDue + scheduled * NANOS_PER_SECOND / perSecond;
    }

    private void sendAt(long due) {
        @Nullable LoadConnection connection = idle.poll();
        if (connection != null) {
            connection.send(due);
            return;
        }
        if (waiting.size() >= MAX_WAITING) {
            failed("more than " + MAX_WAITING + " requests wait for a connection");
            return;
        }
        waiting.add(due);
        if (open.size() + connecting < MAX_OPEN_CONNECTIONS) connectOne();
    }

    void completed(long nanos) {
        tally.complete(nanos);
    }

    void failed(String reason) {
        tally.fail(reason);
    }

    void firstEvent(long nanos) {
        Tally.record(tally.firstEvent, nanos);
    }

    /// `events` events arrived together, `nanos` after the one before them.
    void gap(long nanos, int events) {
        Tally.record(tally.gap, nanos);
        for (int i = 1; i < events; i++) Tally.record(tally.gap, 0);
    }
}
