package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RerankRequestReaderTest {
    private static ChatRequest read(String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return new RerankRequestReader(new RequestReader.Limits(16, 2, 0, 4, 1)).read(bytes, 0, bytes.length);
    }

    private static ChatRequest documents(String documents) {
        return read("{\"model\":\"a/b\",\"documents\":" + documents + ",\"query\":\"q?\"}");
    }

    @Test
    void readsWhatTheRouterNeeds() {
        ChatRequest.Facts facts = read("{\"model\":\"a/b\",\"query\":\"Hi\",\"documents\":[\"x\",{\"text\":\"y\"}],"
                        + "\"top_n\":1,\"return_documents\":true,\"user\":\"u\",\"session_id\":\"s\","
                        + "\"trace\":{},\"provider\":{\"only\":[\"x\"]},\"stream\":false,\"unknown\":[1]}")
                .facts();
        assertThat(facts.kind()).isEqualTo(RequestKind.RERANK);
        assertThat(facts.model()).isEqualTo("a/b");
        assertThat(facts.user()).isEqualTo("u");
        assertThat(facts.sessionId()).isEqualTo("s");
        assertThat(facts.preferences().only()).containsExactly("x");
        assertThat(facts.messages()).isEqualTo(2);
        assertThat(facts.extras().images()).isZero();
    }

    @Test
    void countsImagesWithTheirBytes() {
        ChatRequest.Facts facts = documents("[{\"image\":\"https://a\"},{\"text\":\"t\",\"image\":\"b\"},\"\"]")
                .facts();
        assertThat(facts.messages()).isEqualTo(3);
        assertThat(facts.extras().images()).isEqualTo(2);
        assertThat(facts.extras().imageBytes()).isEqualTo("\"https://a\"\"b\"".length());
    }

    /// The query is read with each document.
    @Test
    void countsTheQueryForEachFurtherDocument() {
        assertThat(documents("[\"a\"]").facts().extras().repeatedBytes()).isZero();
        assertThat(documents("[\"a\",\"b\",\"c\"]").facts().extras().repeatedBytes())
                .isEqualTo(2L * "\"q?\"".length());
    }

    @Test
    void boundsSearchUnitsByDocumentsAndBytes() {
        assertThat(documents("[\"a\"]").facts().extras().searchUnits()).isEqualTo(1);
        String large = "\"" + "x".repeat(60_000) + "\"";
        assertThat(documents("[" + large + "]").facts().extras().searchUnits()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"query\":\"q\",\"documents\":[\"a\"]}; model",
                "{\"model\":\"a/b\",\"documents\":[\"a\"]}; query",
                "{\"model\":\"a/b\",\"query\":\"\",\"documents\":[\"a\"]}; query",
                "{\"model\":\"a/b\",\"query\":null,\"documents\":[\"a\"]}; query",
                "{\"model\":\"a/b\",\"query\":[\"q\"],\"documents\":[\"a\"]}; query",
                "{\"model\":\"a/b\",\"query\":\"q\"}; documents",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":null}; documents",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":\"a\"}; documents",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":[]}; documents",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":[1,2,3,4,5]}; documents[0]",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}; documents",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":[\"a\",{\"title\":\"t\"}]}; documents[1]",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":[{\"text\":7}]}; documents[0].text",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":[{\"image\":{}}]}; documents[0].image",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":[\"a\"],\"top_n\":0}; top_n",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":[\"a\"],\"top_n\":\"1\"}; top_n",
                "{\"model\":\"a/b\",\"query\":\"q\",\"documents\":[\"a\"],\"stream\":true}; stream",
            })
    void namesTheFieldThatIsWrong(String body, String field) {
        assertThatThrownBy(() -> read(body))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(((ApiError.BadRequest) e.error()).param())
                                .isEqualTo(field));
    }
}
