package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Header;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/// A server in front of the providers `sim` and `sim2`, at $2 and $3 per million prompt tokens, one address of it that
/// is asked, and a key of its own for each test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TwoProviders {
    static final String ORDERED = "\"provider\":{\"order\":[\"sim\",\"sim2\"]}";

    final ScriptedUpstream first = ScriptedUpstream.start();
    final ScriptedUpstream second = ScriptedUpstream.start();
    final TestServer server;
    String key = "";
    long before;
    private final String path;

    TwoProviders(String path, String models) {
        this.path = path;
        this.server = TestServer.startWith(models, first, second);
    }

    @AfterAll
    void stop() {
        server.close();
        first.close();
        second.close();
    }

    @BeforeEach
    void goodAnswers() {
        first.script(Script.answer().promptTokens(200));
        second.script(Script.answer().promptTokens(200));
        key = server.newKey("null");
        before = sent();
    }

    /// Requests that arrived at a provider.
    long sent() {
        return first.truth().count() + second.truth().count();
    }

    HttpResponse<String> ask(String key, String body) {
        return server.post(path, body, key);
    }

    static JsonNode error(HttpResponse<String> answer) {
        return TestServer.json(answer).get("error");
    }

    JsonNode generation(HttpResponse<String> answer) {
        return server.generation(answer.headers().firstValue("x-generation-id").orElseThrow());
    }

    /// What is stored of the request, once it is.
    String contentOf(HttpResponse<String> answer) {
        String address = "/api/v1/generation/content?id="
                + answer.headers().firstValue("x-generation-id").orElseThrow();
        Cluster.await(
                "content is stored",
                () -> server.get(address, TestServer.INFERENCE_KEY).statusCode() == 200);
        return server.get(address, TestServer.INFERENCE_KEY).body();
    }

    /// A whole answer with these bytes.
    static Fault raw(String json) {
        return new Fault.Raw(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + json.length() + "\r\n\r\n"
                        + json,
                true);
    }

    /// Asserts that a request which neither provider answers is refused, and costs nothing.
    void costsNothing(Fault fault, Supplier<HttpResponse<String>> request) {
        first.script(Script.failing(fault));
        second.script(Script.failing(fault));
        HttpResponse<String> answer = request.get();
        assertThat(answer.statusCode()).isBetween(400, 599).isNotEqualTo(500);
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("application/json");
        assertThat(server.usage(key)).isZero();
        assertThat(server.held()).isZero();
    }

    /// Asks so often at the same time; returns what the providers bill for it, in nano-dollars.
    long billedFor(int requests, IntFunction<String> body) throws InterruptedException, ExecutionException {
        first.script(Script.answer());
        second.script(Script.answer());
        long billedByFirst = first.truth().billed().prompt();
        long billedBySecond = second.truth().billed().prompt();
        List<Future<Integer>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(32)) {
            for (int i = 0; i < requests; i++) {
                String asked = body.apply(i);
                answers.add(threads.submit(() -> ask(key, asked).statusCode()));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(200);
            }
        }
        return (first.truth().billed().prompt() - billedByFirst) * 2_000
                + (second.truth().billed().prompt() - billedBySecond) * 3_000;
    }

    /// Asks, and leaves before there is an answer; returns when it is charged.
    void askAndLeave(String body) throws IOException, InterruptedException {
        first.script(Script.answer().promptTokens(200).latency(Duration.ofMillis(600)));
        long asked = first.truth().count();
        try (RawClient client = RawClient.connect("127.0.0.1", server.port(), TestServer.PATIENCE)) {
            client.post(path, body, new Header("Authorization", "Bearer " + key));
            first.truth().awaitCount(asked + 1, TestServer.PATIENCE);
            client.reset();
        }
        first.truth().awaitFinished(asked + 1, TestServer.PATIENCE);
        Cluster.await("it is charged", () -> server.usage(key).signum() != 0);
    }

    /// A new key that a new guardrail of these fields binds.
    String keyWith(String fields) {
        String bound = server.newKey("null");
        String hash = server.keyInfo(bound).get("hash").asString();
        HttpResponse<String> made = server.manage("POST", "/api/v1/guardrails", "{\"name\":\"flow\"," + fields + "}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String id = TestServer.json(made).get("data").get("id").asString();
        HttpResponse<String> assigned = server.manage(
                "POST", "/api/v1/guardrails/" + id + "/assignments/keys", "{\"key_hashes\":[\"" + hash + "\"]}");
        assertThat(assigned.statusCode()).isEqualTo(200);
        return bound;
    }
}
