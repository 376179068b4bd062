package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.RequestReader;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Rate;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Images never cost more than is held for them: all that are asked for, each as large as the
/// endpoint makes them.
class ImagesBoundTest {
    private static final Model MODEL = Endpoints.MODEL;
    private static final ModelEndpoint ENDPOINT = MODEL.endpoints().getFirst();

    private static Candidate candidate(String more) {
        byte[] body = ("{\"model\":\"acme/one\",\"prompt\":\"a panda\"" + more + "}").getBytes(StandardCharsets.UTF_8);
        ChatRequest request = RequestReader.of(RequestKind.IMAGES, RequestReader.Limits.DEFAULTS)
                .read(body, 0, body.length);
        return Candidate.of(MODEL, ENDPOINT, request, 0);
    }

    @Test
    void holdsForEachImageThatIsAskedFor() {
        Candidate one = candidate("");
        Candidate four = candidate(",\"n\":4");
        assertThat(one.bound().imagesMade()).isEqualTo(1);
        assertThat(one.bound().completionTokens()).isEqualTo(Candidate.mostCompletion(ENDPOINT));
        assertThat(four.bound().imagesMade()).isEqualTo(4);
        assertThat(four.bound().choices()).isEqualTo(4);
        long perToken = ENDPOINT.prices().picos(Rate.COMPLETION, 0);
        Usd three = Usd.ofNanos(Math.ceilDiv(3 * Candidate.mostCompletion(ENDPOINT) * perToken, 1_000));
        assertThat(four.ceiling().minus(one.ceiling())).isGreaterThanOrEqualTo(three);
        assertThat(one.outputLimit()).isZero();
    }

    @Test
    void holdsForPartialImages() {
        assertThat(candidate(",\"stream\":true,\"partial_images\":3").bound().completionTokens()
                        - candidate("").bound().completionTokens())
                .isEqualTo(300);
        assertThat(candidate(",\"partial_images\":3").bound().completionTokens())
                .isEqualTo(candidate("").bound().completionTokens());
    }

    @Test
    void theContextBoundsAPromptWithImages() {
        assertThat(candidate(
                                ",\"input_references\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a.test/i\"}}]")
                        .bound()
                        .promptTokens())
                .isEqualTo(ENDPOINT.contextLength());
        assertThat(candidate("").bound().promptTokens()).isLessThan(ENDPOINT.contextLength());
    }
}
