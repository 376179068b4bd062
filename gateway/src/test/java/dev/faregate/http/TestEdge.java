package dev.faregate.http;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A server on a free port with a few routes of each kind. Its allocator counts, so [#close] can tell whether a buffer
/// was forgotten.
final class TestEdge implements AutoCloseable {
    enum Kind {
        INFERENCE,
        MANAGEMENT
    }

    record Caller(Kind kind) implements Principal {
        @Override
        public @Nullable ApiError refusal(Access access) {
            return switch (access) {
                case PUBLIC, OPTIONAL_KEY, ANY_KEY, SESSION -> null;
                case INFERENCE -> kind == Kind.INFERENCE ? null : wrongKind();
                case MANAGEMENT -> kind == Kind.MANAGEMENT ? null : wrongKind();
            };
        }

        private static ApiError wrongKind() {
            return new ApiError.Forbidden("Wrong kind of key", "wrong_key_kind", java.util.Map.of());
        }
    }

    static final String INFERENCE = "Authorization: Bearer inference";
    static final String MANAGEMENT = "Authorization: Bearer management";

    /// `Bearer slow-...` is not in memory; `Bearer hang` is never found in time.
    static final class Keys implements Authenticator {
        final AtomicInteger lookUps = new AtomicInteger();
        final CountDownLatch hang = new CountDownLatch(1);

        @Override
        public Answer recall(RequestHead head) {
            String credential = head.header("Authorization");
            if (credential == null) {
                return new Answer.None();
            }
            String key = credential.replace("Bearer ", "");
            return key.startsWith("slow") || key.equals("hang") || key.equals("broken")
                    ? new Answer.Unsure()
                    : answer(key);
        }

        @Override
        public Answer lookUp(RequestHead head) {
            lookUps.incrementAndGet();
            String key = String.valueOf(head.header("Authorization")).replace("Bearer ", "");
            if (key.equals("hang")) {
                await(hang);
            }
            if (key.equals("broken")) {
                throw new IllegalStateException("secret detail of the key store");
            }
            return answer(key.replace("slow-", ""));
        }

        private static Answer answer(String key) {
            return switch (key) {
                case "inference" -> new Answer.Known(new Caller(Kind.INFERENCE));
                case "management" -> new Answer.Known(new Caller(Kind.MANAGEMENT));
                default -> new Answer.Refused(new ApiError.Unauthenticated("unknown", "User not found."));
            };
        }
    }

    final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    final Keys keys = new Keys();
    final EdgeServer server;

    TestEdge(EdgeSettings.Builder settings, Route... more) {
        List<Route> routes = new ArrayList<>(List.of(
                Route.blocking("GET", "/health/live", Access.PUBLIC, _ -> Response.text(200, "ok")),
                Route.blocking("POST", "/echo", Access.PUBLIC, TestEdge::echo),
                Route.relay("POST", "/relay/echo", Access.PUBLIC, TestEdge::relayEcho),
                Route.blocking("GET", "/v1/models", Access.OPTIONAL_KEY, TestEdge::who),
                Route.blocking("POST", "/v1/chat/completions", Access.INFERENCE, TestEdge::echo),
                Route.blocking("GET", "/v1/keys/{hash}", Access.MANAGEMENT, TestEdge::who),
                Route.blocking("GET", "/v1/key", Access.ANY_KEY, TestEdge::who),
                Route.blocking(
                        "GET",
                        "/v1/model/{author}/{slug}",
                        Access.PUBLIC,
                        r -> Response.text(
                                200,
                                r.head().pathParameter("author") + " "
                                        + r.head().pathParameter("slug"))),
                Route.blocking("GET", "/bug", Access.PUBLIC, _ -> {
                    throw new IllegalStateException("secret detail");
                }),
                Route.blocking("GET", "/refuses", Access.PUBLIC, _ -> {
                    throw new ApiException(new ApiError.NotFound("No such thing"));
                }),
                Route.blocking(
                        "GET",
                        "/split",
                        Access.PUBLIC,
                        r -> Response.text(200, "ok")
                                .withHeader("X-Name", r.head().queryParameter("name") + ""))));
        routes.addAll(List.of(more));
        server = EdgeServer.start(settings.host("127.0.0.1").port(0).loops(2).build(), routes, keys, allocator);
    }

    /// Waits short enough for tests, long enough for a busy machine.
    static EdgeSettings.Builder settings() {
        return EdgeSettings.defaults()
                .headerDeadline(Duration.ofSeconds(5))
                .bodyDeadline(Duration.ofSeconds(5))
                .max401sPerMinute(10_000);
    }

    private static Response echo(Request request) {
        return Response.text(200, new String(request.body(), StandardCharsets.ISO_8859_1));
    }

    private static void relayEcho(Exchange exchange) {
        ByteBuf body = exchange.alloc().buffer().writeBytes(exchange.body().duplicate());
        exchange.respond(200, EmptyHttpHeaders.INSTANCE, body);
    }

    private static Response who(Request request) {
        return Response.text(
                200,
                request.principal() instanceof Caller caller ? caller.kind().name() : "nobody");
    }

    RawConnection connect() {
        return new RawConnection(server.port());
    }

    long usedMemory() {
        return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
    }

    /// Stops the server; every connection must be gone and every buffer given back.
    @Override
    public void close() {
        keys.hang.countDown();
        server.close();
        until(() -> usedMemory() == 0, "buffers were forgotten: " + usedMemory() + " bytes");
        until(() -> server.stats().openRequests() == 0, "requests were forgotten");
        until(() -> server.stats().bufferedBytes() == 0, "buffered bytes were forgotten");
        until(() -> server.stats().connections() == 0, "connections were forgotten");
    }

    /// Waits up to twenty seconds for something to become true.
    static void until(BooleanSupplier condition, String otherwise) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(otherwise);
            }
            Thread.onSpinWait();
            pause(2);
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("waited too long");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
