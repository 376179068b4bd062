package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import dev.faregate.base.Json;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.RequestReader;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What is embedded never has more tokens than its bound, and the bound is of all inputs together.
class EmbeddingsBoundTest {
    private static final int REQUESTS = Boolean.getBoolean("faregate.long") ? 20_000 : 2_000;

    /// A vocabulary for embeddings may add marks before and behind each input, as BERT's does.
    private static final int AROUND_INPUT = 2;

    private static final List<String> PIECES = List.of(
            "word ", "Größe ", "数据 ", "😀", "\n\n", "    ", "1234567", "\u0001", "\"", "\\", "\uFB01", "a\u0301");

    private static final Model MODEL = Endpoints.MODEL;
    private static final ModelEndpoint ENDPOINT = MODEL.endpoints().getFirst();

    private static ChatRequest read(String input) {
        byte[] body = ("{\"model\":\"acme/one\",\"input\":" + input + "}").getBytes(StandardCharsets.UTF_8);
        return RequestReader.of(RequestKind.EMBEDDINGS, RequestReader.Limits.DEFAULTS)
                .read(body, 0, body.length);
    }

    private static long bound(String input) {
        return Candidate.promptBound(MODEL, ENDPOINT, read(input), 0);
    }

    @Test
    void noVocabularyFindsMoreTokensThanTheBound() {
        EncodingRegistry registry = Encodings.newLazyEncodingRegistry();
        SplittableRandom random = Seeds.fromProperty().generator("embeddings bound");
        for (int i = 0; i < REQUESTS; i++) {
            List<String> texts = new ArrayList<>();
            for (int n = 1 + random.nextInt(6); n > 0; n--) {
                StringBuilder text = new StringBuilder("x");
                for (int piece = random.nextInt(30); piece > 0; piece--) {
                    text.append(PIECES.get(random.nextInt(PIECES.size())));
                }
                texts.add(text.toString());
            }
            String input = new String(
                    Json.write(json -> {
                        json.writeStartArray();
                        texts.forEach(json::writeString);
                        json.writeEndArray();
                    }),
                    StandardCharsets.UTF_8);
            long most = bound(input);
            for (EncodingType type : EncodingType.values()) {
                Encoding vocabulary = registry.getEncoding(type);
                long tokens = texts.stream()
                        .mapToLong(text -> vocabulary.countTokensOrdinary(text) + AROUND_INPUT)
                        .sum();
                assertThat(tokens).as("%s of %s", type, input).isLessThanOrEqualTo(most);
            }
        }
    }

    @Test
    void countsTokenIdsAndNotTheirDigits() {
        String ids = String.join(",", Collections.nCopies(1_000, "100257"));
        assertThat(bound("[" + ids + "]")).isBetween(1_000L, 1_400L);
        assertThat(bound("[[" + ids + "],[" + ids + "]]")).isBetween(2_000L, 2_400L);
    }

    @Test
    void eachInputMayBeAsLongAsTheContext() {
        String text = "\"" + "x".repeat(20_000) + "\"";
        assertThat(bound(text)).isEqualTo(ENDPOINT.contextLength());
        assertThat(bound("[" + text + "," + text + "," + text + "]")).isEqualTo(3 * ENDPOINT.contextLength());
        assertThat(
                        bound(
                                "[{\"content\":[{\"type\":\"input_audio\",\"input_audio\":{}}]},{\"content\":[{\"type\":\"text\"}]}]"))
                .isEqualTo(2 * ENDPOINT.contextLength());
    }

    @Test
    void asksForNoOutput() {
        Candidate candidate = Candidate.of(MODEL, ENDPOINT, read("\"Hi\""), 0);
        assertThat(candidate.outputLimit()).isZero();
        assertThat(candidate.bound().completionTokens()).isZero();
    }
}
