package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a relay handler can do with an exchange, and what it hears of its client.
class ExchangeTest {
    private static final String RELAY = "POST /relay HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";

    private final BlockingQueue<Exchange> exchanges = new LinkedBlockingQueue<>(16);
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>(64);

    private final Route relay = Route.relay("POST", "/relay", Access.PUBLIC, this::take);

    private void take(Exchange exchange) {
        exchange.onGone(() -> heard.add("gone"));
        exchange.onOver(() -> heard.add("over"));
        exchanges.add(exchange);
    }

    private Exchange next() throws InterruptedException {
        Exchange exchange = exchanges.poll(20, TimeUnit.SECONDS);
        assertThat(exchange).isNotNull();
        return exchange;
    }

    private String heard() throws InterruptedException {
        return heard.poll(20, TimeUnit.SECONDS);
    }

    private static void on(Exchange exchange, Runnable task) {
        exchange.loop().submit(task).syncUninterruptibly();
    }

    private static ByteBuf text(Exchange exchange, String text) {
        return ByteBufUtil.writeAscii(exchange.alloc(), text);
    }

    @Test
    void aStreamLeavesEventByEvent() throws Exception {
        try (TestEdge edge = new TestEdge(TestEdge.settings(), relay);
                RawConnection client = edge.connect()) {
            client.send(RELAY);
            Exchange exchange = next();
            on(exchange, () -> {
                assertThat(exchange.body().hasArray()).isTrue();
                assertThat(exchange.body().toString(StandardCharsets.US_ASCII)).isEqualTo("body");
                exchange.startStream(new DefaultHttpHeaders().add("X-Generation-Id", "gen-1"));
            });
            TestEdge.pause(50);
            assertThat(client.available())
                    .as("the head waits for the first flush")
                    .isZero();
            on(exchange, () -> {
                exchange.write(text(exchange, "data: a\n\n"));
                exchange.write(text(exchange, "data: b\n\n"));
                exchange.flush();
            });
            assertThat(client.line()).isEqualTo("HTTP/1.1 200 OK");
            StringBuilder head = new StringBuilder();
            for (String line = client.line(); !line.isEmpty(); line = client.line()) {
                head.append(line).append('\n');
            }
            assertThat(head.toString())
                    .contains(
                            "Content-Type: text/event-stream\n", "Cache-Control: no-cache\n", "X-Accel-Buffering: no\n")
                    .contains("X-Generation-Id: gen-1\n", "Transfer-Encoding: chunked\n", "X-Request-Id: ");
            assertThat(client.line()).as("one chunk for one flush").isEqualTo("12");
            assertThat(client.bytes(20)).isEqualTo("data: a\n\ndata: b\n\n\r\n");
            on(exchange, () -> {
                exchange.write(EventStream.done());
                exchange.end();
            });
            assertThat(client.line()).isEqualTo("e");
            assertThat(client.bytes(16)).isEqualTo("data: [DONE]\n\n\r\n");
            assertThat(client.line()).isEqualTo("0");
            assertThat(client.line()).isEmpty();
            assertThat(heard()).isEqualTo("over");
            assertThat(client.get("/health/live").status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 4_095, 8_192, 8_193, 16_384, 70_000, 1_000_000})
    void bodiesAndChunksOfEverySizeArriveWhole(int size) throws Exception {
        String body = "x".repeat(size);
        try (TestEdge edge = new TestEdge(TestEdge.settings(), relay);
                RawConnection client = edge.connect()) {
            assertThat(client.post("/relay/echo", body).body()).isEqualTo(body);
            client.send(RELAY);
            Exchange exchange = next();
            on(exchange, () -> {
                exchange.startStream(EmptyHttpHeaders.INSTANCE);
                exchange.write(text(exchange, "first"));
                exchange.write(text(exchange, body));
                exchange.write(text(exchange, "last"));
                exchange.end();
            });
            assertThat(client.read().body()).isEqualTo("first" + body + "last");
        }
    }

    @Test
    void manySmallWritesWithoutAFlushDoNotPileUpUncounted() throws Exception {
        try (TestEdge edge = new TestEdge(TestEdge.settings().slowReaderBytes(50_000), relay);
                RawConnection client = edge.connect()) {
            client.send(RELAY);
            Exchange exchange = next();
            on(exchange, () -> {
                exchange.startStream(EmptyHttpHeaders.INSTANCE);
                for (int i = 0; i < 1_000; i++) {
                    exchange.write(text(exchange, "y".repeat(100)));
                }
                assertThat(exchange.isWritable()).isFalse();
                exchange.end();
            });
            assertThat(client.read().body()).isEqualTo("y".repeat(100_000));
        }
    }

    @Test
    void anOldClientGetsABareStream() throws Exception {
        try (TestEdge edge = new TestEdge(TestEdge.settings(), relay);
                RawConnection client = edge.connect()) {
            client.send("POST /relay HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
            Exchange exchange = next();
            on(exchange, () -> {
                exchange.startStream(EmptyHttpHeaders.INSTANCE);
                exchange.write(text(exchange, "data: a\n\n"));
                exchange.flush();
                exchange.write(text(exchange, "z".repeat(9_000)));
                exchange.end();
            });
            RawConnection.Answer answer = client.read();
            assertThat(answer.header("Transfer-Encoding")).isEmpty();
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(answer.body()).isEqualTo("data: a\n\n" + "z".repeat(9_000));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSilentClientThatLeavesIsNoticedWithinASecond(boolean nativeTransport) throws Exception {
        try (TestEdge edge = new TestEdge(TestEdge.settings().nativeTransport(nativeTransport), relay)) {
            for (String how : List.of("close", "reset", "half-close", "close behind pipelined bytes")) {
                // A busy machine may itself be late, but not again and again.
                long best = Long.MAX_VALUE;
                for (int i = 0; i < 3 && best >= 1_000; i++) {
                    best = Math.min(best, millisUntilNoticed(edge, how));
                }
                assertThat(best).as(how).isLessThan(1_000);
            }
            assertThat(heard).isEmpty();
        }
    }

    private long millisUntilNoticed(TestEdge edge, String how) throws Exception {
        try (RawConnection client = edge.connect()) {
            client.send(RELAY);
            Exchange exchange = next();
            TestEdge.pause(20);
            long began = System.nanoTime();
            leave(client, how);
            assertThat(heard()).as(how).isEqualTo("over");
            assertThat(heard()).as(how).isEqualTo("gone");
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            on(exchange, () -> sendToNobody(exchange));
            return millis;
        }
    }

    private static void leave(RawConnection client, String how) throws Exception {
        switch (how) {
            case "close" -> client.close();
            case "half-close" -> client.socket().shutdownOutput();
            case "reset" -> {
                client.socket().setSoLinger(true, 0);
                client.close();
            }
            default -> {
                client.send(RELAY + "y".repeat(200_000));
                client.close();
            }
        }
    }

    /// Nothing of this may throw, and the buffers must be released: the server's allocator is counted at the end.
    private static void sendToNobody(Exchange exchange) {
        assertThat(exchange.isGone()).isTrue();
        assertThat(exchange.isWritable()).isFalse();
        AtomicBoolean told = new AtomicBoolean();
        exchange.onGone(() -> told.set(true));
        assertThat(told).isTrue();
        exchange.startStream(EmptyHttpHeaders.INSTANCE);
        exchange.write(text(exchange, "late"));
        exchange.flush();
        exchange.end();
        exchange.respond(200, EmptyHttpHeaders.INSTANCE, text(exchange, "late"));
        exchange.respond(new ApiError.NotFound("late"), EmptyHttpHeaders.INSTANCE);
        exchange.abort();
    }

    @Test
    void aClientThatLeavesAStreamIsNoticedToo() throws Exception {
        try (TestEdge edge = new TestEdge(TestEdge.settings(), relay);
                RawConnection client = edge.connect()) {
            client.send(RELAY);
            Exchange exchange = next();
            on(exchange, () -> {
                exchange.startStream(EmptyHttpHeaders.INSTANCE);
                exchange.write(EventStream.keepAlive());
                exchange.flush();
                exchange.write(text(exchange, "not flushed"));
            });
            assertThat(client.line()).isEqualTo("HTTP/1.1 200 OK");
            client.close();
            assertThat(heard()).isEqualTo("over");
            assertThat(heard()).isEqualTo("gone");
        }
    }

    @Test
    void anAbortedStreamIsResetAndCannotLookFinished() throws Exception {
        try (TestEdge edge = new TestEdge(TestEdge.settings(), relay);
                RawConnection client = edge.connect()) {
            client.send(RELAY);
            Exchange exchange = next();
            on(exchange, () -> {
                exchange.startStream(EmptyHttpHeaders.INSTANCE);
                exchange.write(text(exchange, "data: a\n\n"));
                exchange.flush();
            });
            assertThat(client.line()).isEqualTo("HTTP/1.1 200 OK");
            on(exchange, exchange::abort);
            assertThat(client.isReset()).isTrue();
            assertThat(heard()).isEqualTo("over");
            assertThat(heard).as("the handler knows what it did").isEmpty();
        }
    }

    @Test
    void aSlowReaderPausesTheSourceAndMemoryStaysBounded() throws Exception {
        int bound = 64 * 1024;
        int event = 4 * 1024;
        int events = 4_000;
        AtomicLong written = new AtomicLong();
        AtomicLong highest = new AtomicLong();
        try (TestEdge edge = new TestEdge(TestEdge.settings().slowReaderBytes(bound), relay);
                RawConnection client = new RawConnection(edge.server.port(), 8 * 1024)) {
            client.send(RELAY);
            Exchange exchange = next();
            Runnable source = () -> {
                while (exchange.isWritable() && written.get() < events) {
                    exchange.write(text(exchange, "e".repeat(event)));
                    exchange.flush();
                    highest.accumulateAndGet(edge.usedMemory(), Math::max);
                    if (written.incrementAndGet() == events) {
                        exchange.end();
                    }
                }
            };
            on(exchange, () -> {
                exchange.startStream(EmptyHttpHeaders.INSTANCE);
                exchange.onWritabilityChanged(source);
                source.run();
            });
            for (long before = -1; written.get() != before; TestEdge.pause(300)) {
                before = written.get();
            }
            assertThat(written).as("the kernel's buffers and ours are full").hasValueLessThan(events);
            assertThat(client.read().body()).hasSize(events * event);
            assertThat(heard()).isEqualTo("over");
            assertThat(highest.get()).isLessThan(bound + 64 * 1024);
        }
    }

    @Test
    void aReaderThatStopsIsCutOff() throws Exception {
        try (TestEdge edge = new TestEdge(
                        TestEdge.settings().slowReaderBytes(32 * 1024).stallTimeout(Duration.ofMillis(300)), relay);
                RawConnection client = new RawConnection(edge.server.port(), 4 * 1024)) {
            client.send(RELAY);
            Exchange exchange = next();
            long began = System.nanoTime();
            on(
                    exchange,
                    () -> exchange.respond(200, EmptyHttpHeaders.INSTANCE, text(exchange, "x".repeat(30_000_000))));
            assertThat(heard()).isEqualTo("over");
            assertThat(heard()).isEqualTo("gone");
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isBetween(250L, 4_000L);
            assertThat(client.isReset()).isTrue();
        }
    }

    @Test
    void aSlowReaderThatStillReadsIsNot() throws Exception {
        int size = 8_000_000;
        try (TestEdge edge = new TestEdge(TestEdge.settings().stallTimeout(Duration.ofSeconds(1)), relay);
                RawConnection client = new RawConnection(edge.server.port(), 4 * 1024)) {
            client.send(RELAY);
            Exchange exchange = next();
            on(exchange, () -> exchange.respond(200, EmptyHttpHeaders.INSTANCE, text(exchange, "x".repeat(size))));
            long total = 0;
            // Slow for more than twice the timeout, then to the end.
            for (int i = 0; i < 24; i++) {
                total += client.socket().getInputStream().readNBytes(150_000).length;
                TestEdge.pause(100);
            }
            while (total < size) {
                int read = client.socket().getInputStream().read(new byte[64 * 1024]);
                assertThat(read).isPositive();
                total += read;
            }
            assertThat(heard()).isEqualTo("over");
        }
    }

    @Test
    void aFailureBeforeTheFirstByteIsAnAnswerAndLaterACut() throws Exception {
        Route early = Route.relay("POST", "/early", Access.PUBLIC, x -> {
            x.startStream(EmptyHttpHeaders.INSTANCE);
            x.write(text(x, "never sent"));
            throw new ApiException(
                    new ApiError.PaymentRequired("No money", "openrouter_credits", java.util.Map.of(), 7));
        });
        Route late = Route.relay("POST", "/late", Access.PUBLIC, x -> {
            x.startStream(EmptyHttpHeaders.INSTANCE);
            x.write(text(x, "data: a\n\n"));
            x.flush();
            throw new IllegalStateException("secret");
        });
        try (TestEdge edge = new TestEdge(TestEdge.settings(), early, late);
                RawConnection client = edge.connect()) {
            RawConnection.Answer answer = client.post("/early", "x");
            assertThat(answer.status()).isEqualTo(402);
            assertThat(answer.header("Retry-After")).isEqualTo("7");
            assertThat(answer.body()).contains("\"limit_source\":\"openrouter_credits\"");
            client.send("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.isReset()).isTrue();
        }
    }

    @Test
    void answeringTwiceIsABugAndLeaksNothing() throws Exception {
        try (TestEdge edge = new TestEdge(TestEdge.settings(), relay);
                RawConnection client = edge.connect()) {
            client.send(RELAY);
            Exchange exchange = next();
            on(exchange, () -> {
                exchange.startStream(EmptyHttpHeaders.INSTANCE);
                exchange.flush();
                assertThatThrownBy(() -> exchange.respond(200, EmptyHttpHeaders.INSTANCE, text(exchange, "b")))
                        .isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> exchange.startStream(EmptyHttpHeaders.INSTANCE))
                        .isInstanceOf(IllegalStateException.class);
                exchange.end();
            });
            assertThat(client.read().status()).isEqualTo(200);
            client.send(RELAY);
            Exchange second = next();
            on(second, () -> {
                assertThatThrownBy(() -> second.write(text(second, "no stream")))
                        .isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> second.respond(
                                200, new DefaultHttpHeaders().add("Content-Length", "9"), text(second, "b")))
                        .isInstanceOf(IllegalArgumentException.class);
                second.respond(200, EmptyHttpHeaders.INSTANCE, text(second, "b"));
            });
            assertThat(client.read().body()).isEqualTo("b");
        }
    }

    @Test
    void aRouteTellsItsFailuresInItsOwnShape() {
        ErrorShape shape = (error, id) -> Response.json(error.status(), json -> {
            json.writeStartObject();
            json.writeStringProperty("type", "error");
            json.writeStringProperty("said", error.message());
            json.writeStringProperty("request_id", id);
            json.writeEndObject();
        });
        Route messages = Route.relay("POST", "/messages", Access.INFERENCE, ExchangeTest::fail)
                .withErrors(shape);
        try (TestEdge edge = new TestEdge(TestEdge.settings(), messages);
                RawConnection client = edge.connect()) {
            RawConnection.Answer stranger = client.post("/messages", "x");
            assertThat(stranger.status()).isEqualTo(401);
            assertThat(stranger.header("WWW-Authenticate")).isEqualTo("Bearer");
            assertThat(stranger.body())
                    .startsWith("{\"type\":\"error\",\"said\":\"Missing Authentication header\"")
                    .contains(stranger.header("X-Request-Id"));
            assertThat(client.post("/messages", "x", TestEdge.INFERENCE).body()).contains("\"said\":\"Slow down\"");
        }
    }

    private static void fail(Exchange exchange) {
        exchange.respond(new ApiError.RateLimited("Slow down", 5, 1_000, 1), EmptyHttpHeaders.INSTANCE);
    }

    @Test
    void drainingLetsRunningAnswersFinishAndTakesNoNewOnes() throws Exception {
        try (TestEdge edge = new TestEdge(TestEdge.settings(), relay);
                RawConnection running = edge.connect();
                RawConnection idle = edge.connect()) {
            assertThat(idle.get("/health/live").status()).isEqualTo(200);
            running.send(RELAY);
            Exchange exchange = next();
            Thread draining =
                    Thread.ofVirtual().start(() -> heard.add("drained " + edge.server.drain(Duration.ofSeconds(5))));
            assertThat(idle.rest()).isEmpty();
            long before = edge.server.stats().requests();
            // The port is free now, and another test process may have taken it: then it answers, not we.
            try (RawConnection late = new RawConnection(edge.server.port())) {
                late.send("GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                late.rest();
            } catch (UncheckedIOException e) {
                assertThat(e).hasCauseInstanceOf(SocketException.class);
            }
            assertThat(edge.server.stats().requests()).as("no new requests").isEqualTo(before);
            assertThat(heard).isEmpty();
            on(exchange, () -> exchange.respond(200, EmptyHttpHeaders.INSTANCE, text(exchange, "done")));
            RawConnection.Answer answer = running.read();
            assertThat(answer.body()).isEqualTo("done");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(running.rest()).isEmpty();
            assertThat(List.of(heard(), heard())).containsExactlyInAnyOrder("over", "drained true");
            draining.join(5_000);
        }
    }

    @Test
    void drainingCutsWhatDoesNotFinish() throws Exception {
        try (TestEdge edge = new TestEdge(TestEdge.settings(), relay);
                RawConnection client = edge.connect()) {
            client.send(RELAY);
            Exchange exchange = next();
            on(exchange, () -> {
                exchange.startStream(EmptyHttpHeaders.INSTANCE);
                exchange.flush();
            });
            assertThat(edge.server.drain(Duration.ofMillis(200))).isFalse();
            assertThat(client.isReset()).isTrue();
            assertThat(heard()).isEqualTo("over");
            assertThat(heard()).isEqualTo("gone");
        }
    }
}
