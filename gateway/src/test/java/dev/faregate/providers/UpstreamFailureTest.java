package dev.faregate.providers;

import static dev.faregate.providers.UpstreamRig.OK;
import static dev.faregate.providers.UpstreamRig.QUICK;
import static dev.faregate.providers.UpstreamRig.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.http.Tls;
import dev.faregate.providers.UpstreamFailure.Kind;
import dev.faregate.providers.UpstreamRequest.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.epoll.Epoll;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Each kind of failure on a real socket, and what it says about money.
@Timeout(60)
class UpstreamFailureTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private static UpstreamRig rigWith(Resolver.Lookup lookup) {
        return new UpstreamRig(UpstreamSettings.DEFAULTS, lookup, Tls.bestProvider(), Epoll.isAvailable());
    }

    private static Target named(String host, int port, boolean trusted) {
        return new Target(false, host, port, trusted);
    }

    private static Deadlines connectIn(long millis) {
        return new Deadlines(Duration.ofMillis(millis), QUICK.tls(), QUICK.firstEvent(), QUICK.idle(), QUICK.total());
    }

    @Test
    void refusedConnectionIsToldOnlyOnceTheCallIsSent() throws Exception {
        int closedPort;
        try (ServerSocket gone = new ServerSocket(0, 1, LOOPBACK)) {
            closedPort = gone.getLocalPort();
        }
        try (UpstreamRig rig = UpstreamRig.standard()) {
            Target target = named("127.0.0.1", closedPort, true);
            Outcome call = rig.prepare(target, QUICK);
            eventually(() -> rig.openConnections(target) == 0);
            assertThat(call.isOver()).isFalse();
            rig.send(call, rig.post("{}", Answer.WHOLE));
            assertThat(call.failure().kind()).isEqualTo(Kind.CONNECT_REFUSED);
            assertThat(call.failure().maybeProcessed()).isFalse();
        }
    }

    @Test
    void aServerThatDoesNotAcceptIsAConnectTimeout() throws Exception {
        // Nobody accepts, and the kernel's queue of two is filled: further connections are not even answered.
        try (ServerSocket full = new ServerSocket(0, 1, LOOPBACK);
                UpstreamRig rig = UpstreamRig.standard()) {
            List<Socket> fillers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                fillers.add(new Socket(LOOPBACK, full.getLocalPort()));
            }
            Outcome call = rig.open(
                    named("127.0.0.1", full.getLocalPort(), true), rig.post("{}", Answer.WHOLE), connectIn(200));
            assertThat(call.failure().kind()).isEqualTo(Kind.CONNECT_TIMEOUT);
            assertThat(call.failure().maybeProcessed()).isFalse();
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    @Test
    void anUnknownNameAndASlowNameServerAreDnsFailures() throws Exception {
        try (UpstreamRig rig = rigWith(host -> {
            if (host.startsWith("slow")) {
                sleep(600);
            }
            throw new UnknownHostException(host);
        })) {
            assertThat(rig.get(named("nobody.test", 80, true)).failure())
                    .isEqualTo(new UpstreamFailure(Kind.DNS, false, "no address for nobody.test"));
            Outcome slow = rig.open(named("slow.test", 80, true), rig.post("{}", Answer.WHOLE), connectIn(150));
            assertThat(slow.failure().kind()).isEqualTo(Kind.DNS);
            assertThat(rig.openConnections(named("slow.test", 80, true))).isZero();
        }
    }

    @Test
    void theSecondAddressIsTriedWhenTheFirstRefuses() throws Exception {
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = rigWith(_ ->
                        new InetAddress[] {InetAddress.getByAddress(new byte[] {127, 1, 2, 3}), LOOPBACK})) {
            assertThat(rig.get(named("two.test", server.port(), true)).answer()).isEqualTo("200 ok");
        }
    }

    @Test
    void aUserSetTargetNeverReachesTheInside() throws Exception {
        InetAddress outside = InetAddress.getByAddress(new byte[] {93, (byte) 184, (byte) 216, 34});
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = rigWith(host -> host.startsWith("mixed")
                        ? new InetAddress[] {outside, LOOPBACK}
                        : new InetAddress[] {LOOPBACK})) {
            for (Target target : List.of(
                    named("127.0.0.1", 80, false),
                    named("::1", 443, false),
                    named("inside.test", 443, false),
                    named("mixed.test", 80, false),
                    named("93.184.216.34", server.port(), false))) {
                assertThat(rig.get(target).failure().kind()).as("%s", target).isEqualTo(Kind.EGRESS_REFUSED);
                assertThat(rig.openConnections(target)).isZero();
            }
            assertThat(server.accepted).hasValue(0);
        }
    }

    @Test
    void aNameIsLookedUpOncePerConnectionAndThatVeryAddressIsCalled() throws Exception {
        AtomicInteger lookups = new AtomicInteger();
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = rigWith(host -> {
                    if (lookups.getAndIncrement() > 0) {
                        throw new UnknownHostException(host);
                    }
                    return new InetAddress[] {LOOPBACK};
                })) {
            Target target = named("once.test", server.port(), true);
            for (int i = 0; i < 3; i++) {
                assertThat(rig.get(target).answer()).isEqualTo("200 ok");
            }
            assertThat(lookups).hasValue(1);
            assertThat(server.requests.getFirst()).contains("\r\nHost: once.test:" + server.port() + "\r\n");
        }
    }

    @Test
    void aSilentServerIsAFirstEventTimeoutAndItsConnectionIsClosed() throws Exception {
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    peer.readRequest();
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            Deadlines quick = QUICK.withFirstEvent(Duration.ofMillis(200));
            long start = System.nanoTime();
            Outcome call = rig.open(server.target(), rig.post("{}", Answer.EVENTS), quick);
            assertThat(call.failure().kind()).isEqualTo(Kind.FIRST_EVENT_TIMEOUT);
            assertThat(call.failure().maybeProcessed()).isTrue();
            assertThat(call.overAt - start).isBetween(190_000_000L, 4_500_000_000L);
            eventually(() -> server.open.get() == 0);
        }
    }

    @Test
    void aRequestThatNeverLeftWholeWasNotProcessed() throws Exception {
        try (SocketServer server = SocketServer.start(_ -> Thread.sleep(5_000));
                UpstreamRig rig = UpstreamRig.standard()) {
            Outcome call = rig.open(
                    server.target(),
                    rig.post("x".repeat(32 << 20), Answer.EVENTS),
                    QUICK.withFirstEvent(Duration.ofMillis(300)));
            assertThat(call.failure())
                    .isEqualTo(new UpstreamFailure(Kind.FIRST_EVENT_TIMEOUT, false, "a deadline of the call is over"));
        }
    }

    @Test
    void theTotalDeadlineEndsAlsoACallThatIsNeverSent() throws Exception {
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = UpstreamRig.standard()) {
            Outcome call = rig.prepare(server.target(), QUICK.withTotal(Duration.ofMillis(100)));
            eventually(() -> rig.idleConnections(server.target()) == 1);
            rig.send(call, rig.post("{}", Answer.WHOLE));
            assertThat(call.failure().kind()).isEqualTo(Kind.TOTAL_TIMEOUT);
            assertThat(server.requests).isEmpty();
        }
    }

    @Test
    void aResetBeforeTheHeadIsNotTriedAgainOnceTheRequestWasWritten() throws Exception {
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    peer.write(OK);
                    peer.readRequest();
                    peer.reset();
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            assertThat(rig.get(server.target()).answer()).isEqualTo("200 ok");
            Outcome call = rig.open(server.target(), rig.post("{\"n\":2}", Answer.WHOLE));
            assertThat(call.failure().kind()).isEqualTo(Kind.RESET_BEFORE_HEAD);
            assertThat(call.failure().maybeProcessed()).isTrue();
            assertThat(server.requests).hasSize(2);
            assertThat(server.accepted).hasValue(1);
        }
    }

    @Test
    void aRequestThatCannotHaveBeenReadWholeGoesOutOnceMoreOnANewConnection() throws Exception {
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    peer.write(OK);
                    if (peer.number == 1) {
                        peer.readHead();
                        peer.reset();
                    }
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            assertThat(rig.get(server.target()).answer()).isEqualTo("200 ok");
            String large = "y".repeat(32 << 20);
            assertThat(rig.open(server.target(), rig.post(large, Answer.WHOLE)).answer())
                    .isEqualTo("200 ok");
            assertThat(server.accepted).hasValue(2);
            assertThat(server.requests).hasSize(2);
            assertThat(server.requests.get(1)).endsWith("\r\n\r\n" + large);
        }
    }

    @Test
    void aRequestIsSentTwiceAtMostAndNeverOnAConnectionThatWasNew() throws Exception {
        try (SocketServer server = SocketServer.start(peer -> {
                    if (peer.number == 1) {
                        peer.readRequest();
                        peer.write(OK);
                    }
                    peer.readHead();
                    peer.reset();
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            assertThat(rig.get(server.target()).answer()).isEqualTo("200 ok");
            Outcome call = rig.open(server.target(), rig.post("z".repeat(32 << 20), Answer.WHOLE));
            assertThat(call.failure().kind()).isEqualTo(Kind.RESET_BEFORE_HEAD);
            assertThat(call.failure().maybeProcessed()).isFalse();
            assertThat(server.accepted).hasValue(2);
        }
    }

    @Test
    void anEarlyRefusalOfALongBodyIsStillRead() throws Exception {
        // A socket that is closed with bytes unread takes back what it sent: it stays open until that was read.
        CountDownLatch read = new CountDownLatch(1);
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readHead();
                    peer.write("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
                    peer.socket.shutdownOutput();
                    read.await(20, TimeUnit.SECONDS);
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            Outcome call = rig.open(server.target(), rig.post("z".repeat(32 << 20), Answer.WHOLE));
            assertThat(call.answer()).isEqualTo("413 big");
            read.countDown();
            eventually(() -> rig.openConnections(server.target()) == 0);
        }
    }

    @Test
    void aConnectionThatEndsInTheBodyIsAFailureAndNeverAnEnd() throws Exception {
        // A reset takes back what was not read yet.
        CountDownLatch read = new CountDownLatch(1);
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
                    if (peer.number == 2) {
                        read.await(20, TimeUnit.SECONDS);
                        peer.reset();
                    }
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            for (int i = 0; i < 2; i++) {
                Outcome call = rig.get(server.target());
                eventually(() -> call.body().equals("hello"));
                if (i == 1) {
                    read.countDown();
                }
                assertThat(call.failure().kind()).isEqualTo(Kind.CLOSED_MID_BODY);
                assertThat(call.body()).isEqualTo("hello");
            }
        }
    }

    @Test
    void closingTheClientEndsCallsOfEveryState() throws Exception {
        UpstreamSettings.Pool one = new UpstreamSettings.Pool(
                1, 1, Duration.ofSeconds(30), Duration.ofSeconds(30), 5, Duration.ofSeconds(30));
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    peer.readRequest();
                });
                UpstreamRig rig = new UpstreamRig(UpstreamRig.with(one))) {
            Outcome running = rig.get(server.target());
            Outcome queued = rig.get(server.target());
            eventually(() -> server.requests.size() == 1);
            rig.client.close();
            assertThat(running.failure().kind()).isEqualTo(Kind.CLIENT_CLOSED);
            assertThat(queued.failure().kind()).isEqualTo(Kind.CLIENT_CLOSED);
            assertThat(rig.get(server.target()).failure().kind()).isEqualTo(Kind.CLIENT_CLOSED);
            eventually(() -> server.open.get() == 0);
        }
    }

    @Test
    void aListenerThatThrowsEndsItsOwnCallOnly() throws Exception {
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = UpstreamRig.standard()) {
            Outcome broken = new Outcome(rig.loop) {
                @Override
                public void onHead(int head, HttpHeaders fields) {
                    throw new IllegalStateException("a planted bug");
                }

                @Override
                public void onBody(ByteBuf bytes) {
                    throw new AssertionError("nothing comes after the failure");
                }
            };
            rig.send(rig.prepare(server.target(), QUICK, broken), rig.post("{}", Answer.WHOLE));
            assertThat(broken.failure().kind()).isEqualTo(Kind.INTERNAL);
            assertThat(rig.get(server.target()).answer()).isEqualTo("200 ok");
            assertThat(server.accepted).hasValue(2);
        }
    }

    @Test
    void anAllowedHostMayLeadInside() throws Exception {
        try (SocketServer server = SocketServer.answering(OK)) {
            assertThat(new EgressGuard(Set.of("ollama.internal"))
                            .refusal(named("ollama.internal", server.port(), false), LOOPBACK))
                    .isNull();
        }
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
