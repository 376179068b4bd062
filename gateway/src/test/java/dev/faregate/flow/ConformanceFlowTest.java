package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The code samples of the five source pages, run by the real client packages (S10 to S28, S40 to S47).
/// Where a runtime or a package is not to be had, `conformance/run` says `SKIPPED` and so does the log of
/// this test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceFlowTest {
    private static final boolean LONG = Boolean.getBoolean("faregate.long");
    private static final Duration INSTALL = Duration.ofMinutes(8);
    private static final Duration RUN = Duration.ofMinutes(3);
    private static final Path RUNNER =
            Path.of("..", "conformance", "run").toAbsolutePath().normalize();

    private ScriptedUpstream upstream;
    private TestServer server;

    static Stream<String> suites() {
        return LONG ? Stream.concat(always(), Stream.of("schemathesis")) : always();
    }

    private static Stream<String> always() {
        return Stream.of(
                "curl",
                "fetch",
                "openai-js",
                "openai-js-6",
                "openrouter-js",
                "openrouter-js-flat",
                "openrouter-oauth",
                "openai-py",
                "openrouter-py",
                "requests",
                "openai-legacy",
                "legacy-wire",
                "operations-js",
                "operations-py");
    }

    @BeforeAll
    void start() throws Exception {
        run(INSTALL, Stream.concat(Stream.of("--install-only"), suites()).toArray(String[]::new));
        upstream = ScriptedUpstream.start();
        upstream.script(Script.saying("The meaning of life is a question people have asked for a long time."));
        Path folder = TestServer.temporaryFolder();
        server = TestServer.startIn(
                folder,
                "limits: {unauthorized_per_minute: 100000}\n",
                List.of("  - {slug: openai, base_url: \"" + upstream.baseUrl() + "\", api_key: sk-upstream-secret}\n"),
                upstream);
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
        if (upstream != null) {
            upstream.close();
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void everySampleRuns(String suite) throws Exception {
        String printed = run(RUN, suite);
        assertThat(printed.lines().filter(line -> line.startsWith("ok") || line.startsWith("SKIPPED")))
                .as(printed)
                .isNotEmpty();
    }

    private String run(Duration limit, String... arguments) throws IOException, InterruptedException {
        List<String> command = Stream.concat(Stream.of("bash", RUNNER.toString()), Stream.of(arguments))
                .toList();
        Path printed = Files.createTempFile("conformance", ".log");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
            if (server != null) {
                builder.environment().put("FAREGATE_URL", "http://127.0.0.1:" + server.port());
                builder.environment().put("FAREGATE_API_KEY", TestServer.INFERENCE_KEY);
                builder.environment().put("FAREGATE_MANAGEMENT_KEY", TestServer.MANAGEMENT_KEY);
                builder.environment().put("FAREGATE_MODEL", "faregate/echo");
                builder.environment().put("FAREGATE_PRICED_MODEL", "test/priced");
            }
            Process process = builder.start();
            boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            String text = Files.readString(printed);
            assertThat(ended).as("ended in time: %s", text).isTrue();
            assertThat(process.waitFor()).as(text).isZero();
            return text;
        } finally {
            Files.deleteIfExists(printed);
        }
    }
}
