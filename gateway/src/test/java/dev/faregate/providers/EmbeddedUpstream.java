package dev.faregate.providers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A client whose only connection is a channel without a socket and with a clock that the test moves; a
/// second connection is refused.
final class EmbeddedUpstream implements AutoCloseable {
    static final Target TARGET = new Target(false, "provider.test", 80, true);

    private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(true, false, true);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    final UpstreamClient client;
    final Outcome outcome;
    private int dialled;

    EmbeddedUpstream(UpstreamSettings settings) {
        channel.freezeTime();
        channel.config().setAllocator(alloc);
        outcome = new Outcome(channel.eventLoop());
        client = new UpstreamClient(settings, new Dialer() {
            @Override
            public void dial(UpstreamConnection connection, Deadlines deadlines) {
                if (dialled++ > 0) {
                    connection.failed(UpstreamFailure.Kind.CONNECT_REFUSED, "only one connection here");
                    return;
                }
                ResponseDecoder decoder = new ResponseDecoder(connection, settings.maxHeadBytes());
                channel.pipeline().addLast(decoder, connection);
                connection.established(channel, decoder);
            }

            @Override
            public void close() {}
        });
    }

    /// Sends a request for that kind of answer, so that the channel waits for one.
    EmbeddedUpstream send(UpstreamRequest.Answer answer, Deadlines deadlines) {
        outcome.insideMethod = true;
        outcome.call = open(answer, deadlines, outcome);
        outcome.insideMethod = false;
        return this;
    }

    UpstreamCall open(UpstreamRequest.Answer answer, Deadlines deadlines, UpstreamListener listener) {
        UpstreamRequest request = UpstreamRequest.post(
                "/", RequestHeaders.NONE, UpstreamBody.of(alloc.directBuffer().writeByte('x')), answer);
        return client.open(channel.eventLoop(), TARGET, request, deadlines, listener);
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    EmbeddedUpstream send() {
        return send(UpstreamRequest.Answer.WHOLE, Deadlines.DEFAULTS);
    }

    EmbeddedUpstream receive(byte[] bytes, int from, int to) {
        if (channel.isOpen() && to > from) {
            channel.writeInbound(alloc.directBuffer(to - from).writeBytes(bytes, from, to - from));
        }
        return this;
    }

    EmbeddedUpstream receive(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return receive(bytes, 0, bytes.length);
    }

    EmbeddedUpstream pass(Duration time) {
        channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        channel.runPendingTasks();
        channel.runScheduledPendingTasks();
        return this;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    boolean isIdle() {
        return client.pool(channel.eventLoop(), TARGET).idleConnections() == 1;
    }

    void hangUp() {
        channel.close();
        channel.runPendingTasks();
    }

    /// Ends everything and checks that each byte was given back.
    @Override
    public void close() {
        hangUp();
        client.close();
        channel.runPendingTasks();
        for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            ((ByteBuf) out).release();
        }
        channel.finishAndReleaseAll();
        long left = alloc.metric().usedDirectMemory() + alloc.metric().usedHeapMemory();
        if (left != 0) {
            throw new AssertionError(left + " bytes were not given back");
        }
    }
}
