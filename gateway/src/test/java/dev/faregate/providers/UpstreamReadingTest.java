package dev.faregate.providers;

import static dev.faregate.providers.UpstreamRig.OK;
import static dev.faregate.providers.UpstreamRig.QUICK;
import static dev.faregate.providers.UpstreamRig.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.faregate.chat.SseEvent;
import dev.faregate.chat.SseReader;
import dev.faregate.providers.UpstreamRequest.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.HttpHeaders;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UpstreamReadingTest {
    @Test
    void pausedReadingFillsTheKernelsBuffersAndHoldsTheServerBack() throws Exception {
        AtomicLong written = new AtomicLong();
        int total = 64 << 20;
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + total + "\r\n\r\n");
                    byte[] piece = new byte[64 << 10];
                    while (written.get() < total) {
                        peer.socket.getOutputStream().write(piece);
                        written.addAndGet(piece.length);
                    }
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            AtomicLong read = new AtomicLong();
            Outcome call = new Outcome(rig.loop) {
                @Override
                public void onHead(int head, HttpHeaders fields) {
                    super.onHead(head, fields);
                    call().pauseReading();
                }

                @Override
                public void onBody(ByteBuf bytes) {
                    read.addAndGet(bytes.readableBytes());
                    bytes.release();
                }
            };
            rig.send(rig.prepare(server.target(), QUICK, call), rig.post("{}", Answer.WHOLE));
            call.awaitHead();
            long before = -1;
            while (written.get() != before) {
                before = written.get();
                Thread.sleep(200);
            }
            assertThat(written).hasValueLessThan(total / 2);
            assertThat(read).hasValueLessThan(1 << 20);
            rig.onLoop(() -> {
                call.call().resumeReading();
                return true;
            });
            call.await();
            assertThat(call.ended).isTrue();
            assertThat(read).hasValue(total);
        }
    }

    @Test
    void aConnectionThatEndedPausedReadsAgainForTheNextCall() throws Exception {
        try (SocketServer server = SocketServer.answering(OK);
                UpstreamRig rig = UpstreamRig.standard()) {
            for (int i = 0; i < 3; i++) {
                Outcome call = new Outcome(rig.loop) {
                    @Override
                    public void onBody(ByteBuf bytes) {
                        call().pauseReading();
                        super.onBody(bytes);
                    }
                };
                rig.send(rig.prepare(server.target(), QUICK, call), rig.post("{}", Answer.WHOLE));
                assertThat(call.answer()).isEqualTo("200 ok");
            }
            assertThat(server.accepted).hasValue(1);
        }
    }

    @Test
    void cancellingClosesTheConnectionAtOnceAndNothingMoreIsHeard() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        AtomicLong closedAt = new AtomicLong();
        try (SocketServer server = SocketServer.start(peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
                    peer.readRequest();
                    closedAt.set(System.nanoTime());
                    closed.countDown();
                });
                UpstreamRig rig = UpstreamRig.standard()) {
            Outcome call =
                    rig.open(server.target(), rig.post("{}", Answer.EVENTS)).awaitHead();
            eventually(() -> call.body().equals("hello"));
            long start = System.nanoTime();
            rig.cancel(call);
            assertThat(closed.await(5, TimeUnit.SECONDS)).isTrue();
            // No deadline of the call is that short.
            assertThat(closedAt.get() - start).isLessThan(2_000_000_000L);
            assertThat(rig.openConnections(server.target())).isZero();
            rig.cancel(call);
            assertThat(call.checked().isOver()).isFalse();
        }
    }

    @Test
    void cancellingFromInsideACallbackIsFine() throws Exception {
        try (SocketServer server = SocketServer.answering(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n");
                UpstreamRig rig = UpstreamRig.standard()) {
            Outcome call = new Outcome(rig.loop) {
                @Override
                public void onBody(ByteBuf bytes) {
                    super.onBody(bytes);
                    call().cancel();
                }
            };
            rig.send(rig.prepare(server.target(), QUICK, call), rig.post("{}", Answer.WHOLE));
            eventually(() -> server.requests.size() == 1 && server.open.get() == 0);
            assertThat(call.checked().isOver()).isFalse();
            assertThat(call.body()).isEqualTo("hello");
        }
    }

    /// A guard against careless changes, not a benchmark: a warm call with its answer allocated 2.9 KB on
    /// the loop when this was written, most of it the header objects of the answer.
    @Test
    void aCallOnAWarmConnectionAllocatesLittle() throws Exception {
        assertThat(allocatedPerCall("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: now\r\nServer: x\r\n"
                        + "X-Request-Id: 1\r\nContent-Length: 2\r\n\r\nok"))
                .isLessThan(6 * 1024);
    }

    /// The same for fifty events in a chunk each (5.1 KB), read by [SseReader] on the way.
    @Test
    void aStreamOfFiftyEventsAllocatesLittle() throws Exception {
        String event = "data: {\"choices\":[{\"delta\":{\"content\":\"hello\"}}]}\n\n";
        String chunk = Integer.toHexString(event.length()) + "\r\n" + event + "\r\n";
        assertThat(allocatedPerCall("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeat(50) + "0\r\n\r\n"))
                .isLessThan(16 * 1024);
    }

    private static long allocatedPerCall(String answer) throws Exception {
        int calls = 1_500;
        try (SocketServer server = SocketServer.answering(answer);
                AllocationRig rig = new AllocationRig()) {
            for (int i = 0; i < calls; i++) {
                rig.call(server.target());
            }
            long before = rig.allocated();
            for (int i = 0; i < calls; i++) {
                rig.call(server.target());
            }
            return (rig.allocated() - before) / calls;
        }
    }

    /// A client as production makes it: pooled memory, no leak detection of every buffer.
    private static final class AllocationRig implements AutoCloseable {
        private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        private final EventLoop loop = loops.next();
        private final UpstreamClient client = new UpstreamClient(UpstreamSettings.DEFAULTS, new EgressGuard(Set.of()));
        private final byte[] body = "x".repeat(1024).getBytes(StandardCharsets.US_ASCII);
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final long loopThread;

        AllocationRig() throws Exception {
            loopThread = loop.submit(() -> Thread.currentThread().threadId()).get();
        }

        long allocated() {
            return threads.getThreadAllocatedBytes(loopThread);
        }

        void call(Target target) throws InterruptedException {
            CountDownLatch over = new CountDownLatch(1);
            loop.execute(() -> client.open(
                    loop,
                    target,
                    UpstreamRequest.post(
                            "/v1/chat", UpstreamRig.JSON, UpstreamBody.of(Unpooled.wrappedBuffer(body)), Answer.WHOLE),
                    Deadlines.DEFAULTS,
                    new Ender(over)));
            assertThat(over.await(5, TimeUnit.SECONDS)).isTrue();
        }

        @Override
        public void close() {
            client.close();
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    /// Does with an answer what a relay would, and nothing besides.
    private static final class Ender implements UpstreamListener, SseReader.Sink {
        private final CountDownLatch over;
        private final SseReader reader = new SseReader(1 << 20);
        private int events;

        Ender(CountDownLatch over) {
            this.over = over;
        }

        @Override
        public void onHead(int status, HttpHeaders headers) {}

        @Override
        public void onBody(ByteBuf bytes) {
            reader.feed(bytes, this);
            bytes.release();
        }

        @Override
        public void event(SseEvent event) {
            events += event.isPlain() ? 1 : 0;
        }

        @Override
        public void comment() {}

        @Override
        public void onEnd() {
            if (events == 0 || events == 50) {
                over.countDown();
            }
        }

        @Override
        public void onFailure(UpstreamFailure failure) {
            throw new AssertionError(failure.toString());
        }
    }
}
