package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.RawClient;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Whatever a client sends, the answer is a precise 4xx in the contract's shape; never a 5xx, never a
/// charge, and nothing reaches a provider.
class BadInputFlowTest {
    private static ScriptedUpstream upstream;
    private static TestServer server;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        server = TestServer.startWith("limits: {body: 256KiB, unauthorized_per_minute: 100000}\n", upstream);
    }

    @AfterAll
    static void stop() {
        assertThat(upstream.truth().count()).as("nothing reached the provider").isZero();
        assertThat(server.usage(TestServer.INFERENCE_KEY)).isZero();
        server.close();
        upstream.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{\"messages\":[]}",
                "{\"model\":\"test/priced\"}",
                "{\"model\":\"test/priced\",\"messages\":{}}",
                "{\"model\":5,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
                "{\"model\":\"no/such\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
                "{\"model\":\"test/priced\",\"model\":\"test/free\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}",
                "{\"model\":\"test/priced\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":-1}",
                "{\"model\":\"test/priced\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"stream\":1}",
                "{\"model\":\"test/priced\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"models\":[\"no/such\"]}",
                "{\"model\":\"test/priced\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"provider\":{\"x\":1}}",
                "{\"model\":\"test/priced\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"x\":1e}",
            })
    void answers400(String body) {
        HttpResponse<String> answer = server.chat(body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        JsonNode error = TestServer.json(answer).get("error");
        assertThat(error.get("code").isInt()).isTrue();
        assertThat(error.get("code").asInt()).isEqualTo(400);
        assertThat(error.get("message").asString()).isNotBlank();
    }

    @Test
    void saysThatAModelIsNotValid() {
        HttpResponse<String> answer = server.chat(TestServer.chat("no/such", ""));
        assertThat(TestServer.json(answer).get("error").get("message").asString())
                .isEqualTo("no/such is not a valid model ID");
    }

    @Test
    void refusesDeepNesting() {
        String deep = "[".repeat(100) + "]".repeat(100);
        assertThat(server.chat(TestServer.chat("test/priced", "\"x\":" + deep)).statusCode())
                .isEqualTo(400);
    }

    @Test
    void refusesMoreOutputThanAnyEndpointCanGive() {
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", "\"max_tokens\":2000000000"));
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("excluded_by");
    }

    @Test
    void refusesTooLargeABody() {
        HttpResponse<String> answer =
                server.chat(TestServer.chat("test/priced", "\"x\":\"" + "a".repeat(300 * 1024) + "\""));
        assertThat(answer.statusCode()).isEqualTo(413);
    }

    @Test
    void refusesBadUtf8() {
        byte[] body = TestServer.chat("test/priced", "\"x\":\"?\"").getBytes(StandardCharsets.UTF_8);
        body[body.length - 3] = (byte) 0xC0;
        HttpResponse<String> answer = TestServer.send(HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                .header("Authorization", "Bearer " + TestServer.INFERENCE_KEY)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
        assertThat(answer.statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/v1/chat/completions,405",
        "DELETE,/v1/models,405",
        "POST,/v1/nothing,404",
        "GET,/nothing,404",
        "GET,/v1/../v1/models,400",
        "GET,/v1/models/a%2Fb,400",
        "GET,/v1/model/no/such,404",
        "GET,/v1/models?limit=abc,400",
        "GET,/v1/generation,400",
        "GET,/v1/generation?id=gen-nonsense,404",
        "GET,/v1/key/extra,404",
    })
    void answersWrongVerbsAndPaths(String method, String path, int status) throws IOException {
        try (RawClient client = WatchedClient.connect(server.port())) {
            client.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                    + TestServer.INFERENCE_KEY + "\r\nContent-Length: 0\r\n\r\n");
            RawClient.Response answer = client.response();
            assertThat(answer.status()).as(answer.text()).isEqualTo(status);
            assertThat(answer.text()).contains("\"error\":{").contains("\"code\":" + status);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "Basic dXNlcjpwYXNz",
                "Bearer sk-unknown-unknown-unknown-unknown-unknown",
                "Bearer sk-fg-v1-0000000000000000000000000000000000000000000000",
            })
    void answers401WithAReason(String authorization) throws IOException {
        try (RawClient client = WatchedClient.connect(server.port())) {
            String header = authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n";
            client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" + header + "Content-Length: 2\r\n\r\n{}");
            RawClient.Response answer = client.response();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.head().header("WWW-Authenticate").orElse("")).startsWith("Bearer");
            assertThat(answer.text()).contains("\"code\":401").contains("\"reason\":");
        }
    }

    @Test
    void tellsKeyKindsApart() {
        assertThat(server.post("/v1/chat/completions", TestServer.chat("test/priced", ""), TestServer.MANAGEMENT_KEY)
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.get("/v1/keys", TestServer.INFERENCE_KEY).statusCode())
                .isEqualTo(403);
        assertThat(server.get("/v1/credits", TestServer.INFERENCE_KEY).statusCode())
                .isEqualTo(403);
    }

    @Test
    void refusesAWrongKeyEvenOnOpenLists() {
        assertThat(server.get("/v1/models", null).statusCode()).isEqualTo(200);
        assertThat(server.get("/v1/models", "sk-wrong-wrong-wrong-wrong-wrong-wrong")
                        .statusCode())
                .isEqualTo(401);
    }

    /// Seeded mutations of a good request: never a 5xx.
    @Test
    void neverAnswers5xx() {
        long seed = Long.getLong("faregate.seed", 31L);
        Random random = new Random(seed);
        String good =
                "{\"model\":\"no/such\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}],"
                        + "\"stream\":true,\"n\":1,\"provider\":{\"sort\":\"price\"},\"tools\":[{}],\"max_tokens\":5}";
        String alphabet = "{}[]\",:0123456789.-\\utrfalsn";
        for (int round = 0; round < 2_000; round++) {
            StringBuilder body = new StringBuilder(good);
            for (int i = 0; i <= random.nextInt(4); i++) {
                int at = random.nextInt(body.length());
                body.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
            }
            HttpResponse<String> answer = server.chat(body.toString());
            assertThat(answer.statusCode())
                    .as("seed %d round %d: %s -> %s", seed, round, body, answer.body())
                    .isBetween(400, 499);
        }
    }
}
