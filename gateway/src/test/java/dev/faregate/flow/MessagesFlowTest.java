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
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /messages` as Anthropic's clients see it (contract 1.1, 2.1).
class MessagesFlowTest extends OneServer {
    MessagesFlowTest() {
        super("limits.body: 1MiB\n");
    }

    @BeforeEach
    void goodAnswers() {
        upstream.script(Script.answer());
    }

    private static String body(String model, String more) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
                + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private HttpResponse<String> ask(String body) {
        return server.post("/api/v1/messages", body, TestServer.INFERENCE_KEY);
    }

    private JsonNode answered(String body) {
        HttpResponse<String> answer = ask(body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer);
    }

    private ObjectNode sent() {
        return Json.readObject(upstream.truth().last().body());
    }

    /// The failure in Anthropic's shape.
    private static JsonNode failed(HttpResponse<String> answer, int status, String type) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonNode failure = TestServer.json(answer);
        assertThat(failure.get("type").asString()).isEqualTo("error");
        assertThat(failure.get("error").get("type").asString()).isEqualTo(type);
        assertThat(failure.get("error").get("message").asString()).isNotEmpty();
        assertThat(failure.has("request_id")).isTrue();
        return failure;
    }

    private static List<EventReader.Event> events(RawClient client, RawClient.Head head) throws IOException {
        EventReader reader = client.events(head);
        List<EventReader.Event> events = reader.events();
        assertThat(reader.ending()).isEqualTo(RawClient.Ending.COMPLETE);
        return events;
    }

    private RawClient raw(String body) throws IOException {
        RawClient client = WatchedClient.connect(server.port(), TestServer.PATIENCE);
        client.post("/v1/messages", body, new Header("x-api-key", TestServer.INFERENCE_KEY));
        return client;
    }

    private static JsonNode data(EventReader.Event event) {
        return Json.read(event.data().getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/messages", "/api/v1/messages", "/api/v1/messages?beta=true", "/api//v1/messages/"})
    void answersWhereAnthropicsClientsAsk(String path) {
        HttpResponse<String> answer = TestServer.send(HttpRequest.newBuilder(server.uri(path))
                .timeout(TestServer.PATIENCE)
                .header("x-api-key", TestServer.INFERENCE_KEY)
                .header("anthropic-version", "2023-06-01")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body("test/priced", "")))
                .build());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("type").asString()).isEqualTo("message");
    }

    @Test
    void chargesWhatTheProviderReported() {
        upstream.script(Script.saying("Hello there")
                .promptTokens(1_000)
                .completionTokens(100)
                .cachedTokens(400));
        HttpResponse<String> answer = ask(body("test/priced", ""));
        JsonNode message = TestServer.json(answer);
        assertThat(message.get("content").get(0).get("text").asString()).isEqualTo("Hello there");
        assertThat(message.get("model").asString()).isEqualTo("test/priced");
        assertThat(message.get("stop_reason").asString()).isEqualTo("end_turn");
        JsonNode usage = message.get("usage");
        assertThat(usage.get("input_tokens").asInt()).isEqualTo(600);
        assertThat(usage.get("cache_read_input_tokens").asInt()).isEqualTo(400);
        assertThat(usage.get("output_tokens").asInt()).isEqualTo(100);
        // 600 x 2.50 + 400 x 1.25 + 100 x 10.00 USD per million
        assertThat(usage.get("cost").decimalValue()).isEqualByComparingTo("0.003");
        String id = answer.headers().firstValue("x-generation-id").orElseThrow();
        assertThat(message.get("id").asString()).isEqualTo(id);
        assertThat(server.generation(id).get("total_cost").decimalValue()).isEqualByComparingTo("0.003");
        assertThat(sent().get("messages").get(0).get("content").asString()).isEqualTo("Hi");
        assertThat(sent().has("metadata")).isFalse();
    }

    @Test
    void streamsEventByEvent() throws IOException {
        upstream.script(
                Script.answer().chunks(20).chunkDelay(Duration.ofMillis(20)).promptTokens(10));
        try (RawClient client = raw(body("test/priced", "\"stream\":true"))) {
            RawClient.Head head = client.head();
            assertThat(head.header("content-type").orElse("")).startsWith("text/event-stream");
            List<EventReader.Event> events = events(client, head);
            List<String> names = events.stream()
                    .map(event -> data(event).get("type").asString())
                    .toList();
            assertThat(names.getFirst()).isEqualTo("message_start");
            assertThat(names.get(1)).isEqualTo("content_block_start");
            assertThat(names.subList(2, 22)).containsOnly("content_block_delta");
            assertThat(names.subList(22, names.size()))
                    .containsExactly("content_block_stop", "message_delta", "message_stop");
            JsonNode usage = data(events.get(23)).get("usage");
            assertThat(usage.get("input_tokens").asInt()).isEqualTo(10);
            assertThat(usage.get("output_tokens").asInt()).isEqualTo(20);
            String id = data(events.getFirst()).get("message").get("id").asString();
            assertThat(head.header("x-generation-id")).hasValue(id);
            assertThat(server.generation(id).get("total_cost").decimalValue())
                    .isEqualByComparingTo(usage.get("cost").decimalValue());
            long arrivals = events.stream()
                    .map(event -> event.arrivedNanos() / 5_000_000)
                    .distinct()
                    .count();
            assertThat(arrivals).as("events arrive one by one").isGreaterThan(8);
        }
    }

    @Test
    void goesAroundWithTools() {
        String tools = "\"tools\":[{\"name\":\"weather\",\"input_schema\":{\"type\":\"object\"}}]";
        upstream.script(Script.answer().toolCalls(new ToolCall("weather", "{\"city\":\"Ulm\"}")));
        JsonNode first = answered(body("test/priced", tools));
        assertThat(first.get("stop_reason").asString()).isEqualTo("tool_use");
        JsonNode call = first.get("content").get(first.get("content").size() - 1);
        assertThat(call.get("input").get("city").asString()).isEqualTo("Ulm");

        upstream.script(Script.saying("Sunny"));
        answered("{\"model\":\"test/priced\",\"max_tokens\":100," + tools + ",\"messages\":["
                + "{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":" + first.get("content")
                + "},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
                + call.get("id") + ",\"content\":\"20 degrees\"}]}]}");
        JsonNode messages = sent().get("messages");
        assertThat(messages.get(1).get("tool_calls").get(0).get("id")).isEqualTo(call.get("id"));
        assertThat(messages.get(2).get("role").asString()).isEqualTo("tool");
        assertThat(messages.get(2).get("tool_call_id")).isEqualTo(call.get("id"));
        assertThat(messages.get(2).get("content").asString()).isEqualTo("20 degrees");
    }

    @Test
    void showsReasoningAndTakesItBack() {
        upstream.script(Script.answer().reasoning(3, 2));
        String stream = ask(body("test/priced", "\"stream\":true,\"thinking\":{\"type\":\"adaptive\"}"))
                .body();
        assertThat(stream)
                .contains("\"thinking_delta\"")
                .contains("\"text_delta\"")
                .contains("\"thinking_tokens\":3");
        upstream.script(Script.answer());
        answered("{\"model\":\"test/priced\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                + "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"Hm\",\"signature\":\"s\"},"
                + "{\"type\":\"text\",\"text\":\"Yes\"}]},{\"role\":\"user\",\"content\":\"Why?\"}]}");
        assertThat(sent().get("messages").get(1).get("reasoning_details").toString())
                .isEqualTo("[{\"type\":\"reasoning.text\",\"text\":\"Hm\",\"signature\":\"s\",\"format\":"
                        + "\"anthropic-claude-v1\",\"index\":0}]");
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
    void anErrorInMidStreamIsAnErrorEvent() throws IOException {
        upstream.script(Script.answer().chunks(5).fault(new Fault.ErrorEvent(3, 502, "boom")));
        try (RawClient client = raw(body("test/priced", "\"stream\":true"))) {
            List<EventReader.Event> events = events(client, client.head());
            JsonNode last = data(events.getLast());
            assertThat(last.get("type").asString()).isEqualTo("error");
            assertThat(last.get("error").get("type").asString()).isEqualTo("api_error");
            assertThat(last.get("error").get("error_type").asString()).isEqualTo("provider_unavailable");
            assertThat(events.stream().map(EventReader.Event::data)).noneMatch(text -> text.contains("message_stop"));
        }
    }

    @Test
    void tellsEveryFailureInAnthropicsShape() {
        failed(server.post("/v1/messages", body("test/priced", ""), "sk-nobody"), 401, "authentication_error");
        failed(
                server.post("/v1/messages", body("test/priced", ""), TestServer.MANAGEMENT_KEY),
                403,
                "permission_error");
        failed(ask("{"), 400, "invalid_request_error");
        failed(ask("[]"), 400, "invalid_request_error");
        failed(ask(body("no/such", "")), 400, "invalid_request_error");
        failed(ask(body("test/unpriced", "")), 404, "not_found_error");
        failed(ask(body("@preset/none", "")), 404, "not_found_error");
        failed(ask("x".repeat(2 << 20)), 413, "invalid_request_error");
        JsonNode poor =
                failed(server.post("/v1/messages", body("test/priced", ""), server.newKey("0")), 402, "billing_error");
        assertThat(poor.get("metadata").get("limit_source").asString()).isEqualTo("openrouter_key_limit");
        assertThat(poor.get("request_id").asString()).startsWith("gen-");
        upstream.script(Script.refusing(429));
        failed(ask(body("test/priced", "")), 429, "rate_limit_error");
        upstream.script(Script.refusing(503));
        failed(ask(body("test/priced", "")), 503, "overloaded_error");
    }

    @Test
    void tellsAlsoWhatIsNotThereInAnthropicsShape() {
        for (String base : List.of("/v1", "/api/v1")) {
            failed(server.post(base + "/messages/batches", "{}", TestServer.INFERENCE_KEY), 404, "not_found_error");
            failed(server.get(base + "/messages", TestServer.INFERENCE_KEY), 405, "invalid_request_error");
            failed(server.get(base + "/messages/count_tokens", TestServer.INFERENCE_KEY), 405, "invalid_request_error");
        }
        assertThat(TestServer.json(server.get("/v1/messagesX", TestServer.INFERENCE_KEY))
                        .get("error")
                        .get("code")
                        .asInt())
                .isEqualTo(404);
    }

    private HttpResponse<String> count(String body, String key) {
        return server.post("/v1/messages/count_tokens?beta=true", body, key);
    }

    @Test
    void countsAPromptForNothing() {
        long asked = upstream.truth().count();
        String poor = server.newKey("0");
        HttpResponse<String> answer = count(body("test/priced", ""), poor);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        int few = TestServer.json(answer).get("input_tokens").asInt();
        assertThat(few).isBetween(1, 10);
        String long300 = "\"system\":\"" + "abc".repeat(100) + "\"";
        assertThat(TestServer.json(count(body("test/priced", long300), poor))
                        .get("input_tokens")
                        .asInt())
                .isBetween(few + 100, few + 110);
        assertThat(upstream.truth().count()).isEqualTo(asked);
        assertThat(server.keyInfo(poor).get("usage").asInt()).isZero();

        failed(count(body("test/priced", ""), "sk-nobody"), 401, "authentication_error");
        failed(count(body("test/priced", ""), TestServer.MANAGEMENT_KEY), 403, "permission_error");
        failed(count("{", poor), 400, "invalid_request_error");
        failed(count("{\"model\":\"test/priced\"}", poor), 400, "invalid_request_error");
        failed(count(body("no/such", ""), poor), 400, "invalid_request_error");
        failed(count(body("test/unpriced", ""), poor), 404, "not_found_error");
    }

    @Test
    void countingIsARequestOfItsKey() {
        String key = server.newKey("null");
        String hash = server.keyInfo(key).get("hash").asString();
        server.manage("PATCH", "/api/v1/keys/" + hash, "{\"rate_limits\":{\"rpm\":1}}");
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            statuses.add(count(body("test/priced", ""), key).statusCode());
        }
        // A minute may end in between.
        assertThat(statuses).contains(200, 429);
    }

    @Test
    void namesTheFieldInTheWordsOfTheRequest() {
        JsonNode failure = failed(ask(body("test/priced", "\"stop_sequences\":[1]")), 400, "invalid_request_error");
        assertThat(failure.get("error").get("message").asString()).isEqualTo("'stop_sequences[0]' must be a string.");
        JsonNode hot = failed(ask(body("test/priced", "\"temperature\":2.5")), 400, "invalid_request_error");
        assertThat(hot.get("error").get("message").asString()).isEqualTo("'temperature' must be between 0 and 2.");
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
                server.post("/v1/messages", body("test/priced", "\"system\":\"the forbidden word\""), key),
                403,
                "permission_error");
        assertThat(blocked.get("error").get("message").asString()).startsWith("Request blocked");

        HttpResponse<String> made = server.post(
                "/api/v1/presets/calm/messages",
                "{\"model\":\"test/priced\",\"temperature\":0.25,\"system\":\"Be calm.\"}",
                TestServer.INFERENCE_KEY);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        for (String model : List.of("@preset/calm", "test/priced@preset/calm")) {
            answered(body(model, ""));
            assertThat(sent().get("temperature").decimalValue()).isEqualByComparingTo("0.25");
            assertThat(sent().get("messages").get(0).get("content").asString()).isEqualTo("Be calm.");
        }
    }

    @Test
    void takesAndTellsWhatIsLarge() {
        String text = "word ".repeat(60_000);
        upstream.script(Script.saying(text).promptTokens(10).completionTokens(100));
        JsonNode message = answered(body("test/priced", "").replace("Hi", text));
        assertThat(message.get("content").get(0).get("text").asString()).isEqualTo(text);
        assertThat(sent().get("messages").get(0).get("content").asString()).isEqualTo(text);
    }
}
