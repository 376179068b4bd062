package dev.faregate.providers;

import static dev.faregate.providers.UpstreamRig.OK;
import static dev.faregate.providers.UpstreamRig.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.http.Tls;
import dev.faregate.providers.UpstreamFailure.Kind;
import dev.faregate.providers.UpstreamRequest.Answer;
import dev.faregate.providers.UpstreamSettings.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class UpstreamPoolTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static Pool pool(int connections, int waiters, Duration wait) {
        return new Pool(connections, connections, LONG, LONG, waiters, wait);
    }

    @Test
    void sendsPrefixReplacementAndSuffixAsOneRequestWithOurOwnFraming() throws Exception {
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = UpstreamRig.standard()) {
            UpstreamBody body =
                    UpstreamBody.of(rig.bytes("{\"model\":"), UpstreamRig.heap("\"gpt-4o\""), rig.bytes(",\"n\":1}"));
            RequestHeaders credential =
                    RequestHeaders.builder().add("Authorization", "Bearer sk-x").build();
            UpstreamRequest request =
                    UpstreamRequest.post("/v1/chat?alt=sse", UpstreamRig.JSON.plus(credential), body, Answer.WHOLE);
            assertThat(rig.open(server.target(), request).answer()).isEqualTo("200 ok");
            assertThat(server.requests)
                    .containsExactly("POST /v1/chat?alt=sse HTTP/1.1\r\nHost: 127.0.0.1:" + server.port()
                            + "\r\nAccept-Encoding: identity\r\nContent-Type: application/json\r\n"
                            + "Authorization: Bearer sk-x\r\nContent-Length: 24\r\n\r\n"
                            + "{\"model\":\"gpt-4o\",\"n\":1}");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void usesOneConnectionForOneCallAfterTheOther(boolean epoll) throws Exception {
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = new UpstreamRig(
                        UpstreamSettings.DEFAULTS, java.net.InetAddress::getAllByName, Tls.bestProvider(), epoll)) {
            for (int i = 0; i < 200; i++) {
                assertThat(rig.open(server.target(), rig.post("{}", Answer.WHOLE))
                                .answer())
                        .isEqualTo("200 ok");
            }
            assertThat(server.accepted).hasValue(1);
            assertThat(server.requests).hasSize(200);
        }
    }

    @Test
    void neverHasMoreConnectionsThanAllowedAndServesTheQueueInOrder() throws Exception {
        Semaphore gate = new Semaphore(0);
        try (SocketServer server = SocketServer.start(peer -> {
                    while (peer.readRequest() != null) {
                        gate.acquire();
                        peer.write(OK);
                    }
                });
                UpstreamRig rig = new UpstreamRig(UpstreamRig.with(pool(2, 10, LONG)))) {
            List<Outcome> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                calls.add(rig.open(server.target(), rig.post("{\"i\":" + i + "}", Answer.WHOLE)));
            }
            eventually(() -> server.requests.size() == 2);
            assertThat(rig.openConnections(server.target())).isEqualTo(2);
            // One answer at a time, so that the order is the pool's and not that of two threads of the server.
            for (int i = 2; i < 8; i++) {
                int sent = i + 1;
                gate.release();
                eventually(() -> server.requests.size() == sent);
                assertThat(server.requests.getLast()).endsWith("{\"i\":" + i + "}");
            }
            gate.release(2);
            for (Outcome call : calls) {
                assertThat(call.answer()).isEqualTo("200 ok");
            }
            assertThat(server.accepted).hasValue(2);
        }
    }

    @Test
    void refusesWhenTheQueueIsFullAndWhenTheWaitIsOver() throws Exception {
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    Thread.sleep(10_000);
                });
                UpstreamRig rig = new UpstreamRig(UpstreamRig.with(pool(1, 1, Duration.ofMillis(200))))) {
            Outcome running = rig.get(server.target());
            Outcome waiting = rig.get(server.target());
            assertThat(rig.get(server.target()).failure().kind()).isEqualTo(Kind.POOL_EXHAUSTED);
            assertThat(running.isOver()).isFalse();
            assertThat(waiting.failure())
                    .isEqualTo(new UpstreamFailure(Kind.POOL_EXHAUSTED, false, "no connection became free in time"));
            assertThat(running.isOver()).isFalse();
            // A cancelled call frees its slot for the next.
            rig.cancel(running);
            Outcome next = rig.get(server.target());
            eventually(() -> server.requests.size() == 2);
            rig.cancel(next);
        }
    }

    @Test
    void aSlotThatFallsFreeGoesToTheQueue() throws Exception {
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    peer.write(peer.number == 1 ? "nonsense\r\n\r\n" : OK);
                });
                UpstreamRig rig = new UpstreamRig(UpstreamRig.with(pool(1, 5, LONG)))) {
            Outcome first = rig.get(server.target());
            Outcome second = rig.get(server.target());
            assertThat(first.failure().kind()).isEqualTo(Kind.MALFORMED_RESPONSE);
            assertThat(second.answer()).isEqualTo("200 ok");
        }
    }

    @Test
    void takesTheConnectionThatWasUsedLast() throws Exception {
        CountDownLatch three = new CountDownLatch(3);
        try (SocketServer server = SocketServer.start(peer -> {
                    while (peer.readRequest() != null) {
                        three.countDown();
                        three.await();
                        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + peer.number);
                    }
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            List<Outcome> calls = List.of(rig.get(server.target()), rig.get(server.target()), rig.get(server.target()));
            for (Outcome call : calls) {
                call.await();
            }
            assertThat(rig.idleConnections(server.target())).isEqualTo(3);
            String last = rig.get(server.target()).answer();
            for (int i = 0; i < 5; i++) {
                assertThat(rig.get(server.target()).answer()).isEqualTo(last);
            }
        }
    }

    @Test
    void closesConnectionsThatAreIdleTooLongAndThenForgetsThePool() throws Exception {
        // Long enough to be seen open on a busy machine.
        Pool shortIdle = new Pool(4, 4, Duration.ofSeconds(1), LONG, 4, LONG);
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = new UpstreamRig(UpstreamRig.with(shortIdle))) {
            rig.get(server.target()).answer();
            HostPool pool = rig.onLoop(() -> rig.client.pool(rig.loop, server.target()));
            assertThat(rig.openConnections(server.target())).isEqualTo(1);
            eventually(() -> server.open.get() == 0);
            eventually(() -> rig.onLoop(() -> rig.client.pool(rig.loop, server.target()) != pool));
        }
    }

    @Test
    void usesNoConnectionThatIsOlderThanAllowed() throws Exception {
        // Long enough for two calls on a busy machine.
        Pool shortAge = new Pool(4, 4, LONG, Duration.ofSeconds(1), 4, LONG);
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = new UpstreamRig(UpstreamRig.with(shortAge))) {
            rig.get(server.target()).answer();
            rig.get(server.target()).answer();
            assertThat(server.accepted).hasValue(1);
            Thread.sleep(1_010);
            rig.get(server.target()).answer();
            assertThat(server.accepted).hasValue(2);
        }
    }

    @Test
    void keepsNoMoreIdleConnectionsThanAllowed() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        try (SocketServer server = SocketServer.start(peer -> {
                    while (peer.readRequest() != null) {
                        both.countDown();
                        both.await();
                        peer.write(OK);
                    }
                });
                UpstreamRig rig = new UpstreamRig(UpstreamRig.with(new Pool(4, 1, LONG, LONG, 4, LONG)))) {
            Outcome first = rig.get(server.target());
            Outcome second = rig.get(server.target());
            first.answer();
            second.answer();
            eventually(() -> server.open.get() == 1);
            assertThat(rig.idleConnections(server.target())).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nH"
            })
    void usesAConnectionNoMoreThatWillCloseOrHasSomethingLeftOver(String answer) throws Exception {
        try (SocketServer server = SocketServer.answering(answer);
                UpstreamRig rig = UpstreamRig.standard()) {
            assertThat(rig.get(server.target()).answer()).isEqualTo("200 ok");
            assertThat(rig.get(server.target()).answer()).isEqualTo("200 ok");
            assertThat(server.accepted).hasValue(2);
            eventually(() -> rig.openConnections(server.target()) == 0);
        }
    }

    @Test
    void dropsAnIdleConnectionThatTheServerClosesOrWritesTo() throws Exception {
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    peer.write(OK);
                    if (peer.number == 1) {
                        Thread.sleep(50);
                        peer.write("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
                        peer.readRequest();
                    }
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            for (int i = 1; i <= 3; i++) {
                assertThat(rig.get(server.target()).answer()).isEqualTo("200 ok");
                eventually(() -> rig.openConnections(server.target()) == 0);
                assertThat(server.accepted).hasValue(i);
            }
        }
    }

    @Test
    void aPreparedCallHasItsConnectionBeforeItIsSent() throws Exception {
        CountDownLatch accepted = new CountDownLatch(1);
        try (SocketServer server = SocketServer.start(peer -> {
                    accepted.countDown();
                    peer.readRequest();
                    peer.write(OK);
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            Outcome call = rig.prepare(server.target(), UpstreamRig.QUICK);
            assertThat(accepted.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(server.requests).isEmpty();
            rig.send(call, rig.post("{}", Answer.WHOLE));
            assertThat(call.answer()).isEqualTo("200 ok");
            assertThat(server.accepted).hasValue(1);
        }
    }

    @Test
    void aConnectionPreparedAndNotUsedGoesBackToThePool() throws Exception {
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = UpstreamRig.standard()) {
            // Given back while it is still being made, then once more when it is ready.
            rig.onLoop(() -> {
                rig.client
                        .prepare(rig.loop, server.target(), UpstreamRig.QUICK, new Outcome(rig.loop))
                        .cancel();
                return true;
            });
            eventually(() -> rig.idleConnections(server.target()) == 1);
            Outcome unused = rig.prepare(server.target(), UpstreamRig.QUICK);
            assertThat(rig.idleConnections(server.target())).isZero();
            rig.cancel(unused);
            assertThat(rig.idleConnections(server.target())).isEqualTo(1);
            // A body that comes too late is given back, and nothing is sent.
            rig.send(unused, rig.post("{}", Answer.WHOLE));
            assertThat(rig.get(server.target()).answer()).isEqualTo("200 ok");
            assertThat(server.accepted).hasValue(1);
            assertThat(server.requests).hasSize(1);
            assertThat(unused.checked().isOver()).isFalse();
        }
    }

    @Test
    void aPreparedConnectionThatTheServerClosesIsReplacedUnseen() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (SocketServer server = SocketServer.start(peer -> {
                    if (peer.number == 1) {
                        peer.socket.close();
                        closed.countDown();
                        return;
                    }
                    peer.readRequest();
                    peer.write(OK);
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            Outcome call = rig.prepare(server.target(), UpstreamRig.QUICK);
            assertThat(closed.await(5, TimeUnit.SECONDS)).isTrue();
            eventually(() -> server.accepted.get() == 2);
            rig.send(call, rig.post("{}", Answer.WHOLE));
            assertThat(call.answer()).isEqualTo("200 ok");
        }
    }
}
