package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The signatures that Amazon published for its own signers ("AWS Signature Version 4 test suite").
class AwsSignerTest {
    private static final Instant THEN = Instant.parse("2015-08-30T12:36:00Z");

    private static AwsSigner signer(Map<String, String> more, @Nullable Secret session) {
        Map<String, String> signed = new HashMap<>(more);
        signed.put("host", "example.amazonaws.com");
        return new AwsSigner(
                new AwsCredential.AccessKeys(
                        Secret.of("AKIDEXAMPLE"), Secret.of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), session),
                signed,
                "us-east-1",
                "service",
                InstantSource.fixed(THEN));
    }

    private static String lines(RequestHeaders headers) {
        return new String(headers.lines(), StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | / | | | | 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
                "POST | / | | | | 5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
                "GET | /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz | | | |"
                        + " 07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
                "GET | /ሴ | | | | 8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
                "POST | / | my-header1 | value1 | | c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
                "POST | / | content-type | application/x-www-form-urlencoded | Param1=value1 |"
                        + " ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
            })
    void signsAsPublished(
            String method,
            String path,
            @Nullable String name,
            @Nullable String value,
            @Nullable String body,
            String hex) {
        Map<String, String> more = name == null ? Map.of() : Map.of(name, String.valueOf(value));
        byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        AwsSigner signer = signer(more, null);
        String lines = lines(signer.sign(method, path, bytes));
        String before = name != null && name.equals("content-type") ? "content-type;host;" : "host;";
        String between = name != null && name.equals("my-header1") ? "my-header1;" : "";
        assertThat(lines)
                .isEqualTo("X-Amz-Date: 20150830T123600Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"
                        + "20150830/us-east-1/service/aws4_request, SignedHeaders=" + before + between
                        + "x-amz-date, Signature=" + hex + "\r\n");
        assertThat(lines(signer.sign(method, path, bytes)))
                .as("with the key of the day")
                .isEqualTo(lines);
    }

    @Test
    void signsTheTokenOfASession() {
        String lines = lines(signer(Map.of(), Secret.of("token")).sign("POST", "/", new byte[0]));
        assertThat(lines)
                .contains("SignedHeaders=host;x-amz-date;x-amz-security-token,", "X-Amz-Security-Token: token\r\n");
    }

    /// A path that is encoded is encoded once more: a slash inside of a model's name stays one.
    @Test
    void encodesAPathTwice() {
        String once = lines(signer(Map.of(), null).sign("POST", "/model/a%3Ab/converse", new byte[0]));
        String twice = lines(signer(Map.of(), null).sign("POST", "/model/a:b/converse", new byte[0]));
        assertThat(once).isNotEqualTo(twice);
    }

    @Test
    void refusesWhatCannotBeSentOrSigned() {
        assertThatThrownBy(() -> signer(Map.of(), Secret.of("a\r\nb")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("a\r\nb");
        assertThatThrownBy(() -> signer(Map.of(), null).sign("GET", "/?a=b", new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
