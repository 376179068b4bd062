package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TranscriptionRequestReaderTest {
    private static final String AUDIO = "\"input_audio\":{\"data\":\"UklGRg==\",\"format\":\"wav\"}";

    private static ChatRequest read(String members) {
        byte[] bytes = ("{\"model\":\"a/b\"" + (members.isEmpty() ? "" : "," + members) + "}")
                .getBytes(StandardCharsets.UTF_8);
        return new TranscriptionRequestReader(RequestReader.Limits.DEFAULTS).read(bytes, 0, bytes.length);
    }

    @Test
    void readsWhatTheRouterHasToKnow() {
        ChatRequest request = read(AUDIO + ",\"language\":\"en\",\"prompt\":\"ZyntriQix\",\"temperature\":0.2,"
                + "\"response_format\":\"verbose_json\",\"timestamp_granularities\":[\"word\",\"segment\"],"
                + "\"user\":\"u\",\"session_id\":\"s\",\"provider\":{\"only\":[\"x\"]},\"other\":[1]");
        ChatRequest.Facts facts = request.facts();
        assertThat(facts.kind()).isEqualTo(RequestKind.TRANSCRIPTIONS);
        assertThat(facts.messages()).isEqualTo(1);
        assertThat(facts.choices()).isEqualTo(1);
        assertThat(facts.stream()).isFalse();
        assertThat(facts.media()).isTrue();
        assertThat(facts.extras().otherMedia()).isTrue();
        assertThat(facts.user()).isEqualTo("u");
        assertThat(facts.sessionId()).isEqualTo("s");
        assertThat(facts.preferences().only()).containsExactly("x");
        assertThat(TranscriptionRewriter.isVerbose(request)).isTrue();
        assertThat(TranscriptionRewriter.isVerbose(read(AUDIO))).isFalse();
        assertThat(TranscriptionRewriter.isVerbose(read(AUDIO + ",\"response_format\":null")))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'';input_audio",
                "\"input_audio\":null;input_audio",
                "\"input_audio\":\"AAAA\";input_audio",
                "\"input_audio\":{\"format\":\"wav\"};input_audio.data",
                "\"input_audio\":{\"data\":\"AAAA\"};input_audio.format",
                "\"input_audio\":{\"data\":7,\"format\":\"wav\"};input_audio.data",
                "\"input_audio\":{\"data\":\"\",\"format\":\"wav\"};input_audio.data",
                "\"input_audio\":{\"data\":\"AAAA\",\"data\":\"AAAA\",\"format\":\"wav\"};input_audio.data",
                "\"input_audio\":{\"data\":\"AAAA\",\"format\":\"a/b\"};input_audio.format",
                "\"input_audio\":{\"data\":\"AAAA\",\"format\":\"w\\r\\nX: 1\"};input_audio.format",
                "AUDIO,\"response_format\":\"srt\";response_format",
                "AUDIO,\"response_format\":\"text\";response_format",
                "AUDIO,\"temperature\":2;temperature",
                "AUDIO,\"language\":7;language",
                "AUDIO,\"timestamp_granularities\":\"word\";timestamp_granularities",
                "AUDIO,\"timestamp_granularities\":[\"line\"];timestamp_granularities",
                "AUDIO,\"timestamp_granularities\":[\"word\",\"word\",\"word\"];timestamp_granularities",
                "AUDIO,\"stream\":true;stream",
            })
    void namesTheFieldThatIsWrong(String members, String field) {
        assertThatThrownBy(() -> read(members.replace("AUDIO", AUDIO)))
                .asInstanceOf(InstanceOfAssertFactories.type(ApiException.class))
                .extracting(ApiException::error)
                .asInstanceOf(InstanceOfAssertFactories.type(ApiError.BadRequest.class))
                .extracting(ApiError.BadRequest::param)
                .isEqualTo(field);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AA", "AAA", "AAAA", "AA==", "AAA=", "//+/AAAA", "\\/\\/\\/\\/"})
    void takesBase64WithAndWithoutPaddingAndEscapes(String data) {
        byte[] bytes = data.getBytes(StandardCharsets.US_ASCII);
        assertThat(TranscriptionAudio.isBase64(bytes, 0, bytes.length)).isTrue();
        assertThat(TranscriptionAudio.decoded(bytes, 0, bytes.length)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A",
                "=",
                "AAAAA",
                "AA=",
                "A===",
                "AAAA=",
                "AA=A",
                "AA-_",
                "data:audio/wav;base64,AAAA",
                "\\u0041AAA",
                "AAA\\"
            })
    void refusesWhatIsNoBase64(String data) {
        byte[] bytes = data.getBytes(StandardCharsets.US_ASCII);
        assertThat(TranscriptionAudio.isBase64(bytes, 0, bytes.length)).isFalse();
    }
}
