package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Provider keys of callers in use (contract 3.5; S37 to S39): who is asked with which key, in which order, and what
/// it costs where.
class ByokFlowTest {
    private static final String OWN = "sk-own-planted-0123456789";
    private static final String AZURE_MODEL = """
                  - id: test/azure
                    context_length: 128000
                    endpoints:
                      - {provider: azure, upstream_model: plain, max_completion_tokens: 4096,
                         pricing: {prompt: "2.50", completion: "10.00"}}
                """;

    private static final String SHARED = "sk-upstream-secret-sim";
    private static ScriptedUpstream first;
    private static ScriptedUpstream second;
    private static TestServer server;

    private String caller = "";
    private int firstBefore;
    private int secondBefore;

    @BeforeAll
    static void start() {
        first = ScriptedUpstream.start();
        second = ScriptedUpstream.start();
        // 300 x 2.50 + 100 x 10.00 USD per million: 0.00175 a request.
        Script script = Script.answer().promptTokens(300).completionTokens(100).chunks(1);
        first.script(script);
        second.script(script);
        server = TestServer.startIn(
                TestServer.temporaryFolder(),
                AZURE_MODEL,
                List.of("  - {slug: azure, format: openai, base_url: \"" + second.baseUrl() + "\", api_key: shared}\n"),
                first,
                second);
    }

    @AfterAll
    static void stop() {
        server.close();
        first.close();
        second.close();
    }

    @BeforeEach
    void noKeysYet() {
        TestServer.json(server.manage("GET", "/api/v1/byok?limit=100", ""))
                .get("data")
                .forEach(key ->
                        server.manage("DELETE", "/api/v1/byok/" + key.get("id").asString(), ""));
        caller = server.newKey("null");
        firstBefore = first.truth().all().size();
        secondBefore = second.truth().all().size();
    }

    private String bring(String provider, String key, String more) {
        HttpResponse<String> made = server.manage(
                "POST", "/api/v1/byok", "{\"provider\":\"" + provider + "\",\"key\":\"" + key + "\"" + more + "}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestServer.json(made).get("data").get("id").asString();
    }

    private HttpResponse<String> ask(String more) {
        return server.post("/v1/chat/completions", TestServer.chat("test/priced", "\"max_tokens\":100" + more), caller);
    }

    /// The credentials that a provider saw, in order.
    private List<String> seen(ScriptedUpstream upstream) {
        return upstream.truth().all().stream()
                .skip(upstream == first ? firstBefore : secondBefore)
                .map(exchange -> exchange.header("authorization").orElse("").replace("Bearer ", ""))
                .toList();
    }

    private JsonNode generation(HttpResponse<String> answer) {
        return server.generation(answer.headers().firstValue("x-generation-id").orElseThrow());
    }

    private JsonNode error(HttpResponse<String> answer) {
        return TestServer.json(answer).get("error");
    }

    @Test
    void goesFirstWhateverTheOrderSaysAndCostsNothing() {
        bring("sim2", OWN, "");
        HttpResponse<String> answer = ask(",\"provider\":{\"order\":[\"sim\",\"sim2\"]}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(seen(first)).isEmpty();
        assertThat(seen(second)).containsExactly(OWN);
        JsonNode usage = TestServer.json(answer).get("usage");
        assertThat(usage.get("is_byok").asBoolean()).isTrue();
        assertThat(usage.get("cost").decimalValue()).isEqualByComparingTo("0");
        assertThat(usage.get("cost_details").get("upstream_inference_cost").decimalValue())
                .isEqualByComparingTo("0.00175");
        JsonNode generation = generation(answer);
        assertThat(generation.get("is_byok").asBoolean()).isTrue();
        assertThat(generation.get("total_cost").decimalValue()).isZero();
        assertThat(generation.get("upstream_inference_cost").decimalValue()).isEqualByComparingTo("0.00175");
        assertThat(generation.get("provider_responses").get(0).get("is_byok").asBoolean())
                .isTrue();
        JsonNode key = server.keyInfo(caller);
        assertThat(key.get("usage").decimalValue()).isZero();
        assertThat(key.get("byok_usage").decimalValue()).isEqualByComparingTo("0.00175");
        assertThat(key.get("byok_usage_daily").decimalValue()).isEqualByComparingTo("0.00175");
    }

    @Test
    void streamsWithAnOwnKeyToo() {
        bring("sim", OWN, "");
        HttpResponse<String> answer = ask(",\"stream\":true");
        assertThat(answer.body()).contains("\"is_byok\":true").endsWith("data: [DONE]\n\n");
        assertThat(seen(first)).containsExactly(OWN);
    }

    @Test
    void triesItsKeysInTheirOrderAndThenSharedCapacity() {
        bring("sim", OWN + "-late", ",\"sort_order\":9");
        bring("sim", OWN + "-early", ",\"sort_order\":1");
        first.enqueue(Script.refusing(429), Script.refusing(401));
        HttpResponse<String> answer = ask(",\"provider\":{\"order\":[\"sim\"],\"allow_fallbacks\":true}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(seen(first)).containsExactly(OWN + "-early", OWN + "-late", SHARED);
        JsonNode generation = generation(answer);
        assertThat(generation.get("is_byok").asBoolean()).isFalse();
        assertThat(generation.get("total_cost").decimalValue()).isEqualByComparingTo("0.00175");
        List<Boolean> byok = new ArrayList<>();
        generation
                .get("provider_responses")
                .forEach(attempt -> byok.add(attempt.get("is_byok").asBoolean()));
        assertThat(byok).containsExactly(true, true, false);
    }

    @Test
    void aFallbackKeyComesAfterSharedCapacity() {
        bring("sim2", OWN, ",\"is_fallback\":true");
        first.enqueue(Script.refusing(503));
        second.enqueue(Script.refusing(503));
        HttpResponse<String> answer = ask(",\"provider\":{\"order\":[\"sim\",\"sim2\"]}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(seen(first)).containsExactly(SHARED);
        assertThat(seen(second)).containsExactly("sk-upstream-secret-sim2", OWN);
        assertThat(generation(answer).get("is_byok").asBoolean()).isTrue();
        assertThat(generation(answer).get("total_cost").decimalValue()).isZero();
    }

    @Test
    void alwaysUseLeavesNoSharedCapacityOfThatProvider() {
        bring("sim", OWN, ",\"is_required\":true");
        first.enqueue(Script.refusing(401));
        HttpResponse<String> answer = ask(",\"provider\":{\"only\":[\"sim\"]}");
        assertThat(seen(first)).containsExactly(OWN);
        assertThat(answer.statusCode()).isEqualTo(401);
        first.enqueue(Script.refusing(401));
        assertThat(ask("").statusCode())
                .as("another provider's shared capacity may serve")
                .isEqualTo(200);
        assertThat(seen(second)).containsExactly("sk-upstream-secret-sim2");
    }

    @Test
    void byokOnlyClosesSharedCapacityForEveryModel() {
        bring("sim", OWN, ",\"is_byok_only\":true,\"allowed_models\":[\"test/other\"]");
        HttpResponse<String> answer = ask(",\"provider\":{\"only\":[\"sim\"]}");
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(error(answer).get("message").asString()).contains("your own provider keys are to be used alone");
        assertThat(seen(first)).isEmpty();
        assertThat(ask("").statusCode()).isEqualTo(200);
        assertThat(seen(second)).containsExactly("sk-upstream-secret-sim2");
    }

    @Test
    void usesAKeyOnlyWhereAllItsFiltersMatch() {
        String mine = server.newKey("null");
        String hash = server.keyInfo(mine).get("hash").asString();
        bring(
                "sim",
                OWN + "-hash",
                ",\"allowed_api_key_hashes\":[\"" + hash + "\"],\"allowed_models\":[\"test/priced\"]");
        bring("sim", OWN + "-user", ",\"allowed_user_ids\":[\"nobody\"]");
        bring("sim", OWN + "-model", ",\"allowed_models\":[\"test/stops\"]");
        String body = TestServer.chat("test/priced", "\"max_tokens\":100,\"provider\":{\"only\":[\"sim\"]}");
        server.post("/v1/chat/completions", body, mine);
        server.post("/v1/chat/completions", body, caller);
        assertThat(seen(first)).containsExactly(OWN + "-hash", SHARED);
    }

    @Test
    void aChangedKeyCountsFromTheNextRequestOn() {
        String id = bring("sim", OWN, "");
        String only = ",\"provider\":{\"only\":[\"sim\"]}";
        ask(only);
        server.manage("PATCH", "/api/v1/byok/" + id, "{\"key\":\"" + OWN + "-rotated\"}");
        ask(only);
        server.manage("PATCH", "/api/v1/byok/" + id, "{\"disabled\":true}");
        ask(only);
        server.manage("PATCH", "/api/v1/byok/" + id, "{\"disabled\":false}");
        server.manage("DELETE", "/api/v1/byok/" + id, "");
        ask(only);
        assertThat(seen(first)).containsExactly(OWN, OWN + "-rotated", SHARED, SHARED);
    }

    @Test
    void zeroDataRetentionIsWhatTheKeySaysItIs() {
        String zdr = ",\"provider\":{\"only\":[\"sim\"],\"zdr\":true}";
        String id = bring("sim", OWN, "");
        assertThat(ask(zdr).statusCode())
                .as("a retaining provider stays out despite the key")
                .isEqualTo(404);
        server.manage("PATCH", "/api/v1/byok/" + id, "{\"declared_zdr\":true}");
        assertThat(ask(zdr).statusCode()).isEqualTo(200);
        assertThat(seen(first)).containsExactly(OWN);
    }

    @ParameterizedTest
    @CsvSource({
        "401,401,authentication",
        "402,402,payment_required",
        "403,403,permission_denied",
        "429,429,rate_limit_exceeded"
    })
    void tellsWhatIsWrongWithAnOwnKey(int upstream, int status, String type) {
        String id = bring("sim", OWN, ",\"is_required\":true");
        first.enqueue(Script.failing(new Fault.Refuse(upstream, Fault.ErrorBody.USUAL, 9)));
        HttpResponse<String> answer = ask(",\"provider\":{\"only\":[\"sim\"]}");
        assertThat(answer.statusCode()).isEqualTo(status);
        JsonNode metadata = error(answer).get("metadata");
        assertThat(metadata.get("error_type").asString()).isEqualTo(type);
        assertThat(metadata.get("is_byok").asBoolean()).isTrue();
        assertThat(metadata.get("byok_id").asString()).isEqualTo(id);
        assertThat(metadata.get("provider_name").asString()).isEqualTo("SIM");
        assertThat(answer.body()).doesNotContain(OWN);
        assertThat(server.held()).isZero();
    }

    /// One caller's bad key must not send everybody else elsewhere.
    @Test
    void aBadKeySaysNothingAboutTheEndpoint() {
        String id = bring("sim", OWN, "");
        first.enqueue(Script.refusing(401));
        ask(",\"provider\":{\"order\":[\"sim\"]}");
        server.manage("DELETE", "/api/v1/byok/" + id, "");
        long before = first.truth().count();
        for (int i = 0; i < 20; i++) {
            ask("");
        }
        assertThat(first.truth().count()).as("still drawn for load balancing").isGreaterThan(before);
    }

    /// A key limit that includes own keys holds their list price: a hundred at once pass not one nano-dollar.
    @Test
    void aLimitThatIncludesByokHolds() throws Exception {
        bring("sim", OWN, ",\"is_byok_only\":true");
        String key = newKey("0.02", true);
        int ok = atOnce(key);
        JsonNode info = server.keyInfo(key);
        assertThat(ok).isBetween(1, 11);
        assertThat(info.get("byok_usage").decimalValue())
                .isEqualByComparingTo(new BigDecimal("0.00175").multiply(BigDecimal.valueOf(ok)))
                .isLessThanOrEqualTo(new BigDecimal("0.02"));
        assertThat(info.get("usage").decimalValue()).isZero();
        assertThat(info.get("limit_remaining").decimalValue())
                .isEqualByComparingTo(
                        new BigDecimal("0.02").subtract(info.get("byok_usage").decimalValue()));
        assertThat(server.held()).isZero();
    }

    /// So does a budget of a workspace.
    @Test
    void aWorkspaceBudgetThatIncludesByokHolds() throws Exception {
        bring("sim", OWN, ",\"is_byok_only\":true,\"workspace_id\":null");
        server.manage("POST", "/api/v1/workspaces", "{\"name\":\"Own keys\",\"slug\":\"own-keys\"}");
        HttpResponse<String> budget = server.manage(
                "PUT",
                "/api/v1/workspaces/own-keys/budgets/daily",
                "{\"limit_usd\":0.02,\"include_byok_in_budgets\":true}");
        assertThat(budget.statusCode()).as(budget.body()).isEqualTo(200);
        String key = TestServer.json(
                        server.manage("POST", "/api/v1/keys", "{\"name\":\"in it\",\"workspace_id\":\"own-keys\"}"))
                .get("key")
                .asString();
        int ok = atOnce(key);
        assertThat(ok).isBetween(1, 11);
        assertThat(server.keyInfo(key).get("byok_usage").decimalValue())
                .isEqualByComparingTo(new BigDecimal("0.00175").multiply(BigDecimal.valueOf(ok)))
                .isLessThanOrEqualTo(new BigDecimal("0.02"));
    }

    @Test
    void aLimitThatDoesNotIncludeByokIsNotTouched() throws Exception {
        bring("sim", OWN, ",\"is_byok_only\":true");
        String key = newKey("0.001", false);
        assertThat(atOnce(key)).isEqualTo(100);
        JsonNode info = server.keyInfo(key);
        assertThat(info.get("limit_remaining").decimalValue()).isEqualByComparingTo("0.001");
        assertThat(info.get("byok_usage").decimalValue()).isEqualByComparingTo("0.175");
    }

    /// Including BYOK later counts what was used before, and excluding it gives that back.
    @Test
    void countsTheWholeWindowWhenALimitBeginsToIncludeByok() {
        bring("sim", OWN, ",\"is_byok_only\":true");
        String key = newKey("1", false);
        String body = TestServer.chat("test/priced", "\"max_tokens\":100,\"provider\":{\"only\":[\"sim\"]}");
        server.post("/v1/chat/completions", body, key);
        String hash = server.keyInfo(key).get("hash").asString();
        assertThat(remaining(key)).isEqualByComparingTo("1");
        server.manage("PATCH", "/api/v1/keys/" + hash, "{\"include_byok_in_limit\":true}");
        assertThat(remaining(key)).isEqualByComparingTo("0.99825");
        server.post("/v1/chat/completions", body, key);
        assertThat(remaining(key)).isEqualByComparingTo("0.9965");
        server.manage("PATCH", "/api/v1/keys/" + hash, "{\"include_byok_in_limit\":false}");
        assertThat(remaining(key))
                .as("what was posted stays, what was only counted goes")
                .isEqualByComparingTo("0.99825");
        assertThat(TestServer.number(server.faregate, "SELECT count(*) FROM hold"))
                .isZero();
    }

    @Test
    void fallsBackToSharedCapacityOnlyAsFarAsTheLimitAllows() {
        bring("sim", OWN, "");
        String key = newKey("0.001", false);
        String body = TestServer.chat("test/priced", "\"max_tokens\":100,\"provider\":{\"only\":[\"sim\"]}");
        assertThat(server.post("/v1/chat/completions", body, key).statusCode()).isEqualTo(200);
        first.enqueue(Script.refusing(429));
        HttpResponse<String> answer = server.post("/v1/chat/completions", body, key);
        assertThat(answer.statusCode())
                .as("the own key failed, and shared capacity is not affordable")
                .isEqualTo(429);
        assertThat(seen(first)).containsExactly(OWN, OWN);
        assertThat(server.held()).isZero();
    }

    @Test
    void anAzureKeyLeadsNowhereInside() {
        String inside = azureEntry();
        String id = bringAzure(server, inside);
        HttpResponse<String> answer = server.chat(TestServer.chat("test/azure", "\"max_tokens\":100"));
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(seen(first)).isEmpty();
        JsonNode tested = TestServer.json(server.manage("POST", "/api/v1/byok/" + id + "/test", ""))
                .get("data");
        assertThat(tested.get("ok").asBoolean()).isFalse();
        assertThat(tested.get("message").asString()).contains("a network that is not allowed");
    }

    /// With the host allowed: the key in Azure's header, the deployment's own name, and a fee where one is set.
    @Test
    void reachesADeploymentOfAzureAndChargesAFeeWhereOneIsSet() {
        String yaml = "egress: {allowed_hosts: 127.0.0.1}\nbyok: {fee_percent: 5}\n";
        try (TestServer open = TestServer.startIn(
                TestServer.temporaryFolder(),
                AZURE_MODEL + yaml,
                List.of("  - {slug: azure, format: openai, base_url: \"" + second.baseUrl() + "\", api_key: shared}\n"),
                first)) {
            bringAzure(open, azureEntry());
            HttpResponse<String> answer = open.chat(TestServer.chat("test/azure", "\"max_tokens\":100"));
            assertThat(answer.statusCode()).isEqualTo(200);
            Exchange last = first.truth().last();
            assertThat(last.header("api-key")).hasValue(OWN);
            assertThat(last.model()).isEqualTo("deployed");
            JsonNode usage = TestServer.json(answer).get("usage");
            // 5 % of 0.00175.
            assertThat(usage.get("cost").decimalValue()).isEqualByComparingTo("0.0000875");
            assertThat(usage.get("cost_details").get("upstream_inference_cost").decimalValue())
                    .isEqualByComparingTo("0.00175");
            assertThat(open.usage(TestServer.INFERENCE_KEY)).isEqualByComparingTo("0.0000875");
            assertThat(open.held()).isZero();
        }
    }

    private static String azureEntry() {
        return "{\\\"model_slug\\\":\\\"test/azure\\\",\\\"endpoint_url\\\":\\\"http://127.0.0.1:" + first.port()
                + "/v1/chat/completions\\\",\\\"api_key\\\":\\\"" + OWN + "\\\",\\\"model_id\\\":\\\"deployed\\\"}";
    }

    private static String bringAzure(TestServer at, String entry) {
        HttpResponse<String> made = at.manage(
                "POST", "/api/v1/byok", "{\"provider\":\"azure\",\"is_required\":true,\"key\":\"[" + entry + "]\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return TestServer.json(made).get("data").get("id").asString();
    }

    @Test
    void testsAKeyWithoutShowingIt() {
        String id = bring("sim", OWN, "");
        HttpResponse<String> answer = server.manage("POST", "/api/v1/byok/" + id + "/test", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode data = TestServer.json(answer).get("data");
        assertThat(data.get("ok").asBoolean()).isTrue();
        assertThat(data.get("status").asInt()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain(OWN);
        assertThat(server.manage("POST", "/api/v1/byok/" + id.replace('0', '1') + "/test", "")
                        .statusCode())
                .isEqualTo(404);
        HttpResponse<String> unknown =
                server.manage("POST", "/api/v1/byok", "{\"provider\":\"heygen\",\"key\":\"heygen-0123456789\"}");
        String other = TestServer.json(unknown).get("data").get("id").asString();
        assertThat(server.manage("POST", "/api/v1/byok/" + other + "/test", "").statusCode())
                .isEqualTo(422);
    }

    private String newKey(String limit, boolean includeByok) {
        HttpResponse<String> made = server.manage(
                "POST",
                "/api/v1/keys",
                "{\"name\":\"flow\",\"limit\":" + limit + ",\"include_byok_in_limit\":" + includeByok + "}");
        return TestServer.json(made).get("key").asString();
    }

    private BigDecimal remaining(String key) {
        return server.keyInfo(key).get("limit_remaining").decimalValue();
    }

    /// A hundred requests at once; how many were answered. The others are 402, or 403 for a budget.
    private int atOnce(String key) throws Exception {
        int ok = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            String body = TestServer.chat("test/priced", "\"max_tokens\":100,\"provider\":{\"only\":[\"sim\"]}");
            for (int i = 0; i < 100; i++) {
                answers.add(threads.submit(
                        () -> server.post("/v1/chat/completions", body, key).statusCode()));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isIn(200, 402, 403);
                ok += answer.get() == 200 ? 1 : 0;
            }
        }
        return ok;
    }
}
