package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// Presets in requests (contract 3.8), by what the provider is sent.
class PresetFlowTest extends OneServer {
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    private static final String STORED = "{\"model\":\"test/priced\",\"temperature\":0.25,\"max_tokens\":77,"
            + "\"provider\":{\"only\":[\"sim\"]},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],"
            + "\"messages\":[{\"role\":\"system\",\"content\":\"Speak like a \\\"pirate\\\".\"}]}";

    @BeforeEach
    void goodAnswers() {
        upstream.script(Script.answer());
    }

    /// Makes a preset, or a version of it; its id.
    private static String store(TestServer on, String slug, String body) {
        HttpResponse<String> made =
                on.post("/api/v1/presets/" + slug + "/chat/completions", body, TestServer.INFERENCE_KEY);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        return TestServer.json(made).get("data").get("id").asString();
    }

    private ObjectNode sent() {
        return Json.readObject(upstream.truth().last().body());
    }

    private static ObjectNode object(String json) {
        return Json.readObject(json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void laysThePresetUnderTheRequestInEachWayToNameIt() {
        String id = store(server, "pirate", STORED);
        String expected = "{\"model\":\"priced\",\"temperature\":0.25,\"max_tokens\":77,\"tools\":[{\"type\":"
                + "\"function\",\"function\":{\"name\":\"f\"}}],\"messages\":[{\"role\":\"system\",\"content\":"
                + "\"Speak like a \\\"pirate\\\".\"},{\"role\":\"user\",\"content\":\"Hi\"}]}";
        for (String named : List.of(
                "\"model\":\"@preset/pirate\"",
                "\"model\":\"test/priced@preset/pirate\"",
                "\"preset\":\"pirate\"",
                "\"preset\":\"pirate\",\"model\":\"@preset/pirate\"")) {
            HttpResponse<String> answer = server.chat("{" + named + "," + MESSAGES + "}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(sent()).as(named).isEqualTo(object(expected));
            assertThat(server.generation(TestServer.json(answer).get("id").asString())
                            .get("preset_id")
                            .asString())
                    .isEqualTo(id);
        }
    }

    @Test
    void letsTheRequestWin() throws Exception {
        store(server, "defaults", STORED);
        String body = "{\"model\":\"test/free@preset/defaults\",\"stream\":true,\"temperature\":1.5,"
                + "\"max_completion_tokens\":9,\"messages\":[{\"role\":\"system\",\"content\":\"No pirates.\"},"
                + "{\"role\":\"user\",\"content\":\"Hi\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"
                + "\"f\",\"description\":\"mine\"}}],\"x_unknown\":[1,2]}";
        try (RawClient client = server.rawChat(body)) {
            RawClient.Head head = client.head();
            assertThat(head.status()).isEqualTo(200);
            EventReader events = client.events(head);
            assertThat(events.all().getLast()).contains("[DONE]");
        }
        ObjectNode sent = sent();
        assertThat(sent.get("model").asString()).isEqualTo("free");
        assertThat(sent.get("temperature").toString()).isEqualTo("1.5");
        assertThat(sent.get("max_tokens").asInt()).isEqualTo(9);
        assertThat(sent.get("messages")).hasSize(2);
        assertThat(sent.get("tools")).hasSize(1);
        assertThat(sent.get("tools").get(0).get("function").get("description").asString())
                .isEqualTo("mine");
        assertThat(sent.get("x_unknown").toString()).isEqualTo("[1,2]");
    }

    @Test
    void usesTheNewestVersionFromItsAnswerOn() {
        for (int i = 1; i <= 3; i++) {
            store(server, "moving", "{\"model\":\"test/free\",\"top_k\":" + i + "}");
            server.chat("{\"preset\":\"moving\"," + MESSAGES + "}");
            assertThat(sent().get("top_k").asInt()).isEqualTo(i);
        }
    }

    @Test
    void refusesPresetsThatCannotBeUsed() {
        HttpResponse<String> unknown = server.chat("{\"preset\":\"nobody\"," + MESSAGES + "}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).contains("Preset not found: nobody");
        // Once more, now that it is remembered that there is none.
        assertThat(server.chat("{\"preset\":\"nobody\"," + MESSAGES + "}").statusCode())
                .isEqualTo(404);
        store(server, "off", STORED);
        for (String status : List.of("disabled", "archived", "active")) {
            assertThat(server.manage("PATCH", "/api/v1/presets/off", "{\"status\":\"" + status + "\"}")
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> answer = server.chat("{\"model\":\"@preset/off\"," + MESSAGES + "}");
            assertThat(answer.statusCode()).as(status).isEqualTo(status.equals("active") ? 200 : 404);
        }
        // A preset without a model leaves the model to the request.
        store(server, "no-model", "{\"top_k\":1}");
        assertThat(server.chat("{\"model\":\"@preset/no-model\"," + MESSAGES + "}")
                        .body())
                .contains("'model' is required.");
        assertThat(server.chat("{\"model\":\"@preset/off\",\"preset\":\"no-model\"," + MESSAGES + "}")
                        .statusCode())
                .isEqualTo(400);
        // Another workspace has no such preset.
        server.manage("POST", "/api/v1/workspaces", "{\"name\":\"Elsewhere\",\"slug\":\"elsewhere\"}");
        String key = TestServer.json(
                        server.manage("POST", "/api/v1/keys", "{\"name\":\"k\",\"workspace_id\":\"elsewhere\"}"))
                .get("key")
                .asString();
        assertThat(server.post("/v1/chat/completions", "{\"model\":\"@preset/off\"," + MESSAGES + "}", key)
                        .statusCode())
                .isEqualTo(404);
    }

    /// A body and a system prompt of hundreds of kilobytes take the way off the event loop; what is held and
    /// charged covers all of it.
    @Test
    void holdsWhatThePresetAddsToThePrompt() {
        String prompt = "word ".repeat(15_000);
        store(
                server,
                "long",
                "{\"model\":\"test/priced\",\"messages\":[{\"role\":\"system\",\"content\":\"" + prompt + "\"}]}");
        String key = server.newKey("0.01");
        HttpResponse<String> refused =
                server.post("/v1/chat/completions", "{\"preset\":\"long\",\"max_tokens\":5," + MESSAGES + "}", key);
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(402);
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> answer =
                    server.chat("{\"preset\":\"long\",\"pad\":\"" + "x".repeat(100_000) + "\"," + MESSAGES + "}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(sent().get("messages").get(0).get("content").asString()).isEqualTo(prompt);
        }
        assertThat(server.held()).isZero();
    }

    /// The echo model answers the request as it is after the preset.
    @Test
    void worksWithoutAnyProvider() {
        store(server, "echo", "{\"model\":\"faregate/echo\"}");
        HttpResponse<String> answer = server.chat("{\"model\":\"@preset/echo\"," + MESSAGES + "}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("Hi");
    }

    @Test
    void reachesEveryNode() throws Exception {
        String url = TestPostgres.freshUrl();
        try (TestServer one = TestServer.startOn(url, "", upstream);
                TestServer two = TestServer.startOn(url, "", upstream)) {
            store(one, "shared", "{\"model\":\"test/free\",\"top_k\":1}");
            String body = "{\"preset\":\"shared\"," + MESSAGES + "}";
            awaitTopK(two, body, 1);
            store(one, "shared", "{\"model\":\"test/free\",\"top_k\":2}");
            awaitTopK(two, body, 2);
        }
    }

    /// Other nodes hear of it within a second; the wait leaves room for a busy machine.
    private void awaitTopK(TestServer on, String body, int expected) throws InterruptedException {
        long end = System.nanoTime() + TestServer.PATIENCE.toNanos();
        int last = 0;
        while (last != expected && System.nanoTime() < end) {
            if (on.chat(body).statusCode() == 200) {
                last = sent().path("top_k").asInt();
            }
            Thread.sleep(20);
        }
        assertThat(last).isEqualTo(expected);
    }
}
