package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Clients that hang up (contract 1.2, ledger 2.2): where the provider stops billing when we hang up too,
/// we do, and charge what was delivered; elsewhere the answer is read to its end and its reported usage
/// charged.
class CancelFlowTest extends FreshServer {
    /// Reads some events of a stream and leaves; the id of the generation.
    private String leaveAfter(int events, String model) throws IOException {
        try (RawClient client = server.rawChat(TestServer.chat(model, "\"stream\":true,\"max_tokens\":2000"))) {
            RawClient.Head head = client.head();
            EventReader reader = client.events(head);
            for (int i = 0; i < events; i++) {
                reader.next();
            }
            client.reset();
            return head.header("X-Generation-Id").orElseThrow();
        }
    }

    private JsonNode settled(String id) throws InterruptedException {
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (true) {
            try {
                return server.generation(id);
            } catch (AssertionError e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(20);
            }
        }
    }

    @Test
    void closesTheUpstreamAndChargesWhatWasDelivered() throws Exception {
        upstream.script(Script.answer().chunks(1_000).chunkDelay(Duration.ofMillis(10)));
        long begun = System.nanoTime();
        String id = leaveAfter(20, "test/stops");
        List<Exchange> asked = upstream.truth().awaitFinished(1, Duration.ofSeconds(3));
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
        assertThat(asked.getFirst().outcome()).isEqualTo(Exchange.Outcome.CLIENT_GONE);
        assertThat(asked.getFirst().progress().chunks()).isLessThan(200);
        JsonNode generation = settled(id);
        assertThat(generation.get("cancelled").asBoolean()).isTrue();
        long delivered = asked.getFirst().progress().delivered();
        BigDecimal cost = generation.get("total_cost").decimalValue();
        // Never less than what was delivered, and far from the whole answer or the hold of 2,000 tokens.
        assertThat(cost).isGreaterThanOrEqualTo(new BigDecimal("0.00001").multiply(BigDecimal.valueOf(15)));
        assertThat(cost).isLessThan(new BigDecimal("0.0115"));
        assertThat(delivered).isGreaterThanOrEqualTo(15);
    }

    @Test
    void readsOnWhereHangingUpSavesNothing() throws Exception {
        upstream.script(
                Script.answer().chunks(60).chunkDelay(Duration.ofMillis(10)).promptTokens(100));
        String id = leaveAfter(5, "test/priced");
        List<Exchange> asked = upstream.truth().awaitFinished(1, TestServer.PATIENCE);
        assertThat(asked.getFirst().outcome()).isEqualTo(Exchange.Outcome.COMPLETED);
        JsonNode generation = settled(id);
        assertThat(generation.get("cancelled").asBoolean()).isTrue();
        assertThat(generation.get("native_tokens_completion").asInt()).isEqualTo(60);
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.00085");
    }

    @Test
    void noticesAClientThatLeavesDuringSilence() throws Exception {
        assertThat(untilNoticed(RawClient::reset)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void noticesAPoliteGoodbyeDuringSilenceToo() throws Exception {
        assertThat(untilNoticed(RawClient::close)).isLessThan(Duration.ofSeconds(1));
    }

    private interface Leaving {
        void by(RawClient client) throws IOException;
    }

    /// How long it takes until the provider is hung up on; the shortest of up to three times, because a busy
    /// machine may itself be late.
    private Duration untilNoticed(Leaving leaving) throws Exception {
        upstream.script(Script.answer().latency(Duration.ofSeconds(30)));
        Duration best = Duration.ofDays(1);
        for (int i = 1; i <= 3 && best.toMillis() >= 1_000; i++) {
            RawClient client = server.rawChat(TestServer.chat("test/stops", "\"stream\":true"));
            upstream.truth().awaitCount(i, TestServer.PATIENCE);
            long left = System.nanoTime();
            leaving.by(client);
            upstream.truth().awaitFinished(i, TestServer.PATIENCE);
            Duration took = Duration.ofNanos(System.nanoTime() - left);
            best = took.compareTo(best) < 0 ? took : best;
        }
        return best;
    }

    @Test
    void chargesAWholeAnswerThatNobodyWaitedFor() throws Exception {
        upstream.script(Script.answer()
                .latency(Duration.ofMillis(400))
                .promptTokens(100)
                .completionTokens(10));
        RawClient client = server.rawChat(TestServer.chat("test/stops", ""));
        upstream.truth().awaitCount(1, TestServer.PATIENCE);
        client.reset();
        upstream.truth().awaitFinished(1, TestServer.PATIENCE);
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (server.usage(TestServer.INFERENCE_KEY).signum() == 0 && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(server.usage(TestServer.INFERENCE_KEY)).isEqualByComparingTo("0.00035");
    }

    /// Nothing stays held: the next request that needs the whole limit is admitted.
    @Test
    void leavesNothingHeld() throws Exception {
        upstream.script(Script.answer().chunks(500).chunkDelay(Duration.ofMillis(5)));
        for (int i = 0; i < 20; i++) {
            leaveAfter(1 + i % 5, "test/stops");
        }
        upstream.truth().awaitFinished(20, TestServer.PATIENCE);
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (server.held().signum() != 0 && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(server.held()).isZero();
    }
}
