package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.identity.Role;
import dev.faregate.oauth.TestClients;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The code samples of the five source pages, run by the real client packages (S10 to S28, S40 to S47).
/// Where a runtime or a package is not to be had, `conformance/run` says `SKIPPED` and so does the log of
/// this test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceFlowTest {
    private static final boolean LONG = Boolean.getBoolean("faregate.long");
    private static final String MORE = """
              - id: test/ranker
                context_length: 4096
                output_modalities: [rerank]
                endpoints:
                  - {provider: sim, upstream_model: ranker, pricing: {prompt: "0.02"}}
              - id: test/images
                context_length: 4096
                output_modalities: [image]
                supported_parameters: [n, resolution, aspect_ratio, quality, stream]
                endpoints:
                  - {provider: sim, upstream_model: gpt-image-sim, pricing: {prompt: "2", completion: "20"}}
              - id: test/transcription
                context_length: 16000
                output_modalities: [transcription]
                endpoints:
                  - {provider: sim, upstream_model: transcriber, pricing: {prompt: "2", completion: "10"}}
            limits: {unauthorized_per_minute: 100000}
            """;

    private static final Duration INSTALL = Duration.ofMinutes(8);
    private static final Duration RUN = Duration.ofMinutes(3);
    private static final Path RUNNER =
            Path.of("..", "conformance", "run").toAbsolutePath().normalize();

    private ScriptedUpstream upstream;
    private TestServer server;

    /// What the OAuth suite needs besides: a person who consents, and clients that ask.
    private Map<String, String> oauth = Map.of();

    /// `-Dfaregate.conformance=oauth-js` runs that one alone.
    static Stream<String> suites() {
        String only = System.getProperty("faregate.conformance");
        if (only != null) {
            return Stream.of(only);
        }
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
                "anthropic-js",
                "anthropic-py",
                "requests",
                "openai-legacy",
                "legacy-wire",
                "operations-js",
                "operations-py",
                "oauth-js",
                "detect-secrets");
    }

    @BeforeAll
    void start() throws Exception {
        run(INSTALL, Stream.concat(Stream.of("--install-only"), suites()).toArray(String[]::new));
        upstream = ScriptedUpstream.start();
        upstream.script(Script.saying("The meaning of life is a question people have asked for a long time."));
        Path folder = TestServer.temporaryFolder();
        server = TestServer.startIn(
                folder,
                MORE,
                List.of("  - {slug: openai, base_url: \"" + upstream.baseUrl() + "\", api_key: sk-upstream-secret}\n"),
                upstream);
        // So that the clients read figures where little traffic gives nulls.
        for (int i = 0; i < 10; i++) {
            assertThat(server.chat(TestServer.chat("faregate/echo", "\"stream\":true"))
                            .statusCode())
                    .isEqualTo(200);
        }
        Persons.Person person = Persons.signedIn(server, Role.MEMBER, "consents@example.com");
        String redirect = "http://127.0.0.1/callback";
        TestClients.Made open = TestClients.make(server.faregate.database(), person.organizationId(), false, redirect);
        TestClients.Made proven = TestClients.make(server.faregate.database(), person.organizationId(), true, redirect);
        TestDirectory.make(server.faregate.database());
        oauth = Map.of(
                "FAREGATE_SESSION",
                person.token(),
                "FAREGATE_OAUTH_PUBLIC_CLIENT_ID",
                open.id(),
                "FAREGATE_OAUTH_CLIENT_ID",
                proven.id(),
                "FAREGATE_OAUTH_CLIENT_SECRET",
                proven.secret());
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

    /// `conformance/device-flow`, and a person who types the code that it prints.
    @Test
    void aShellScriptGetsAKeyAsADevice() throws Exception {
        Path script = RUNNER.resolveSibling("device-flow");
        Path printed = Files.createTempFile("device", ".log");
        Process process = null;
        try {
            ProcessBuilder builder = new ProcessBuilder("bash", script.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(printed.toFile());
            builder.environment().put("FAREGATE_URL", "http://127.0.0.1:" + server.port());
            process = builder.start();
            String code = "";
            for (int i = 0; i < 200 && code.isEmpty() && process.isAlive(); i++) {
                Thread.sleep(100);
                code = Files.readString(printed).replaceAll("(?s)^(?!.* and type ).*|.* and type (\\S+).*", "$1");
            }
            assertThat(code).as(Files.readString(printed)).isNotEmpty();
            Persons.Person person = Persons.signedIn(server, Role.MEMBER, "types@example.com");
            assertThat(new OAuthRig(server, person)
                            .allow("/device?user_code=" + code)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(process.waitFor(RUN.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(printed)).isZero();
            assertThat(Files.readString(printed)).contains("Connected", "\"choices\"");
        } finally {
            if (process != null) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            Files.deleteIfExists(printed);
        }
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
                builder.environment().put("FAREGATE_EMBEDDINGS_MODEL", "openai/text-embedding-3-small");
                builder.environment().put("FAREGATE_RERANK_MODEL", "test/ranker");
                builder.environment().put("FAREGATE_IMAGES_MODEL", "test/images");
                builder.environment().put("FAREGATE_SCIM_GROUP", TestDirectory.GROUP);
                builder.environment().put("FAREGATE_TRANSCRIPTION_MODEL", "test/transcription");
                builder.environment().putAll(oauth);
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
