package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.Main;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A server in a process of its own that dies without a word (kill -9), and what the next life finds:
/// every hold settled or charged in full as an orphan, none lost, the books balanced (ledger, 2.3).
class CrashFlowTest {
    private static final int STREAMS = 200;

    @Test
    void everyHoldIsSettledOrChargedInFullAfterAKill() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            upstream.script(Script.answer().chunks(400).chunkDelay(Duration.ofMillis(50)));
            Path folder = ChildServer.folder(upstream, "");
            String body = TestServer.chat("test/priced", "\"stream\":true,\"max_tokens\":1000");
            try (ChildServer server = ChildServer.start(folder, List.of(), Main.class, "serve")) {
                int port = server.port();
                // Some requests that end well, so that there is something that must survive.
                upstream.enqueue(Script.answer(), Script.answer(), Script.answer());
                for (int i = 0; i < 3; i++) {
                    try (RawClient client = ChildServer.chat(port, TestServer.chat("test/priced", "\"stream\":true"))) {
                        assertThat(client.events(client.head()).all().getLast()).isEqualTo("[DONE]");
                    }
                }
                List<RawClient> running = new ArrayList<>();
                for (int i = 0; i < STREAMS; i++) {
                    running.add(ChildServer.chat(port, body));
                }
                upstream.truth().awaitCount(STREAMS + 3L, Duration.ofSeconds(30));
                running.get(0).events(running.get(0).head()).next();
                server.kill();
                for (RawClient client : running) {
                    client.close();
                }
            }
            // The bound of each: its bytes, 16 for the message, 256 of preamble, and 1000 tokens of answer.
            long full = (body.length() + 16 + 256) * 2_500L + 1_000 * 10_000L;
            try (NextLife next = NextLife.in(folder)) {
                assertThat(next.rows()).hasSize(STREAMS + 3);
                assertThat(next.rows())
                        .filteredOn(row -> row.source().equals("orphan"))
                        .hasSize(STREAMS)
                        .allSatisfy(row -> assertThat(row.charge()).isEqualTo(full));
                assertThat(TestServer.number(next.faregate, "SELECT COUNT(*) FROM posting"))
                        .isEqualTo(STREAMS + 3L);
            }
        }
    }
}
