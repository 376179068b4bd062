package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Header;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ToolCall;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /responses` as clients of the Responses API see it (contract 1.1, 2.1).
class ResponsesFlowTest extends OneServer {
    @BeforeEach
    void goodAnswers() {
        upstream.script(Script.answer());
    }

    private static String body(String model, String more) {
        return "{\"model\":\"" + model + "\",\"max_output_tokens\":100,\"input\":\"Hi\""
                + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private HttpResponse<String> ask(String body) {
        return server.post("/api/v1/responses", body, TestServer.INFERENCE_KEY);
    }

    private JsonNode answered(String body) {
        HttpResponse<String> answer = ask(body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer);
    }

    private ObjectNode sent() {
        return Json.readObject(upstream.truth().last().body());
    }

    private static JsonNode failed(HttpResponse<String> answer, int status, String type) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonNode error = TestServer.json(answer).get("error");
        assertThat(error.get("code").asInt()).isEqualTo(status);
        assertThat(error.get("type").asString()).isEqualTo(type);
        return error;
    }

    private RawClient raw(String body) throws IOException {
        RawClient client = WatchedClient.connect(server.port(), TestServer.PATIENCE);
        client.post("/v1/responses", body, new Header("Authorization", "Bearer " + TestServer.INFERENCE_KEY));
        return client;
    }

    /// The data of every event but `[DONE]`, which a good stream has at its end.
    private List<JsonNode> events(String body, boolean good) throws IOException {
        try (RawClient client = raw(body)) {
            RawClient.Head head = client.head();
            assertThat(head.header("content-type").orElse("")).startsWith("text/event-stream");
            EventReader reader = client.events(head);
            List<String> events = reader.all();
            assertThat(reader.ending()).isEqualTo(RawClient.Ending.COMPLETE);
            assertThat(events.getLast().equals("[DONE]")).isEqualTo(good);
            return (good ? events.subList(0, events.size() - 1) : events)
                    .stream()
                            .map(data -> Json.read(data.getBytes(StandardCharsets.UTF_8)))
                            .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/responses", "/api/v1/responses", "/api/v1/responses/"})
    void answersOnEveryBase(String path) {
        HttpResponse<String> answer = server.post(path, body("test/priced", ""), TestServer.INFERENCE_KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("object").asString()).isEqualTo("response");
    }

    @Test
    void chargesWhatTheProviderReported() {
        upstream.script(Script.saying("Hello there")
                .promptTokens(1_000)
                .completionTokens(100)
                .cachedTokens(400));
        HttpResponse<String> answer = ask(body("test/priced", "\"instructions\":\"Be brief.\""));
        JsonNode response = TestServer.json(answer);
        assertThat(response.get("output_text").asString()).isEqualTo("Hello there");
        assertThat(response.get("status").asString()).isEqualTo("completed");
        assertThat(response.get("usage").get("input_tokens").asInt()).isEqualTo(1_000);
        assertThat(response.get("usage").get("cost").decimalValue()).isEqualByComparingTo("0.003");
        String id = answer.headers().firstValue("x-generation-id").orElseThrow();
        assertThat(response.get("id").asString()).isEqualTo(id);
        assertThat(server.generation(id).get("total_cost").decimalValue()).isEqualByComparingTo("0.003");
        assertThat(sent().get("messages").get(0).get("role").asString()).isEqualTo("system");
    }

    @Test
    void tellsAnAnswerThatItsLimitCutOff() throws IOException {
        upstream.script(Script.answer().chunks(20));
        List<JsonNode> events = events(body("test/priced", "\"stream\":true").replace("100", "4"), true);
        assertThat(events.getLast().get("type").asString()).isEqualTo("response.incomplete");
        JsonNode response = events.getLast().get("response");
        assertThat(response.get("incomplete_details").get("reason").asString()).isEqualTo("max_output_tokens");
        assertThat(response.get("usage").get("output_tokens").asInt()).isEqualTo(4);
    }

    @Test
    void saysHowFarAnAnswerWasShortened() {
        upstream.script(Script.answer().chunks(1_000));
        HttpResponse<String> answer =
                server.post("/v1/responses", "{\"model\":\"test/priced\",\"input\":\"Hi\"}", server.newKey("0.005"));
        JsonNode response = TestServer.json(answer);
        assertThat(response.get("status").asString()).as(answer.body()).isEqualTo("incomplete");
        JsonNode shortened = response.get("faregate_metadata").get("max_tokens");
        assertThat(shortened.get("reason").asString()).isEqualTo("unaffordable");
        assertThat(response.get("usage").get("output_tokens")).isEqualTo(shortened.get("sent"));
        assertThat(response.get("usage").get("cost").decimalValue()).isLessThanOrEqualTo(new BigDecimal("0.005"));
    }

    @Test
    void reasoningComesBackToItsProviderAsItWas() {
        upstream.script(Script.answer().reasoning(3, 2));
        JsonNode output = answered(body("test/priced", "\"reasoning\":{\"effort\":\"low\",\"summary\":\"auto\"}"))
                .get("output");
        assertThat(output.get(0).get("type").asString()).isEqualTo("reasoning");
        assertThat(sent().get("reasoning").get("effort").asString()).isEqualTo("low");
        String thought = output.get(0).get("content").get(0).get("text").asString();
        answered("{\"model\":\"test/priced\",\"input\":[{\"role\":\"user\",\"content\":\"Hi\"}," + output.get(0) + ","
                + output.get(1) + ",{\"role\":\"user\",\"content\":\"Why?\"}]}");
        JsonNode message = sent().get("messages").get(1);
        assertThat(message.get("content"))
                .isEqualTo(output.get(1).get("content").get(0).get("text"));
        assertThat(message.get("reasoning_details").get(0).get("text").asString())
                .isEqualTo(thought);
    }

    @Test
    void hangingUpEndsTheRequestUpstream() throws Exception {
        upstream.script(Script.answer().chunks(1_000).chunkDelay(Duration.ofMillis(10)));
        String id;
        long before = upstream.truth().count();
        try (RawClient client = raw(body("test/stops", "\"stream\":true").replace("100", "2000"))) {
            RawClient.Head head = client.head();
            EventReader reader = client.events(head);
            for (int i = 0; i < 10; i++) {
                reader.next();
            }
            id = head.header("x-generation-id").orElseThrow();
            client.reset();
        }
        List<Exchange> asked = upstream.truth().awaitFinished((int) before + 1, TestServer.PATIENCE);
        assertThat(asked.getLast().outcome()).isEqualTo(Exchange.Outcome.CLIENT_GONE);
        long deadline = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (server.get("/v1/generation?id=" + id, TestServer.INFERENCE_KEY).statusCode() != 200) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(20);
        }
        assertThat(server.generation(id).get("cancelled").asBoolean()).isTrue();
    }

    @Test
    void streamsEventByEvent() throws IOException {
        upstream.script(Script.answer().chunks(20).promptTokens(10).reasoning(3, 2));
        List<JsonNode> events = events(body("test/priced", "\"stream\":true"), true);
        assertThat(events.getFirst().get("type").asString()).isEqualTo("response.created");
        JsonNode last = events.getLast();
        assertThat(last.get("type").asString()).isEqualTo("response.completed");
        JsonNode usage = last.get("response").get("usage");
        assertThat(usage.get("output_tokens_details").get("reasoning_tokens").asInt())
                .isEqualTo(3);
        String id = last.get("response").get("id").asString();
        assertThat(server.generation(id).get("total_cost").decimalValue())
                .isEqualByComparingTo(usage.get("cost").decimalValue());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).get("sequence_number").asInt()).isEqualTo(i);
            if (events.get(i).get("type").asString().equals("response.output_text.delta")) {
                text.append(events.get(i).get("delta").asString());
            }
        }
        assertThat(last.get("response").get("output_text").asString())
                .isEqualTo(text.toString())
                .isNotEmpty();
        assertThat(last.get("response").get("output").get(0).get("type").asString())
                .isEqualTo("reasoning");
    }

    @Test
    void goesAroundWithTools() {
        String tools = "\"tools\":[{\"type\":\"function\",\"name\":\"weather\",\"parameters\":{\"type\":\"object\"}}]";
        upstream.script(Script.answer().toolCalls(new ToolCall("weather", "{\"city\":\"Ulm\"}")));
        JsonNode output = answered(body("test/priced", tools)).get("output");
        JsonNode call = output.get(output.size() - 1);
        assertThat(call.get("type").asString()).isEqualTo("function_call");
        assertThat(call.get("arguments").asString()).isEqualTo("{\"city\":\"Ulm\"}");
        String items = output.toString();
        upstream.script(Script.saying("Sunny"));
        answered("{\"model\":\"test/priced\"," + tools + ",\"input\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                + items.substring(1, items.length() - 1) + ",{\"type\":\"function_call_output\",\"call_id\":"
                + call.get("call_id") + ",\"output\":\"20 degrees\"}]}");
        JsonNode messages = sent().get("messages");
        assertThat(messages.get(1).get("tool_calls").get(0).get("id")).isEqualTo(call.get("call_id"));
        assertThat(messages.get(2).get("tool_call_id")).isEqualTo(call.get("call_id"));
        assertThat(messages.get(2).get("content").asString()).isEqualTo("20 degrees");
    }

    @Test
    void anErrorInMidStreamIsAFailedResponse() throws IOException {
        upstream.script(Script.answer().chunks(5).fault(new Fault.ErrorEvent(3, 502, "boom")));
        JsonNode last = events(body("test/priced", "\"stream\":true"), false).getLast();
        assertThat(last.get("type").asString()).isEqualTo("response.failed");
        assertThat(last.get("response").get("error").get("code").asString()).isEqualTo("server_error");
        assertThat(last.get("response").get("error_type").asString()).isEqualTo("provider_unavailable");
    }

    @Test
    void tellsFailuresInTheOrdinaryShape() {
        failed(server.post("/v1/responses", body("test/priced", ""), "sk-nobody"), 401, "authentication");
        failed(ask("{"), 400, "invalid_request");
        failed(ask("[]"), 400, "invalid_request");
        JsonNode stored = failed(ask(body("test/priced", "\"store\":true")), 400, "invalid_request");
        assertThat(stored.get("param").asString()).isEqualTo("store");
        JsonNode earlier =
                failed(ask(body("test/priced", "\"previous_response_id\":\"resp_1\"")), 400, "invalid_request");
        assertThat(earlier.get("param").asString()).isEqualTo("previous_response_id");
        JsonNode hot = failed(ask(body("test/priced", "\"temperature\":2.5")), 400, "invalid_request");
        assertThat(hot.get("param").asString()).isEqualTo("temperature");
        String file = ",{\"type\":\"input_file\",\"file_data\":\"data:application/pdf;base64,AA\"}";
        String files = file.repeat(101).substring(1);
        JsonNode many = failed(
                ask("{\"model\":\"test/priced\",\"input\":[{\"role\":\"user\",\"content\":[" + files + "]}]}"),
                400,
                "invalid_request");
        assertThat(many.get("param").asString()).isEqualTo("input");
        failed(
                server.post("/v1/responses", body("test/priced", ""), TestServer.MANAGEMENT_KEY),
                403,
                "permission_denied");
        failed(ask(body("test/unpriced", "")), 404, "not_found");
        failed(ask(body("no/such", "")), 400, "invalid_request");
        failed(server.post("/v1/responses", body("test/priced", ""), server.newKey("0")), 402, "payment_required");
        upstream.script(Script.refusing(429));
        failed(ask(body("test/priced", "")), 429, "rate_limit_exceeded");
    }

    @Test
    void appliesGuardrailsAndPresets() {
        String key = server.newKey("null");
        JsonNode guardrail = TestServer.json(server.manage(
                "POST",
                "/api/v1/guardrails",
                "{\"name\":\"flow\",\"content_filters\":[{\"pattern\":\"forbidden\",\"action\":\"block\"}]}"));
        String hash = server.keyInfo(key).get("hash").asString();
        server.manage(
                "POST",
                "/api/v1/guardrails/" + guardrail.get("data").get("id").asString() + "/assignments/keys",
                "{\"key_hashes\":[\"" + hash + "\"]}");
        JsonNode blocked = failed(
                server.post("/v1/responses", body("test/priced", "\"instructions\":\"the forbidden word\""), key),
                403,
                "permission_denied");
        assertThat(blocked.get("message").asString()).startsWith("Request blocked");

        HttpResponse<String> made = server.post(
                "/api/v1/presets/calm/responses",
                "{\"model\":\"test/priced\",\"temperature\":0.25,\"instructions\":\"Be calm.\"}",
                TestServer.INFERENCE_KEY);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        answered(body("@preset/calm", ""));
        assertThat(sent().get("temperature").decimalValue()).isEqualByComparingTo("0.25");
        assertThat(sent().get("messages").get(0).get("content").asString()).isEqualTo("Be calm.");
    }
}
