package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.http.Tls;
import dev.faregate.providers.UpstreamFailure.Kind;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Documents at addresses that users set: bounded in size and time, whatever the other side does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutboundFetchTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private UpstreamClient client;
    private Outbound outbound;

    @BeforeAll
    void start() {
        client = new UpstreamClient(
                UpstreamSettings.DEFAULTS,
                new SocketDialer(
                        UpstreamSettings.DEFAULTS,
                        new EgressGuard(Set.of("127.0.0.1")),
                        InetAddress::getAllByName,
                        Tls.bestProvider(),
                        ByteBufAllocator.DEFAULT,
                        Executors.newVirtualThreadPerTaskExecutor()));
        outbound = new Outbound(client);
    }

    @AfterAll
    void stop() {
        outbound.close();
        client.close();
    }

    private Outbound.Fetched fetch(SocketServer server, int maxBytes, Duration timeout) {
        return outbound.fetch(URI.create("http://127.0.0.1:" + server.port() + "/client.json"), maxBytes, timeout);
    }

    @Test
    void readsADocumentWithWhatSaysHowLongItIsGood() throws Exception {
        try (SocketServer server = SocketServer.answering("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                + "Cache-Control: max-age=60\r\nContent-Length: 2\r\n\r\n{}")) {
            assertThat(fetch(server, 2, TIMEOUT)).isInstanceOfSatisfying(Outbound.Fetched.Document.class, document -> {
                assertThat(document.status()).isEqualTo(200);
                assertThat(document.contentType()).isEqualTo("application/json");
                assertThat(document.cacheControl()).isEqualTo("max-age=60");
                assertThat(new String(document.body(), StandardCharsets.UTF_8)).isEqualTo("{}");
            });
            assertThat(server.requests.getFirst()).doesNotContainIgnoringCase("authorization", "cookie");
        }
    }

    @Test
    void cutsOffABodyWithoutEnd() throws Exception {
        try (SocketServer server = SocketServer.start(peer -> {
            peer.readRequest();
            peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            String chunk = "1000\r\n" + "x".repeat(0x1000) + "\r\n";
            // A hundred megabytes at most, if nobody hangs up.
            for (int i = 0; i < 25_000; i++) {
                peer.write(chunk);
            }
        })) {
            assertThat(fetch(server, 10_000, TIMEOUT))
                    .isInstanceOfSatisfying(
                            Outbound.Fetched.Failed.class,
                            failed -> assertThat(failed.kind()).isEqualTo(Kind.RESPONSE_TOO_LARGE));
            UpstreamRig.eventually(() -> server.open.get() == 0);
        }
    }

    @Test
    void waitsForASlowBodyOnlySoLong() throws Exception {
        try (SocketServer server = SocketServer.start(peer -> {
            peer.readRequest();
            peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n");
            for (int i = 0; i < 100; i++) {
                peer.write(" ");
                Thread.sleep(50);
            }
        })) {
            assertThat(fetch(server, 10_000, Duration.ofMillis(400)))
                    .isInstanceOfSatisfying(
                            Outbound.Fetched.Failed.class,
                            failed -> assertThat(failed.kind()).isIn(Kind.TOTAL_TIMEOUT, Kind.IDLE_TIMEOUT));
            UpstreamRig.eventually(() -> server.open.get() == 0);
        }
    }

    @Test
    void followsNoRedirect() throws Exception {
        try (SocketServer inside = SocketServer.answering(UpstreamRig.OK);
                SocketServer outside = SocketServer.answering("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:"
                        + inside.port() + "/\r\nContent-Length: 0\r\n\r\n")) {
            assertThat(fetch(outside, 1_000, TIMEOUT))
                    .isInstanceOfSatisfying(
                            Outbound.Fetched.Document.class,
                            document -> assertThat(document.status()).isEqualTo(302));
            assertThat(inside.accepted).hasValue(0);
        }
    }
}
