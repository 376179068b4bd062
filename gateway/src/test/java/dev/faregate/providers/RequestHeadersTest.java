package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.providers.UpstreamRequest.Answer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadersTest {
    @Test
    void encodesLinesOnceAndJoinsThem() {
        RequestHeaders one = RequestHeaders.builder().add("X-A", "1").build();
        RequestHeaders two = RequestHeaders.builder()
                .add("x-b", "two\t2 \u00e9")
                .add("x-c", "")
                .build();
        assertThat(new String(one.plus(two).lines(), StandardCharsets.ISO_8859_1))
                .isEqualTo("X-A: 1\r\nx-b: two\t2 \u00e9\r\nx-c: \r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "content-length",
                "Transfer-Encoding",
                "CONNECTION",
                "Keep-Alive",
                "Proxy-Connection",
                "proxy-authorization",
                "Proxy-Authenticate",
                "TE",
                "Trailer",
                "Upgrade",
                "Expect",
                "accept-encoding",
                "",
                "a b",
                "a:",
                "a\r\nb",
                "a\0",
                "\u00e9",
                "a(b)",
                "a,b",
                "a\"b",
                "[x]",
                "x{y}",
                "a/b",
                "a\u007f"
            })
    void refusesNamesThatFrameOrBreakTheRequest(String name) {
        assertThat(RequestHeaders.isSafeName(name)).isFalse();
        assertThatThrownBy(() -> RequestHeaders.builder().add(name, "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContainingAny("\r", "\n", "\0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sk-secret\r\nX-Evil: 1",
                "sk-secret\n",
                "\rsk-secret",
                "sk-secret\0",
                "sk-secret\u0001",
                "sk-secret\u007f",
                "sk-secret\u2028",
                "sk-secret\u010a",
                "sk-secret\u560d\u560a"
            })
    void refusesValuesThatCouldEndALineAndNeverShowsThem(String value) {
        assertThat(RequestHeaders.isSafeValue(value)).isFalse();
        assertThatThrownBy(() -> RequestHeaders.builder().add("Authorization", value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Authorization")
                .hasMessageNotContaining("secret");
    }

    @Test
    void nothingThatIsAcceptedCanAddALine() {
        Random random = new Random(42);
        for (int i = 0; i < 100_000; i++) {
            String name = text(random);
            String value = text(random);
            if (RequestHeaders.isSafeName(name) && RequestHeaders.isSafeValue(value)) {
                byte[] lines = RequestHeaders.builder().add(name, value).build().lines();
                String line = new String(lines, StandardCharsets.ISO_8859_1);
                assertThat(line.chars()
                                .filter(c -> c == '\n' || c == '\r' || c == 0)
                                .count())
                        .isEqualTo(2);
                assertThat(line).startsWith(name + ": ").endsWith("\r\n");
            }
        }
    }

    @Test
    void showsNothingOfItself() {
        RequestHeaders headers =
                RequestHeaders.builder().add("x-api-key", "sk-secret").build();
        UpstreamRequest request = UpstreamRequest.get("/", headers);
        assertThat(request.toString()).doesNotContain("sk-secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v1", "http://a/", "/a b", "/a\r\nX: y", "/a\0", "/\u00e9", "/a#b", "*"})
    void refusesPathsThatAreNotAnOriginForm(String path) {
        assertThatThrownBy(() -> UpstreamRequest.get(path, RequestHeaders.NONE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD", "CONNECT", "post", "POST /x HTTP/1.1\r\n", ""})
    void refusesMethodsWhoseAnswersAreFramedDifferently(String method) {
        assertThatThrownBy(
                        () -> new UpstreamRequest(method, "/", RequestHeaders.NONE, UpstreamBody.empty(), Answer.WHOLE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            text.append((char) (random.nextInt(3) == 0 ? random.nextInt(0x3000) : random.nextInt(0x90)));
        }
        return text.toString();
    }
}
