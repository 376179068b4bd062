package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.faregate.base.Secret;
import dev.faregate.identity.Role;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyText;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// Planted secrets come out nowhere: no log line at any level, no byte of the data folder, no answer but
/// the one that shows a new key once (S9, S33, threat 2).
class SecretsFlowTest {
    /// Keeps every formatted line, exceptions included.
    private static final class Sink extends AppenderBase<ILoggingEvent> {
        private final List<String> lines = java.util.Collections.synchronizedList(new ArrayList<>());

        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage()
                    + (event.getThrowableProxy() == null
                            ? ""
                            : ch.qos.logback.classic.spi.ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
    }

    @Test
    void plantedKeysComeOutNowhere() throws IOException {
        Sink sink = new Sink();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Logger ours = (Logger) LoggerFactory.getLogger("dev.faregate");
        Level before = ours.getLevel();
        sink.setContext(root.getLoggerContext());
        sink.start();
        root.addAppender(sink);
        ours.setLevel(Level.TRACE);
        List<String> answers = new ArrayList<>();
        List<String> secrets = new ArrayList<>();
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.start(upstream)) {
            HttpResponse<String> made = server.manage("POST", "/v1/keys", "{\"name\":\"planted\",\"limit\":1}");
            String key = TestServer.json(made).get("key").asString();
            String stranger = KeyText.generate(KeyKind.INFERENCE).reveal();
            Secret management = KeyText.generate(KeyKind.MANAGEMENT);
            secrets.addAll(List.of(
                    key,
                    stranger,
                    management.reveal(),
                    TestServer.INFERENCE_KEY,
                    TestServer.MANAGEMENT_KEY,
                    "sk-upstream-secret-sim"));
            answers.add(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key)
                    .body());
            answers.add(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), stranger)
                    .body());
            answers.add(server.get("/v1/credits", management.reveal()).body());
            upstream.script(Script.failing(new Fault.Raw(
                    "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 76\r\n\r\n"
                            + "{\"error\":{\"message\":\"Incorrect API key provided: sk-upstream-secret-sim\"}}   ",
                    true)));
            answers.add(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key)
                    .body());
            upstream.script(Script.failing(new Fault.ResetBeforeAnswer()));
            answers.add(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key)
                    .body());
            answers.add(server.post("/v1/chat/completions?key=" + key, "{\"model\":\"" + key + "\"", key)
                    .body());
            for (String found : List.of(key, stranger, "sk-fg-v1-" + key)) {
                answers.add(server.post(
                                "/hooks/verify/trufflehog",
                                "{\"FaregateKey\":{\"token\":[\"" + found + "\"]}}",
                                "no-key")
                        .body());
            }
            PageClient person = Persons.client(server, Persons.signedIn(server, Role.OWNER, "planted@example.com"));
            person.get("/playground");
            secrets.add(
                    TestServer.json(person.post("/playground/key")).get("key").asString());
            for (String page : List.of("/playground", "/settings/keys", "/settings/audit")) {
                answers.add(person.get(page).body());
            }
            answers.add(server.get("/v1/keys", TestServer.MANAGEMENT_KEY).body());
            answers.add(server.get("/v1/key", key).body());
            answers.add(server.manage(
                            "PATCH",
                            "/v1/keys/" + server.keyInfo(key).get("hash").asString(),
                            "{\"limit\":-1}")
                    .body());
            secrets.addAll(
                    List.of("sk-byok-planted-0123456789", "planted-azure-0123456789", "planted-header-0123456789"));
            plantProviderKeys(server, upstream, key, answers);
            plantDestination(server, answers);
            for (String secret : secrets) {
                assertThat(answers).as("answers").noneMatch(answer -> answer.contains(secret));
                assertThat(sink.lines).as("log lines").noneMatch(line -> line.contains(secret));
            }
            searchFolder(server.folder.resolve("data"), secrets);
        } finally {
            root.detachAppender(sink);
            ours.setLevel(before);
        }
    }

    /// Provider keys in every place that could show one: made, listed, tested, refused by the provider, mistaken.
    private static void plantProviderKeys(
            TestServer server, ScriptedUpstream upstream, String key, List<String> answers) {
        HttpResponse<String> made = server.manage(
                "POST",
                "/v1/byok",
                "{\"provider\":\"sim\",\"is_required\":true,\"key\":\"sk-byok-planted-0123456789\"}");
        String id = TestServer.json(made).get("data").get("id").asString();
        answers.add(made.body());
        answers.add(server.manage("GET", "/v1/byok", "").body());
        answers.add(server.manage("GET", "/v1/byok/" + id, "").body());
        answers.add(server.manage("POST", "/v1/byok/" + id + "/test", "").body());
        answers.add(
                server.manage("PATCH", "/v1/byok/" + id, "{\"key\":\"sk-byok-planted-0123456789\",\"disabled\":\"x\"}")
                        .body());
        for (int status : new int[] {400, 401, 429, 500}) {
            String said = "{\"error\":{\"message\":\"Bad key sk-byok-planted-0123456789 for you\"}}";
            upstream.enqueue(Script.failing(new Fault.Raw(
                    "HTTP/1.1 " + status + " No\r\nContent-Type: application/json\r\nContent-Length: " + said.length()
                            + "\r\n\r\n" + said,
                    true)));
            answers.add(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), key)
                    .body());
        }
        answers.add(server.manage(
                        "POST",
                        "/v1/byok",
                        "{\"provider\":\"azure\",\"key\":\"[{\\\"api_key\\\":\\\"planted-azure-0123456789\\\"}]\"}")
                .body());
        answers.add(server.manage("DELETE", "/v1/byok/" + id, "").body());
    }

    private static void plantDestination(TestServer server, List<String> answers) {
        String config = "{\"url\":\"https://127.0.0.1/\",\"headers\":{\"X-Any\":\"planted-header-0123456789\"}}";
        HttpResponse<String> made = server.manage(
                "POST",
                "/v1/observability/destinations",
                "{\"name\":\"d\",\"type\":\"webhook\",\"config\":" + config + "}");
        answers.add(made.body());
        answers.add(server.manage("GET", "/v1/observability/destinations", "").body());
        answers.add(server.chat(TestServer.chat("test/free", "")).body());
    }

    /// Every file that the node keeps: database, write-ahead log, ids.
    private static void searchFolder(Path folder, List<String> secrets) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile).toList();
        }
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
            for (String secret : secrets) {
                assertThat(bytes.contains(secret)).as("%s in %s", secret, file).isFalse();
            }
        }
    }
}
