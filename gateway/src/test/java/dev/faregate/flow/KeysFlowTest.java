package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.credits.JooqBooks;
import dev.faregate.testkit.Script;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Keys and credits over HTTP: paging while keys come and go, rotation, the settings that are ours, and
/// a prepaid organization.
class KeysFlowTest extends FreshServer {
    /// As many as a short run has time for; the stores are asked for 10,000 in `KeysContract`.
    private static final int KEYS = Boolean.getBoolean("faregate.long") ? 10_000 : 240;

    KeysFlowTest() {
        super("trusted_proxies: \"127.0.0.1\"\n");
    }

    @BeforeEach
    void prepare() {
        upstream.script(Script.answer());
    }

    private ObjectNode manage(String method, String path, String body, int status) {
        HttpResponse<String> answer = server.manage(method, "/api/v1" + path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return TestServer.json(answer);
    }

    private int chat(String key, String model, String... headers) {
        return server.post("/v1/chat/completions", TestServer.chat(model, ""), key, headers)
                .statusCode();
    }

    private static String hash(JsonNode made) {
        return made.path("data").path("hash").asString();
    }

    @Test
    void pagesMissAndRepeatNoneWhileKeysComeAndGo() {
        List<String> hashes = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            hashes.add(hash(manage("POST", "/keys", "{\"name\":\"k" + i + "\"}", 201)));
        }
        Set<String> still = new HashSet<>();
        for (int i = 0; i < KEYS; i++) {
            if (i % 16 != 0) {
                still.add(hashes.get(i));
            }
        }
        List<String> seen = new ArrayList<>();
        int size = 100;
        for (int turn = 0; size == 100; turn++) {
            JsonNode page = manage("GET", "/keys?offset=" + turn * 100, "", 200).path("data");
            size = page.size();
            page.forEach(key -> seen.add(key.path("hash").asString()));
            for (int i = turn * 16; i < KEYS; i += 96) {
                String victim = "/keys/" + hashes.get(i);
                if (i % 32 == 0) {
                    manage("PATCH", victim, "{\"disabled\":true}", 200);
                } else {
                    server.manage("DELETE", "/api/v1" + victim, "");
                }
            }
            manage("POST", "/keys/", "{\"name\":\"late\"}", 201);
        }
        assertThat(seen).doesNotHaveDuplicates().containsAll(still);
        List<String> linked = new ArrayList<>();
        String link = "/api/v1/keys?include_disabled=true";
        while (!link.isEmpty()) {
            ObjectNode page = TestServer.json(server.manage("GET", link, ""));
            page.path("data").forEach(key -> linked.add(key.path("hash").asString()));
            link = page.path("links").path("next").asString("");
        }
        assertThat(linked).doesNotHaveDuplicates().containsAll(still);
    }

    @Test
    void aRotatedKeyGoesOnWithBothSecretsAndThenWithTheNewOne() {
        ObjectNode made = manage("POST", "/keys", "{\"name\":\"n\",\"limit\":1}", 201);
        String first = made.path("key").asString();
        String path = "/keys/" + hash(made) + "/rotate";
        String second =
                manage("POST", path, "{\"grace_seconds\":600}", 200).path("key").asString();
        assertThat(chat(first, "test/priced")).isEqualTo(200);
        assertThat(chat(second, "test/priced")).isEqualTo(200);
        assertThat(server.usage(first)).as("one key, one usage").isEqualByComparingTo(server.usage(second));
        manage("POST", path, "{\"grace_seconds\":600}", 409);
        String third =
                manage("POST", path, "{\"grace_seconds\":0}", 200).path("key").asString();
        assertThat(chat(first, "test/priced")).isEqualTo(401);
        assertThat(chat(second, "test/priced")).isEqualTo(401);
        assertThat(chat(third, "test/priced")).isEqualTo(200);
        assertThat(server.get("/api/v1/key", second).body()).contains("rotated out");
    }

    /// The other node remembers the secret; the ledger does not let it spend with it all the same.
    @Test
    void aSecretThatWasRotatedOutSpendsNothingOnAnyNode() {
        try (Cluster cluster = new Cluster(2)) {
            ObjectNode made = TestServer.json(cluster.node(0).manage("POST", "/v1/keys", "{\"name\":\"n\"}"));
            String first = made.path("key").asString();
            String chat = TestServer.chat("test/dime", Cluster.DIME);
            TestServer other = cluster.node(1);
            assertThat(other.post("/v1/chat/completions", chat, first).statusCode())
                    .isEqualTo(200);
            String second = TestServer.json(cluster.node(0)
                            .manage("POST", "/v1/keys/" + hash(made) + "/rotate", "{\"grace_seconds\":0}"))
                    .path("key")
                    .asString();
            assertThat(other.post("/v1/chat/completions", chat, first).statusCode())
                    .isEqualTo(401);
            assertThat(other.post("/v1/chat/completions", chat, second).statusCode())
                    .isEqualTo(200);
            cluster.requireQuiet();
        }
    }

    @Test
    void aKeyIsGoodOnlyFromItsAddresses() {
        ObjectNode made =
                manage("POST", "/keys", "{\"name\":\"n\",\"allowed_ips\":[\"203.0.113.0/24\",\"2001:db8::/32\"]}", 201);
        String key = made.path("key").asString();
        assertThat(chat(key, "test/priced", "X-Forwarded-For", "203.0.113.9")).isEqualTo(200);
        assertThat(chat(key, "test/priced", "X-Forwarded-For", "2001:db8::7")).isEqualTo(200);
        HttpResponse<String> refused = server.post(
                "/v1/chat/completions",
                TestServer.chat("test/priced", ""),
                key,
                "X-Forwarded-For",
                "203.0.113.9, 198.51.100.1");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("198.51.100.1", "allowed_ips", "address_not_allowed");
        assertThat(server.get("/api/v1/key", key).statusCode()).isEqualTo(403);
        manage("PATCH", "/keys/" + hash(made), "{\"allowed_ips\":null}", 200);
        assertThat(chat(key, "test/priced")).isEqualTo(200);
    }

    @Test
    void aKeyKeepsToItsRate() {
        ObjectNode made = manage("POST", "/keys", "{\"name\":\"n\",\"rate_limits\":{\"rpm\":2}}", 201);
        String key = made.path("key").asString();
        int refused = 0;
        // The minute may end in between, which lets two more in.
        for (int i = 0; i < 6; i++) {
            HttpResponse<String> answer = server.post("/v1/chat/completions", TestServer.chat("test/free", ""), key);
            if (answer.statusCode() == 429) {
                refused++;
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                assertThat(answer.headers().firstValue("X-RateLimit-Limit")).contains("2");
                assertThat(answer.headers().firstValue("X-RateLimit-Remaining")).contains("0");
                JsonNode error = TestServer.json(answer).path("error");
                assertThat(error.path("message").asString()).startsWith("Rate limit exceeded");
                assertThat(error.path("metadata")
                                .path("headers")
                                .path("X-RateLimit-Reset")
                                .isString())
                        .isTrue();
            }
        }
        assertThat(refused).isGreaterThanOrEqualTo(2);
        manage("PATCH", "/keys/" + hash(made), "{\"rate_limits\":{\"tpm\":1}}", 200);
        boolean limited = false;
        for (int i = 0; i < 4 && !limited; i++) {
            limited = chat(key, "test/free") == 429;
        }
        assertThat(limited).as("tokens of the answers before count").isTrue();
    }

    @Test
    void aPrepaidOrganizationSpendsWhatItWasGranted() {
        JsonNode before = manage("GET", "/credits", "", 200).path("data");
        assertThat(before.path("billing").asString()).isEqualTo("postpaid");
        manage("PATCH", "/credits", "{\"billing\":\"prepaid\"}", 200);
        HttpResponse<String> refused = server.chat(TestServer.chat("test/priced", ""));
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(refused.body())
                .as("an absolute address, though public_url is not set")
                .contains("Add more using http://127.0.0.1:" + server.port() + "/settings/credits");
        assertThat(chat(TestServer.INFERENCE_KEY, "test/free"))
                .as("not overdrawn")
                .isEqualTo(200);
        String grant = "{\"amount_usd\":5,\"reason\":\"Welcome\",\"reference\":\"r-1\"}";
        String id = manage("POST", "/credits/entries", grant, 201)
                .path("data")
                .path("id")
                .asString();
        assertThat(manage("POST", "/credits/entries", grant, 201)
                        .path("data")
                        .path("id")
                        .asString())
                .isEqualTo(id);
        admitted();
        manage("POST", "/credits/entries", "{\"kind\":\"correction\",\"amount_usd\":-5,\"reason\":\"A mistake\"}", 201);
        assertThat(chat(TestServer.INFERENCE_KEY, "test/priced")).isEqualTo(402);
        HttpResponse<String> free = server.chat(TestServer.chat("test/free", ""));
        assertThat(free.statusCode()).as("overdrawn").isEqualTo(402);
        assertThat(free.body()).contains("openrouter_credits");
        ObjectNode entries = manage("GET", "/credits/entries?limit=1&offset=1", "", 200);
        assertThat(entries.path("total_count").intValue()).isEqualTo(2);
        assertThat(entries.path("data").path(0).path("amount_usd").decimalValue())
                .isEqualByComparingTo("-5");
        assertThat(manage("GET", "/credits/entries/" + id, "", 200)
                        .path("data")
                        .path("reference")
                        .asString())
                .isEqualTo("r-1");
        manage("GET", "/credits/entries/nothing", "", 404);
        manage("PATCH", "/credits", "{\"billing\":\"postpaid\"}", 200);
        admitted();
        List<String> audit = server.faregate.database().read(new JooqBooks()::audit);
        assertThat(audit).isEmpty();
    }

    /// At once: what a node remembers of a spent balance ends with its own next write.
    private void admitted() {
        assertThat(chat(TestServer.INFERENCE_KEY, "test/priced")).isEqualTo(200);
    }

    @Test
    void refusesEntriesThatAreNone() {
        for (String bad : List.of(
                "{}",
                "{\"amount_usd\":0,\"reason\":\"r\"}",
                "{\"amount_usd\":-1,\"reason\":\"r\"}",
                "{\"amount_usd\":1}",
                "{\"amount_usd\":\"1\",\"reason\":\"r\"}",
                "{\"amount_usd\":0.0000000001,\"reason\":\"r\"}",
                "{\"amount_usd\":9000000000,\"reason\":\"r\"}",
                "{\"amount_usd\":1,\"reason\":\"r\",\"kind\":\"topup\"}",
                "{\"amount_usd\":1,\"reason\":\"r\",\"expires_at\":\"2020-01-01T00:00:00Z\"}",
                "{\"amount_usd\":1,\"reason\":\"r\",\"kind\":\"correction\",\"expires_at\":\"2999-01-01T00:00:00Z\"}",
                "{\"amount_usd\":1,\"reason\":\"r\",\"reference\":\"\"}")) {
            manage("POST", "/credits/entries", bad, 400);
        }
        manage("PATCH", "/credits", "{\"billing\":\"never\"}", 400);
        HttpResponse<String> gone = server.post("/api/v1/credits/coinbase", "{}", "no-key-at-all-is-needed-here");
        assertThat(gone.statusCode()).isEqualTo(410);
        assertThat(TestServer.json(gone).path("error").path("code").intValue()).isEqualTo(410);
    }

    @Test
    void showsTheBudgetsThatBindAKey() {
        ObjectNode made = manage("POST", "/keys", "{\"name\":\"n\",\"limit\":2,\"limit_reset\":\"daily\"}", 201);
        JsonNode self = server.keyInfo(made.path("key").asString());
        assertThat(self.path("budgets")).hasSize(1);
        assertThat(self.path("effective_budget")).isEqualTo(self.path("budgets").path(0));
        assertThat(self.path("effective_budget").path("scope").asString()).isEqualTo("key_limit");
        assertThat(self.path("effective_budget").path("reset_interval").asString())
                .isEqualTo("daily");
        assertThat(self.path("effective_budget").path("resets_at").isString()).isTrue();
        JsonNode free = server.keyInfo(TestServer.INFERENCE_KEY);
        assertThat(free.path("budgets")).isEmpty();
        assertThat(free.path("effective_budget").isNull()).isTrue();
    }
}
