package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Authorities;
import dev.faregate.http.Tls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ResourceLeakDetector;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// A client on a loop of its own, with an allocator that knows to the byte what was not given back.
/// Closing it asserts that this is nothing.
final class UpstreamRig implements AutoCloseable {
    static final RequestHeaders JSON =
            RequestHeaders.builder().add("Content-Type", "application/json").build();
    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    static final Deadlines QUICK = new Deadlines(
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(10));

    private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(true, false, true);
    private final ResourceLeakDetector.Level leakLevel = ResourceLeakDetector.getLevel();
    private final MultiThreadIoEventLoopGroup loops;
    final EventLoop loop;
    final UpstreamClient client;

    UpstreamRig(UpstreamSettings settings) {
        this(settings, InetAddress::getAllByName, Tls.bestProvider(), Epoll.isAvailable());
    }

    UpstreamRig(UpstreamSettings settings, Resolver.Lookup lookup, SslProvider tls, boolean epoll) {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        loops = new MultiThreadIoEventLoopGroup(1, io);
        loop = loops.next();
        client = new UpstreamClient(
                settings,
                new SocketDialer(
                        settings,
                        new EgressGuard(java.util.Set.of()),
                        lookup,
                        tls,
                        alloc,
                        Executors.newVirtualThreadPerTaskExecutor()));
    }

    static UpstreamRig standard() {
        return new UpstreamRig(UpstreamSettings.DEFAULTS);
    }

    static UpstreamSettings with(UpstreamSettings.Pool pool) {
        UpstreamSettings d = UpstreamSettings.DEFAULTS;
        return new UpstreamSettings(pool, d.maxHeadBytes(), d.maxWholeBytes(), d.maxStreamBytes(), Authorities.USUAL);
    }

    UpstreamRequest post(String json, UpstreamRequest.Answer answer) {
        return UpstreamRequest.post("/v1/chat", JSON, UpstreamBody.of(bytes(json)), answer);
    }

    ByteBuf bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return alloc.directBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
    }

    static ByteBuf heap(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    /// Prepares and sends on the loop.
    Outcome open(Target target, UpstreamRequest request, Deadlines deadlines) throws Exception {
        return send(prepare(target, deadlines), request);
    }

    Outcome open(Target target, UpstreamRequest request) throws Exception {
        return open(target, request, QUICK);
    }

    Outcome get(Target target) throws Exception {
        return open(target, UpstreamRequest.get("/", RequestHeaders.NONE));
    }

    Outcome prepare(Target target, Deadlines deadlines) throws Exception {
        return prepare(target, deadlines, new Outcome(loop));
    }

    Outcome prepare(Target target, Deadlines deadlines, Outcome outcome) throws Exception {
        onLoop(() -> {
            outcome.insideMethod = true;
            outcome.call = client.prepare(loop, target, deadlines, outcome);
            outcome.insideMethod = false;
            return outcome;
        });
        return outcome;
    }

    Outcome send(Outcome prepared, UpstreamRequest request) throws Exception {
        onLoop(() -> {
            prepared.insideMethod = true;
            prepared.call().send(request);
            prepared.insideMethod = false;
            return prepared;
        });
        return prepared;
    }

    void cancel(Outcome outcome) throws Exception {
        onLoop(() -> {
            outcome.call().cancel();
            return outcome;
        });
    }

    <T> T onLoop(Callable<T> work) throws Exception {
        return loop.submit(work).get(10, TimeUnit.SECONDS);
    }

    int openConnections(Target target) throws Exception {
        return onLoop(() -> client.pool(loop, target).openConnections());
    }

    int idleConnections(Target target) throws Exception {
        return onLoop(() -> client.pool(loop, target).idleConnections());
    }

    /// Waits until the condition holds; fails the test when it does not within twenty seconds.
    static void eventually(Callable<Boolean> condition) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.call()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("it never came true");
            }
            Thread.sleep(2);
        }
    }

    @Override
    public void close() {
        client.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        ResourceLeakDetector.setLevel(leakLevel);
        assertThat(alloc.metric().usedDirectMemory())
                .as("direct memory not given back")
                .isZero();
        assertThat(alloc.metric().usedHeapMemory())
                .as("heap buffers not given back")
                .isZero();
    }
}
