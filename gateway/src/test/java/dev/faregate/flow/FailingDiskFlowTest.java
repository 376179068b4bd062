package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.faregate.Faregate;
import dev.faregate.Main;
import dev.faregate.credits.JooqBooks;
import dev.faregate.server.Config;
import dev.faregate.server.Environment;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Disks that fail and disks that are full, for real (reliability, check 39).
class FailingDiskFlowTest {
    private static final String WHOLE = TestServer.chat("test/priced", "\"max_tokens\":20");

    /// A limit on the size of files makes a write fail with an I/O error, as a broken disk does.
    @Test
    void anIoErrorEndsTheProcessWithItsOwnCodeAndLosesNoAnswer() throws Exception {
        assumeThat(Path.of("/bin/sh")).exists();
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            Path folder = ChildServer.folder(upstream, "");
            Set<String> answered = new HashSet<>();
            // 10,000 blocks of 512 bytes: the write-ahead log reaches that before it is copied back.
            List<String> limited = List.of("/bin/sh", "-c", "ulimit -f 10000; exec \"$0\" \"$@\"");
            try (ChildServer server = ChildServer.start(folder, limited, Main.class, "serve")) {
                int port = server.port();
                while (server.isAlive() && answered.size() < 5_000) {
                    answered.addAll(answers(port));
                }
                assertThat(server.exitCode(Duration.ofSeconds(60)))
                        .as(server.log())
                        .isEqualTo(4);
                assertThat(server.log()).contains("the disk failed");
            }
            try (NextLife next = NextLife.in(folder)) {
                Set<String> rows = new HashSet<>();
                next.rows().stream().filter(row -> row.source().equals("exact")).forEach(row -> rows.add(row.id()));
                assertThat(answered).isNotEmpty();
                assertThat(rows).containsAll(answered);
            }
        }
    }

    /// Ids of the generations that were answered in full, until one is not.
    private static Set<String> answers(int port) {
        Set<String> answered = new HashSet<>();
        try {
            while (true) {
                try (RawClient client = ChildServer.chat(port, WHOLE)) {
                    RawClient.Response response = client.response();
                    if (response.status() != 200 || response.ending() != RawClient.Ending.COMPLETE) {
                        assertThat(response.status()).isIn(200, 503);
                        return answered;
                    }
                    answered.add(response.head()
                            .header("X-Generation-Id")
                            .orElseThrow()
                            .substring("gen-".length()));
                }
            }
        } catch (IOException e) {
            return answered;
        }
    }

    @Test
    void aFullDiskAdmitsNothingButSettlesWhatRunsAndGoesOnWhenThereIsRoom() throws Exception {
        Path folder = TestServer.temporaryFolder();
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder.toString()))
                .as("this machine lets us mount a small disk")
                .isTrue();
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            Files.writeString(folder.resolve("faregate.yaml"), TestServer.yaml(upstream));
            try (Faregate faregate = Faregate.start(config(folder))) {
                fullAndBack(faregate, upstream, folder);
            }
        } finally {
            // Lazily: the mapped recorder is only unmapped by the garbage collector.
            run("umount", "-l", folder.toString());
        }
    }

    private static void fullAndBack(Faregate faregate, ScriptedUpstream upstream, Path folder) throws Exception {
        Path reserve = folder.resolve("data").resolve("reserve");
        eventually(() -> Files.exists(reserve));
        upstream.enqueue(Script.answer().chunks(100).chunkDelay(Duration.ofMillis(40)));
        try (RawClient running = ChildServer.chat(
                faregate.port(), TestServer.chat("test/priced", "\"stream\":true,\"max_tokens\":1000"))) {
            RawClient.Head head = running.head();
            Path filler = fill(folder);
            int status = 200;
            for (int i = 0; i < 500 && status == 200; i++) {
                status = status(faregate);
            }
            assertThat(status).as("no room for new holds").isEqualTo(503);
            assertThat(reserve).doesNotExist();
            assertThat(running.events(head).all().getLast())
                    .as("what runs is settled")
                    .isEqualTo("[DONE]");
            String recorded = "SELECT COUNT(*) FROM generation WHERE cost_source = 'exact' AND id = '"
                    + head.header("X-Generation-Id").orElseThrow().substring("gen-".length()) + "'";
            eventually(() -> TestServer.number(faregate, recorded) == 1);
            assertThat(reserve).as("the disk is still full").doesNotExist();
            Files.delete(filler);
        }
        eventually(() -> status(faregate) == 200);
        assertThat(reserve).hasSize(4 << 20);
        assertThat(faregate.failure()).isNull();
        List<String> wrong = faregate.database().read(tx -> new JooqBooks().audit(tx));
        assertThat(wrong).isEmpty();
        assertThat(TestServer.number(faregate, "SELECT COUNT(*) FROM hold")).isZero();
    }

    private static Path fill(Path folder) throws IOException {
        Path filler = folder.resolve("filler");
        try (FileChannel channel = FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int size = 1 << 16; size >= 512; size >>= 1) {
                try {
                    while (true) {
                        channel.write(ByteBuffer.allocate(size));
                    }
                } catch (IOException e) {
                    // No room for so many; fewer may still fit.
                    continue;
                }
            }
        }
        return filler;
    }

    private static int status(Faregate faregate) throws IOException {
        try (RawClient client = ChildServer.chat(faregate.port(), WHOLE)) {
            return client.response().status();
        }
    }

    private static Config config(Path folder) {
        return Config.load(new Config.Sources(
                Map.of(
                        "port", "0",
                        "admin.port", "0",
                        "data", "data",
                        "timeouts.balancer", "1ms",
                        "limits.requests", "1000",
                        "disk.reserve", "4MiB"),
                new Environment(Map.of(
                        "FAREGATE_BOOTSTRAP_KEY", TestServer.INFERENCE_KEY,
                        "FAREGATE_BOOTSTRAP_MANAGEMENT_KEY", TestServer.MANAGEMENT_KEY)),
                folder));
    }

    private static boolean run(String... command) throws Exception {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private interface Check {
        boolean holds() throws Exception;
    }

    private static void eventually(Check check) throws Exception {
        long end = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (!check.holds()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(50);
        }
    }
}
