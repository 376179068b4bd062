package dev.faregate.providers;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executor;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// TLS towards providers: 1.3 or 1.2, certificate and host name always verified, sessions reused,
/// HTTP/1.1 only. BoringSSL where its native library loads, else the Java runtime's own. Safe to share.
final class UpstreamTls {
    /// How long a closing connection waits for its close alert to leave; a cancelled call must be gone
    /// soon.
    private static final long CLOSE_NOTIFY_MILLIS = 50;

    private final SslContext context;
    private final Executor tasks;

    /// `tasks` runs the expensive parts of a handshake (the certificate chain), off the event loop.
    UpstreamTls(@Nullable Path extraCa, SslProvider provider, Executor tasks) {
        this.tasks = tasks;
        try {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .sslProvider(provider)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .endpointIdentificationAlgorithm("HTTPS")
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            Protocol.ALPN,
                            SelectorFailureBehavior.NO_ADVERTISE,
                            SelectedListenerFailureBehavior.ACCEPT,
                            ApplicationProtocolNames.HTTP_1_1));
            if (provider != SslProvider.JDK) {
                builder.option(OpenSslContextOption.USE_TASKS, true);
            }
            if (extraCa != null) {
                builder.trustManager(withExtra(extraCa));
            }
            context = builder.build();
        } catch (IOException e) {
            throw new UncheckedIOException("TLS towards providers cannot be set up", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS towards providers cannot be set up: " + e.getMessage(), e);
        }
    }

    static SslProvider bestProvider() {
        return OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    /// A handler whose time limit is the connection's own deadline, not Netty's timer.
    SslHandler handler(ByteBufAllocator alloc, Target target) {
        SslHandler handler = context.newHandler(alloc, target.host(), target.port(), tasks);
        handler.setHandshakeTimeoutMillis(0);
        handler.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS);
        return handler;
    }

    /// The runtime's own authorities and those of the file.
    private static TrustManagerFactory withExtra(Path pem) throws IOException, GeneralSecurityException {
        KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
        anchors.load(null, null);
        int count = 0;
        for (X509Certificate own : defaultAnchors()) {
            anchors.setCertificateEntry("default-" + count++, own);
        }
        try (InputStream in = Files.newInputStream(pem)) {
            for (Certificate extra : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                anchors.setCertificateEntry("extra-" + count++, extra);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(anchors);
        return factory;
    }

    private static X509Certificate[] defaultAnchors() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509.getAcceptedIssuers();
            }
        }
        return new X509Certificate[0];
    }
}
