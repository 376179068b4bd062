package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.Faregate;
import dev.faregate.base.Json;
import dev.faregate.cli.Cli;
import dev.faregate.cli.Context;
import dev.faregate.cli.VerifyCommand;
import dev.faregate.server.Config;
import dev.faregate.server.ControlSocket;
import dev.faregate.server.Environment;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// `./faregate verify` on a running and on a stopped server, on both databases: silent about sound books,
/// and outspoken about a row that somebody edited.
class VerifyFlowTest {
    private static final int REQUESTS = 4;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final Path folder = TestServer.temporaryFolder();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void configure() throws IOException {
        upstream.script(Script.answer());
        Files.writeString(folder.resolve("faregate.yaml"), TestServer.yaml(upstream));
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    /// A server on SQLite, or on the PostgreSQL of `url`, that served some requests.
    private Faregate serve(String url) throws Exception {
        Map<String, String> variables = new HashMap<>();
        variables.put("FAREGATE_BOOTSTRAP_KEY", TestServer.INFERENCE_KEY);
        variables.put("FAREGATE_BOOTSTRAP_MANAGEMENT_KEY", TestServer.MANAGEMENT_KEY);
        Map<String, String> flags =
                new HashMap<>(Map.of("port", "0", "admin.port", "0", "data", "data", "timeouts.balancer", "1ms"));
        if (!url.isEmpty()) {
            flags.put("database.url", url);
        }
        Faregate faregate = Faregate.start(Config.load(new Config.Sources(flags, new Environment(variables), folder)));
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(TestServer.send(java.net.http.HttpRequest.newBuilder(java.net.URI.create(
                                            "http://127.0.0.1:" + faregate.port() + "/v1/chat/completions"))
                                    .timeout(TestServer.PATIENCE)
                                    .header("Authorization", "Bearer " + TestServer.INFERENCE_KEY)
                                    .POST(java.net.http.HttpRequest.BodyPublishers.ofString(
                                            TestServer.chat("test/priced", i % 2 == 0 ? "\"stream\":true" : "")))
                                    .build())
                            .statusCode())
                    .isEqualTo(200);
        }
        return faregate;
    }

    private int verify(String... more) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Context context = new Context(
                new Environment(Map.of()), folder, new PrintWriter(out, true), new PrintWriter(err, true), false);
        String[] arguments = new String[more.length + 1];
        arguments[0] = "verify";
        System.arraycopy(more, 0, arguments, 1, more.length);
        return Cli.run(context, List.of(new VerifyCommand(context)), arguments);
    }

    private static void edit(Faregate faregate, String sql) {
        faregate.database().write(tx -> tx.sql().execute(sql));
    }

    @Test
    void findsTheBooksOfARunningAndOfAStoppedServerInOrder() throws Exception {
        try (Faregate faregate = serve("")) {
            assertThat(faregate.port()).isPositive();
            assertThat(verify()).as(out.toString() + err).isZero();
            assertThat(out.toString()).contains("The books balance", REQUESTS + " posting", REQUESTS + " generation");
        }
        assertThat(verify("--json")).as(out.toString() + err).isZero();
        JsonNode json = Json.read(out.toString().getBytes(StandardCharsets.UTF_8));
        assertThat(json.get("clean").asBoolean()).isTrue();
        assertThat(json.get("checked").get("posting").asInt()).isEqualTo(REQUESTS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UPDATE limit_window SET used = used + 1                                     | I8 | limit
            UPDATE limit_window SET held = held + 1                                     | I8 | limit
            UPDATE posting SET charged = charged - 1                                    | I8 | posting of generation
            UPDATE generation SET charge_nanos = 0                                      | I5 | generation
            DELETE FROM posting                                                         | I5 | generation
            DELETE FROM generation WHERE id = (SELECT max(id) FROM generation)          | I5 | posting of generation
            UPDATE limit_definition SET cap = 1 WHERE scope = 'BALANCE'                 | I8 | balance of organization
            """)
    void namesTheRowThatSomebodyEdited(String sql, String rule, String row) throws Exception {
        try (Faregate faregate = serve("")) {
            edit(faregate, sql);
            assertThat(verify("--json")).as(out.toString() + err).isEqualTo(1);
            assertFound(rule, row);
        }
        assertThat(verify("--json")).as("when it is stopped").isEqualTo(1);
        assertFound(rule, row);
        assertThat(verify()).isEqualTo(1);
        assertThat(out.toString()).contains(rule + ": " + row);
    }

    private void assertFound(String rule, String row) {
        JsonNode findings =
                Json.read(out.toString().getBytes(StandardCharsets.UTF_8)).get("findings");
        assertThat(StreamSupport.stream(findings.spliterator(), false)).anySatisfy(finding -> {
            assertThat(finding.get("rule").asString()).isEqualTo(rule);
            assertThat(finding.get("row").asString()).startsWith(row);
            assertThat(finding.get("expected").asString())
                    .isNotEqualTo(finding.get("found").asString());
        });
    }

    /// Whoever gets past the trigger is found out.
    @Test
    void namesTheAuditEventThatSomebodyChanged() throws Exception {
        try (Faregate faregate = serve("")) {
            for (String name : List.of("a", "b", "c")) {
                HttpRequest request = HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + faregate.port() + "/api/v1/keys"))
                        .timeout(TestServer.PATIENCE)
                        .header("Authorization", "Bearer " + TestServer.MANAGEMENT_KEY)
                        .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"" + name + "\"}"))
                        .build();
                assertThat(TestServer.send(request).statusCode()).isEqualTo(201);
            }
            assertThat(verify()).as(out.toString() + err).isZero();
            // The link that sets up the owner is the first event.
            assertThat(out.toString()).contains("4 audit_event");
            edit(faregate, "DROP TRIGGER audit_event_no_update");
            edit(faregate, "UPDATE audit_event SET detail = '{}' WHERE seq = 2");
            assertThat(verify("--json")).isEqualTo(1);
            assertFound("audit", "event 2 of organization");
        }
        assertThat(verify()).as("when it is stopped").isEqualTo(1);
        assertThat(out.toString()).contains("does not follow from the one before it");
    }

    @Test
    void findsHoldsOfALifeThatIsOver() throws Exception {
        try (Faregate faregate = serve("")) {
            edit(
                    faregate,
                    "INSERT INTO hold (generation, node, boot, created_at, limits, windows, amounts, price_version) "
                            + "VALUES ('01900000-0000-7000-8000-000000000000', 'gone', 'gone', 0, '[]', '[]', '[]', 'v')");
            assertThat(verify()).isEqualTo(1);
            assertThat(out.toString()).contains("I7: node gone, life gone");
        }
        assertThat(verify()).as("the next start ends it").isZero();
        assertThat(out.toString()).contains("note: node gone");
    }

    @Test
    void looksAtPostgresqlDirectly() throws Exception {
        String url = TestPostgres.freshUrl();
        try (Faregate faregate = serve(url)) {
            assertThat(verify("--database", url)).as(out.toString() + err).isZero();
            assertThat(out.toString()).contains("The books balance", REQUESTS + " posting");
            edit(faregate, "UPDATE limit_window SET used = used + 1");
            assertThat(verify("--database", url)).isEqualTo(1);
            assertThat(out.toString()).contains("I8: limit");
        }
    }

    @Test
    void saysThatThereIsNothingToLookAt() {
        assertThat(verify()).isEqualTo(3);
        assertThat(err.toString()).contains("There is no database in");
        assertThat(verify("--database", "postgresql://nobody@127.0.0.1:1/none")).isEqualTo(3);
        assertThat(err.toString()).contains("does not answer");
    }

    @Test
    void theSocketIsTheOwnersAloneAndKnowsItsCommands() throws Exception {
        Path data = folder.resolve("data");
        try (Faregate faregate = serve("")) {
            assertThat(faregate.port()).isPositive();
            Path socket = data.resolve(ControlSocket.FILE);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            assertThat(new String(ControlSocket.ask(data, "rm").orElseThrow(), StandardCharsets.UTF_8))
                    .contains("no such command");
            assertThat(ControlSocket.ask(data, "verify")).isPresent();
        }
        assertThat(ControlSocket.ask(data, "verify"))
                .as("it is gone with its server")
                .isEmpty();
        assertThat(data.resolve(SqliteDatabase.FILE)).exists();
    }
}
