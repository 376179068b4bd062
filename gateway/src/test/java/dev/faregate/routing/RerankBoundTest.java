package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.RequestReader;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What is ranked never has more tokens than its bound, although the query is read with each
/// document.
class RerankBoundTest {
    private static final Model MODEL = Endpoints.MODEL;
    private static final ModelEndpoint ENDPOINT = MODEL.endpoints().getFirst();

    private static ChatRequest read(String query, String documents) {
        byte[] body = ("{\"model\":\"acme/one\",\"query\":\"" + query + "\",\"documents\":[" + documents + "]}")
                .getBytes(StandardCharsets.UTF_8);
        return RequestReader.of(RequestKind.RERANK, RequestReader.Limits.DEFAULTS)
                .read(body, 0, body.length);
    }

    private static long bound(String query, String documents) {
        return Candidate.promptBound(MODEL, ENDPOINT, read(query, documents), 0);
    }

    @Test
    void eachDocumentIsReadWithTheQuery() {
        String three = "\"a\",\"b\",\"c\"";
        assertThat(bound("q" + "x".repeat(50), three) - bound("q", three)).isEqualTo(3 * 50);
    }

    @Test
    void eachDocumentHasAContextOfItsOwn() {
        long context = ENDPOINT.contextLength();
        String large = "\"" + "x".repeat((int) context) + "\"";
        assertThat(bound("q", large)).isEqualTo(context);
        assertThat(bound("q", large + "," + large)).isEqualTo(2 * context);
    }

    @Test
    void theContextIsTheBoundWhereASizeCannotBeSeen() {
        assertThat(bound("q", "\"a\",{\"image\":\"https://example.com/i.png\"}"))
                .isEqualTo(2L * ENDPOINT.contextLength());
    }

    @Test
    void textsOfRankingsAreNotCounted() {
        assertThat(Candidate.countable(ENDPOINT, read("q", "\"a\"").facts())).isFalse();
    }
}
