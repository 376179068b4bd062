package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.credits.JooqBooks;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.Header;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import dev.faregate.testkit.UsageReport;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Clients that hang up at every point of a stream (reliability, checks 16 and 18).
class AbortFlowTest {
    private static final int CHUNKS = 50;
    private static final int CANCELLED = Boolean.getBoolean("faregate.long") ? 10_000 : 300;

    /// Hold of each: 2,000 tokens of output and a prompt of some four hundred bytes.
    private static final BigDecimal MOST = new BigDecimal("0.0225");

    /// How an endpoint treats a caller who leaves.
    enum Policy {
        /// It stops, and bills what it delivered.
        STOPS("test/stops", UsageReport.When.WHEN_ASKED),
        /// It goes on, and bills the whole answer, which it reports.
        DRAINS("test/priced", UsageReport.When.WHEN_ASKED),
        /// It goes on, and never says what it bills.
        SILENT("test/priced", UsageReport.When.NEVER);

        private final String model;
        private final UsageReport.When usage;

        Policy(String model, UsageReport.When usage) {
            this.model = model;
            this.usage = usage;
        }
    }

    private ScriptedUpstream upstream;
    private TestServer server;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        server = TestServer.start(upstream);
    }

    @AfterEach
    void stop() {
        assertThat((List<String>) server.faregate.database().read(new JooqBooks()::audit))
                .isEmpty();
        server.close();
        upstream.close();
    }

    @ParameterizedTest
    @EnumSource
    void anAbortAtEveryChunkIsChargedByThePolicyOfTheEndpoint(Policy policy) throws Exception {
        upstream.script(Script.answer()
                .promptTokens(100)
                .completionTokens(CHUNKS)
                .chunks(CHUNKS)
                .chunkDelay(Duration.ofMillis(4))
                .usage(policy.usage));
        List<Future<String>> left = new ArrayList<>();
        Semaphore atOnce = new Semaphore(16);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int chunk = 1; chunk <= CHUNKS; chunk++) {
                int after = chunk;
                left.add(threads.submit(() -> {
                    atOnce.acquire();
                    try {
                        return leaveAfter(after, policy.model);
                    } finally {
                        atOnce.release();
                    }
                }));
            }
            for (Future<String> id : left) {
                id.get();
            }
        }
        awaitNothingHeld();
        for (int chunk = 1; chunk <= CHUNKS; chunk++) {
            String id = left.get(chunk - 1).get().substring("gen-".length());
            long nanos =
                    TestServer.number(server.faregate, "SELECT charged FROM posting WHERE generation = '" + id + "'");
            BigDecimal charged = BigDecimal.valueOf(nanos, 9);
            assertThat(charged).as("left after chunk %d", chunk).isPositive().isLessThanOrEqualTo(MOST);
            BigDecimal delivered = new BigDecimal("0.00001").multiply(BigDecimal.valueOf(chunk - 1));
            switch (policy) {
                case DRAINS -> assertThat(charged).as("the whole answer").isEqualByComparingTo("0.00075");
                case STOPS, SILENT ->
                    assertThat(charged).as("at least what came").isGreaterThanOrEqualTo(delivered);
            }
        }
    }

    @Test
    void cancelledRequestsLeaveNothingBehind() throws Exception {
        upstream.script(Script.answer().chunks(200).chunkDelay(Duration.ofMillis(5)));
        Semaphore atOnce = new Semaphore(48);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> all = new ArrayList<>();
            for (int i = 0; i < CANCELLED; i++) {
                int events = 1 + i % 4;
                all.add(threads.submit(() -> {
                    atOnce.acquire();
                    try {
                        return leaveAfter(events, "test/stops");
                    } finally {
                        atOnce.release();
                    }
                }));
            }
            for (Future<String> one : all) {
                one.get();
            }
        }
        awaitNothingHeld();
        upstream.script(Script.answer());
        HttpResponse<String> next = server.chat(TestServer.chat("test/stops", "\"max_tokens\":4000"));
        assertThat(next.statusCode()).isEqualTo(200);
    }

    private String leaveAfter(int events, String model) throws IOException {
        try (RawClient client = WatchedClient.connect(server.port(), Duration.ofSeconds(30))) {
            client.post(
                    "/v1/chat/completions",
                    TestServer.chat(model, "\"stream\":true,\"max_tokens\":2000"),
                    new Header("Authorization", "Bearer " + TestServer.INFERENCE_KEY));
            RawClient.Head head = client.head();
            EventReader reader = client.events(head);
            for (int i = 0; i < events; i++) {
                reader.next();
            }
            client.reset();
            return head.header("X-Generation-Id").orElseThrow();
        }
    }

    /// Reliability, check 18: within ten seconds of quiet.
    private void awaitNothingHeld() throws InterruptedException {
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (server.held().signum() != 0 && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(server.held()).isZero();
    }
}
