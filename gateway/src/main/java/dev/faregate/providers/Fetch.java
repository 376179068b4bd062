package dev.faregate.providers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Reads small documents from addresses that users set: what identity providers publish and answer. Blocking, so for
/// virtual threads. The same client as the relay's, so the same guard; redirects are not followed, and an answer has a
/// size and a time that it may not pass. Safe to share.
public final class Fetch implements AutoCloseable {
    /// Added to the call's own deadline before its thread stops waiting: the call ends by itself.
    private static final Duration GRACE = Duration.ofSeconds(2);

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final long STOP_MILLIS = 1_000;

    /// What came of it.
    public sealed interface Result {
        record Answered(int status, byte[] body) implements Result {}

        /// Nothing. `why` names no host and no secret.
        record Failed(String why) implements Result {}
    }

    private final UpstreamClient client;
    private final MultiThreadIoEventLoopGroup loops;

    public Fetch(UpstreamClient client) {
        this.client = client;
        IoHandlerFactory io = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        this.loops = new MultiThreadIoEventLoopGroup(1, io);
    }

    /// Blocks for `timeout` at most. An empty `body` is none.
    public Result call(
            String method, URI url, Map<String, String> headers, byte[] body, Duration timeout, int maxBytes) {
        try {
            RequestHeaders.Builder lines = RequestHeaders.builder().add("User-Agent", "Faregate");
            headers.forEach(lines::add);
            UpstreamRequest request = new UpstreamRequest(
                    method,
                    Target.path(url),
                    lines.build(),
                    body.length == 0 ? UpstreamBody.empty() : UpstreamBody.of(Unpooled.wrappedBuffer(body)),
                    UpstreamRequest.Answer.WHOLE);
            return call(Target.of(url, false), request, timeout, maxBytes);
        } catch (IllegalArgumentException e) {
            return new Result.Failed("the address cannot be called");
        }
    }

    private Result call(Target target, UpstreamRequest request, Duration timeout, int maxBytes) {
        Deadlines deadlines = new Deadlines(CONNECT, CONNECT, timeout, timeout, timeout);
        CompletableFuture<Result> result = new CompletableFuture<>();
        EventLoop loop = loops.next();
        loop.execute(() -> {
            try {
                client.open(loop, target, request, deadlines, new Reader(result, maxBytes));
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(timeout.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return new Result.Failed(Outbound.words(UpstreamFailure.Kind.TOTAL_TIMEOUT));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Result.Failed(Outbound.words(UpstreamFailure.Kind.CLIENT_CLOSED));
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call failed", e.getCause());
        }
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, STOP_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly(STOP_MILLIS);
    }

    private static final class Reader implements UpstreamListener {
        private final CompletableFuture<Result> result;
        private final int maxBytes;
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private int status;
        private boolean tooLarge;

        Reader(CompletableFuture<Result> result, int maxBytes) {
            this.result = result;
            this.maxBytes = maxBytes;
        }

        @Override
        public void onHead(int answered, HttpHeaders headers) {
            status = answered;
        }

        @Override
        public void onBody(ByteBuf bytes) {
            try {
                tooLarge |= body.size() + bytes.readableBytes() > maxBytes;
                if (!tooLarge) {
                    byte[] copy = new byte[bytes.readableBytes()];
                    bytes.readBytes(copy);
                    body.writeBytes(copy);
                }
            } finally {
                bytes.release();
            }
        }

        @Override
        public void onEnd() {
            result.complete(
                    tooLarge
                            ? new Result.Failed(Outbound.words(UpstreamFailure.Kind.RESPONSE_TOO_LARGE))
                            : new Result.Answered(status, body.toByteArray()));
        }

        @Override
        public void onFailure(UpstreamFailure failure) {
            result.complete(new Result.Failed(Outbound.words(failure.kind())));
        }
    }
}
