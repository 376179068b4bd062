package dev.faregate.testkit;

import static dev.faregate.testkit.Requests.PATH;
import static dev.faregate.testkit.Requests.STREAM;
import static dev.faregate.testkit.Requests.WHOLE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// The program as a process of its own.
class SimulateTest {
    private static final long LIMIT_SECONDS = 20;

    @TempDir
    private Path folder = Path.of("");

    private static Process start(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.faregate.testkit.Simulate",
                "--port",
                "0"));
        command.addAll(List.of(options));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /// Reads the snippet and returns the port it names.
    private static int port(Process process, List<String> snippet) throws IOException {
        BufferedReader out = process.inputReader();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            snippet.add(line);
            if (line.contains("upstream_model: sim/429")) {
                break;
            }
        }
        String url = snippet.stream()
                .filter(line -> line.contains("base_url"))
                .findFirst()
                .orElseThrow();
        return Integer.parseInt(url.replaceAll(".*:([0-9]+)/v1", "$1"));
    }

    @Test
    void servesUntilItIsToldToStopAndKeepsTheTruth() throws Exception {
        Path truth = folder.resolve("truth.jsonl");
        Process process = start("--chunks", "3", "--fault", "prompt=40+no-usage", "--truth", truth.toString());
        try {
            List<String> snippet = new ArrayList<>();
            int port = port(process, snippet);
            assertThat(snippet)
                    .contains("providers:", "  - slug: sim", "    format: openai", "models:", "  - id: sim/fast")
                    .noneMatch(line -> line.contains("%"));
            try (RawClient client = RawClient.connect("127.0.0.1", port)) {
                assertThat(client.post(PATH, WHOLE).response().text()).doesNotContain("usage");
                client.post(PATH, STREAM);
                assertThat(client.events(client.head()).all()).hasSize(6);
            }
            process.destroy();
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(TruthFile.read(truth))
                    .hasSize(2)
                    .allMatch(call -> call.produced().equals(new TokenCounts(40, 3, 0, 0)) && call.end() != null);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void keepsTheTruthWhenKilled() throws Exception {
        Path truth = folder.resolve("killed.jsonl");
        Process process = start("--chunks", "1000", "--chunk-delay", "10ms", "--truth", truth.toString());
        try (RawClient client = RawClient.connect("127.0.0.1", port(process, new ArrayList<>()))) {
            client.post(PATH, STREAM, new Header("x-request-marker", "dying"));
            assertThat(client.events(client.head()).next()).isPresent();
            process.destroyForcibly();
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
            TruthFile.Call call = TruthFile.read(truth).getFirst();
            assertThat(call.marker()).isEqualTo("dying");
            assertThat(call.produced().completion()).isEqualTo(1_000);
            assertThat(call.end()).isNull();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void refusesWordsItDoesNotKnow() {
        StringWriter errors = new StringWriter();
        CommandLine command = Simulate.command().setErr(new PrintWriter(errors));
        assertThat(command.execute("--fault", "nonsense")).isEqualTo(2);
        assertThat(errors.toString()).contains("cannot read 'nonsense'");
        assertThat(command.execute("--fault-percent", "101")).isEqualTo(2);
        assertThat(command.execute("--latency", "soon")).isEqualTo(2);
    }

    @Test
    void listsItsWordsInTheHelp() {
        String help = Simulate.command().getUsageMessage();
        assertThat(NamedScripts.WORDS).allSatisfy(word -> assertThat(help).contains("  " + word.name()));
    }
}
