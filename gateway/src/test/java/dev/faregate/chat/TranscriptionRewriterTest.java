package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TranscriptionRewriterTest {
    private static final byte[] OURS = "{\"cost\":1}".getBytes(StandardCharsets.US_ASCII);

    private TranscriptionRewriter answer = rewriter(false);
    private String out = "";

    private static TranscriptionRewriter rewriter(boolean verbose) {
        byte[] bytes = ("{\"model\":\"a/b\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"wav\"}"
                        + (verbose ? ",\"response_format\":\"verbose_json\"" : "") + "}")
                .getBytes(StandardCharsets.UTF_8);
        return new TranscriptionRewriter(
                new TranscriptionRequestReader(RequestReader.Limits.DEFAULTS).read(bytes, 0, bytes.length));
    }

    private @Nullable String take(boolean verbose, String json) {
        answer = rewriter(verbose);
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        ByteBuf written = Unpooled.buffer();
        String wrong = answer.whole(bytes, 0, bytes.length, written);
        answer.endWhole(OURS, written);
        out = written.toString(StandardCharsets.UTF_8);
        return wrong;
    }

    private TokenUsage usage() {
        return Objects.requireNonNull(answer.usage());
    }

    private static final String WHOLE =
            "{\"task\":\"transcribe\",\"language\":null,\"duration\":\"8.4700\",\"text\":\"Hi\","
                    + "\"segments\":[{\"id\":0}],\"x_groq\":{\"id\":\"r\"},\"error\":null,\"usage\":null}";

    @Test
    void tellsTheTextAndWhatIsUnknown() {
        assertThat(take(false, WHOLE)).isNull();
        assertThat(out).isEqualTo("{\"text\":\"Hi\",\"x_groq\":{\"id\":\"r\"},\"usage\":{\"cost\":1}}");
        assertThat(usage().audioMillis()).isEqualTo(8_470);
        assertThat(usage().total()).isZero();
    }

    @Test
    void tellsTimestampsToWhoeverAsked() {
        assertThat(take(true, WHOLE)).isNull();
        assertThat(out)
                .isEqualTo(
                        "{\"task\":\"transcribe\",\"text\":\"Hi\",\"segments\":[{\"id\":0}],\"x_groq\":{\"id\":\"r\"},"
                                + "\"duration\":8.47,\"usage\":{\"cost\":1}}");
    }

    @Test
    void readsTokens() {
        take(
                false,
                "{\"text\":\"\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":83,\"output_tokens\":30,"
                        + "\"total_tokens\":113,\"input_token_details\":{\"text_tokens\":3,\"audio_tokens\":80}}}");
        assertThat(usage().prompt()).isEqualTo(83);
        assertThat(usage().completion()).isEqualTo(30);
        assertThat(usage().promptAudio()).isEqualTo(80);
        assertThat(usage().audioMillis()).isEqualTo(TokenUsage.NOT_SAID);
    }

    @Test
    void readsSecondsAndBoth() {
        take(false, "{\"text\":\"\",\"duration\":8.47,\"usage\":{\"type\":\"duration\",\"seconds\":9}}");
        assertThat(usage().audioMillis()).isEqualTo(9_000);
        take(
                false,
                "{\"text\":\"\",\"usage\":{\"prompt_audio_seconds\":4,\"prompt_tokens\":5,\"completion_tokens\":6,"
                        + "\"total_tokens\":11}}");
        assertThat(usage().audioMillis()).isEqualTo(4_000);
        assertThat(usage().total()).isEqualTo(11);
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0.0001,1", "9.2,9200", "1e3,1000000", "-1,-1", "1e99,-1", "x,-1", "'',-1"})
    void secondsAreMillisecondsRoundedUp(String seconds, long millis) {
        assertThat(TranscriptionRewriter.millis(seconds)).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"text\":\"a\"}",
                "{\"text\":\"a\",\"usage\":{\"seconds\":\"9\"}}",
                "{\"text\":\"a\",\"usage\":{\"input_tokens\":-1,\"output_tokens\":2}}",
                "{\"text\":\"a\",\"usage\":{\"input_tokens\":1.5,\"output_tokens\":2}}",
                "{\"text\":\"a\",\"usage\":[]}",
                "{\"text\":\"a\",\"duration\":[9]}",
            })
    void takesNoUsageForWhatIsNone(String json) {
        assertThat(take(false, json)).isNull();
        assertThat(answer.usage()).isNull();
        assertThat(answer.deliveredBytes()).isEqualTo(json.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "{\"text\":null}", "{\"text\":7}", "{\"text\":\"a\",\"text\":\"b\"}", "{\"text\":[\"a\"]}"
            })
    void refusesWhatHasNoText(String json) {
        assertThat(take(false, json)).contains("text");
    }

    @Test
    void tellsAnErrorInTheAnswer() {
        take(false, "{\"error\":{\"message\":\"no\"}}");
        assertThat(answer.upstreamError()).isEqualTo("{\"message\":\"no\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"text\":\"a\"", "{\"text\":\"a\"}}", "hello"})
    void refusesWhatIsNoJsonObject(String json) {
        assertThatThrownBy(() -> take(false, json)).isInstanceOf(MalformedJson.class);
    }

    @Test
    void keepsTheTextForTheLog() {
        answer = rewriter(false);
        AnswerTexts texts = new AnswerTexts(100);
        answer.keepTexts(texts);
        byte[] bytes = "{\"text\":\"a\\n\\u00fc\"}".getBytes(StandardCharsets.UTF_8);
        answer.whole(bytes, 0, bytes.length, Unpooled.buffer());
        assertThat(texts.content()).isEqualTo("a\n\u00fc");
    }
}
