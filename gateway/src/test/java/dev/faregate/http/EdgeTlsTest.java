package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.testkit.SelfSigned;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class EdgeTlsTest {
    private static final Duration POLL = Duration.ofMillis(20);
    private static final String LARGE = "x".repeat(3_000_000);

    @TempDir
    Path folder = Path.of("");

    static Stream<SslProvider> providers() {
        return OpenSsl.isAvailable() ? Stream.of(SslProvider.OPENSSL, SslProvider.JDK) : Stream.of(SslProvider.JDK);
    }

    private EdgeTls tls(SslProvider provider, SelfSigned identity) throws IOException {
        write("key.pem", identity.keyPem());
        write("certificate.pem", identity.pem());
        return EdgeTls.start(folder.resolve("certificate.pem"), folder.resolve("key.pem"), provider, POLL);
    }

    /// As whoever renews certificates does it: a whole file takes the place of the former one.
    private void write(String name, String text) throws IOException {
        Path fresh = Files.writeString(folder.resolve(name + ".new"), text);
        Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private static TestEdge edge(EdgeTls tls) {
        return new TestEdge(
                TestEdge.settings().tls(tls).headerDeadline(Duration.ofMillis(500)),
                Route.blocking("GET", "/large", Access.PUBLIC, _ -> Response.text(200, LARGE)),
                Route.blocking(
                        "POST",
                        "/length",
                        Access.PUBLIC,
                        request -> Response.text(200, String.valueOf(request.body().length))));
    }

    private static SSLContext trusting(SelfSigned... identities) throws Exception {
        return SelfSigned.trusting(
                Stream.of(identities).map(SelfSigned::certificate).toList());
    }

    private static HttpClient client(SSLContext context) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(context)
                .build();
    }

    private static HttpRequest.Builder to(TestEdge edge, String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + edge.server.port() + path));
    }

    private static SSLSocket socket(SSLContext context, TestEdge edge) throws IOException {
        SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), edge.server.port());
        socket.setSoTimeout(8_000);
        return socket;
    }

    private static Certificate shown(SSLContext context, TestEdge edge) throws IOException {
        try (SSLSocket socket = socket(context, edge)) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void carriesLargeBodiesBothWaysOverKeptConnections(SslProvider provider) throws Exception {
        SelfSigned identity = SelfSigned.create();
        try (EdgeTls tls = tls(provider, identity);
                TestEdge edge = edge(tls);
                HttpClient client = client(trusting(identity))) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.send(to(edge, "/large").build(), HttpResponse.BodyHandlers.ofString())
                                .body())
                        .isEqualTo(LARGE);
                HttpRequest length = to(edge, "/length")
                        .POST(HttpRequest.BodyPublishers.ofString(LARGE))
                        .build();
                assertThat(client.send(length, HttpResponse.BodyHandlers.ofString())
                                .body())
                        .isEqualTo(String.valueOf(LARGE.length()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void speaksNothingThatIsWeak(SslProvider provider) throws Exception {
        SelfSigned identity = SelfSigned.create();
        SSLContext context = trusting(identity);
        try (EdgeTls tls = tls(provider, identity);
                TestEdge edge = edge(tls)) {
            for (String protocol : new String[] {"TLSv1.3", "TLSv1.2"}) {
                try (SSLSocket socket = socket(context, edge)) {
                    socket.setEnabledProtocols(new String[] {protocol});
                    socket.startHandshake();
                    assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
                    assertThat(socket.getSession().getCipherSuite()).containsAnyOf("GCM", "POLY1305");
                }
            }
            try (SSLSocket socket = socket(context, edge)) {
                socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                socket.setEnabledCipherSuites(
                        new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
                        });
                assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void takesUpARenewedCertificateAndKeepsTheFormerOneWhileTheNewIsNoGood(SslProvider provider) throws Exception {
        SelfSigned first = SelfSigned.create();
        SelfSigned second = SelfSigned.create();
        SSLContext context = trusting(first, second);
        try (EdgeTls tls = tls(provider, first);
                TestEdge edge = edge(tls);
                HttpClient client = client(context)) {
            assertThat(shown(context, edge)).isEqualTo(first.certificate());
            client.send(
                    to(edge, "/length")
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.discarding());

            write("certificate.pem", second.pem());
            Thread.sleep(POLL.multipliedBy(10));
            assertThat(shown(context, edge)).isEqualTo(first.certificate());

            write("key.pem", second.keyPem());
            long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (!shown(context, edge).equals(second.certificate()) && System.nanoTime() < end) {
                Thread.sleep(POLL);
            }
            assertThat(shown(context, edge)).isEqualTo(second.certificate());
            // The connection of before goes on.
            assertThat(client.send(
                                    to(edge, "/length")
                                            .POST(HttpRequest.BodyPublishers.ofString("abc"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body())
                    .isEqualTo("3");

            Files.delete(folder.resolve("key.pem"));
            Thread.sleep(POLL.multipliedBy(10));
            assertThat(shown(context, edge)).isEqualTo(second.certificate());
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void tellsWhoComesWithoutTlsAndQuotesNothing(SslProvider provider) throws Exception {
        SelfSigned identity = SelfSigned.create();
        try (EdgeTls tls = tls(provider, identity);
                TestEdge edge = edge(tls);
                RawConnection plain = edge.connect()) {
            RawConnection.Answer answer = plain.get("/large", "Authorization: Bearer planted");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("\"code\":400", "https://").doesNotContain("planted");
            assertThat(answer.header("connection")).isEqualTo("close");
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void endsAConnectionThatDoesNotFinishItsHandshake(SslProvider provider) throws Exception {
        SelfSigned identity = SelfSigned.create();
        try (EdgeTls tls = tls(provider, identity);
                TestEdge edge = edge(tls);
                RawConnection slow = edge.connect();
                RawConnection garbled = edge.connect()) {
            // The head of a record that announces more than ever comes; and one that is no handshake.
            slow.send(new byte[] {0x16, 3, 1, 1, 0, 1});
            assertThat(slow.socket().getInputStream().readAllBytes()).isEmpty();
            garbled.send("\u0016\u0003\u0001\u0000\u0004nope".getBytes(StandardCharsets.ISO_8859_1));
            garbled.socket().getInputStream().readAllBytes();
        }
    }

    @Test
    void startsWithNothingThatIsNoGood() throws IOException {
        SelfSigned identity = SelfSigned.create();
        Path missing = folder.resolve("missing.pem");
        assertThatThrownBy(() -> EdgeTls.start(missing, missing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(missing.toString());
        write("certificate.pem", identity.pem());
        write("key.pem", SelfSigned.create().keyPem());
        assertThatThrownBy(() -> EdgeTls.start(folder.resolve("certificate.pem"), folder.resolve("key.pem")))
                .hasMessage("The private key is not the one of the first certificate.");
    }
}
