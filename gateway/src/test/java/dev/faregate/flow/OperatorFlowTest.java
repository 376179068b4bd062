package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.Faregate;
import dev.faregate.base.Json;
import dev.faregate.cli.Context;
import dev.faregate.cli.CreditsCommand;
import dev.faregate.cli.KeysCommand;
import dev.faregate.cli.VerifyCommand;
import dev.faregate.storage.TestPostgres;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// `./faregate keys` and `./faregate credits` on a running and on a stopped server, on both databases.
class OperatorFlowTest extends OnTheMachine {
    @Override
    List<Callable<Integer>> commands(Context context) {
        return List.of(new KeysCommand(context), new CreditsCommand(context), new VerifyCommand(context));
    }

    private JsonNode json(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add(2, "--json");
        assertThat(run(all.toArray(String[]::new))).as(out.toString() + err).isZero();
        return Json.read(out.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static int status(Faregate faregate, String path, String key) {
        return TestServer.send(HttpRequest.newBuilder(URI.create(faregate.url() + path))
                        .timeout(TestServer.PATIENCE)
                        .header("Authorization", "Bearer " + key)
                        .build())
                .statusCode();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void managesARunningServer(boolean postgres) {
        if (postgres) {
            variables.put("FAREGATE_DATABASE_URL", TestPostgres.freshUrl());
        }
        try (Faregate faregate = serve()) {
            JsonNode made = json("keys", "create", "--name", "Ünïcode name", "--management");
            String manager = made.path("key").asString();
            String hash = made.path("data").path("hash").asString();
            assertThat(manager).startsWith("sk-fg-adm-");
            assertThat(status(faregate, "/v1/keys", manager)).isEqualTo(200);

            String next = json("keys", "rotate", hash.substring(0, 12), "--grace", "0")
                    .path("key")
                    .asString();
            assertThat(status(faregate, "/v1/keys", manager))
                    .as("at once, in this process")
                    .isEqualTo(401);
            assertThat(status(faregate, "/v1/keys", next)).isEqualTo(200);

            assertThat(run("keys", "disable", hash)).as(err.toString()).isZero();
            assertThat(out.toString()).contains("Disabled Ünïcode name");
            assertThat(status(faregate, "/v1/keys", next)).isEqualTo(401);
            assertThat(run("keys", "enable", hash)).isZero();
            assertThat(status(faregate, "/v1/keys", next)).isEqualTo(200);
            assertThat(run("keys", "delete", hash)).isZero();
            assertThat(status(faregate, "/v1/keys", next)).isEqualTo(401);
            assertThat(run("keys", "delete", hash)).isEqualTo(1);
            assertThat(err.toString()).contains("There is no key");

            manageCredits();
            assertThat(run("verify")).as(out.toString()).isZero();
            assertThat(faregate.database()
                            .<Integer>read(tx -> tx.sql()
                                    .fetchSingle("SELECT count(*) FROM audit_event WHERE actor_kind = 'operator'")
                                    .get(0, Integer.class)))
                    // The link that sets up the owner, and eight commands.
                    .isEqualTo(9);
        }
    }

    private void manageCredits() {
        json("credits", "grant", "12.5", "--reason", "Welcome", "--reference", "r-1");
        json("credits", "grant", "12.5", "--reason", "Welcome", "--reference", "r-1");
        JsonNode correction = json("credits", "grant", "--reason", "A mistake", "--", "-2.5");
        assertThat(correction.path("data").path("kind").asString()).isEqualTo("correction");
        JsonNode billed = json("credits", "billing", "prepaid").path("data");
        assertThat(billed.path("billing").asString()).isEqualTo("prepaid");
        assertThat(billed.path("balance").decimalValue()).isEqualByComparingTo("10");
        assertThat(run("credits", "show")).isZero();
        assertThat(out.toString()).contains("prepaid", "balance $10", "Welcome", "A mistake", "r-1");
    }

    @Test
    void managesAStoppedServer() {
        assertThat(run("keys", "list")).isEqualTo(3);
        assertThat(err.toString()).contains("There is no database in");
        try (Faregate faregate = serve()) {
            assertThat(faregate.port()).isPositive();
        }
        assertThat(run(
                        "keys",
                        "create",
                        "--name",
                        "batch",
                        "--limit",
                        "5",
                        "--limit-reset",
                        "daily",
                        "--environment",
                        "production",
                        "--allow-ip",
                        "127.0.0.0/8"))
                .as(err.toString())
                .isZero();
        String key = out.toString().lines().findFirst().orElseThrow();
        assertThat(run("keys", "list")).isZero();
        assertThat(out.toString())
                .contains("batch", "$5", "daily", "production", "active")
                .doesNotContain(key);
        assertThat(run("keys", "list", "--management")).isZero();
        assertThat(out.toString()).contains("First management key").doesNotContain("batch");
        json("credits", "grant", "1", "--reason", "Start");
        try (Faregate faregate = serve()) {
            assertThat(status(faregate, "/v1/key", key)).isEqualTo(200);
        }
        assertThat(run("verify")).isZero();
    }

    @Test
    void saysWhatIsWrong() {
        try (Faregate faregate = serve()) {
            assertThat(faregate.port()).isPositive();
            assertThat(run("keys", "create", "--name", "n", "--allow-ip", "nowhere"))
                    .isEqualTo(2);
            assertThat(err.toString()).contains("allowed_ips[0]");
            assertThat(run("keys", "rotate", "abcdef012345")).isEqualTo(1);
            assertThat(run("keys", "list", "--organization", "other")).isEqualTo(1);
            assertThat(err.toString()).contains("There is no organization other");
            assertThat(run("credits", "grant", "1")).isEqualTo(2);
            assertThat(run("credits", "billing", "never")).isEqualTo(2);
            assertThat(run("keys")).isEqualTo(2);
            assertThat(err.toString()).contains("rotate", "disable");
        }
    }
}
