package dev.faregate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Against a bare socket, so that nothing is proven by our own server alone.
class RawClientTest {
    private static final Duration LIMIT = Duration.ofMillis(300);

    private ServerSocket listener = new ServerSocket();

    RawClientTest() throws IOException {}

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        listener.setSoTimeout(5_000);
    }

    @AfterEach
    void stop() throws IOException {
        listener.close();
    }

    private RawClient connect() throws IOException {
        return RawClient.connect("127.0.0.1", listener.getLocalPort(), LIMIT);
    }

    private Socket accept() throws IOException {
        Socket socket = listener.accept();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(5_000);
        return socket;
    }

    private static void send(Socket socket, String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void readsHeadsAndFramings() throws IOException {
        try (RawClient client = connect();
                Socket server = accept()) {
            send(
                    server,
                    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\na:2\r\n"
                            + "Content-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "3;x=y\r\nab\n\r\n1\r\nc\r\n0\r\nTrailer: t\r\n\r\nHTTP/1.0 500\r\n\r\nrest");
            RawClient.Response first = client.response();
            assertThat(first.informational()).hasSize(1);
            assertThat(first.head().headers("a")).containsExactly("1", "2");
            assertThat(first.text()).isEqualTo("abc");
            assertThat(client.response().text()).isEqualTo("ab\nc");
            server.shutdownOutput();
            RawClient.Response last = client.response();
            assertThat(last.status()).isEqualTo(500);
            assertThat(last.text()).isEqualTo("rest");
            assertThat(last.ending()).isEqualTo(RawClient.Ending.COMPLETE);
        }
    }

    @Test
    void tellsACutFromAReset() throws IOException {
        String promise = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
        try (RawClient client = connect();
                Socket server = accept()) {
            send(server, promise);
            server.shutdownOutput();
            assertThat(client.response().ending()).isEqualTo(RawClient.Ending.CUT);
        }
        try (RawClient client = connect();
                Socket server = accept()) {
            send(server, promise);
            RawClient.Head head = client.head();
            server.setSoLinger(true, 0);
            server.close();
            BodyReader body = client.body(head);
            body.readAll();
            assertThat(body.ending()).isEqualTo(RawClient.Ending.RESET);
        }
    }

    @Test
    void givesUpOnADribblingPeerWithinItsLimit() throws Exception {
        try (RawClient client = connect();
                Socket server = accept()) {
            Thread dribble = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < 100; i++) {
                        send(server, "x");
                        Thread.sleep(20);
                    }
                } catch (IOException | InterruptedException e) {
                    // The client is gone, as it should be.
                }
            });
            long start = System.nanoTime();
            assertThatThrownBy(client::head).isInstanceOf(SocketTimeoutException.class);
            assertThat(System.nanoTime() - start).isBetween(200_000_000L, 1_500_000_000L);
            client.close();
            server.close();
            dribble.join(5_000);
        }
    }

    @Test
    void readsEventsWithEveryLineEnd() throws IOException {
        for (String end : List.of("\n", "\r\n", "\r")) {
            try (RawClient client = connect();
                    Socket server = accept()) {
                String body =
                        ": hello|data: a|data:b||event: ping|data:  c||event: lost||id: 1|data: [DONE]||data: half|";
                send(server, "HTTP/1.1 200 OK\r\n\r\n" + body.replace("|", end));
                server.shutdownOutput();
                EventReader events = client.events(client.head());
                List<String> items = new ArrayList<>();
                for (var item = events.nextItem(); item.isPresent(); item = events.nextItem()) {
                    items.add(
                            switch (item.get()) {
                                case EventReader.Comment comment -> "#" + comment.text();
                                case EventReader.Event event -> event.name() + "=" + event.data();
                            });
                }
                assertThat(items).containsExactly("#hello", "=a\nb", "ping= c", "=[DONE]");
                assertThat(events.endedInsideEvent()).isTrue();
            }
        }
    }

    @Test
    void sendsInPieces() throws Exception {
        try (RawClient client = connect();
                Socket server = accept()) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.sendSplit("abcdef".getBytes(StandardCharsets.US_ASCII), Duration.ofMillis(80), 1, 4);
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            byte[] buffer = new byte[10];
            List<Integer> reads = new ArrayList<>();
            InputStream in = server.getInputStream();
            for (int sum = 0; sum < 6; sum += reads.getLast()) {
                reads.add(in.read(buffer));
            }
            assertThat(reads).containsExactly(1, 3, 2);
            sender.join(5_000);
        }
    }

    @Test
    void leavesInThreeWays() throws IOException {
        try (RawClient client = connect();
                Socket server = accept()) {
            client.halfClose();
            assertThat(server.getInputStream().read()).isEqualTo(-1);
            send(server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.response().status()).isEqualTo(200);
            assertThat(client.isClosedWithin(Duration.ofMillis(30))).isFalse();
            server.close();
            assertThat(client.isClosedWithin(LIMIT)).isTrue();
        }
        try (RawClient client = connect();
                Socket server = accept()) {
            client.reset();
            assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }
}
