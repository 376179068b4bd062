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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Calls to addresses that users set, off the relay path: blocking, so for virtual threads. The same
/// client as the relay's, so the same guard: a name is looked up once, the address that was judged is
/// the one that is called, redirects are not followed. Bodies of answers are dropped, because they may
/// quote secrets, but for [#ask]. Safe to share.
public final class Outbound implements AutoCloseable {
    /// Added to the call's own deadline before its thread stops waiting: the call ends by itself.
    private static final Duration GRACE = Duration.ofSeconds(2);

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final long STOP_MILLIS = 1_000;

    /// What came of a call.
    public sealed interface Result {
        /// An answer; `retryAfter` is its header of that name, or null.
        record Answered(int status, @Nullable String retryAfter) implements Result {}

        /// None. `why` names no host and no secret.
        record Failed(UpstreamFailure.Kind kind, String why) implements Result {
            /// Whether another try would end the same.
            public boolean forGood() {
                return kind == UpstreamFailure.Kind.EGRESS_REFUSED || kind == UpstreamFailure.Kind.INTERNAL;
            }
        }
    }

    /// What came of asking for a document.
    public sealed interface Fetched {
        /// An answer that is no redirect to follow, whatever its status; header values are null where
        /// absent.
        record Document(
                int status,
                @Nullable String contentType,
                @Nullable String cacheControl,
                byte[] body) implements Fetched {}

        /// None. `why` names no host.
        record Failed(UpstreamFailure.Kind kind, String why) implements Fetched {}
    }

    private final UpstreamClient client;
    private final MultiThreadIoEventLoopGroup loops;

    public Outbound(UpstreamClient client) {
        this.client = client;
        IoHandlerFactory io = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        this.loops = new MultiThreadIoEventLoopGroup(1, io);
    }

    /// Sends a JSON body to an address that a user set, with headers of theirs. Blocks for `timeout` at most.
    public Result send(String method, URI url, Map<String, String> headers, byte[] json, Duration timeout) {
        RequestHeaders.Builder lines = RequestHeaders.builder()
                .add("User-Agent", "Faregate")
                .add("Accept", "application/json")
                .add("Content-Type", "application/json");
        try {
            headers.forEach((name, value) -> {
                if (!name.equalsIgnoreCase("content-type") && !name.equalsIgnoreCase("user-agent")) {
                    lines.add(name, new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
                }
            });
            return call(
                    Target.of(url, false),
                    new UpstreamRequest(
                            method,
                            Target.path(url),
                            lines.build(),
                            UpstreamBody.of(Unpooled.wrappedBuffer(json)),
                            UpstreamRequest.Answer.WHOLE),
                    timeout);
        } catch (IllegalArgumentException e) {
            return new Result.Failed(UpstreamFailure.Kind.INTERNAL, "the address or a header cannot be sent");
        }
    }

    /// Asks with a credential. Blocks for `timeout` at most.
    Result get(URI url, boolean trusted, RequestHeaders credential, Duration timeout) {
        RequestHeaders headers = RequestHeaders.builder()
                .add("User-Agent", "Faregate")
                .add("Accept", "application/json")
                .build()
                .plus(credential);
        return call(Target.of(url, trusted), UpstreamRequest.get(Target.path(url), headers), timeout);
    }

    /// Asks for a document at an address that a user set, without any credential; see [#ask].
    public Fetched fetch(URI url, int maxBytes, Duration timeout) {
        return ask("GET", url, Map.of("Accept", "application/json"), new byte[0], maxBytes, timeout);
    }

    /// As [#fetch], at an address that the operator set, which may lie anywhere.
    public Fetched fetchTrusted(URI url, int maxBytes, Duration timeout) {
        return ask("GET", url, true, Map.of("Accept", "application/json"), new byte[0], maxBytes, timeout);
    }

    /// Asks at an address that a user set and keeps what is answered. What is longer than `maxBytes` is cut
    /// off and told as [UpstreamFailure.Kind#RESPONSE_TOO_LARGE]. An empty `body` is none. Blocks for
    /// `timeout` at most, however slowly the bytes come.
    public Fetched ask(
            String method, URI url, Map<String, String> headers, byte[] body, int maxBytes, Duration timeout) {
        return ask(method, url, false, headers, body, maxBytes, timeout);
    }

    /// Posts a form and keeps what is answered; see [#ask].
    Fetched postForm(URI url, boolean trusted, String form, int maxBytes, Duration timeout) {
        Map<String, String> headers =
                Map.of("Accept", "application/json", "Content-Type", "application/x-www-form-urlencoded");
        return ask("POST", url, trusted, headers, form.getBytes(StandardCharsets.UTF_8), maxBytes, timeout);
    }

    private Fetched ask(
            String method,
            URI url,
            boolean trusted,
            Map<String, String> headers,
            byte[] body,
            int maxBytes,
            Duration timeout) {
        CompletableFuture<Fetched> result = new CompletableFuture<>();
        try {
            RequestHeaders.Builder lines = RequestHeaders.builder().add("User-Agent", "Faregate");
            headers.forEach(lines::add);
            open(
                    Target.of(url, trusted),
                    new UpstreamRequest(
                            method,
                            Target.path(url),
                            lines.build(),
                            body.length == 0 ? UpstreamBody.empty() : UpstreamBody.of(Unpooled.wrappedBuffer(body)),
                            UpstreamRequest.Answer.WHOLE),
                    timeout,
                    new Reader(maxBytes, result));
        } catch (IllegalArgumentException e) {
            return new Fetched.Failed(UpstreamFailure.Kind.INTERNAL, "the address cannot be called");
        }
        return await(result, timeout, Outbound::failed);
    }

    private static Fetched failed(UpstreamFailure.Kind kind) {
        return new Fetched.Failed(kind, words(kind));
    }

    private Result call(Target target, UpstreamRequest request, Duration timeout) {
        CompletableFuture<Result> result = new CompletableFuture<>();
        open(target, request, timeout, new Listener(result));
        return await(result, timeout, kind -> new Result.Failed(kind, words(kind)));
    }

    private void open(Target target, UpstreamRequest request, Duration timeout, Answered<?> listener) {
        Deadlines deadlines = new Deadlines(CONNECT, CONNECT, timeout, timeout, timeout);
        EventLoop loop = loops.next();
        loop.execute(() -> {
            try {
                listener.call = client.open(loop, target, request, deadlines, listener);
            } catch (RuntimeException e) {
                listener.result.completeExceptionally(e);
            }
        });
    }

    private static <T> T await(
            CompletableFuture<T> result, Duration timeout, Function<UpstreamFailure.Kind, T> failed) {
        try {
            return result.get(timeout.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return failed.apply(UpstreamFailure.Kind.TOTAL_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed.apply(UpstreamFailure.Kind.CLIENT_CLOSED);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call failed", e.getCause());
        }
    }

    /// What a failure says to whoever set the address.
    private static String words(UpstreamFailure.Kind kind) {
        return switch (kind) {
            case DNS -> "the host has no address";
            case EGRESS_REFUSED -> "the host leads into a network that is not allowed, or the port is not allowed";
            case CONNECT_REFUSED -> "the host refused the connection";
            case TLS -> "no secure connection could be made: the certificate is not trusted, or the protocol differs";
            case CONNECT_TIMEOUT, FIRST_EVENT_TIMEOUT, IDLE_TIMEOUT, TOTAL_TIMEOUT -> "it did not answer in time";
            case POOL_EXHAUSTED -> "too many calls to this host are under way";
            case RESET_BEFORE_HEAD, CLOSED_MID_BODY -> "the host closed the connection";
            case MALFORMED_RESPONSE, HEADER_TOO_LARGE, RESPONSE_TOO_LARGE ->
                "the answer is not one of HTTP, or too large";
            case NO_ACCESS_TOKEN -> "no access token could be had";
            case CLIENT_CLOSED -> "the server is shutting down";
            case INTERNAL -> "the call failed";
        };
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, STOP_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly(STOP_MILLIS);
    }

    /// Hears what comes, and has the call in hand to end it.
    private abstract static class Answered<T> implements UpstreamListener {
        final CompletableFuture<T> result;

        @Nullable
        UpstreamCall call;

        Answered(CompletableFuture<T> result) {
            this.result = result;
        }
    }

    private static final class Listener extends Answered<Result> {
        private int status;
        private @Nullable String retryAfter;

        Listener(CompletableFuture<Result> result) {
            super(result);
        }

        @Override
        public void onHead(int answered, HttpHeaders headers) {
            status = answered;
            retryAfter = headers.get("Retry-After");
        }

        @Override
        public void onBody(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        public void onEnd() {
            result.complete(new Result.Answered(status, retryAfter));
        }

        @Override
        public void onFailure(UpstreamFailure failure) {
            result.complete(new Result.Failed(failure.kind(), words(failure.kind())));
        }
    }

    /// Keeps the body, up to a bound.
    private static final class Reader extends Answered<Fetched> {
        private final int maxBytes;
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private int status;
        private @Nullable String contentType;
        private @Nullable String cacheControl;

        Reader(int maxBytes, CompletableFuture<Fetched> result) {
            super(result);
            this.maxBytes = maxBytes;
        }

        @Override
        public void onHead(int answered, HttpHeaders headers) {
            status = answered;
            contentType = headers.get("Content-Type");
            cacheControl = headers.get("Cache-Control");
        }

        @Override
        public void onBody(ByteBuf bytes) {
            int length = bytes.readableBytes();
            if (body.size() + length > maxBytes) {
                result.complete(failed(UpstreamFailure.Kind.RESPONSE_TOO_LARGE));
                if (call != null) {
                    call.cancel();
                }
            } else {
                byte[] read = new byte[length];
                bytes.readBytes(read);
                body.writeBytes(read);
            }
            bytes.release();
        }

        @Override
        public void onEnd() {
            result.complete(new Fetched.Document(status, contentType, cacheControl, body.toByteArray()));
        }

        @Override
        public void onFailure(UpstreamFailure failure) {
            result.complete(failed(failure.kind()));
        }
    }
}
