package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.Main;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Header;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import dev.faregate.testkit.TokenCounts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/// A server under load that is killed again and again (reliability, check 7): no answer that a client had
/// in full is without its generation, the database is whole, and what is charged is the provider's bill for
/// all but the few requests that were in flight, and never below it.
class KillLoopFlowTest {
    private static final boolean LONG = Boolean.getBoolean("faregate.long");

    /// Each has its own upstream, which remembers all that it was asked; 200 kills in the long run, in half an
    /// hour, or five times `-Dfaregate.kills.folders`.
    private static final int FOLDERS = LONG ? Integer.getInteger("faregate.kills.folders", 40) : 1;

    private static final int CYCLES = LONG ? 5 : 3;
    private static final Duration LOAD = Duration.ofMillis(LONG ? 4_000 : 2_000);
    private static final int CALLERS = 4;

    /// None in the long run: as many requests as two cores serve, some two thousand a second.
    private static final Duration CHUNK_DELAY = Duration.ofMillis(LONG ? 0 : 1);

    private static final String BODY = TestServer.chat("test/priced", "\"max_tokens\":200");
    private static final String STREAM = TestServer.chat("test/priced", "\"stream\":true,\"max_tokens\":200");

    /// Ids of generations whose answers were read to the end.
    private final Queue<String> answered = new ConcurrentLinkedQueue<>();

    private long requests;
    private long inFull;

    @Test
    void losesNoAnsweredRequestAndChargesTheProvidersBill() throws Exception {
        SplittableRandom random = new SplittableRandom(20_261_126);
        for (int i = 0; i < FOLDERS; i++) {
            answered.clear();
            killAgainAndAgain(random);
        }
        if (LONG) {
            System.out.printf("kill loop: %d of %d requests charged in full%n", inFull, requests);
            assertThat(inFull * 1_000).isLessThanOrEqualTo(requests);
        }
    }

    private void killAgainAndAgain(SplittableRandom random) throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            upstream.script(Script.answer().chunks(5).chunkDelay(CHUNK_DELAY));
            Path folder = ChildServer.folder(upstream, "");
            for (int cycle = 0; cycle < CYCLES; cycle++) {
                try (ChildServer server = ChildServer.start(folder, List.of(), Main.class, "serve")) {
                    int port = server.port();
                    List<Thread> callers = new ArrayList<>();
                    for (int i = 0; i < CALLERS; i++) {
                        boolean stream = i % 2 == 0;
                        callers.add(Thread.ofVirtual().start(() -> callUntilItDies(port, stream)));
                    }
                    Thread.sleep(LOAD.plusMillis(random.nextInt(500)));
                    server.kill();
                    for (Thread caller : callers) {
                        assertThat(caller.join(Duration.ofSeconds(30))).isTrue();
                    }
                }
            }
            upstream.truth().awaitFinished(upstream.truth().count(), Duration.ofSeconds(10));
            try (NextLife next = NextLife.in(folder)) {
                check(next, upstream.truth().all());
            }
        }
    }

    private void callUntilItDies(int port, boolean stream) {
        try {
            while (true) {
                try (RawClient client = WatchedClient.connect(port)) {
                    for (int i = 0; i < 50; i++) {
                        client.post(
                                "/v1/chat/completions",
                                stream ? STREAM : BODY,
                                new Header("Authorization", "Bearer " + TestServer.INFERENCE_KEY));
                        note(client, stream);
                    }
                }
            }
        } catch (IOException e) {
            // The server is gone, as it was meant to be.
            return;
        }
    }

    private void note(RawClient client, boolean stream) throws IOException {
        RawClient.Response response = client.response();
        assertThat(response.status()).isEqualTo(200);
        boolean whole = response.ending() == RawClient.Ending.COMPLETE
                && (!stream || response.text().strip().endsWith("data: [DONE]"));
        if (!whole) {
            throw new IOException("cut");
        }
        answered.add(response.head().header("X-Generation-Id").orElseThrow().substring("gen-".length()));
    }

    private void check(NextLife next, List<Exchange> asked) {
        String integrity = next.faregate
                .database()
                .read(tx -> tx.sql().fetchSingle("PRAGMA integrity_check").get(0, String.class));
        assertThat(integrity).isEqualTo("ok");
        Map<String, NextLife.Row> byId = new HashMap<>();
        Map<String, NextLife.Row> byUpstream = new HashMap<>();
        List<NextLife.Row> rows = next.rows();
        for (NextLife.Row row : rows) {
            byId.put(row.id(), row);
            if (row.upstreamId() != null) {
                byUpstream.put(row.upstreamId(), row);
            }
        }
        assertThat(answered).as("answers without a generation").allMatch(byId::containsKey);
        Set<String> exactIds = new HashSet<>();
        rows.stream().filter(row -> row.source().equals("exact")).forEach(row -> exactIds.add(row.id()));
        assertThat(exactIds).containsAll(answered);
        List<Long> unmatched = new ArrayList<>();
        for (Exchange exchange : asked) {
            long bill = bill(exchange.produced());
            NextLife.Row row = byUpstream.get("chatcmpl-sim" + exchange.sequence());
            if (row == null) {
                unmatched.add(bill);
            } else {
                assertThat(row.charge()).isEqualTo(bill);
            }
        }
        // Which charge without a record belongs to which bill is not known, but each bill needs one of its own.
        List<Long> charges = rows.stream()
                .filter(row -> row.upstreamId() == null && row.charge() > 0)
                .map(NextLife.Row::charge)
                .sorted(Comparator.reverseOrder())
                .toList();
        unmatched.sort(Comparator.reverseOrder());
        assertThat(charges)
                .as("a charge for each request that has no record")
                .hasSizeGreaterThanOrEqualTo(unmatched.size());
        for (int i = 0; i < unmatched.size(); i++) {
            assertThat(charges.get(i)).as("never below the bill").isGreaterThanOrEqualTo(unmatched.get(i));
        }
        long exact = rows.stream().filter(row -> row.source().equals("exact")).count();
        long above = rows.stream().filter(row -> row.source().equals("orphan")).count();
        System.out.printf(
                "kill loop: %d cycles, %d requests, %d answered, %d exact, %d charged in full, %d never sent%n",
                CYCLES, rows.size(), answered.size(), exact, above, rows.size() - exact - above);
        assertThat(above)
                .as("only what was in flight is charged above its bill")
                .isLessThanOrEqualTo(CYCLES * CALLERS);
        requests += rows.size();
        inFull += above;
    }

    private static long bill(TokenCounts tokens) {
        return tokens.prompt() * 2_500 + tokens.completion() * 10_000;
    }
}
