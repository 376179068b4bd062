package dev.faregate.providers;

import dev.faregate.base.Authorities;
import dev.faregate.http.Tls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Executor;

/// TLS towards providers: 1.3 or 1.2, certificate and host name always verified, sessions reused,
/// HTTP/1.1 only. BoringSSL where its native library loads, else the Java runtime's own. Safe to share.
final class UpstreamTls {
    /// How long a closing connection waits for its close alert to leave; a cancelled call must be gone
    /// soon.
    private static final long CLOSE_NOTIFY_MILLIS = 50;

    private final SslContext context;
    private final Executor tasks;

    /// `tasks` runs the expensive parts of a handshake (the certificate chain), off the event loop.
    UpstreamTls(Authorities authorities, SslProvider provider, Executor tasks) {
        this.tasks = tasks;
        try {
            context = Tls.build(
                    SslContextBuilder.forClient()
                            .trustManager(authorities.trustManagers())
                            .endpointIdentificationAlgorithm("HTTPS"),
                    provider);
        } catch (IOException e) {
            throw new UncheckedIOException("TLS towards providers cannot be set up", e);
        }
    }

    /// A handler whose time limit is the connection's own deadline, not Netty's timer.
    SslHandler handler(ByteBufAllocator alloc, Target target) {
        SslHandler handler = context.newHandler(alloc, target.host(), target.port(), tasks);
        handler.setHandshakeTimeoutMillis(0);
        handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS);
        return handler;
    }
}
