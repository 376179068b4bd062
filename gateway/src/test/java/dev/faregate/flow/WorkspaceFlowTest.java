package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.math.BigDecimal;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What the settings and budgets of a workspace do to requests, through the API (contract 2.4 and 3.6).
class WorkspaceFlowTest {
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static ScriptedUpstream upstream;
    private static ScriptedUpstream second;
    private static TestServer server;
    private static int rooms;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        second = ScriptedUpstream.start();
        // The dearer endpoint is the first of its model, so only sorting by price chooses the other.
        server = TestServer.startWith("""
                  - id: test/two-prices
                    context_length: 128000
                    endpoints:
                      - {provider: sim, upstream_model: dear, max_completion_tokens: 4096,
                         pricing: {prompt: "2.01", completion: "2.01"}}
                      - {provider: sim2, upstream_model: cheap, max_completion_tokens: 4096,
                         pricing: {prompt: "2.00", completion: "2.00"}}
                """, upstream, second);
    }

    @AfterAll
    static void stop() {
        server.close();
        upstream.close();
        second.close();
    }

    @BeforeEach
    void goodAnswers() {
        upstream.script(Script.answer());
        second.script(Script.answer());
    }

    /// A workspace with these settings and a key in it; the key's text.
    private static String keyInRoom(String slug, String settings) {
        HttpResponse<String> made = server.manage(
                "POST", "/api/v1/workspaces", "{\"name\":\"Room\",\"slug\":\"" + slug + "\"" + settings + "}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        HttpResponse<String> key =
                server.manage("POST", "/api/v1/keys", "{\"name\":\"k\",\"workspace_id\":\"" + slug + "\"}");
        assertThat(key.statusCode()).as(key.body()).isEqualTo(201);
        return TestServer.json(key).get("key").asString();
    }

    private static String room() {
        return "room-" + ++rooms;
    }

    private static HttpResponse<String> chat(String key, String body) {
        return server.post("/v1/chat/completions", body, key);
    }

    @Test
    void servesRequestsWithoutAModelByTheDefaultOne() {
        String room = room();
        String key = keyInRoom(room, ",\"default_text_model\":\"test/priced\"");
        HttpResponse<String> answer = chat(key, "{" + MESSAGES + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("model").asString()).isEqualTo("test/priced");
        assertThat(TestServer.json(chat(key, TestServer.chat("test/free", "")))
                        .get("model")
                        .asString())
                .isEqualTo("test/free");
        // From the answer on, the change holds.
        server.manage("PATCH", "/api/v1/workspaces/" + room, "{\"default_text_model\":\"test/free\"}");
        assertThat(TestServer.json(chat(key, "{" + MESSAGES + "}")).get("model").asString())
                .isEqualTo("test/free");
        server.manage("PATCH", "/api/v1/workspaces/" + room, "{\"default_text_model\":null}");
        HttpResponse<String> none = chat(key, "{" + MESSAGES + "}");
        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(none.body()).contains("'model' is required.");
    }

    @Test
    void sortsEndpointsAsTheWorkspaceWantsUnlessTheRequestSays() {
        String room = room();
        String key = keyInRoom(room, ",\"default_provider_sort\":\"price\"");
        for (int i = 0; i < 12; i++) {
            assertThat(provider(chat(key, TestServer.chat("test/two-prices", ""))))
                    .isEqualTo("SIM2");
        }
        assertThat(provider(chat(key, TestServer.chat("test/two-prices", "\"provider\":{\"order\":[\"sim\"]}"))))
                .isEqualTo("SIM");
        // Without it the two are drawn, nearly evenly.
        server.manage("PATCH", "/api/v1/workspaces/" + room, "{\"default_provider_sort\":null}");
        List<String> drawn = new ArrayList<>();
        for (int i = 0; i < 60 && !(drawn.contains("SIM") && drawn.contains("SIM2")); i++) {
            drawn.add(provider(chat(key, TestServer.chat("test/two-prices", ""))));
        }
        assertThat(drawn).contains("SIM", "SIM2");
    }

    private static String provider(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer).get("provider").asString();
    }

    /// The budget is pooled over two keys that are used at once, and is exact.
    @Test
    void neverSpendsMoreThanTheBudgetOfTheWorkspace() throws Exception {
        String room = room();
        List<String> keys = List.of(keyInRoom(room, ""), newKey(room));
        // 1,000 x 2.50 + 100 x 10.00 USD per million: 0.0035 for each request.
        upstream.script(Script.saying("x").promptTokens(1_000).completionTokens(100));
        second.script(Script.saying("x").promptTokens(1_000).completionTokens(100));
        assertThat(server.manage("PUT", "/api/v1/workspaces/" + room + "/budgets/monthly", "{\"limit_usd\":0.07}")
                        .statusCode())
                .isEqualTo(200);
        String body = TestServer.chat("test/priced", "\"max_tokens\":100,\"pad\":\"" + "x".repeat(1_000) + "\"");
        List<HttpResponse<String>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> running = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                String key = keys.get(i % 2);
                running.add(threads.submit(() -> chat(key, body)));
            }
            for (Future<HttpResponse<String>> one : running) {
                answers.add(one.get());
            }
        }
        long served = answers.stream().filter(a -> a.statusCode() == 200).count();
        assertThat(answers).allMatch(a -> a.statusCode() == 200 || a.statusCode() == 402 || a.statusCode() == 403);
        assertThat(served).isBetween(1L, 20L);
        BigDecimal spent = server.usage(keys.getFirst()).add(server.usage(keys.getLast()));
        assertThat(spent)
                .isEqualByComparingTo(new BigDecimal("0.0035").multiply(BigDecimal.valueOf(served)))
                .isLessThanOrEqualTo(new BigDecimal("0.07"));
        // One by one the rest can be spent, then the workspace is refused, whichever key asks.
        HttpResponse<String> last = chat(keys.getFirst(), body);
        for (int i = 0; i < 20 && last.statusCode() == 200; i++) {
            last = chat(keys.getLast(), body);
        }
        assertThat(server.manage("PUT", "/api/v1/workspaces/" + room + "/budgets/monthly", "{\"limit_usd\":0.0035}")
                        .statusCode())
                .isEqualTo(200);
        // For a moment a refusal may be repeated from memory, in the words of the old limit.
        long end = System.nanoTime() + TestServer.PATIENCE.toNanos();
        HttpResponse<String> refused = chat(keys.getFirst(), body);
        while (refused.statusCode() == 402 && System.nanoTime() < end) {
            Thread.sleep(20);
            refused = chat(keys.getFirst(), body);
        }
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
        JsonNode error = TestServer.json(refused).get("error");
        assertThat(error.get("message").asString())
                .isEqualTo("Workspace monthly budget of $0.0035 exceeded. Contact your org admin.");
        assertThat(error.get("metadata").get("limit_source").asString()).isEqualTo("openrouter_workspace_budget");
        // Without the budget all goes on, and other workspaces never noticed.
        goodAnswers();
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode()).isEqualTo(200);
        server.manage("DELETE", "/api/v1/workspaces/" + room + "/budgets/monthly", "");
        assertThat(chat(keys.getFirst(), body).statusCode()).isEqualTo(200);
    }

    private static String newKey(String room) {
        return TestServer.json(
                        server.manage("POST", "/api/v1/keys", "{\"name\":\"k\",\"workspace_id\":\"" + room + "\"}"))
                .get("key")
                .asString();
    }

    @Test
    void takesWhatBelongsToADeletedWorkspaceWithIt() {
        String room = room();
        String id = TestServer.json(
                        server.manage("POST", "/api/v1/workspaces", "{\"name\":\"Room\",\"slug\":\"" + room + "\"}"))
                .get("data")
                .get("id")
                .asString();
        String place = ",\"workspace_id\":\"" + id + "\"}";
        List<String> things = new ArrayList<>();
        for (var made : List.of(
                Map.entry("/api/v1/byok", "{\"provider\":\"openai\",\"key\":\"sk-of-the-deleted-room-000000\"" + place),
                Map.entry("/api/v1/guardrails", "{\"name\":\"of the room\"" + place),
                Map.entry(
                        "/api/v1/observability/destinations",
                        "{\"name\":\"hook\",\"type\":\"webhook\",\"config\":{\"url\":\"https://hook.example/\"}"
                                + place))) {
            HttpResponse<String> answer = server.manage("POST", made.getKey(), made.getValue());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            things.add(made.getKey() + "/"
                    + TestServer.json(answer).get("data").get("id").asString());
        }
        assertThat(server.manage("DELETE", "/api/v1/workspaces/" + room, "").statusCode())
                .isEqualTo(200);
        for (String thing : things) {
            assertThat(server.manage("GET", thing, "").statusCode()).as(thing).isEqualTo(404);
        }
        for (String table : List.of("provider_key", "observability_destination")) {
            assertThat(TestServer.number(
                            server.faregate,
                            "SELECT count(*) FROM " + table + " WHERE workspace_id = '" + id
                                    + "' AND sealed IS NOT NULL"))
                    .as("secrets in %s", table)
                    .isZero();
        }
    }

    @Test
    void keepsTheHistoryOfADeletedWorkspace() {
        String room = room();
        String key = keyInRoom(room, "");
        HttpResponse<String> answer = chat(key, TestServer.chat("test/priced", ""));
        String generation = TestServer.json(answer).get("id").asString();
        String path = "/api/v1/workspaces/" + room;
        assertThat(server.manage("DELETE", path, "").statusCode()).isEqualTo(400);
        String hash = TestServer.json(server.get("/api/v1/key", key))
                .get("data")
                .get("hash")
                .asString();
        assertThat(server.manage("DELETE", "/api/v1/keys/" + hash, "").statusCode())
                .isEqualTo(200);
        assertThat(server.manage("DELETE", path, "").statusCode()).isEqualTo(200);
        assertThat(server.manage("GET", path, "").statusCode()).isEqualTo(404);
        assertThat(TestServer.number(
                        server.faregate,
                        "SELECT count(*) FROM generation g JOIN workspace w ON w.id = g.workspace_id WHERE g.id = '"
                                + generation.substring("gen-".length()) + "'"))
                .isEqualTo(1);
    }

    @Test
    void letsOnlyManagementKeysIn() {
        for (String path : List.of(
                "/api/v1/workspaces",
                "/v1/workspaces/default",
                "/api/v1/workspaces/default/budgets",
                "/api/v1/workspaces/default/budgets/daily",
                "/api/v1/workspaces/default/members",
                "/api/v1/organization/members",
                "/api/v1/organization/settings",
                "/api/v1/audit-events")) {
            assertThat(server.get(path, TestServer.INFERENCE_KEY).statusCode())
                    .as(path)
                    .isEqualTo(403);
            assertThat(server.get(path, null).statusCode()).as(path).isEqualTo(401);
            assertThat(server.get(path, TestServer.MANAGEMENT_KEY).statusCode())
                    .as(path)
                    .isIn(200, 404);
        }
    }

    /// Every route is there, on both bases, and an inference key gets nowhere but to presets.
    @Test
    void answersOnEveryRoute() {
        String room = room();
        keyInRoom(room, "");
        String one = "/workspaces/" + room;
        String nobody = "{\"user_ids\":[\"nobody\"]}";
        List<List<String>> routes = List.of(
                List.of("GET", one, "", "200"),
                List.of("PATCH", one, "{\"description\":\"d\"}", "200"),
                List.of("DELETE", one, "", "400"),
                List.of("GET", one + "/budgets", "", "200"),
                List.of("PUT", one + "/budgets/weekly", "{\"limit_usd\":5}", "200"),
                List.of("GET", one + "/budgets/weekly", "", "200"),
                List.of("DELETE", one + "/budgets/weekly", "", "200"),
                List.of("GET", one + "/members", "", "200"),
                List.of("POST", one + "/members/add", nobody, "400"),
                List.of("POST", one + "/members/remove", nobody, "200"),
                List.of("GET", "/organization/members", "", "200"),
                List.of("GET", "/organization/settings", "", "200"),
                List.of("PATCH", "/organization/settings", "{\"is_filtered_model_catalog_enabled\":false}", "200"),
                List.of("GET", "/audit-events?action=workspace.update&limit=1", "", "200"),
                List.of("GET", "/audit-events?actor=%01", "", "400"),
                List.of("POST", "/presets/p/chat/completions", "{\"top_k\":1}", "200"),
                List.of("POST", "/presets/p/messages", "{\"system\":\"s\"}", "200"),
                List.of("POST", "/presets/p/responses", "{\"instructions\":\"s\"}", "200"),
                List.of("PATCH", "/presets/p", "{\"description\":\"d\"}", "200"),
                List.of("GET", "/presets", "", "200"),
                List.of("GET", "/presets/p", "", "200"),
                List.of("GET", "/presets/p%20q", "", "404"),
                List.of("GET", "/presets/p/versions", "", "200"),
                List.of("GET", "/presets/p/versions/2", "", "200"));
        for (List<String> route : routes) {
            for (String base : List.of("/api/v1", "/v1")) {
                HttpResponse<String> answer = server.manage(route.get(0), base + route.get(1), route.get(2));
                assertThat(answer.statusCode())
                        .as(route + " " + answer.body())
                        .isEqualTo(Integer.parseInt(route.get(3)));
            }
            boolean preset =
                    route.get(1).startsWith("/presets") && !route.get(0).equals("PATCH");
            HttpResponse<String> other = TestServer.send(HttpRequest.newBuilder(server.uri("/api/v1" + route.get(1)))
                    .timeout(TestServer.PATIENCE)
                    .header("Authorization", "Bearer " + TestServer.INFERENCE_KEY)
                    .method(route.get(0), HttpRequest.BodyPublishers.ofString(route.get(2)))
                    .build());
            assertThat(other.statusCode())
                    .as(route + " " + other.body())
                    .isEqualTo(preset ? Integer.parseInt(route.get(3)) : 403);
        }
    }
}
