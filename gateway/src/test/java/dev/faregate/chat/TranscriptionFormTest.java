package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TranscriptionFormTest {
    private static final String TYPE = "multipart/form-data; boundary=XX";
    private static final String FILE = file("a.wav", "audio/wav", "RIFF");
    private static final String MODEL = field("model", "a/b");

    private static String field(String name, String value) {
        return "--XX\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }

    private static String file(String name, String type, String content) {
        return "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: "
                + type + "\r\n\r\n" + content + "\r\n";
    }

    private static String json(String type, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return new String(TranscriptionForm.toJson(bytes, 0, bytes.length, type), StandardCharsets.UTF_8);
    }

    private static String json(String parts) {
        return json(TYPE, parts + "--XX--\r\n");
    }

    private static ApiError error(String type, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
        try {
            TranscriptionForm.toJson(bytes, 0, bytes.length, type);
        } catch (ApiException e) {
            return e.error();
        }
        throw new AssertionError("it was taken: " + body);
    }

    private static @Nullable String wrongField(String parts) {
        return ((ApiError.BadRequest) error(TYPE, parts + "--XX--")).param();
    }

    @Test
    void saysAFormInJson() {
        String json = json(MODEL
                + field("language", "en")
                + field("prompt", "\"quoted\"\n\u00fc")
                + field("temperature", "0.5")
                + field("response_format", "verbose_json")
                + field("timestamp_granularities[]", "word")
                + field("timestamp_granularities[]", "segment")
                + field("provider", "{\"order\" : [\"x\"]}")
                + field("stream", "False")
                + field("unknown", "x")
                + FILE);
        assertThat(json)
                .isEqualTo(
                        "{\"model\":\"a/b\",\"language\":\"en\",\"prompt\":\"\\\"quoted\\\"\\n\u00fc\",\"temperature\":0.5,"
                                + "\"response_format\":\"verbose_json\",\"provider\":{\"order\":[\"x\"]},\"stream\":false,"
                                + "\"timestamp_granularities\":[\"word\",\"segment\"],"
                                + "\"input_audio\":{\"format\":\"wav\",\"data\":\"UklGRg==\"}}");
    }

    @Test
    void takesAListInOneField() {
        assertThat(json(MODEL + field("timestamp_granularities[]", "word,segment") + FILE))
                .contains("\"timestamp_granularities\":[\"word\",\"segment\"]");
    }

    @Test
    void whatItSaysCanBeRead() {
        byte[] json = json(MODEL + FILE).getBytes(StandardCharsets.UTF_8);
        ChatRequest request = RequestReader.of(RequestKind.TRANSCRIPTIONS, RequestReader.Limits.DEFAULTS)
                .read(json, 0, json.length);
        assertThat(request.facts().model()).isEqualTo("a/b");
    }

    /// Any bytes are audio, those that look like a boundary included.
    @Test
    void keepsTheBytesOfTheFile() {
        byte[] audio = new byte[100_000];
        new Random(7).nextBytes(audio);
        byte[] like = "\r\n--X\r\n\r\n--\r\n--xx\r\n".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(like, 0, audio, 500, like.length);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes("junk before".getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(("\r\n" + MODEL).getBytes(StandardCharsets.US_ASCII));
        String head = file("x.MP3", "audio/mpeg", "");
        body.writeBytes(head.substring(0, head.length() - 2).getBytes(StandardCharsets.US_ASCII));
        body.writeBytes(audio);
        body.writeBytes("\r\n--XX-- \r\nan epilogue".getBytes(StandardCharsets.US_ASCII));
        byte[] bytes = body.toByteArray();
        String json = new String(TranscriptionForm.toJson(bytes, 0, bytes.length, TYPE), StandardCharsets.UTF_8);
        assertThat(json)
                .isEqualTo("{\"model\":\"a/b\",\"input_audio\":{\"format\":\"mp3\",\"data\":\""
                        + Base64.getEncoder().encodeToString(audio) + "\"}}");
    }

    @ParameterizedTest
    @CsvSource({
        "a.mp3, application/octet-stream, mp3",
        "A.B.FLAC, audio/wav, flac",
        "noname, audio/x-wav, wav",
        "'', 'audio/webm;codecs=opus', webm",
        "C:\\dir.d\\a.ogg, audio/wav, ogg",
        "'a.m4a\"; x=\"y', audio/wav, m4a",
    })
    void tellsTheFormatByNameOrType(String name, String type, String format) {
        assertThat(json(MODEL + file(name, type, "RIFF"))).contains("\"format\":\"" + format + "\"");
    }

    @Test
    void takesABoundaryInQuotes() {
        String type = "Multipart/Form-Data; charset=utf-8; boundary=\"a b:c\"";
        assertThat(TranscriptionForm.is(type)).isTrue();
        assertThat(json(type, (MODEL + FILE).replace("--XX", "--a b:c") + "--a b:c--"))
                .contains("UklGRg==");
        assertThat(TranscriptionForm.is("application/json")).isFalse();
        assertThat(TranscriptionForm.is(null)).isFalse();
    }

    @Test
    void namesTheFieldThatIsWrong() {
        assertThat(wrongField(MODEL)).isEqualTo("file");
        assertThat(wrongField(MODEL + FILE + FILE)).isEqualTo("file");
        assertThat(wrongField(MODEL + file("a.wav", "audio/wav", ""))).isEqualTo("file");
        assertThat(wrongField(MODEL + file("audio", "text/plain", "RIFF"))).isEqualTo("file");
        assertThat(wrongField(MODEL + MODEL + FILE)).isEqualTo("model");
        assertThat(wrongField(FILE.replace("\"file\"", "\"model\""))).isEqualTo("model");
        assertThat(wrongField(MODEL + field("temperature", "1,\"x\":2") + FILE)).isEqualTo("temperature");
        assertThat(wrongField(MODEL + field("temperature", "01") + FILE)).isEqualTo("temperature");
        assertThat(wrongField(MODEL + field("stream", "maybe") + FILE)).isEqualTo("stream");
        assertThat(wrongField(MODEL + field("provider", "{},\"model\":\"x\"") + FILE))
                .isEqualTo("provider");
        assertThat(wrongField(MODEL + field("provider", "[]") + FILE)).isEqualTo("provider");
        assertThat(wrongField(MODEL + field("language", "\u00ff") + FILE)).isEqualTo("language");
        assertThat(wrongField(MODEL + field("prompt", "x".repeat(70_000)) + FILE))
                .isEqualTo("prompt");
    }

    @Test
    void limitsTheFile() {
        String large = MODEL + file("a.wav", "audio/wav", "x".repeat(TranscriptionForm.MAX_FILE_BYTES + 1)) + "--XX--";
        assertThat(error(TYPE, large)).isEqualTo(new ApiError.BodyTooLarge(TranscriptionForm.MAX_FILE_BYTES));
        assertThat(json(MODEL + file("a.wav", "audio/wav", "x".repeat(TranscriptionForm.MAX_FILE_BYTES))))
                .endsWith("\"}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--XX",
                "--XX\r\n",
                "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na/b",
                "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na/b\r\n",
                "--XX\r\nContent-Disposition: form-data; name=\"model\"\n\na/b\r\n--XX--",
                "--XX\r\nContent-Disposition: form-data\r\n\r\na/b\r\n--XX--",
                "--XX\r\nContent-Disposition: form-data; name=\"\"\r\n\r\na/b\r\n--XX--",
                "--XX\r\nContent-Disposition: attachment; name=\"model\"\r\n\r\na/b\r\n--XX--",
                "--XX\r\nContent-Type: text/plain\r\n\r\na/b\r\n--XX--",
                "--XX\r\nno colon\r\n\r\na/b\r\n--XX--",
                "--XX\r\nContent-Disposition: form-data;\r\n name=\"model\"\r\n\r\na/b\r\n--XX--",
                "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAA\r\n--XX--",
                "--XXY\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na/b\r\n--XXY--",
                "{\"model\":\"a/b\"}",
            })
    void refusesWhatIsNoForm(String body) {
        assertThat(error(TYPE, body))
                .asInstanceOf(InstanceOfAssertFactories.type(ApiError.BadRequest.class))
                .extracting(ApiError.BadRequest::message)
                .asString()
                .startsWith("The request body is not a valid form: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "multipart/form-data; boundary=\"\"",
                "multipart/form-data; boundary=\"a\u00e4\"",
                "multipart/form-data; boundary=\"a \"",
                "multipart/form-data; boundary=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            })
    void refusesABoundaryThatIsNone(String type) {
        assertThat(error(type, MODEL + FILE + "--XX--")).isInstanceOf(ApiError.BadRequest.class);
    }

    @Test
    void limitsPartsAndTheirHeads() {
        assertThatThrownBy(() -> json(field("x", "y").repeat(MultipartForm.MAX_PARTS + 1)))
                .isInstanceOf(ApiException.class);
        assertThatThrownBy(() -> json(field("x".repeat(MultipartForm.MAX_HEAD_BYTES), "y")))
                .isInstanceOf(ApiException.class);
    }
}
