package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The operator's own resources of Azure: one that is asked by the API without versions, one by its deployments.
class AzureUpstreamFlowTest {
    private static final String KEY = "azure-upstream-secret";
    private static final String MODELS = """
              - id: test/chat
                context_length: 128000
                endpoints:
                  - {provider: azure, upstream_model: gpt-5-mini, max_completion_tokens: 4096,
                     pricing: {prompt: "2.50", completion: "10.00"}}
                  - {provider: older, upstream_model: "my llama", max_completion_tokens: 4096,
                     pricing: {prompt: "2.50", completion: "10.00"}}
              - id: test/vectors
                context_length: 8192
                output_modalities: [embeddings]
                endpoints:
                  - {provider: older, upstream_model: text-embedding-3-small, pricing: {prompt: "0.02"}}
            """;

    private static ScriptedUpstream azure;
    private static ScriptedUpstream other;
    private static TestServer server;

    @BeforeAll
    static void start() {
        azure = ScriptedUpstream.start();
        other = ScriptedUpstream.start();
        String host = "http://127.0.0.1:" + azure.port();
        server = TestServer.startIn(
                TestServer.temporaryFolder(),
                MODELS,
                List.of(
                        "  - {slug: azure, base_url: \"" + host + "/\", api_key: " + KEY + "}\n",
                        "  - {slug: older, format: azure, base_url: \"" + host + "\", api_version: \"2024-10-21\","
                                + " api_key: " + KEY + "}\n"),
                other);
    }

    @AfterAll
    static void stop() {
        server.close();
        azure.close();
        other.close();
    }

    @BeforeEach
    void goodAnswers() {
        azure.script(Script.answer().promptTokens(300).completionTokens(100).chunks(2));
    }

    @ParameterizedTest
    @CsvSource({
        "azure, false, /openai/v1/chat/completions, max_completion_tokens",
        "azure, true, /openai/v1/chat/completions, max_completion_tokens",
        "older, false, /openai/deployments/my%20llama/chat/completions?api-version=2024-10-21, max_tokens",
        "older, true, /openai/deployments/my%20llama/chat/completions?api-version=2024-10-21, max_tokens"
    })
    void asksAtTheResourceOrTheDeploymentAndChargesExactly(String provider, boolean stream, String path, String limit) {
        HttpResponse<String> answer = server.chat(TestServer.chat(
                "test/chat",
                "\"max_tokens\":100,\"stream\":" + stream + ",\"provider\":{\"only\":[\"" + provider + "\"]}"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        Exchange seen = azure.truth().last();
        assertThat(seen.target()).isEqualTo(path);
        assertThat(seen.header("api-key")).hasValue(KEY);
        assertThat(seen.header("authorization")).isEmpty();
        assertThat(seen.bodyText()).contains("\"" + limit + "\":100");
        JsonNode generation =
                server.generation(answer.headers().firstValue("x-generation-id").orElseThrow());
        assertThat(generation.path("total_cost").decimalValue()).isEqualByComparingTo("0.00175");
    }

    @Test
    void asksForEmbeddingsAtTheirDeployment() {
        HttpResponse<String> answer = server.post(
                "/v1/embeddings", "{\"model\":\"test/vectors\",\"input\":\"Hi\"}", TestServer.INFERENCE_KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(azure.truth().last().target())
                .isEqualTo("/openai/deployments/text-embedding-3-small/embeddings?api-version=2024-10-21");
    }

    @Test
    void aRefusedKeyIsTheOperatorsToMend() {
        azure.enqueue(Script.refusing(401));
        HttpResponse<String> answer =
                server.chat(TestServer.chat("test/chat", "\"max_tokens\":100,\"provider\":{\"only\":[\"azure\"]}"));
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(server.held()).isZero();
    }
}
