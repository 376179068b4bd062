package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.Faregate;
import dev.faregate.base.Json;
import dev.faregate.base.Sha256;
import dev.faregate.cli.Context;
import dev.faregate.cli.ImportCommand;
import dev.faregate.cli.VerifyCommand;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// `./faregate import`: people go on with the keys that they have, and with what is left on them.
class ImportFlowTest extends OnTheMachine {
    /// As LiteLLM makes them: shorter than what may be chosen here.
    private static final String ALICE = "sk-Zm9vYmFyYmF6cXV4MTIzNA";

    private static final String BOB = "sk-c29tZW90aGVya2V5NTY3ODk";

    @Override
    List<Callable<Integer>> commands(Context context) {
        return List.of(new ImportCommand(context), new VerifyCommand(context));
    }

    private static String token(String key, String more) {
        return "{\"token\":\"" + HexFormat.of().formatHex(Sha256.of(key)) + "\",\"key_name\":\"sk-..."
                + key.substring(key.length() - 4) + "\"," + more + "}";
    }

    private void file(String text) throws IOException {
        Files.writeString(folder.resolve("keys.json"), text);
    }

    private static HttpResponse<String> ask(Faregate faregate, String key, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(faregate.url() + path))
                .timeout(TestServer.PATIENCE)
                .header("Authorization", "Bearer " + key);
        return TestServer.send(
                body.isEmpty()
                        ? request.build()
                        : request.header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build());
    }

    private static JsonNode key(Faregate faregate, String text) {
        HttpResponse<String> answer = ask(faregate, text, "/v1/key", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.read(answer.body().getBytes(StandardCharsets.UTF_8)).path("data");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void opensTheDoorToKeysOfLiteLlmWithWhatIsLeftOnThem(boolean postgres) throws IOException {
        if (postgres) {
            variables.put("FAREGATE_DATABASE_URL", TestPostgres.freshUrl());
        }
        file("{\"keys\":["
                + token(
                        ALICE,
                        "\"key_alias\":\"alice\",\"spend\":9.99,\"max_budget\":10,\"budget_duration\":\"30d\",\"rpm_limit\":100")
                + "," + token(BOB, "\"key_alias\":\"bob\",\"spend\":0,\"blocked\":true")
                + "," + token("sk-third", "\"key_alias\":\"carol\",\"spend\":0,\"models\":[\"gpt-4o\"]") + "]}");
        try (Faregate faregate = serve()) {
            // Remembered as nobody, until the import.
            assertThat(ask(faregate, ALICE, "/v1/key", "").statusCode()).isEqualTo(401);

            assertThat(run("import", "keys.json", "--dry-run")).isEqualTo(1);
            assertThat(out.toString()).startsWith("2 would be imported, 0 there already, 1 left out");
            assertThat(ask(faregate, ALICE, "/v1/key", "").statusCode()).isEqualTo(401);

            assertThat(run("import", "keys.json", "--environment", "imported"))
                    .as(err.toString())
                    .isEqualTo(1);
            assertThat(out.toString())
                    .startsWith("2 imported, 0 there already, 1 left out")
                    .contains("row 3, carol: it may use some models only");

            JsonNode alice = key(faregate, ALICE);
            assertThat(alice.path("limit").decimalValue()).isEqualByComparingTo("10");
            assertThat(alice.path("limit_remaining").decimalValue()).isEqualByComparingTo("0.01");
            assertThat(alice.path("limit_reset").asString()).isEqualTo("monthly");
            assertThat(ask(faregate, BOB, "/v1/key", "").statusCode()).isEqualTo(401);

            // What it spent there binds here: a cent is left, and a request of four does not fit.
            upstream.script(Script.answer().promptTokens(10).completionTokens(10));
            String chat = TestServer.chat("test/priced", "\"max_tokens\":20");
            assertThat(ask(faregate, ALICE, "/v1/chat/completions", chat).statusCode())
                    .isEqualTo(200);
            String dear = TestServer.chat("test/priced", "\"max_tokens\":4000");
            HttpResponse<String> refused = ask(faregate, ALICE, "/v1/chat/completions", dear);
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(402);

            assertThat(run("import", "keys.json", "--drop-model-lists")).isZero();
            assertThat(out.toString()).startsWith("1 imported, 2 there already, 0 left out");
            assertThat(run("verify")).as(out.toString()).isZero();
        }
    }

    @Test
    void importsIntoAStoppedServerInManyParts() throws IOException {
        serve().close();
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 350; i++) {
            lines.append(token("sk-key-number-" + i, "\"key_alias\":\"key " + i + "\",\"spend\":0.5,\"max_budget\":1"))
                    .append('\n');
        }
        file(lines.toString());
        assertThat(run("import", "keys.json", "--json")).as(err.toString()).isZero();
        JsonNode told = Json.read(out.toString().getBytes(StandardCharsets.UTF_8));
        assertThat(told.path("imported").asInt()).isEqualTo(350);
        assertThat(run("import", "keys.json")).isZero();
        assertThat(out.toString()).startsWith("0 imported, 350 there already, 0 left out");
        try (Faregate faregate = serve()) {
            assertThat(key(faregate, "sk-key-number-349")
                            .path("limit_remaining")
                            .decimalValue())
                    .isEqualByComparingTo("0.5");
        }
    }

    @Test
    void movesKeysFromOneServerToAnother() throws IOException {
        String made;
        String listed;
        try (ScriptedUpstream other = ScriptedUpstream.start();
                TestServer former = TestServer.start(other)) {
            made = TestServer.json(former.post(
                            "/v1/keys",
                            "{\"name\":\"moved\",\"limit\":3,\"limit_reset\":\"daily\"}",
                            TestServer.MANAGEMENT_KEY))
                    .path("key")
                    .asString();
            listed = former.get("/v1/keys", TestServer.MANAGEMENT_KEY).body();
        }
        file(listed);
        serve().close();
        // The keys of the first start have the same preset text on both, and are there already.
        assertThat(run("import", "keys.json")).as(out.toString() + err).isZero();
        assertThat(out.toString()).startsWith("1 imported, 1 there already, 0 left out");
        try (Faregate faregate = serve()) {
            assertThat(key(faregate, made).path("limit_reset").asString()).isEqualTo("daily");
        }
    }

    @Test
    void saysWhatIsWrongWithAFileAndQuotesNothing() throws IOException {
        serve().close();
        file("{\"keys\":[{\"token\":\"sk-planted\", oops");
        assertThat(run("import", "keys.json")).isEqualTo(2);
        assertThat(err.toString()).contains("keys.json is not JSON at line 1").doesNotContain("planted");
        file("[]");
        assertThat(run("import", "keys.json")).isEqualTo(2);
        assertThat(err.toString()).contains("has no keys in it");
        assertThat(run("import", "missing.json")).isEqualTo(2);
        file("[{\"id\":1}]");
        assertThat(run("import", "keys.json")).isEqualTo(1);
        assertThat(out.toString()).contains("0 imported", "row 1, ?: it is a row of no key table that is known");
        assertThat(run("import", "keys.json", "--from", "nobody")).isEqualTo(2);
        assertThat(err.toString()).contains("--from is one of litellm, openrouter, new-api");
    }
}
