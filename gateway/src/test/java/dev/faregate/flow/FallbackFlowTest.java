package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.EventReader;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// What becomes of a request when a provider fails (contract 1.1, 1.2, 3.7): another endpoint before the
/// first byte, an error in the stream after it, and a charge only for what was delivered.
class FallbackFlowTest {
    private static ScriptedUpstream first;
    private static ScriptedUpstream second;
    private static TestServer server;

    @BeforeAll
    static void start() {
        first = ScriptedUpstream.start();
        second = ScriptedUpstream.start();
        server = TestServer.startWith("timeouts: {first_event: 1s, between_events: 1s, request: 20s}\n", first, second);
    }

    @AfterAll
    static void stop() {
        server.close();
        first.close();
        second.close();
    }

    @BeforeEach
    void goodAnswers() {
        first.script(Script.answer());
        second.script(Script.answer());
    }

    static List<Fault> failuresBeforeTheFirstByte() {
        return List.of(
                new Fault.Refuse(500, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(503, Fault.ErrorBody.HTML, null),
                new Fault.Refuse(429, Fault.ErrorBody.USUAL, 7),
                new Fault.Refuse(401, Fault.ErrorBody.USUAL, null),
                new Fault.Refuse(529, Fault.ErrorBody.EMPTY, null),
                new Fault.CloseBeforeAnswer(false),
                new Fault.ResetBeforeAnswer(),
                new Fault.Raw("not http at all\r\n\r\n", true),
                new Fault.ErrorEvent(0, 502, "broken"),
                new Fault.EndWithoutDone(0));
    }

    @ParameterizedTest
    @MethodSource("failuresBeforeTheFirstByte")
    void triesTheNextEndpoint(Fault fault) {
        first.script(Script.failing(fault));
        HttpResponse<String> answer = server.chat(
                TestServer.chat("test/priced", "\"stream\":true,\"provider\":{\"order\":[\"sim\",\"sim2\"]}"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"provider\":\"SIM2\"").endsWith("data: [DONE]\n\n");
        JsonNode generation =
                server.generation(answer.headers().firstValue("x-generation-id").orElseThrow());
        assertThat(generation.get("provider_responses").size()).isEqualTo(2);
        assertThat(generation.get("provider_name").asString()).isEqualTo("SIM2");
    }

    @Test
    void triesTheNextEndpointAfterSilence() {
        first.script(Script.failing(new Fault.NeverAnswer()));
        HttpResponse<String> answer = server.chat(
                TestServer.chat("test/priced", "\"stream\":true,\"provider\":{\"order\":[\"sim\",\"sim2\"]}"));
        assertThat(answer.body()).contains("\"provider\":\"SIM2\"");
    }

    @Test
    void triesTheNextModel() {
        first.script(Script.refusing(400));
        second.script(Script.refusing(400));
        first.forModel("free", Script.answer());
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", "\"models\":[\"test/free\"]"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("model").asString()).isEqualTo("test/free");
        assertThat(TestServer.json(answer).get("usage").get("cost").decimalValue())
                .isZero();
    }

    @Test
    void asksNobodyElseWhenFallbacksAreOff() {
        first.script(Script.refusing(500));
        long asked = second.truth().count();
        HttpResponse<String> answer = server.chat(
                TestServer.chat("test/priced", "\"provider\":{\"order\":[\"sim\"],\"allow_fallbacks\":false}"));
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(second.truth().count()).isEqualTo(asked);
    }

    @Test
    void doesNotTryAnotherEndpointForABadRequest() {
        first.script(Script.refusing(400));
        long asked = second.truth().count();
        HttpResponse<String> answer =
                server.chat(TestServer.chat("test/priced", "\"provider\":{\"order\":[\"sim\",\"sim2\"]}"));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(second.truth().count()).isEqualTo(asked);
    }

    static Stream<Arguments> whatTheClientHears() {
        return Stream.of(
                Arguments.of(400, 400),
                Arguments.of(401, 502),
                Arguments.of(402, 502),
                Arguments.of(403, 502),
                Arguments.of(404, 404),
                Arguments.of(408, 504),
                Arguments.of(409, 502),
                Arguments.of(413, 413),
                Arguments.of(422, 422),
                Arguments.of(429, 429),
                Arguments.of(500, 502),
                Arguments.of(502, 502),
                Arguments.of(503, 503),
                Arguments.of(529, 529));
    }

    @ParameterizedTest
    @MethodSource("whatTheClientHears")
    void saysWhatWentWrongWhenNobodyIsLeft(int upstream, int client) {
        first.script(Script.refusing(upstream));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", "\"provider\":{\"only\":[\"sim\"]}"));
        assertThat(answer.statusCode()).isEqualTo(client);
        JsonNode error = TestServer.json(answer).get("error");
        assertThat(error.get("code").asInt()).isEqualTo(client);
        assertThat(error.get("message").asString()).isNotBlank();
        assertThat(error.get("metadata").get("provider_name").asString()).isEqualTo("SIM");
        assertThat(answer.body()).doesNotContain("sk-upstream-secret");
    }

    @Test
    void handsOnHowLongToWait() {
        first.script(Script.failing(new Fault.Refuse(429, Fault.ErrorBody.USUAL, 17)));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", "\"provider\":{\"only\":[\"sim\"]}"));
        assertThat(answer.headers().firstValue("retry-after")).hasValue("17");
    }

    @Test
    void namesTheEarlierFailures() {
        first.script(Script.refusing(503));
        second.script(Script.refusing(500));
        HttpResponse<String> answer =
                server.chat(TestServer.chat("test/priced", "\"provider\":{\"order\":[\"sim\",\"sim2\"]}"));
        JsonNode previous = TestServer.json(answer).get("error").get("metadata").get("previous_errors");
        assertThat(previous.size()).isEqualTo(1);
        assertThat(previous.get(0).get("provider").asString()).isEqualTo("SIM");
        assertThat(previous.get(0).get("code").asInt()).isEqualTo(503);
    }

    /// What is told and recorded is the attempt that failed, not the one that the key's limit did not leave room for.
    @Test
    void namesTheProviderThatFailedWhenTheNextOneIsNotAffordable() {
        String dear = """
                  - id: test/dear
                    context_length: 128000
                    endpoints:
                      - {provider: sim2, upstream_model: dear, max_completion_tokens: 4096,
                         pricing: {prompt: "2.50", completion: "1000.00"}}
                """;
        try (TestServer tight = TestServer.startWith(dear, first, second)) {
            first.script(Script.refusing(503));
            long asked = second.truth().count();
            HttpResponse<String> answer = tight.post(
                    "/v1/chat/completions",
                    TestServer.chat("test/stops", "\"max_tokens\":100,\"models\":[\"test/dear\"]"),
                    tight.newKey("0.01"));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(second.truth().count()).isEqualTo(asked);
            JsonNode metadata = TestServer.json(answer).get("error").get("metadata");
            assertThat(metadata.get("provider_name").asString()).isEqualTo("SIMSTOP");
            JsonNode generation = tight.generation(
                    answer.headers().firstValue("x-generation-id").orElseThrow());
            assertThat(generation.get("provider_name").asString()).isEqualTo("SIMSTOP");
            assertThat(generation.get("model").asString()).isEqualTo("test/stops");
        }
    }

    static List<Fault> failuresInMidStream() {
        return List.of(
                new Fault.Reset(4),
                new Fault.Cut(4),
                new Fault.EndWithoutDone(4),
                new Fault.TruncatedEvent(4),
                new Fault.MalformedEvent(4),
                new Fault.ErrorEvent(4, 529, "overloaded"),
                new Fault.Stall(4, java.time.Duration.ofSeconds(5)),
                new Fault.Stall(4, java.time.Duration.ofSeconds(5), java.time.Duration.ofMillis(200)),
                new Fault.HugeEvent(4, 5 << 20));
    }

    /// After the first byte a failure is an event of the stream, and never looks like an end (contract
    /// 1.2).
    @ParameterizedTest
    @MethodSource("failuresInMidStream")
    void showsABreakInTheStream(Fault fault) throws IOException {
        first.script(Script.answer()
                .chunks(10)
                .chunkDelay(java.time.Duration.ofMillis(5))
                .fault(fault));
        List<String> events;
        String id;
        try (RawClient client =
                server.rawChat(TestServer.chat("test/priced", "\"stream\":true,\"provider\":{\"only\":[\"sim\"]}"))) {
            RawClient.Head head = client.head();
            assertThat(head.status()).isEqualTo(200);
            id = head.header("X-Generation-Id").orElseThrow();
            EventReader reader = client.events(head);
            events = reader.all();
        }
        assertThat(events).doesNotContain("[DONE]");
        JsonNode last = dev.faregate.base.Json.read(events.getLast().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(last.get("error").get("code").asInt()).isGreaterThanOrEqualTo(500);
        assertThat(last.get("error").get("message").asString()).isNotBlank();
        assertThat(last.get("choices").get(0).get("finish_reason").asString()).isEqualTo("error");
        JsonNode generation = server.generation(id);
        assertThat(generation.get("total_cost").decimalValue())
                .as("what was delivered is charged")
                .isPositive();
        assertThat(server.keyInfo(TestServer.INFERENCE_KEY).get("usage").decimalValue())
                .isPositive();
    }

    @Test
    void takesAStreamThatForgetsItsDone() {
        first.script(Script.answer().fault(new Fault.EndWithoutDone(Fault.BEFORE_DONE)));
        HttpResponse<String> answer =
                server.chat(TestServer.chat("test/priced", "\"stream\":true,\"provider\":{\"only\":[\"sim\"]}"));
        assertThat(answer.body()).endsWith("data: [DONE]\n\n").doesNotContain("\"error\"");
    }

    @ParameterizedTest
    @MethodSource("notJson")
    void answers502ForAWholeAnswerThatIsNone(Fault fault) {
        first.script(Script.failing(fault));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", "\"provider\":{\"only\":[\"sim\"]}"));
        assertThat(answer.statusCode()).isEqualTo(502);
        String id = answer.headers().firstValue("x-generation-id").orElseThrow();
        assertThat(server.generation(id).get("total_cost").decimalValue()).isZero();
    }

    static List<Fault> notJson() {
        return List.of(
                new Fault.TruncatedEvent(1),
                new Fault.Raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true),
                new Fault.Raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", true),
                new Fault.Raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
                new Fault.WrongContentLength(50),
                new Fault.HeaderBomb(50, 4_000));
    }

    @Test
    void keepsASilentStreamAlive() throws IOException {
        ScriptedUpstream slow = ScriptedUpstream.start();
        try (TestServer patient = TestServer.startWith("timeouts: {keep_alive_comment: 200ms}\n", slow)) {
            slow.script(
                    Script.answer().latency(java.time.Duration.ofMillis(900)).chunks(3));
            try (RawClient client = patient.rawChat(TestServer.chat("test/priced", "\"stream\":true"))) {
                RawClient.Head head = client.head();
                EventReader reader = client.events(head);
                assertThat(reader.nextItem().orElseThrow())
                        .isInstanceOfSatisfying(
                                EventReader.Comment.class,
                                comment -> assertThat(comment.text()).isEqualTo("OPENROUTER PROCESSING"));
                assertThat(reader.all().getLast()).isEqualTo("[DONE]");
            }
        } finally {
            slow.close();
        }
    }

    /// A stream that a comment has begun can only end in an event, and nothing of a useless document goes before it.
    @Test
    void showsAnErrorAloneWhenADocumentComesInPlaceOfAStream() throws IOException {
        ScriptedUpstream odd = ScriptedUpstream.start();
        try (TestServer patient = TestServer.startWith("timeouts: {keep_alive_comment: 100ms}\n", odd)) {
            String document = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"oops\"}}]}";
            odd.script(Script.failing(new Fault.Raw(
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + document.length()
                                    + "\r\n\r\n" + document,
                            true))
                    .latency(java.time.Duration.ofMillis(500)));
            try (RawClient client = patient.rawChat(TestServer.chat("test/priced", "\"stream\":true"))) {
                List<String> events = client.events(client.head()).all();
                assertThat(events)
                        .singleElement()
                        .asString()
                        .contains("\"error\":{")
                        .doesNotContain("oops");
            }
        } finally {
            odd.close();
        }
    }
}
