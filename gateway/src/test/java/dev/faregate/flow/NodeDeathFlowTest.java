package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.Main;
import dev.faregate.testkit.Header;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// A node in a process of its own that dies without a word (kill -9): another one charges what it held, in full
/// (ledger, 2.4 "Node death"). When it comes back, its flight recorder lowers what it can account for.
class NodeDeathFlowTest {
    private static final int STREAMS = 30;

    @Test
    void anotherNodeChargesWhatTheDeadOneHeldUntilItComesBackAndKnowsBetter() throws Exception {
        try (Cluster cluster = new Cluster(1)) {
            cluster.upstream.forModel("stops", Script.answer().chunks(600).chunkDelay(Duration.ofMillis(100)));
            Path folder = TestServer.temporaryFolder();
            Files.writeString(folder.resolve("faregate.yaml"), TestServer.yaml(cluster.upstream) + Cluster.MORE);
            Process process = serve(folder, cluster.url);
            try {
                streamsUntil(cluster, port(folder, process), process);
            } finally {
                process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
            cluster.requireQuiet();
            TestServer living = cluster.node(0);
            assertThat(orphans(living)).isEqualTo(STREAMS);
            long full = TestServer.number(living.faregate, "SELECT MIN(charged) FROM posting");
            // A thousand tokens of answer at 10 USD per million, and the prompt's bound.
            assertThat(full).isGreaterThan(10_000_000L);
            assertThat(TestServer.number(living.faregate, "SELECT MAX(charged) FROM posting"))
                    .isEqualTo(full);
            assertThat(living.usage(TestServer.INFERENCE_KEY)).isEqualByComparingTo(cluster.charged());

            Files.delete(folder.resolve("out.log"));
            Process next = serve(folder, cluster.url);
            try {
                port(folder, next);
                assertThat(orphans(living)).isZero();
                assertThat(TestServer.number(living.faregate, "SELECT MAX(charged) FROM posting"))
                        .isLessThan(full)
                        .isPositive();
                assertThat(living.usage(TestServer.INFERENCE_KEY)).isEqualByComparingTo(cluster.charged());
            } finally {
                next.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
        }
    }

    /// Begins streams and kills the process in the middle of them.
    private static void streamsUntil(Cluster cluster, int port, Process process) throws Exception {
        List<RawClient> running = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            RawClient client = WatchedClient.connect(port);
            client.post(
                    "/v1/chat/completions",
                    TestServer.chat("test/stops", "\"stream\":true,\"max_tokens\":1000"),
                    new Header("Authorization", "Bearer " + TestServer.INFERENCE_KEY));
            running.add(client);
        }
        cluster.upstream.truth().awaitCount(STREAMS, TestServer.PATIENCE);
        assertThat(cluster.node(0).held()).isPositive();
        // Something was delivered on each, so what can be billed was counted.
        for (RawClient client : running) {
            assertThat(client.events(client.head()).next()).isNotNull();
        }
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        for (RawClient client : running) {
            client.close();
        }
    }

    private static long orphans(TestServer server) {
        return TestServer.number(server.faregate, "SELECT COUNT(*) FROM generation WHERE cost_source = 'orphan'");
    }

    /// The real program, as `./faregate serve --database` runs it.
    private static Process serve(Path folder, String url) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--database",
                url,
                "--port",
                "0",
                "--admin-port",
                "0");
        builder.directory(folder.toFile());
        builder.redirectErrorStream(true).redirectOutput(new File(folder.toFile(), "out.log"));
        return builder.start();
    }

    private static int port(Path folder, Process process) throws Exception {
        Pattern said = Pattern.compile("Listening on 127\\.0\\.0\\.1:(\\d+)");
        Path log = folder.resolve("out.log");
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (System.nanoTime() - end < 0 && process.isAlive()) {
            Matcher found = said.matcher(Files.readString(log));
            if (found.find()) {
                return Integer.parseInt(found.group(1));
            }
            Thread.sleep(50);
        }
        throw new AssertionError("the server did not start: " + Files.readString(log));
    }
}
