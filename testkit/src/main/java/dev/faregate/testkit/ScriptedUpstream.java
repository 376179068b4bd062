package dev.faregate.testkit;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// A provider on a real socket, which does what scripts say and remembers what it did: chat
/// completions, embeddings and rankings in OpenAI's format, Anthropic's Messages API, Cohere's Chat
/// API, Amazon's Converse and Google's `generateContent`, under any base path, also as Vertex has
/// them, and `GET .../models`. Which script a request gets: the next of [#enqueue], else its model's
/// ([#forModel]), else the one its model's name spells ([NamedScripts]), else a draw from the mix,
/// else [#script]. Thread-safe.
public final class ScriptedUpstream implements AutoCloseable {
    private static final int BACKLOG = 4096;
    private static final int MAX_REQUEST_LINE_BYTES = 16 * 1024;
    private static final int MAX_HEADER_BYTES = 256 * 1024;
    private static final long CLOSE_SECONDS = 5;

    private final MultiThreadIoEventLoopGroup loops;
    private final ChannelGroup accepted = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Channel channel;
    private final Connection.Upstream shared;
    private final @Nullable TruthFile file;
    private final @Nullable SelfSigned identity;
    private final Options options;

    /// How an upstream is started. `port` 0 takes a free one; `threads` event loops serve the
    /// connections; with `file` the truth is written there too.
    public record Options(
            String host,
            int port,
            boolean tls,
            int threads,
            Recording recording,
            @Nullable Path file) {
        public static final Options DEFAULT = new Options("127.0.0.1", 0, false, 1, Recording.FULL, null);

        public Options withHost(String value) {
            return new Options(value, port, tls, threads, recording, file);
        }

        public Options withPort(int value) {
            return new Options(host, value, tls, threads, recording, file);
        }

        public Options withTls() {
            return new Options(host, port, true, threads, recording, file);
        }

        public Options withThreads(int value) {
            return new Options(host, port, tls, value, recording, file);
        }

        public Options withRecording(Recording value) {
            return new Options(host, port, tls, threads, value, file);
        }

        public Options withFile(Path value) {
            return new Options(host, port, tls, threads, recording, value);
        }
    }

    private ScriptedUpstream(Options options) throws IOException {
        this.options = options;
        this.file = options.file() == null ? null : new TruthFile(options.file());
        this.identity = options.tls() ? SelfSigned.create() : null;
        this.shared = new Connection.Upstream(
                new Chooser(), new GroundTruth(options.recording(), file), options.recording(), new AtomicBoolean());
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        this.loops = new MultiThreadIoEventLoopGroup(options.threads(), io);
        this.channel = bind(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class);
    }

    /// An upstream on a free port of the loopback interface.
    public static ScriptedUpstream start() {
        return start(Options.DEFAULT);
    }

    /// Throws `UncheckedIOException` if the port is taken or the file cannot be written.
    public static ScriptedUpstream start(Options options) {
        try {
            return new ScriptedUpstream(options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    public String host() {
        return options.host();
    }

    /// What a gateway is given as `base_url`: `http://127.0.0.1:PORT/v1`.
    public URI baseUrl() {
        return URI.create((identity == null ? "http://" : "https://") + host() + ":" + port() + "/v1");
    }

    /// The certificate that speaks for this upstream, as PEM. Throws `IllegalStateException` without TLS.
    public String certificatePem() {
        if (identity == null) {
            throw new IllegalStateException("this upstream was started without TLS");
        }
        return identity.pem();
    }

    public GroundTruth truth() {
        return shared.truth();
    }

    /// The default for requests that nothing else decides.
    public ScriptedUpstream script(Script script) {
        shared.chooser().fallback(script);
        return this;
    }

    /// Scripts for the next requests, one each, before anything else.
    public ScriptedUpstream enqueue(Script... scripts) {
        shared.chooser().enqueue(List.of(scripts));
        return this;
    }

    /// The script of all requests for `model` (the upstream model in the body).
    public ScriptedUpstream forModel(String model, Script script) {
        shared.chooser().forModel(model, script);
        return this;
    }

    /// A random choice instead of the default; an empty mix switches it off.
    public ScriptedUpstream mix(Mix mix) {
        shared.chooser().mix(mix);
        return this;
    }

    /// Cuts what is running and frees the port.
    @Override
    public void close() {
        shared.closing().set(true);
        channel.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        // A loop that is told to end while it goes around may end without closing what it has: whoever was connected
        // would wait for an answer.
        accepted.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        release();
    }

    private Channel bind(Class<? extends ServerChannel> type) throws IOException {
        SslContext tls = identity == null ? null : tls(identity);
        var bound = new ServerBootstrap()
                .group(loops)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel child) {
                        accepted.add(child);
                        if (tls != null) {
                            child.pipeline().addLast(tls.newHandler(child.alloc()));
                        }
                        child.pipeline().addLast(new HttpRequestDecoder(decoding()), new Connection(shared));
                    }
                })
                .bind(options.host(), options.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            release();
            BindException failure = new BindException("cannot listen on " + options.host() + ":" + options.port());
            failure.initCause(bound.cause());
            throw failure;
        }
        return bound.channel();
    }

    private void release() {
        loops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static HttpDecoderConfig decoding() {
        return new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setValidateHeaders(false);
    }

    private static SslContext tls(SelfSigned identity) throws SSLException {
        return SslContextBuilder.forServer(identity.key(), identity.certificate())
                .build();
    }
}
