package dev.faregate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TLS towards clients: as [Tls] has it, with forward secrecy and authenticated ciphers only.
///
/// The two files are looked at every [#POLL]; when a certificate was renewed, new connections get it and old
/// ones stay. Files that are no good change nothing, and the log says why. Safe to share between threads; its
/// owner closes it.
public final class EdgeTls implements AutoCloseable {
    /// The time between two looks at the files.
    static final Duration POLL = Duration.ofSeconds(5);

    /// How long a closing connection waits for its close alert to leave.
    private static final long CLOSE_NOTIFY_MILLIS = 1_000;

    private static final Duration STOP = Duration.ofSeconds(5);

    /// What is usable today: recommended by RFC 9325 section 4.2, in the order of its preference.
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private static final Logger LOG = LoggerFactory.getLogger(EdgeTls.class);

    /// What the two files held.
    private record Content(byte[] certificate, byte[] key) {
        boolean isSame(Content other) {
            return Arrays.equals(certificate, other.certificate) && Arrays.equals(key, other.key);
        }
    }

    private final Path certificate;
    private final Path key;
    private final SslProvider provider;
    private final Duration poll;
    private final ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;

    /// What was last read, whether it was any good or not.
    private Content known;

    private volatile SslContext context;

    private EdgeTls(Path certificate, Path key, SslProvider provider, Duration poll) throws IOException {
        this.certificate = certificate;
        this.key = key;
        this.provider = provider;
        this.poll = poll;
        this.known = read();
        this.context = contextOf(known);
        this.thread = Thread.ofVirtual().name("certificate").start(this::watch);
    }

    /// Begins with what the files hold: PEM certificates, the server's own first, and the private key of that
    /// one. Throws `IllegalArgumentException` with a sentence for the operator when they are no good.
    public static EdgeTls start(Path certificate, Path key) {
        return start(certificate, key, Tls.bestProvider(), POLL);
    }

    /// The server's own certificate, when [#start] would take the two files; throws as it does.
    public static X509Certificate check(Path certificate, Path key) {
        try {
            return TlsIdentity.parse(Files.readAllBytes(certificate), Files.readAllBytes(key))
                    .certificate();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    static EdgeTls start(Path certificate, Path key, SslProvider provider, Duration poll) {
        try {
            return new EdgeTls(certificate, key, provider, poll);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static IllegalArgumentException unreadable(IOException e) {
        return new IllegalArgumentException("The certificate or its key cannot be read: " + e.getMessage(), e);
    }

    /// What stands first in the pipeline of a new connection. A time limit for the handshake is not its
    /// business: the deadline for the first request head has begun.
    ChannelHandler handler() {
        return new FirstBytes(context, tasks);
    }

    @Override
    public void close() {
        stopped.countDown();
        try {
            thread.join(STOP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tasks.shutdown();
    }

    private void watch() {
        try {
            while (!stopped.await(poll.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            Content now = read();
            if (now.isSame(known)) {
                return;
            }
            // Of two files one is written first: what is no good now may be in a moment, and is then another content.
            known = now;
            context = contextOf(now);
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("The certificate in {} is not taken up, the former one stays: {}", certificate, e.getMessage());
        }
    }

    private Content read() throws IOException {
        return new Content(Files.readAllBytes(certificate), Files.readAllBytes(key));
    }

    private SslContext contextOf(Content content) throws IOException {
        TlsIdentity identity = TlsIdentity.parse(content.certificate(), content.key());
        X509Certificate own = identity.certificate();
        SslContext made = Tls.build(
                SslContextBuilder.forServer(identity.key(), identity.chain()).ciphers(CIPHERS), provider);
        Instant end = own.getNotAfter().toInstant();
        if (end.isBefore(Instant.now())) {
            LOG.warn("The certificate of {} ended at {}", own.getSubjectX500Principal(), end);
        } else {
            LOG.info("The certificate of {} is good until {}", own.getSubjectX500Principal(), end);
        }
        return made;
    }

    /// Tells TLS from a plain request by the first five bytes: who takes `http://` for `https://` is told so.
    private static final class FirstBytes extends OptionalSslHandler {
        private final SslContext context;
        private final ExecutorService tasks;

        FirstBytes(SslContext context, ExecutorService tasks) {
            super(context);
            this.context = context;
            this.tasks = tasks;
        }

        @Override
        protected SslHandler newSslHandler(ChannelHandlerContext ctx, SslContext unused) {
            SslHandler handler = context.newHandler(ctx.alloc(), tasks);
            handler.setHandshakeTimeoutMillis(0);
            handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS);
            return handler;
        }

        @Override
        protected ChannelHandler newNonSslHandler(ChannelHandlerContext ctx) {
            return new PlainRequest();
        }
    }

    /// Answers whatever came, once, and closes. What came is not looked at: it may hold a key.
    private static final class PlainRequest extends ChannelInboundHandlerAdapter {
        private static final byte[] BODY = """
                {"error":{"code":400,"message":"This port speaks HTTPS: begin the address with https://.","type":"invalid_request_error"}}""".getBytes(StandardCharsets.US_ASCII);
        private static final byte[] HEAD =
                ("HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: " + BODY.length
                                + "\r\nconnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);

        private boolean answered;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ReferenceCountUtil.release(msg);
            if (!answered) {
                answered = true;
                ByteBuf answer = Unpooled.wrappedBuffer(HEAD, BODY);
                ctx.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
            }
        }
    }
}
