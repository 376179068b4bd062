package dev.faregate.providers;

import dev.faregate.http.Tls;
import dev.faregate.providers.UpstreamFailure.Kind;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Makes connections: looks the host up once, asks the guard, tries the addresses one after the other,
/// then TLS. The address that was judged is the address that is called.
final class SocketDialer implements Dialer {
    /// Addresses of one host that are tried; each gets its share of the time that is left.
    private static final int MAX_ADDRESSES = 4;

    private final Resolver resolver;
    private final EgressGuard guard;
    private final UpstreamTls tls;
    private final ByteBufAllocator alloc;
    private final int maxHeadBytes;
    private final ExecutorService threads;

    /// `threads` runs look-ups and handshake work, and is shut down with the dialer.
    SocketDialer(
            UpstreamSettings settings,
            EgressGuard guard,
            Resolver.Lookup lookup,
            SslProvider provider,
            ByteBufAllocator alloc,
            ExecutorService threads) {
        this.resolver = new Resolver(lookup, threads);
        this.guard = guard;
        this.tls = new UpstreamTls(settings.authorities(), provider, threads);
        this.alloc = alloc;
        this.maxHeadBytes = settings.maxHeadBytes();
        this.threads = threads;
    }

    /// The one for production: the machine's own resolver, the best TLS there is, virtual threads.
    static SocketDialer create(UpstreamSettings settings, EgressGuard guard) {
        return new SocketDialer(
                settings,
                guard,
                InetAddress::getAllByName,
                Tls.bestProvider(),
                ByteBufAllocator.DEFAULT,
                Executors.newVirtualThreadPerTaskExecutor());
    }

    @Override
    public void close() {
        threads.shutdown();
    }

    @Override
    public void dial(UpstreamConnection connection, Deadlines deadlines) {
        Attempt attempt = new Attempt(connection, deadlines);
        connection.resolving(deadlines.connect().toNanos());
        resolver.resolve(connection.target().host(), connection.loop(), attempt::resolved);
    }

    private final class Attempt {
        private final UpstreamConnection connection;
        private final Deadlines deadlines;
        private final long connectBy;
        private InetAddress[] addresses = {};
        private int next;

        Attempt(UpstreamConnection connection, Deadlines deadlines) {
            this.connection = connection;
            this.deadlines = deadlines;
            this.connectBy = now() + deadlines.connect().toNanos();
        }

        void resolved(InetAddress @Nullable [] found, @Nullable String problem) {
            if (connection.isClosed()) {
                return;
            }
            if (found == null) {
                connection.failed(Kind.DNS, problem == null ? "no address" : problem);
                return;
            }
            String refusal = guard.refusal(connection.target(), found);
            if (refusal != null) {
                connection.failed(Kind.EGRESS_REFUSED, refusal);
                return;
            }
            addresses = found;
            connection.connecting();
            connectNext();
        }

        private void connectNext() {
            Channel channel;
            try {
                channel = newChannel(connection.loop());
            } catch (ChannelException noSocket) {
                // As a rule: too many open files.
                connection.failed(Kind.CONNECT_REFUSED, words(noSocket));
                return;
            }
            int triesLeft = Math.min(MAX_ADDRESSES, addresses.length) - next;
            configure(channel, Math.max(1, TimeUnit.NANOSECONDS.toMillis(connectBy - now()) / triesLeft));
            InetSocketAddress address =
                    new InetSocketAddress(addresses[next++], connection.target().port());
            connection.trying(channel);
            connection.loop().register(channel);
            channel.connect(address).addListener(result -> connected(channel, result.cause()));
        }

        private void connected(Channel channel, @Nullable Throwable problem) {
            if (connection.isClosed()) {
                channel.close();
            } else if (problem == null) {
                begin(channel);
            } else {
                channel.close();
                if (next < Math.min(MAX_ADDRESSES, addresses.length) && connectBy - now() > 0) {
                    connectNext();
                } else {
                    boolean late = problem instanceof ConnectTimeoutException;
                    connection.failed(late ? Kind.CONNECT_TIMEOUT : Kind.CONNECT_REFUSED, words(problem));
                }
            }
        }

        private void begin(Channel channel) {
            if (connection.target().tls()) {
                connection.handshaking(deadlines.tls().toNanos());
                channel.pipeline().addLast(tls.handler(alloc, connection.target()));
            }
            ResponseDecoder decoder = new ResponseDecoder(connection, maxHeadBytes);
            channel.pipeline().addLast(decoder, connection);
            connection.established(channel, decoder);
        }

        private long now() {
            return connection.loop().ticker().nanoTime();
        }
    }

    private void configure(Channel channel, long connectMillis) {
        ChannelConfig config = channel.config();
        config.setAllocator(alloc);
        config.setConnectTimeoutMillis((int) connectMillis);
        config.setOption(ChannelOption.TCP_NODELAY, true);
        config.setOption(ChannelOption.SO_KEEPALIVE, true);
        // A server that refuses a long body early may close its reading side first: its answer is still
        // worth reading.
        config.setAutoClose(false);
    }

    private static Channel newChannel(EventLoop loop) {
        boolean epoll = Epoll.isAvailable() && loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
        return epoll ? new EpollSocketChannel() : new NioSocketChannel();
    }

    static String words(Throwable problem) {
        Throwable root = problem;
        for (int depth = 0; root.getCause() != null && depth < 5; depth++) {
            root = root.getCause();
        }
        return root.getClass().getSimpleName() + ": " + root.getMessage();
    }
}
