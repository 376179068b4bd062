package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagesRequestReaderTest {
    private static final String REFERENCE =
            "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AA==\"}}";

    private static ChatRequest read(String members) {
        byte[] bytes = ("{\"model\":\"a/b\"" + (members.isEmpty() ? "" : "," + members) + "}")
                .getBytes(StandardCharsets.UTF_8);
        return new ImagesRequestReader(new RequestReader.Limits(16, 2, 0, 4, 4)).read(bytes, 0, bytes.length);
    }

    @Test
    void readsWhatTheRouterHasToKnow() {
        ChatRequest.Facts facts = read("\"prompt\":\"a\",\"n\":3,\"user\":\"u\",\"session_id\":\"s\",\"size\":\"2K\","
                        + "\"aspect_ratio\":\"16:9\",\"quality\":\"hd\",\"seed\":-4,\"output_compression\":100,"
                        + "\"response_format\":\"b64_json\",\"style\":\"vivid\",\"provider\":{\"only\":[\"x\"]}")
                .facts();
        assertThat(facts.kind()).isEqualTo(RequestKind.IMAGES);
        assertThat(facts.choices()).isEqualTo(3);
        assertThat(facts.messages()).isEqualTo(1);
        assertThat(facts.stream()).isFalse();
        assertThat(facts.media()).isFalse();
        assertThat(facts.user()).isEqualTo("u");
        assertThat(facts.sessionId()).isEqualTo("s");
        assertThat(facts.preferences().only()).containsExactly("x");
    }

    @Test
    void countsReferencesAndPartialImages() {
        ChatRequest.Facts facts = read("\"prompt\":\"a\",\"stream\":true,\"partial_images\":2,\"input_references\":["
                        + REFERENCE + "," + REFERENCE + "]")
                .facts();
        assertThat(facts.stream()).isTrue();
        assertThat(facts.media()).isTrue();
        assertThat(facts.extras().images()).isEqualTo(2);
        assertThat(facts.extras().imageBytes()).isEqualTo(2L * REFERENCE.length());
        assertThat(facts.extras().partialImages()).isEqualTo(2);
        assertThat(read("\"prompt\":\"a\",\"partial_images\":2")
                        .facts()
                        .extras()
                        .partialImages())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '\'',
            value = {
                "''; prompt",
                "\"prompt\":\"\"; prompt",
                "\"prompt\":null; prompt",
                "\"prompt\":[\"a\"]; prompt",
                "\"prompt\":\"a\",\"n\":0; n",
                "\"prompt\":\"a\",\"n\":5; n",
                "\"prompt\":\"a\",\"n\":2,\"stream\":true; n",
                "\"prompt\":\"a\",\"size\":\"big\"; size",
                "\"prompt\":\"a\",\"resolution\":\"8K\"; resolution",
                "\"prompt\":\"a\",\"size\":\"1024x1024\",\"resolution\":\"4K\"; resolution",
                "\"prompt\":\"a\",\"size\":\"1K\",\"resolution\":\"2K\"; resolution",
                "\"prompt\":\"a\",\"size\":\"1024x1024\",\"aspect_ratio\":\"16:9\"; aspect_ratio",
                "\"prompt\":\"a\",\"aspect_ratio\":\"7:5\"; aspect_ratio",
                "\"prompt\":\"a\",\"quality\":\"best\"; quality",
                "\"prompt\":\"a\",\"background\":\"red\"; background",
                "\"prompt\":\"a\",\"output_format\":\"gif\"; output_format",
                "\"prompt\":\"a\",\"output_compression\":101; output_compression",
                "\"prompt\":\"a\",\"partial_images\":4; partial_images",
                "\"prompt\":\"a\",\"seed\":1.5; seed",
                "\"prompt\":\"a\",\"response_format\":\"url\"; response_format",
                "\"prompt\":\"a\",\"stream\":1; stream",
                "\"prompt\":\"a\",\"input_references\":\"x\"; input_references",
                "\"prompt\":\"a\",\"input_references\":[\"x\"]; input_references[0]",
                "\"prompt\":\"a\",\"input_references\":[{\"type\":\"image_url\"}]; input_references[0].image_url",
                "\"prompt\":\"a\",\"input_references\":[{\"type\":\"image_url\",\"image_url\":{}}]; input_references[0].image_url.url",
                "\"prompt\":\"a\",\"input_references\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"ftp://x\"}}]; input_references[0].image_url.url",
                "\"prompt\":\"a\",\"input_references\":[{\"image_url\":{\"url\":\"https://x\"}}]; input_references[0].type",
                "\"prompt\":\"a\",\"input_references\":[{\"type\":\"text\",\"text\":\"x\"}]; input_references[0].type",
            })
    void namesTheFieldThatIsWrong(String members, String field) {
        assertThatThrownBy(() -> read(members))
                .asInstanceOf(InstanceOfAssertFactories.type(ApiException.class))
                .extracting(e -> ((ApiError.BadRequest) e.error()).param())
                .isEqualTo(field);
    }

    @Test
    void takesSixteenReferences() {
        String all = String.join(",", Collections.nCopies(16, REFERENCE));
        assertThat(read("\"prompt\":\"a\",\"input_references\":[" + all + "]")
                        .facts()
                        .extras()
                        .images())
                .isEqualTo(16);
        assertThatThrownBy(() -> read("\"prompt\":\"a\",\"input_references\":[" + all + "," + REFERENCE + "]"))
                .isInstanceOf(ApiException.class);
    }
}
