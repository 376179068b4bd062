package dev.faregate.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A listener with its event loops: accepts connections, guards their framing, finds routes, asks who is there, calls
/// handlers. A second one with its own routes serves the operator (metrics, health). Safe to share between threads.
public final class EdgeServer implements AutoCloseable {
    /// The id of the request that this virtual thread works for; for logs, nothing else.
    public static final ScopedValue<String> REQUEST_ID = ScopedValue.newInstance();

    private static final int BACKLOG = 1_024;
    private static final Duration BIND_LIMIT = Duration.ofSeconds(10);

    /// Aborted connections are gone after this at the latest.
    private static final Duration ABORT_LIMIT = Duration.ofSeconds(2);

    private final Edge edge;
    private final Transport transport;
    private final EventLoopGroup loops;
    private final Channel listener;

    private EdgeServer(Edge edge, Transport transport, EventLoopGroup loops, Channel listener) {
        this.edge = edge;
        this.transport = transport;
        this.loops = loops;
        this.listener = listener;
    }

    /// Starts to listen. Throws `IllegalArgumentException` when routes contradict each other and `UncheckedIOException`
    /// when the address cannot be had.
    public static EdgeServer start(EdgeSettings settings, List<Route> routes, Authenticator authenticator) {
        return start(settings, routes, authenticator, null, ByteBufAllocator.DEFAULT);
    }

    /// The same; browsers that ask for what is not there get a page.
    public static EdgeServer start(
            EdgeSettings settings, List<Route> routes, Authenticator authenticator, @Nullable NotThere notThere) {
        return start(settings, routes, authenticator, notThere, ByteBufAllocator.DEFAULT);
    }

    static EdgeServer start(
            EdgeSettings settings, List<Route> routes, Authenticator authenticator, ByteBufAllocator allocator) {
        return start(settings, routes, authenticator, null, allocator);
    }

    private static EdgeServer start(
            EdgeSettings settings,
            List<Route> routes,
            Authenticator authenticator,
            @Nullable NotThere notThere,
            ByteBufAllocator allocator) {
        Edge edge = new Edge(settings, new Router(routes), authenticator, notThere);
        Transport transport = Transport.choose(settings.nativeTransport());
        EventLoopGroup loops = transport.loops(settings.loops(), "edge-" + settings.port());
        try {
            ChannelFuture bound = bootstrap(edge, transport, loops, allocator).bind(settings.host(), settings.port());
            if (!bound.awaitUninterruptibly(BIND_LIMIT.toMillis()) || !bound.isSuccess()) {
                throw new UncheckedIOException(
                        new IOException("cannot listen on " + settings.host() + ":" + settings.port(), bound.cause()));
            }
            return new EdgeServer(edge, transport, loops, bound.channel());
        } catch (RuntimeException e) {
            loops.shutdownGracefully(0, ABORT_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            throw e;
        }
    }

    /// A listener whose routes are all public.
    public static EdgeServer start(EdgeSettings settings, List<Route> routes) {
        return start(settings, routes, new Nobody());
    }

    private static ServerBootstrap bootstrap(
            Edge edge, Transport transport, EventLoopGroup loops, ByteBufAllocator allocator) {
        int high = edge.settings.slowReaderBytes();
        return new ServerBootstrap()
                .group(loops)
                .channel(transport.listener())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(high / 2, high))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        open(edge, channel);
                    }
                });
    }

    static void open(Edge edge, Channel channel) {
        EdgeTls tls = edge.settings.tls();
        if (tls != null) {
            channel.pipeline().addLast(tls.handler());
        }
        RequestDecoder decoder = new RequestDecoder(edge.settings);
        channel.pipeline().addLast(decoder, new EdgeConnection(edge, channel, decoder));
    }

    /// Where it really listens.
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    public int port() {
        return address().getPort();
    }

    /// The event loops, for upstream connections beside the clients' ones.
    public EventLoopGroup loops() {
        return loops;
    }

    public Transport transport() {
        return transport;
    }

    public EdgeStats stats() {
        return edge.stats();
    }

    /// Drains within the time that the settings give.
    public boolean drain() {
        return drain(edge.settings.drainLimit());
    }

    /// Stops to listen, ends idle connections, lets running answers finish and resets what is left at the limit. True
    /// when nothing had to be cut. Event loops go on until [#close].
    public boolean drain(Duration limit) {
        edge.draining = true;
        listener.close().awaitUninterruptibly(ABORT_LIMIT.toMillis());
        edge.connections.forEach(channel -> onLoop(channel, EdgeConnection::drain));
        if (edge.connections.newCloseFuture().awaitUninterruptibly(limit.toMillis())) {
            return true;
        }
        edge.connections.forEach(channel -> onLoop(channel, EdgeConnection::cut));
        edge.connections.newCloseFuture().awaitUninterruptibly(ABORT_LIMIT.toMillis());
        return false;
    }

    /// Ends everything at once.
    @Override
    public void close() {
        drain(Duration.ZERO);
        loops.shutdownGracefully(0, ABORT_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(2 * ABORT_LIMIT.toMillis());
    }

    private static void onLoop(Channel channel, Consumer<EdgeConnection> task) {
        EdgeConnection connection = channel.pipeline().get(EdgeConnection.class);
        if (connection != null) {
            channel.eventLoop().execute(() -> task.accept(connection));
        }
    }

    /// Knows nobody: a route that is not public answers 401.
    private static final class Nobody implements Authenticator {
        @Override
        public Answer recall(RequestHead head) {
            return new Answer.None();
        }

        @Override
        public Answer lookUp(RequestHead head) {
            return new Answer.None();
        }
    }
}
