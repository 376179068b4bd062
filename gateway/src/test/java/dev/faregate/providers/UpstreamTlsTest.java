package dev.faregate.providers;

import static dev.faregate.providers.UpstreamRig.OK;
import static dev.faregate.providers.UpstreamRig.QUICK;
import static dev.faregate.providers.UpstreamRig.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Authorities;
import dev.faregate.http.Tls;
import dev.faregate.providers.UpstreamFailure.Kind;
import dev.faregate.providers.UpstreamRequest.Answer;
import dev.faregate.testkit.SelfSigned;
import io.netty.channel.epoll.Epoll;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class UpstreamTlsTest {
    @TempDir
    static Path folder;

    private static SelfSigned authority = SelfSigned.create();
    private static @Nullable UpstreamSettings trusting;

    @BeforeAll
    static void writeAuthority() throws Exception {
        Path pem = Files.writeString(folder.resolve("ca.pem"), authority.pem());
        trusting = UpstreamSettings.trusting(Authorities.with(pem));
    }

    static Stream<SslProvider> providers() {
        return OpenSsl.isAvailable() ? Stream.of(SslProvider.OPENSSL, SslProvider.JDK) : Stream.of(SslProvider.JDK);
    }

    private static UpstreamRig rig(SslProvider provider, @Nullable UpstreamSettings settings) {
        return new UpstreamRig(
                settings == null ? UpstreamSettings.DEFAULTS : settings,
                _ -> new InetAddress[] {InetAddress.getLoopbackAddress()},
                provider,
                Epoll.isAvailable());
    }

    @ParameterizedTest
    @MethodSource("providers")
    void callsAServerOfATrustedAuthorityByNameAndByAddress(SslProvider provider) throws Exception {
        try (TlsServer tls = new TlsServer(TlsServer::answer);
                UpstreamRig rig = rig(provider, trusting)) {
            for (String host : new String[] {"localhost", "127.0.0.1"}) {
                for (int i = 0; i < 3; i++) {
                    assertThat(rig.open(tls.target(host), rig.post("{}", Answer.WHOLE))
                                    .answer())
                            .isEqualTo("200 ok");
                }
            }
            assertThat(tls.server.accepted).hasValue(2);
            assertThat(tls.protocol).isEqualTo("TLSv1.3");
            assertThat(tls.alpn).isEqualTo("http/1.1");
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void refusesACertificateThatNobodyTrusts(SslProvider provider) throws Exception {
        try (TlsServer tls = new TlsServer(TlsServer::answer);
                UpstreamRig rig = rig(provider, null)) {
            Outcome call = rig.open(tls.target("localhost"), rig.post("{}", Answer.WHOLE));
            assertThat(call.failure().kind()).isEqualTo(Kind.TLS);
            assertThat(call.failure().maybeProcessed()).isFalse();
            assertThat(call.failure().detail()).contains("certification path");
            assertThat(tls.server.requests).isEmpty();
            assertThat(rig.openConnections(tls.target("localhost"))).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void refusesATrustedCertificateOfAnotherHost(SslProvider provider) throws Exception {
        try (TlsServer tls = new TlsServer(TlsServer::answer);
                UpstreamRig rig = rig(provider, trusting)) {
            for (String host : new String[] {"api.openai.test", "localhost.evil.test"}) {
                Outcome call = rig.open(tls.target(host), rig.post("{}", Answer.WHOLE));
                assertThat(call.failure().kind()).as(host).isEqualTo(Kind.TLS);
            }
            assertThat(tls.server.requests).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void resumesASessionInsteadOfAFullHandshake(SslProvider provider) throws Exception {
        try (TlsServer tls = new TlsServer(peer -> {
                    peer.readRequest();
                    peer.write(OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
                });
                UpstreamRig rig = rig(provider, trusting)) {
            for (int i = 0; i < 4; i++) {
                // A resumed session keeps the time of the full handshake it comes from.
                Thread.sleep(5);
                assertThat(rig.open(tls.target("localhost"), rig.post("{}", Answer.WHOLE))
                                .answer())
                        .isEqualTo("200 ok");
            }
            assertThat(tls.server.accepted).hasValue(4);
            assertThat(tls.sessionTimes).hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aHandshakeHasItsOwnDeadline(SslProvider provider) throws Exception {
        Deadlines quick =
                new Deadlines(QUICK.connect(), Duration.ofMillis(200), QUICK.firstEvent(), QUICK.idle(), QUICK.total());
        try (SocketServer silent = SocketServer.start(_ -> Thread.sleep(5_000));
                SocketServer plain = SocketServer.start(peer -> peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
                SocketServer closing = SocketServer.start(_ -> {});
                UpstreamRig rig = rig(provider, trusting)) {
            for (SocketServer server : new SocketServer[] {silent, plain, closing}) {
                Target target = new Target(true, "localhost", server.port(), true);
                Outcome call = rig.open(target, rig.post("{}", Answer.WHOLE), quick);
                assertThat(call.failure().kind()).isEqualTo(Kind.TLS);
                assertThat(call.failure().maybeProcessed()).isFalse();
                assertThat(rig.openConnections(target)).isZero();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aBodyUntilCloseEndsOnlyWithATlsClose(SslProvider provider) throws Exception {
        try (TlsServer tls = new TlsServer(peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 200 OK\r\n\r\nhello");
                    if (peer.number == 1) {
                        peer.socket.close();
                    } else {
                        // Below TLS, as an attacker on the way would.
                        Thread.sleep(100);
                        peer.raw.close();
                    }
                });
                UpstreamRig rig = rig(provider, trusting)) {
            assertThat(rig.open(tls.target("localhost"), rig.post("{}", Answer.WHOLE))
                            .answer())
                    .isEqualTo("200 hello");
            Outcome cut = rig.open(tls.target("localhost"), rig.post("{}", Answer.WHOLE));
            assertThat(cut.failure().kind()).isEqualTo(Kind.CLOSED_MID_BODY);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void cancellingClosesTheSocketSoonAlsoUnderTls(SslProvider provider) throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (TlsServer tls = new TlsServer(peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 200 OK\r\n\r\nhello");
                    peer.readHead();
                    closed.countDown();
                });
                UpstreamRig rig = rig(provider, trusting)) {
            Outcome call = rig.open(tls.target("localhost"), rig.post("{}", Answer.EVENTS))
                    .awaitHead();
            rig.cancel(call);
            // No deadline of the call is that short.
            assertThat(closed.await(3, TimeUnit.SECONDS)).isTrue();
            assertThat(call.checked().isOver()).isFalse();
        }
    }

    @Test
    void aSpliceOfManySlicesArrivesWholeUnderTls() throws Exception {
        try (TlsServer tls = new TlsServer(TlsServer::answer);
                UpstreamRig rig = rig(Tls.bestProvider(), trusting)) {
            String large = "z".repeat(300_000);
            UpstreamBody body = UpstreamBody.of(rig.bytes("{\"a\":\""), rig.bytes(large), rig.bytes("\"}"));
            Outcome call = rig.open(
                    tls.target("localhost"), UpstreamRequest.post("/", RequestHeaders.NONE, body, Answer.WHOLE));
            assertThat(call.answer()).isEqualTo("200 ok");
            assertThat(tls.server.requests.getFirst()).endsWith("\r\n\r\n{\"a\":\"" + large + "\"}");
            eventually(() -> rig.idleConnections(tls.target("localhost")) == 1);
        }
    }

    /// A server with the certificate of the test's authority that remembers when each session began.
    private static final class TlsServer implements AutoCloseable {
        final Set<Long> sessionTimes = ConcurrentHashMap.newKeySet();
        final SocketServer server;
        volatile String protocol = "";
        volatile String alpn = "";

        TlsServer(SocketServer.Script script) throws Exception {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new ServerKeys()}, null, null);
            server = SocketServer.start(peer -> {
                SSLSocket socket = (SSLSocket)
                        context.getSocketFactory().createSocket(peer.socket, "localhost", peer.socket.getPort(), true);
                socket.setUseClientMode(false);
                javax.net.ssl.SSLParameters parameters = socket.getSSLParameters();
                parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                sessionTimes.add(socket.getSession().getCreationTime());
                protocol = socket.getSession().getProtocol();
                alpn = socket.getApplicationProtocol();
                script.run(peer.over(socket));
                socket.close();
            });
        }

        static void answer(SocketServer.Peer peer) throws Exception {
            while (peer.readRequest() != null) {
                peer.write(OK);
            }
        }

        Target target(String host) {
            return new Target(true, host, server.port(), true);
        }

        @Override
        public void close() throws Exception {
            server.close();
        }

        private final class ServerKeys extends X509ExtendedKeyManager {
            @Override
            public PrivateKey getPrivateKey(String alias) {
                return authority.key();
            }

            @Override
            public X509Certificate[] getCertificateChain(String alias) {
                return new X509Certificate[] {authority.certificate()};
            }

            @Override
            public String chooseServerAlias(String type, Principal @Nullable [] issuers, Socket socket) {
                return "server";
            }

            @Override
            public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
                return new String[] {"server"};
            }

            @Override
            public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
                return new String[0];
            }

            @Override
            public String chooseClientAlias(String[] types, Principal @Nullable [] issuers, Socket socket) {
                return "none";
            }
        }
    }
}
