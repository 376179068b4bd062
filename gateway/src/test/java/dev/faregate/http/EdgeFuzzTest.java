package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.faregate.base.ApiException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Runs its seeds as a plain test; with `JAZZER_FUZZ=1` it searches on. The seeds lie in the resources beside it.
class EdgeFuzzTest {
    private static final AtomicInteger REACHED = new AtomicInteger();
    private static final Router ROUTER = new Router(List.of(
            Route.relay("GET", "/health/live", Access.PUBLIC, EdgeFuzzTest::answer),
            Route.relay("POST", "/echo", Access.PUBLIC, EdgeFuzzTest::answer),
            Route.relay("GET", "/v1/keys/{hash}", Access.MANAGEMENT, _ -> REACHED.incrementAndGet()),
            Route.relay("POST", "/v1/{a}/{b}", Access.ANY_KEY, _ -> REACHED.incrementAndGet())));

    private static void answer(Exchange exchange) {
        exchange.respond(200, EmptyHttpHeaders.INSTANCE, Unpooled.wrappedBuffer(new byte[] {'o', 'k'}));
    }

    /// A target is refused or has one plain meaning: reading its path again changes nothing.
    @FuzzTest
    void aTargetHasOneMeaning(FuzzedDataProvider data) {
        String raw = data.consumeRemainingAsString();
        Target target;
        try {
            target = Target.parse(raw, "host");
        } catch (ApiException e) {
            return;
        }
        assertThat(target.path()).startsWith("/").doesNotContain("//", "/../", "/./", ";", "\\", "\0");
        assertThat(Target.parse(target.path(), "host").path()).isEqualTo(target.path());
        if (ROUTER.match("GET", target.path()) instanceof Router.Match.Found found) {
            assertThat(found.parameters().values()).noneMatch(value -> value.isEmpty() || value.contains("/"));
        }
    }

    /// Any bytes in any pieces: no exception, no forgotten buffer, no stranger at a protected handler, and nothing but
    /// whole answers of ours out.
    @FuzzTest
    void anyBytesAreAnsweredOrRefused(FuzzedDataProvider data) {
        EdgeSettings settings = EdgeSettings.defaults()
                .maxBodyBytes(10_000)
                .maxRequestLineBytes(1_000)
                .maxHeaderBytes(2_000)
                .maxHeaders(20)
                .build();
        Edge edge = new Edge(settings, ROUTER, new TestEdge.Keys(), null);
        EmbeddedChannel channel = new EmbeddedChannel();
        EdgeServer.open(edge, channel);
        channel.pipeline().fireChannelActive();
        int piece = data.consumeInt(1, 64);
        byte[] bytes = data.consumeRemainingAsBytes();
        for (int from = 0; from < bytes.length && channel.isOpen(); from += piece) {
            int length = Math.min(piece, bytes.length - from);
            channel.writeInbound(Unpooled.copiedBuffer(bytes, from, length));
            channel.runPendingTasks();
        }
        check(channel);
        channel.finishAndReleaseAll();
        assertThat(REACHED).hasValue(0);
        assertThat(edge.stats().bugs()).isZero();
        assertThat(edge.stats().openRequests()).isZero();
        assertThat(edge.stats().bufferedBytes()).isZero();
    }

    private static void check(EmbeddedChannel channel) {
        channel.checkException();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            String text = out.toString(StandardCharsets.ISO_8859_1);
            out.release();
            assertThat(text).startsWith("HTTP/1.1 ").doesNotStartWith("HTTP/1.1 5");
        }
    }
}
