package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A server in front of a provider that speaks a format of its own, and of `sim`, which speaks OpenAI's.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class NativeUpstream {
    final ScriptedUpstream upstream = ScriptedUpstream.start();
    final ScriptedUpstream other = ScriptedUpstream.start();
    final TestServer server;
    private final String model;

    /// `model` is the one that [#ask] asks, `models` are lines of the configuration, and `provider` makes the entry of
    /// the provider out of its base URL.
    NativeUpstream(String model, String models, Function<URI, String> provider) {
        this.model = model;
        this.server = TestServer.startIn(
                TestServer.temporaryFolder(), models, List.of(provider.apply(upstream.baseUrl())), other);
    }

    @AfterAll
    void stop() {
        server.close();
        upstream.close();
        other.close();
    }

    @BeforeEach
    void goodAnswers() {
        upstream.script(Script.answer());
        other.script(Script.answer());
    }

    HttpResponse<String> ask(String more) {
        return server.chat(TestServer.chat(model, more));
    }

    JsonNode answered(String more) {
        HttpResponse<String> answer = ask(more);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return TestServer.json(answer);
    }

    /// The body of the last request to the provider.
    ObjectNode sent() {
        return Json.readObject(upstream.truth().last().body());
    }

    static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    JsonNode generation(HttpResponse<String> answer) {
        return server.generation(answer.headers().firstValue("x-generation-id").orElseThrow());
    }

    /// The chunks of a stream, `[DONE]` left out, which must be there.
    static List<JsonNode> chunks(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
        assertThat(answer.body()).endsWith("data: [DONE]\n\n");
        return answer.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> json(line.substring("data: ".length())))
                .toList();
    }

    static String joined(List<JsonNode> chunks, String pointer) {
        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.at(pointer).asString("")));
        return text.toString();
    }

    /// Asserts that the other provider answers, as a stream, when `first`, which asks for that order, meets the fault.
    void fallsBack(Fault fault, String first) {
        upstream.script(Script.failing(fault));
        HttpResponse<String> answer = ask("\"stream\":true," + first);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"provider\":\"SIM\"").endsWith("data: [DONE]\n\n");
        assertThat(generation(answer).path("provider_responses").size()).isEqualTo(2);
    }

    /// Asserts that a stream of the provider that breaks in the middle says so in its last event, and is charged for
    /// what was delivered. `only` asks for nobody else.
    void breaks(Fault fault, String only) throws IOException {
        upstream.script(
                Script.answer().chunks(10).chunkDelay(Duration.ofMillis(5)).fault(fault));
        List<String> events;
        String id;
        try (RawClient client = server.rawChat(TestServer.chat(model, "\"stream\":true,\"max_tokens\":1000," + only))) {
            RawClient.Head head = client.head();
            id = head.header("X-Generation-Id").orElseThrow();
            events = client.events(head).all();
        }
        assertThat(events).doesNotContain("[DONE]");
        JsonNode last = json(events.getLast());
        assertThat(last.at("/error/code").asInt()).isGreaterThanOrEqualTo(500);
        assertThat(last.at("/choices/0/finish_reason").asString()).isEqualTo("error");
        assertThat(server.generation(id).path("total_cost").decimalValue()).isPositive();
    }
}
