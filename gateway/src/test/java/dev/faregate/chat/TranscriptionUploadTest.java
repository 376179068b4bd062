package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TranscriptionUploadTest {
    private static ChatRequest request(String members) {
        byte[] bytes = ("{\"model\":\"a/b\",\"input_audio\":{\"data\":\"\\/\\/8=\",\"format\":\"WAV\"}" + members + "}")
                .getBytes(StandardCharsets.UTF_8);
        return new TranscriptionRequestReader(RequestReader.Limits.DEFAULTS).read(bytes, 0, bytes.length);
    }

    private static String said(ChatRequest request, boolean verbose) {
        TranscriptionUpload upload = TranscriptionUpload.of(request, "whisper-1", verbose, "B");
        assertThat(upload.contentType()).isEqualTo("multipart/form-data; boundary=B");
        assertThat(upload.audio()).containsExactly(0xFF, 0xFF);
        assertThat(new String(upload.after(), StandardCharsets.UTF_8)).isEqualTo("\r\n--B--\r\n");
        return new String(upload.before(), StandardCharsets.UTF_8);
    }

    private static String field(String name, String value) {
        return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }

    private static final String FILE =
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio.wav\"\r\n"
                    + "Content-Type: application/octet-stream\r\n\r\n";

    @Test
    void saysTheFieldsThatAreKnown() {
        assertThat(said(
                        request(",\"language\":\"en\",\"prompt\":\"a\\u00fc\",\"temperature\":0.25,\"user\":\"u\","
                                + "\"response_format\":\"verbose_json\",\"timestamp_granularities\":[\"word\",\"segment\"],"
                                + "\"provider\":{},\"session_id\":\"s\",\"other\":1"),
                        false))
                .isEqualTo(field("model", "whisper-1")
                        + field("response_format", "verbose_json")
                        + field("language", "en")
                        + field("prompt", "a\u00fc")
                        + field("temperature", "0.25")
                        + field("timestamp_granularities[]", "word")
                        + field("timestamp_granularities[]", "segment")
                        + FILE);
    }

    @Test
    void saysNothingThatWasNotAsked() {
        String plain = ",\"language\":null,\"response_format\":\"json\",\"timestamp_granularities\":[\"word\"]";
        assertThat(said(request(plain), false)).isEqualTo(field("model", "whisper-1") + FILE);
        assertThat(said(request(plain), true))
                .isEqualTo(field("model", "whisper-1") + field("response_format", "verbose_json") + FILE);
    }

    @Test
    void nobodyCanGuessTheBoundary() {
        ChatRequest request = request("");
        assertThat(TranscriptionUpload.of(request, "m", false).contentType())
                .hasSizeGreaterThan(70)
                .isNotEqualTo(TranscriptionUpload.of(request, "m", false).contentType());
    }
}
