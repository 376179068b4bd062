package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /completions` as clients of OpenAI's legacy API see it (contract 2.1).
class CompletionsFlowTest extends OneServer {
    @BeforeEach
    void goodAnswers() {
        upstream.script(Script.saying("Hello there"));
    }

    private HttpResponse<String> ask(String more) {
        String body = "{\"model\":\"test/priced\",\"max_tokens\":100" + (more.isEmpty() ? "" : "," + more) + "}";
        return server.post("/api/v1/completions", body, TestServer.INFERENCE_KEY);
    }

    private ObjectNode sent() {
        return Json.readObject(upstream.truth().last().body());
    }

    private static List<JsonNode> events(HttpResponse<String> answer) {
        return answer.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> Json.read(line.substring("data: ".length()).getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/completions", "/api/v1/completions", "/api/v1/completions/"})
    void answersOnEveryBase(String path) {
        HttpResponse<String> answer =
                server.post(path, "{\"model\":\"test/priced\",\"prompt\":\"Hi\"}", TestServer.INFERENCE_KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(TestServer.json(answer).get("object").asString()).isEqualTo("text_completion");
    }

    @Test
    void answersAPromptWithATextAndChargesIt() {
        HttpResponse<String> answer = ask("\"prompt\":[\"Hi\"],\"logprobs\":3");
        JsonNode told = TestServer.json(answer);
        assertThat(told.at("/choices/0/text").asString()).isEqualTo("Hello there");
        assertThat(told.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        assertThat(told.get("model").asString()).isEqualTo("test/priced");
        assertThat(server.generation(told.get("id").asString())
                        .get("total_cost")
                        .decimalValue())
                .isEqualByComparingTo(told.get("usage").get("cost").decimalValue())
                .isPositive();
        assertThat(sent().at("/messages/0/content").asString()).isEqualTo("Hi");
        assertThat(sent().get("logprobs").asBoolean()).isTrue();
        assertThat(sent().get("top_logprobs").asInt()).isEqualTo(3);
        assertThat(sent().has("prompt")).isFalse();
    }

    @Test
    void aChatRequestWithAPromptTakesTheSame() {
        HttpResponse<String> answer = server.post(
                "/v1/chat/completions",
                "{\"model\":\"test/priced\",\"prompt\":\"Hi\",\"logprobs\":0}",
                TestServer.INFERENCE_KEY);
        assertThat(TestServer.json(answer).get("object").asString()).isEqualTo("chat.completion");
        assertThat(sent().get("logprobs").asBoolean()).isTrue();
        assertThat(sent().get("top_logprobs").asInt()).isZero();
    }

    @Test
    void streams() {
        upstream.script(Script.answer().chunks(5));
        HttpResponse<String> answer = ask("\"prompt\":\"Hi\",\"stream\":true,\"logprobs\":1");
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
        assertThat(answer.body()).endsWith("data: [DONE]\n\n");
        List<JsonNode> events = events(answer);
        assertThat(events)
                .allSatisfy(event -> assertThat(event.get("object").asString()).isEqualTo("text_completion"));
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.at("/choices/0/text").asString("")));
        assertThat(text).isNotEmpty();
        assertThat(events.getLast().get("usage").get("cost").decimalValue()).isPositive();
        assertThat(sent().get("stream").asBoolean()).isTrue();
    }

    @Test
    void aStreamThatBreaksSaysSo() {
        upstream.script(Script.answer().chunks(5).fault(new Fault.ErrorEvent(3, 502, "boom")));
        JsonNode last = events(ask("\"prompt\":\"Hi\",\"stream\":true")).getLast();
        assertThat(last.at("/error/code").asInt()).isEqualTo(502);
        assertThat(last.at("/choices/0/finish_reason").asString()).isEqualTo("error");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]|messages",
                "\"prompt\":7|prompt",
                "\"prompt\":\"Hi\",\"logprobs\":21|logprobs",
                "\"prompt\":\"Hi\",\"temperature\":3|temperature",
                "\"prompt\":\"Hi\",\"echo\":true|echo"
            })
    void namesTheFieldThatIsWrong(String line) {
        String[] parts = line.split("\\|");
        HttpResponse<String> answer = ask(parts[0]);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(TestServer.json(answer).at("/error/param").asString()).isEqualTo(parts[1]);
    }
}
