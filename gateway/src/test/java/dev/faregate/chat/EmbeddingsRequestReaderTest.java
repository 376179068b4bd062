package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingsRequestReaderTest {
    private static final String DAMAGE = "{}[]\",:0123-.eEntf \\\u0000";

    private static ChatRequest read(String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return new EmbeddingsRequestReader(new RequestReader.Limits(16, 2, 0, 4, 1)).read(bytes, 0, bytes.length);
    }

    private static ChatRequest input(String input) {
        return read("{\"model\":\"a/b\",\"input\":" + input + "}");
    }

    @Test
    void readsWhatTheRouterNeeds() {
        ChatRequest.Facts facts = read("{\"model\":\"a/b\",\"input\":\"Hi\",\"user\":\"u\",\"session_id\":\"s\","
                        + "\"dimensions\":256,\"encoding_format\":\"base64\",\"input_type\":\"search_query\","
                        + "\"provider\":{\"only\":[\"x\"]},\"stream\":false,\"unknown\":[1]}")
                .facts();
        assertThat(facts.kind()).isEqualTo(RequestKind.EMBEDDINGS);
        assertThat(facts.model()).isEqualTo("a/b");
        assertThat(facts.user()).isEqualTo("u");
        assertThat(facts.sessionId()).isEqualTo("s");
        assertThat(facts.preferences().only()).containsExactly("x");
        assertThat(facts.stream()).isFalse();
        assertThat(facts.messages()).isEqualTo(1);
        assertThat(facts.extras()).isEqualTo(ChatRequest.Extras.NONE);
    }

    /// The five forms of `input` (contract 2.1).
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"one\"; 1; 0",
                "[\"one\", \"two\"]; 2; 0",
                "[1, 2,3]; 1; 3",
                "[[1],[2,3] , [4]]; 3; 4",
                "[{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]; 1; 0",
            })
    void countsInputsAndTokenIds(String input, int inputs, int ids) {
        ChatRequest.Facts facts = input(input).facts();
        assertThat(facts.messages()).isEqualTo(inputs);
        assertThat(facts.extras().tokenIds()).isEqualTo(ids);
        assertThat(facts.media()).isFalse();
    }

    @Test
    void knowsHowManyBytesTokenIdsTake() {
        // Of each list what stands between its brackets, and the closing one.
        assertThat(input("[[10, 2],[300]]").facts().extras().tokenIdBytes())
                .isEqualTo("10, 2]".length() + "300]".length());
        assertThat(input("[2147483647]").facts().extras().tokenIdBytes()).isEqualTo(11);
    }

    @Test
    void seesMedia() {
        ChatRequest.Facts image = input("[{\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]}]")
                .facts();
        assertThat(image.extras().images()).isEqualTo(1);
        assertThat(image.media()).isTrue();
        assertThat(input("[{\"content\":[{\"type\":\"input_audio\",\"input_audio\":{}}]}]")
                        .facts()
                        .extras()
                        .otherMedia())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"input\":\"x\"}; model",
                "{\"model\":null,\"input\":\"x\"}; model",
                "{\"model\":7,\"input\":\"x\"}; model",
                "{\"model\":\"\",\"input\":\"x\"}; model",
                "{\"model\":\"m\"}; input",
                "{\"model\":\"m\",\"input\":null}; input",
                "{\"model\":\"m\",\"input\":\"\"}; input",
                "{\"model\":\"m\",\"input\":[]}; input",
                "{\"model\":\"m\",\"input\":7}; input",
                "{\"model\":\"m\",\"input\":{}}; input",
                "{\"model\":\"m\",\"input\":[null]}; input[0]",
                "{\"model\":\"m\",\"input\":[true]}; input[0]",
                "{\"model\":\"m\",\"input\":[\"a\",\"\"]}; input[1]",
                "{\"model\":\"m\",\"input\":[\"a\",1]}; input[1]",
                "{\"model\":\"m\",\"input\":[\"a\",[1]]}; input[1]",
                "{\"model\":\"m\",\"input\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}; input",
                "{\"model\":\"m\",\"input\":[1,\"a\"]}; input",
                "{\"model\":\"m\",\"input\":[1,-1]}; input",
                "{\"model\":\"m\",\"input\":[1,1.5]}; input",
                "{\"model\":\"m\",\"input\":[1e3]}; input",
                "{\"model\":\"m\",\"input\":[2147483648]}; input",
                "{\"model\":\"m\",\"input\":[99999999999999999999999]}; input",
                "{\"model\":\"m\",\"input\":[[1],[]]}; input[1]",
                "{\"model\":\"m\",\"input\":[[1],[\"a\"]]}; input[1]",
                "{\"model\":\"m\",\"input\":[[[1]]]}; input[0]",
                "{\"model\":\"m\",\"input\":[{}]}; input[0].content",
                "{\"model\":\"m\",\"input\":[{\"content\":\"a\"}]}; input[0].content",
                "{\"model\":\"m\",\"input\":[{\"content\":[]}]}; input[0].content",
                "{\"model\":\"m\",\"input\":[{\"content\":[7]}]}; input[0].content[0]",
                "{\"model\":\"m\",\"input\":[{\"content\":[{}]}]}; input[0].content[0].type",
                "{\"model\":\"m\",\"input\":[{\"content\":[{\"type\":\"file\"},{\"type\":\"file\"},{\"type\":\"file\"}]}]}; input",
                "{\"model\":\"m\",\"input\":\"x\",\"dimensions\":0}; dimensions",
                "{\"model\":\"m\",\"input\":\"x\",\"dimensions\":\"8\"}; dimensions",
                "{\"model\":\"m\",\"input\":\"x\",\"encoding_format\":\"int8\"}; encoding_format",
                "{\"model\":\"m\",\"input\":\"x\",\"encoding_format\":1}; encoding_format",
                "{\"model\":\"m\",\"input\":\"x\",\"input_type\":\"\"}; input_type",
                "{\"model\":\"m\",\"input\":\"x\",\"user\":[]}; user",
                "{\"model\":\"m\",\"input\":\"x\",\"provider\":[]}; provider",
                "{\"model\":\"m\",\"input\":\"x\",\"trace\":\"t\"}; trace",
                "{\"model\":\"m\",\"input\":\"x\",\"stream\":true}; stream",
                "{\"model\":\"m\",\"input\":\"x\",\"input\":\"y\"}; input",
            })
    void namesTheFieldThatIsWrong(String body, String field) {
        assertThatThrownBy(() -> read(body))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error()).isInstanceOfSatisfying(ApiError.BadRequest.class, bad -> {
                            assertThat(bad.param()).isEqualTo(field);
                            assertThat(bad.message()).contains("'" + field + "'");
                        }));
    }

    @Test
    void forgetsTheRequestBefore() {
        EmbeddingsRequestReader reader = new EmbeddingsRequestReader(RequestReader.Limits.DEFAULTS);
        for (String body :
                List.of("{\"model\":\"m\",\"input\":[1,2],\"user\":\"u\"}", "{\"model\":\"m\",\"input\":\"x\"}")) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            ChatRequest.Facts facts = reader.read(bytes, 0, bytes.length).facts();
            assertThat(facts.messages()).isEqualTo(1);
            assertThat(facts.extras().tokenIds()).isEqualTo(body.contains("user") ? 2 : 0);
            assertThat(facts.user()).isEqualTo(body.contains("user") ? "u" : null);
        }
    }

    @Test
    void takesAsManyInputsAsMayBe() {
        String texts = IntStream.range(0, 2_048).mapToObj(i -> "\"t" + i + "\"").collect(Collectors.joining(","));
        byte[] bytes = ("{\"model\":\"m\",\"input\":[" + texts + "]}").getBytes(StandardCharsets.UTF_8);
        ChatRequest request = new EmbeddingsRequestReader(RequestReader.Limits.DEFAULTS).read(bytes, 0, bytes.length);
        assertThat(request.facts().messages()).isEqualTo(2_048);
    }

    /// Whatever is done to a good request, it is read or refused with a 400, never anything else.
    @Test
    void survivesDamage() {
        SplittableRandom random = Seeds.fromProperty().generator("embeddings requests");
        List<String> good = List.of(
                "{\"model\":\"m\",\"input\":[\"a\\u00e9\",\"b\"],\"dimensions\":8}",
                "{\"input\":[[1,2],[3]],\"model\":\"m\",\"provider\":{\"zdr\":true}}",
                "{\"model\":\"m\",\"input\":[{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]}");
        for (int round = 0; round < 30_000; round++) {
            byte[] bytes = good.get(random.nextInt(good.size())).getBytes(StandardCharsets.UTF_8);
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) DAMAGE.charAt(random.nextInt(DAMAGE.length()));
            }
            try {
                new EmbeddingsRequestReader(RequestReader.Limits.DEFAULTS).read(bytes, 0, bytes.length);
            } catch (ApiException e) {
                assertThat(e.error()).isInstanceOf(ApiError.BadRequest.class);
            }
        }
    }
}
