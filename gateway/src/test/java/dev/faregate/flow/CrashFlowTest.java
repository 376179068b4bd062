package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.Faregate;
import dev.faregate.Main;
import dev.faregate.credits.JooqBooks;
import dev.faregate.server.Config;
import dev.faregate.server.Environment;
import dev.faregate.testkit.Header;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// A server in a process of its own that dies without a word (kill -9), and what the next life finds:
/// every hold settled or charged in full as an orphan, none lost, the books balanced (ledger, 2.3).
class CrashFlowTest {
    private static final int STREAMS = 200;

    @Test
    void everyHoldIsSettledOrChargedInFullAfterAKill() throws Exception {
        Path folder = TestServer.temporaryFolder();
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            upstream.script(Script.answer().chunks(400).chunkDelay(Duration.ofMillis(50)));
            Files.writeString(folder.resolve("faregate.yaml"), TestServer.yaml(upstream));
            Process process = serve(folder);
            try {
                int port = port(folder);
                // Some requests that end well, so that there is something that must survive.
                upstream.enqueue(Script.answer(), Script.answer(), Script.answer());
                for (int i = 0; i < 3; i++) {
                    try (RawClient client = chat(port, "\"stream\":true")) {
                        assertThat(client.events(client.head()).all().getLast()).isEqualTo("[DONE]");
                    }
                }
                List<RawClient> running = new ArrayList<>();
                for (int i = 0; i < STREAMS; i++) {
                    running.add(chat(port, "\"stream\":true,\"max_tokens\":1000"));
                }
                upstream.truth().awaitCount(STREAMS + 3L, Duration.ofSeconds(30));
                running.get(0).events(running.get(0).head()).next();
                process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
                for (RawClient client : running) {
                    client.close();
                }
            } finally {
                process.destroyForcibly();
            }
            nextLife(folder);
        }
    }

    private static void nextLife(Path folder) throws IOException {
        Config config = Config.load(new Config.Sources(
                Map.of("port", "0", "admin.port", "0", "data", "data", "timeouts.balancer", "1ms"),
                new Environment(Map.of()),
                folder));
        try (Faregate next = Faregate.start(config)) {
            assertThat(next.firstStart()).as("not a first start").isEmpty();
            List<String> wrong = next.database().read(tx -> new JooqBooks().audit(tx));
            assertThat(wrong).as("trial balance").isEmpty();
            long held = TestServer.number(next, "SELECT COALESCE(SUM(held), 0) FROM limit_window");
            long holds = TestServer.number(next, "SELECT COUNT(*) FROM hold");
            long postings = TestServer.number(next, "SELECT COUNT(*) FROM posting");
            long orphans = TestServer.number(next, "SELECT COUNT(*) FROM generation WHERE cost_source = 'orphan'");
            assertThat(held).isZero();
            assertThat(holds).isZero();
            assertThat(postings).isEqualTo(STREAMS + 3L);
            assertThat(orphans).isEqualTo(STREAMS);
            // The bound of each: its bytes, 16 for the message, 256 of preamble, and 1000 tokens of answer.
            String body = TestServer.chat("test/priced", "\"stream\":true,\"max_tokens\":1000");
            long full = (body.length() + 16 + 256) * 2_500L + 1_000 * 10_000L;
            long charged =
                    TestServer.number(next, "SELECT SUM(charge_nanos) FROM generation WHERE cost_source = 'orphan'");
            assertThat(BigDecimal.valueOf(charged)).isEqualByComparingTo(BigDecimal.valueOf(full * STREAMS));
        }
    }

    private static RawClient chat(int port, String more) throws IOException {
        RawClient client = RawClient.connect("127.0.0.1", port);
        client.post(
                "/v1/chat/completions",
                TestServer.chat("test/priced", more),
                new Header("Authorization", "Bearer " + TestServer.INFERENCE_KEY));
        return client;
    }

    /// The real program, as `./faregate serve` runs it.
    private static Process serve(Path folder) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--port",
                "0",
                "--admin-port",
                "0");
        builder.directory(folder.toFile());
        builder.environment().put("FAREGATE_BOOTSTRAP_KEY", TestServer.INFERENCE_KEY);
        builder.environment().put("FAREGATE_BOOTSTRAP_MANAGEMENT_KEY", TestServer.MANAGEMENT_KEY);
        builder.redirectErrorStream(true).redirectOutput(new File(folder.toFile(), "out.log"));
        return builder.start();
    }

    /// The port that the program says it listens on.
    private static int port(Path folder) throws Exception {
        Pattern said = Pattern.compile("Listening on 127\\.0\\.0\\.1:(\\d+)");
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        Path log = folder.resolve("out.log");
        while (System.nanoTime() < deadline) {
            Matcher found = said.matcher(Files.readString(log));
            if (found.find()) {
                return Integer.parseInt(found.group(1));
            }
            Thread.sleep(50);
        }
        throw new AssertionError("the server did not start: " + Files.readString(log));
    }
}
