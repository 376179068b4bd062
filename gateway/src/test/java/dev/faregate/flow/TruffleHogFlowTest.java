package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyText;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/// TruffleHog asks the server whether what it found is live (S64), as it does: a POST without a credential.
class TruffleHogFlowTest extends OneServer {
    /// An address may ask sixty times in a minute; whoever asks so often has not been at it for as many minutes.
    private static final int TOO_MANY = 2_000;

    TruffleHogFlowTest() {
        super("limits: {unauthorized_per_minute: 3}\n");
    }

    private HttpResponse<String> verify(String key) {
        String body = "{\"FaregateKey\":{\"token\":[\"" + key + "\\\"\",\"" + key + "\"]}}";
        return TestServer.send(HttpRequest.newBuilder(server.uri("/hooks/verify/trufflehog"))
                .timeout(TestServer.PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    @Test
    void isToldWhetherAKeyIsLiveAndShutsNoOtherDoor() {
        String key = server.newKey("null");
        String stranger = KeyText.generate(KeyKind.INFERENCE).reveal();
        assertThat(verify(key).statusCode()).isEqualTo(200);
        HttpResponse<String> unknown = verify(stranger);
        assertThat(unknown.statusCode()).isEqualTo(401);
        String hash = server.keyInfo(key).get("hash").asString();
        assertThat(server.manage("PATCH", "/v1/keys/" + hash, "{\"disabled\":true}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(verify(key).body()).as("at once, and told the same").isEqualTo(unknown.body());

        HttpResponse<String> last = unknown;
        for (int i = 0; last.statusCode() != 429; i++) {
            assertThat(last.statusCode()).isEqualTo(401);
            assertThat(i).isLessThan(TOO_MANY);
            last = verify(stranger);
        }
        assertThat(Integer.parseInt(last.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 60);
        // Three failed authentications are all that this server lets an address have, and none is used up.
        assertThat(server.get("/v1/key", stranger).statusCode()).isEqualTo(401);
        assertThat(server.get("/v1/key", TestServer.INFERENCE_KEY).statusCode()).isEqualTo(200);
    }
}
