package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ToolCall;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// A provider that speaks Cohere's Chat API, in front of one that speaks OpenAI's format.
class CohereUpstreamFlowTest extends NativeUpstream {
    private static final String KEY = "cohere-upstream-secret";
    private static final String ONLY = "\"provider\":{\"only\":[\"commander\"]}";
    private static final String FIRST = "\"provider\":{\"order\":[\"commander\",\"sim\"]}";
    private static final String MODELS = """
              - id: test/command
                context_length: 128000
                endpoints:
                  - {provider: commander, upstream_model: command-a-reasoning-08-2025, max_completion_tokens: 4096,
                     pricing: {prompt: "2.50", completion: "10.00"}}
                  - {provider: sim, upstream_model: other, max_completion_tokens: 4096,
                     pricing: {prompt: "2.50", completion: "10.00"}}
            """;

    CohereUpstreamFlowTest() {
        super(
                "test/command",
                MODELS,
                url -> "  - {slug: commander, name: COHERE, format: cohere, base_url: \"" + url + "\", api_key: " + KEY
                        + "}\n");
    }

    @Test
    void asksInCoheresFormatAndChargesWhatIsBilled() {
        upstream.script(Script.saying("Hello there")
                .promptTokens(300)
                .completionTokens(100)
                .reasoning(20, 2));
        HttpResponse<String> answer = ask("\"max_tokens\":500,\"reasoning\":{\"max_tokens\":200}," + ONLY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode chat = TestServer.json(answer);
        assertThat(chat.at("/choices/0/message/content").asString()).isEqualTo("Hello there");
        assertThat(chat.at("/choices/0/message/reasoning").asString()).isNotEmpty();
        assertThat(chat.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        assertThat(chat.at("/choices/0/native_finish_reason").asString()).isEqualTo("COMPLETE");
        // 300 x 2.50 + 100 x 10 USD per million: the template around the prompt is free
        assertThat(chat.at("/usage/cost").decimalValue()).isEqualByComparingTo("0.00175");
        assertThat(generation(answer).path("total_cost").decimalValue()).isEqualByComparingTo("0.00175");
        Exchange seen = upstream.truth().last();
        assertThat(seen.target()).isEqualTo("/v1/chat");
        assertThat(seen.header("authorization")).hasValue("Bearer " + KEY);
        assertThat(Json.read(seen.body())).isEqualTo(json("""
                {"model":"command-a-reasoning-08-2025","stream":false,
                 "messages":[{"role":"user","content":"Tell me something"}],"max_tokens":500,
                 "thinking":{"type":"enabled","token_budget":200}}"""));
    }

    @Test
    void streams() {
        upstream.script(Script.saying("Hello streaming world")
                .chunks(5)
                .promptTokens(200)
                .completionTokens(40)
                .reasoning(10, 2));
        HttpResponse<String> answer = ask("\"stream\":true," + ONLY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).endsWith("data: [DONE]\n\n").contains("\"reasoning\":");
        assertThat(answer.body().split("\\[DONE]", -1)).hasSize(2);
        StringBuilder text = new StringBuilder();
        answer.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .forEach(line -> text.append(
                        json(line.substring(6)).at("/choices/0/delta/content").asString("")));
        assertThat(text).hasToString("Hello streaming world");
        // 200 x 2.50 + 40 x 10 USD per million
        assertThat(generation(answer).path("total_cost").decimalValue()).isEqualByComparingTo("0.0009");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void callsTools(boolean stream) {
        upstream.script(Script.answer().chunks(1).toolCalls(new ToolCall("weather", "{\"city\":\"Paris\"}")));
        HttpResponse<String> answer = ask("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}],"
                + "\"stream\":" + stream + "," + ONLY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"finish_reason\":\"tool_calls\"", "\"name\":\"weather\"");
        if (!stream) {
            assertThat(TestServer.json(answer)
                            .at("/choices/0/message/tool_calls/0/function/arguments")
                            .asString())
                    .isEqualTo("{\"city\":\"Paris\"}");
        }
    }

    @Test
    void fallsBackAndTellsMistakes() {
        upstream.enqueue(Script.refusing(401));
        assertThat(TestServer.json(ask(FIRST)).path("provider").asString()).isEqualTo("SIM");
        upstream.enqueue(Script.failing(new Fault.Refuse(400, Fault.ErrorBody.USUAL, 0)));
        HttpResponse<String> refused = ask(ONLY);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(TestServer.json(refused).at("/error/message").asString()).isNotEmpty();
        assertThat(server.held()).isZero();
    }

    @Test
    void testsAnOwnKey() {
        HttpResponse<String> made = server.manage(
                "POST", "/api/v1/byok", "{\"provider\":\"commander\",\"key\":\"own-cohere-key-0123456789\"}");
        String id = TestServer.json(made).at("/data/id").asString();
        try {
            HttpResponse<String> tested = server.manage("POST", "/api/v1/byok/" + id + "/test", "");
            assertThat(TestServer.json(tested).at("/data/ok").asBoolean()).isTrue();
            assertThat(ask(ONLY).statusCode()).isEqualTo(200);
            assertThat(upstream.truth().last().header("authorization")).hasValue("Bearer own-cohere-key-0123456789");
        } finally {
            server.manage("DELETE", "/api/v1/byok/" + id, "");
        }
    }
}
