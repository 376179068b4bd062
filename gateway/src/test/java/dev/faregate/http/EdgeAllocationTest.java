package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// What the edge costs the heap per request: its share of the 16 KB that design section 8 allows for all of it.
class EdgeAllocationTest {
    private static final int WARM_UP = 4_000;
    private static final int MEASURED = 4_000;
    private static final int ALLOWED_BYTES = 6 * 1024;

    @Test
    void aRequestOfOneKilobyteCostsLittleOnTheLoop() {
        AtomicLong loop = new AtomicLong();
        Route relay = Route.relay("POST", "/v1/chat/completions", Access.INFERENCE, exchange -> {
            loop.set(Thread.currentThread().threadId());
            ByteBuf body =
                    exchange.alloc().buffer(1_100).writeBytes(exchange.body().duplicate());
            exchange.respond(200, EmptyHttpHeaders.INSTANCE, body);
        });
        TestEdge.Caller caller = new TestEdge.Caller(TestEdge.Kind.INFERENCE);
        Authenticator.Answer known = new Authenticator.Answer.Known(caller);
        Authenticator everybody = new Authenticator() {
            @Override
            public Answer recall(RequestHead head) {
                return known;
            }

            @Override
            public Answer lookUp(RequestHead head) {
                return known;
            }
        };
        EdgeSettings settings = EdgeSettings.defaults().port(0).loops(1).build();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        String body = "x".repeat(1_000);
        try (EdgeServer server = EdgeServer.start(settings, List.of(relay), everybody);
                RawConnection client = new RawConnection(server.port())) {
            ask(client, body, WARM_UP);
            long before = threads.getThreadAllocatedBytes(loop.get());
            ask(client, body, MEASURED);
            long each = (threads.getThreadAllocatedBytes(loop.get()) - before) / MEASURED;
            System.out.println("edge: " + each + " bytes allocated per request of 1 KB");
            assertThat(each).isBetween(1L, (long) ALLOWED_BYTES);
        }
    }

    private static void ask(RawConnection client, String body, int times) {
        for (int i = 0; i < times; i++) {
            RawConnection.Answer answer = client.post(
                    "/v1/chat/completions",
                    body,
                    "Authorization: Bearer inference",
                    "Content-Type: application/json",
                    "User-Agent: OpenAI/Python 2.0",
                    "Accept: application/json");
            assertThat(answer.body()).hasSize(1_000);
        }
    }
}
