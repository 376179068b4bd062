package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.storage.Database;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// OpenRouter's PKCE over HTTP (contract 3.4), from the consent that a program with a management key gives.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuthKeysFlowTest {
    private static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    private static final String PKCE = ",\"code_challenge\":\"" + CHALLENGE + "\",\"code_challenge_method\":\"S256\"";

    private final Map<Database.Kind, TestServer> servers = new EnumMap<>(Database.Kind.class);

    private @Nullable ScriptedUpstream unused;

    /// The one that the running test asks.
    private TestServer server = unset();

    @SuppressWarnings("NullAway") // set before the tests
    private static TestServer unset() {
        return null;
    }

    @BeforeAll
    void start() {
        unused = ScriptedUpstream.start();
        servers.put(Database.Kind.SQLITE, TestServer.start(unused));
        servers.put(Database.Kind.POSTGRESQL, TestServer.startOn(TestPostgres.freshUrl(), "", unused));
    }

    @BeforeEach
    void ask() {
        server = Objects.requireNonNull(servers.get(Database.Kind.SQLITE));
    }

    @AfterAll
    void stop() {
        servers.values().forEach(TestServer::close);
        Objects.requireNonNull(unused).close();
    }

    private String code(String more) {
        HttpResponse<String> made = server.manage(
                "POST", "/api/v1/auth/keys/code", "{\"callback_url\":\"https://app.example/cb\"" + more + "}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        assertThat(TestServer.json(made).get("data").get("app_id").isInt()).isTrue();
        return TestServer.json(made).get("data").get("id").asString();
    }

    private HttpResponse<String> exchange(String code, String more) {
        return TestServer.send(HttpRequest.newBuilder(server.uri("/api/v1/auth/keys"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"code\":\"" + code + "\"" + more + "}"))
                .build());
    }

    private static String verifier(String verifier) {
        return ",\"code_verifier\":\"" + verifier + "\",\"code_challenge_method\":\"S256\"";
    }

    private int statusOf(String key) {
        return server.get("/api/v1/key", key).statusCode();
    }

    private String keyOf(HttpResponse<String> exchanged) {
        assertThat(exchanged.statusCode()).as(exchanged.body()).isEqualTo(200);
        return TestServer.json(exchanged).get("key").asString();
    }

    @Test
    void handsTheAppAKeyWithWhatWasConsentedTo() {
        String code = code(PKCE + ",\"limit\":1.5,\"usage_limit_type\":\"monthly\",\"key_label\":\"My app\","
                + "\"expires_at\":\"2099-12-31T23:59:59Z\"");
        HttpResponse<String> exchanged = exchange(code, verifier(VERIFIER));
        String key = keyOf(exchanged);
        assertThat(exchanged.headers().firstValue("Cache-Control")).contains("no-store");
        var info = server.keyInfo(key);
        assertThat(info.get("limit").decimalValue()).isEqualByComparingTo("1.5");
        assertThat(info.get("limit_reset").asString()).isEqualTo("monthly");
        assertThat(info.get("expires_at").asString()).isEqualTo("2099-12-31T23:59:59Z");
        assertThat(server.post("/v1/chat/completions", TestServer.chat("faregate/echo", ""), key)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void refusesAWrongVerifierADowngradeAndAnUnknownCode() {
        String code = code(PKCE);
        assertThat(exchange(code, verifier("x".repeat(43))).statusCode()).isEqualTo(403);
        assertThat(exchange(code, "").statusCode()).as("no verifier").isEqualTo(403);
        HttpResponse<String> plain =
                exchange(code, ",\"code_verifier\":\"" + CHALLENGE + "\",\"code_challenge_method\":\"plain\"");
        assertThat(plain.statusCode()).isEqualTo(400);
        assertThat(plain.body()).contains("Invalid code_challenge_method");
        assertThat(exchange("auth_code_no", "").body()).contains("Invalid code or code_verifier");
        assertThat(exchange(code(""), verifier(VERIFIER)).statusCode())
                .as("a verifier where no challenge was made")
                .isEqualTo(403);
        keyOf(exchange(code, verifier(VERIFIER)));
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void fiftyExchangesAtOnceMakeOneKeyThatWorks(Database.Kind kind) throws Exception {
        server = Objects.requireNonNull(servers.get(kind));
        String code = code(PKCE);
        List<HttpResponse<String>> answers = new ArrayList<>();
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> running = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                running.add(pool.submit(() -> exchange(code, verifier(VERIFIER))));
            }
            for (Future<HttpResponse<String>> one : running) {
                answers.add(one.get());
            }
        }
        assertThat(answers).filteredOn(a -> a.statusCode() == 200).hasSize(1);
        assertThat(answers).filteredOn(a -> a.statusCode() == 403).hasSize(49);
        String key = keyOf(
                answers.stream().filter(a -> a.statusCode() == 200).findFirst().orElseThrow());
        assertThat(statusOf(key)).isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aReplayEndsTheKeyThatTheCodeGave(Database.Kind kind) {
        server = Objects.requireNonNull(servers.get(kind));
        String bare = code("");
        String key = keyOf(exchange(bare, ""));
        assertThat(statusOf(key)).isEqualTo(200);
        assertThat(exchange(bare, "").statusCode()).isEqualTo(403);
        assertThat(statusOf(key)).as("without proof anybody may have sent it").isEqualTo(401);

        String proven = code(PKCE);
        String other = keyOf(exchange(proven, verifier(VERIFIER)));
        assertThat(exchange(proven, verifier(VERIFIER)).statusCode()).isEqualTo(403);
        assertThat(statusOf(other)).as("a retry of the same client").isEqualTo(200);
        later("used_at");
        assertThat(exchange(proven, verifier("y".repeat(43))).statusCode()).isEqualTo(403);
        assertThat(statusOf(other)).as("who proves nothing ends nothing").isEqualTo(200);
        assertThat(exchange(proven, verifier(VERIFIER)).statusCode()).isEqualTo(403);
        assertThat(statusOf(other)).isEqualTo(401);
    }

    @Test
    void aCodeIsOverAfterTenMinutes() {
        String code = code(PKCE);
        later("expires_at");
        HttpResponse<String> late = exchange(code, verifier(VERIFIER));
        assertThat(late.statusCode()).isEqualTo(403);
        assertThat(late.body()).contains("Authorization code expired");
    }

    /// As if eleven minutes had gone by.
    private void later(String column) {
        Database database = server.faregate.database();
        database.write(tx -> tx.sql().execute("UPDATE auth_code SET " + column + " = " + column + " - 660000000"));
    }

    @Test
    void namesWhatIsWrongWithAConsent() {
        for (String body : List.of(
                "{}",
                "{\"callback_url\":\"http://app.example/\"}",
                "{\"callback_url\":\"https://app.example/\",\"code_challenge_method\":\"S512\"}",
                "{\"callback_url\":\"https://app.example/\",\"limit\":-1}",
                "{\"callback_url\":\"https://app.example/\",\"expires_at\":\"2001-01-01T00:00:00Z\"}",
                "{\"callback_url\":\"https://app.example/\",\"usage_limit_type\":\"yearly\"}",
                "{\"callback_url\":\"https://app.example/\",\"workspace_id\":\"nobody\"}")) {
            HttpResponse<String> answer = server.manage("POST", "/api/v1/auth/keys/code", body);
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(TestServer.json(answer).get("error").get("message").asString())
                    .startsWith("`");
        }
    }

    @Test
    void aBrowserMayExchangeFromAnyPage() {
        HttpResponse<String> refused = TestServer.send(HttpRequest.newBuilder(server.uri("/api/v1/auth/keys"))
                .header("Origin", "https://app.example")
                .POST(HttpRequest.BodyPublishers.ofString("{\"code\":\"no\"}"))
                .build());
        assertThat(refused.headers().firstValue("Access-Control-Allow-Origin")).contains("*");
        assertThat(TestServer.send(HttpRequest.newBuilder(server.uri("/api/v1/auth/keys"))
                                .GET()
                                .build())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void keepsNoCodeInTheClear() {
        String code = code(PKCE);
        List<String> stored = server.faregate
                .database()
                .read(tx -> tx.sql().fetch("SELECT * FROM auth_code").map(row -> Arrays.toString(row.intoArray())));
        assertThat(stored).isNotEmpty().noneMatch(row -> row.contains(code));
    }
}
