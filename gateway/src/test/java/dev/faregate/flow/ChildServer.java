package dev.faregate.flow;

import dev.faregate.testkit.Header;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.ScriptedUpstream;
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

/// A server in a process of its own, so that it can be killed: the real program, or a test program that
/// makes the same server. Its output is in `out.log` of its folder.
final class ChildServer implements AutoCloseable {
    private static final Pattern LISTENS = Pattern.compile("Listening on 127\\.0\\.0\\.1:(\\d+)");
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    final Path folder;
    private final Process process;

    private ChildServer(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /// A fresh folder with a configuration that points at `upstream`.
    static Path folder(ScriptedUpstream upstream, String moreYaml) throws IOException {
        Path folder = TestServer.temporaryFolder();
        Files.writeString(folder.resolve("faregate.yaml"), TestServer.yaml(upstream) + moreYaml);
        return folder;
    }

    /// Starts `program` (a class with a `main`) in a folder. `before` stands before `java` on the command
    /// line.
    static ChildServer start(Path folder, List<String> before, Class<?> program, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.directory(folder.toFile());
        builder.environment().put("FAREGATE_PORT", "0");
        builder.environment().put("FAREGATE_ADMIN_PORT", "0");
        builder.environment().put("FAREGATE_BOOTSTRAP_KEY", TestServer.INFERENCE_KEY);
        builder.environment().put("FAREGATE_BOOTSTRAP_MANAGEMENT_KEY", TestServer.MANAGEMENT_KEY);
        builder.environment().putIfAbsent("FAREGATE_DISK_RESERVE", "0");
        builder.redirectErrorStream(true).redirectOutput(new File(folder.toFile(), "out.log"));
        return new ChildServer(folder, builder.start());
    }

    /// The port that the program says it listens on.
    int port() throws Exception {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            Matcher found = LISTENS.matcher(log());
            if (found.find()) {
                return Integer.parseInt(found.group(1));
            }
            Thread.sleep(20);
        }
        throw new AssertionError("the server did not start: " + log());
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("out.log"));
    }

    /// kill -9, and waits until it is gone.
    void kill() throws InterruptedException {
        if (!process.destroyForcibly().waitFor(10, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not die");
        }
    }

    /// Waits for the process to end by itself; its exit code.
    int exitCode(Duration limit) throws Exception {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("it still runs: " + log());
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// A connection on which a chat request was sent.
    static RawClient chat(int port, String body) throws IOException {
        RawClient client = WatchedClient.connect(port);
        client.post("/v1/chat/completions", body, new Header("Authorization", "Bearer " + TestServer.INFERENCE_KEY));
        return client;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
