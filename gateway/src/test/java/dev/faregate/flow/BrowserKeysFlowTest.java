package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What the script of a web page can do with a key (S67).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrowserKeysFlowTest {
    private static final String ORIGIN = "https://app.example";
    private static final String CHAT = TestServer.chat("faregate/echo", "");

    private ScriptedUpstream upstream;
    private TestServer blocking;

    @BeforeAll
    void start() {
        upstream = ScriptedUpstream.start();
        blocking = TestServer.startWith("keys: {block_in_browsers: true}\n", upstream);
    }

    @AfterAll
    void stop() {
        blocking.close();
        upstream.close();
    }

    private static HttpResponse<String> chatFromAPage(TestServer server, String key) {
        return server.post("/v1/chat/completions", CHAT, key, "Origin", ORIGIN);
    }

    @Test
    void aKeyMadeByHandIsRefusedFromAPageWhichCanReadWhy() {
        String key = blocking.newKey("null");
        // First from the store, then from memory.
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> refused = chatFromAPage(blocking, key);
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
            assertThat(refused.headers().firstValue("Access-Control-Allow-Origin"))
                    .contains("*");
            var error = TestServer.json(refused).get("error");
            assertThat(error.get("type").asString()).isEqualTo("permission_denied");
            assertThat(error.at("/metadata/reason").asString()).isEqualTo("browser_not_allowed");
            assertThat(error.at("/metadata/origin").asString()).isEqualTo(ORIGIN);
            assertThat(error.get("message").asString()).contains("web page", "your own server", "OAuth");
        }
        assertThat(chatFromAPage(blocking, TestServer.MANAGEMENT_KEY).statusCode())
                .isEqualTo(403);
        assertThat(blocking.post("/v1/chat/completions", CHAT, key).statusCode())
                .as("the same key from a program")
                .isEqualTo(200);
    }

    @Test
    void aKeyThatAnAppGotForItsUserWorksInThePage() {
        HttpResponse<String> code = blocking.manage(
                "POST",
                "/api/v1/auth/keys/code",
                "{\"callback_url\":\"" + ORIGIN + "/cb\",\"code_challenge\":\"" + OAuthRig.CHALLENGE
                        + "\",\"code_challenge_method\":\"S256\"}");
        String redemption =
                "{\"code\":\"" + TestServer.json(code).at("/data/id").asString() + "\",\"code_verifier\":\""
                        + OAuthRig.VERIFIER + "\"}";
        HttpResponse<String> exchanged = TestServer.send(HttpRequest.newBuilder(blocking.uri("/api/v1/auth/keys"))
                .timeout(TestServer.PATIENCE)
                .header("Content-Type", "application/json")
                .header("Origin", ORIGIN)
                .POST(HttpRequest.BodyPublishers.ofString(redemption))
                .build());
        assertThat(exchanged.statusCode()).as(exchanged.body()).isEqualTo(200);
        String key = TestServer.json(exchanged).get("key").asString();
        HttpResponse<String> answered = chatFromAPage(blocking, key);
        assertThat(answered.statusCode()).as(answered.body()).isEqualTo(200);
        assertThat(answered.headers().firstValue("Access-Control-Allow-Origin")).contains("*");
    }

    @Test
    void theKeyOfThePlaygroundWorksInItsPage() {
        PageClient person = Persons.client(
                blocking, Persons.signedIn(blocking, dev.faregate.identity.Role.MEMBER, "plays@example.com"));
        person.get("/playground");
        String key = TestServer.json(person.post("/playground/key")).get("key").asString();
        HttpResponse<String> answered = blocking.post(
                "/v1/chat/completions", CHAT, key, "Origin", blocking.uri("").toString());
        assertThat(answered.statusCode()).as(answered.body()).isEqualTo(200);
    }

    @Test
    void nothingIsRefusedWhereNobodySetIt() {
        try (TestServer open = TestServer.start(upstream)) {
            assertThat(chatFromAPage(open, open.newKey("null")).statusCode()).isEqualTo(200);
        }
    }
}
