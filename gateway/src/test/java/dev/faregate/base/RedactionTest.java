package dev.faregate.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "sk-fg-v1-0123456789abcdefghijABCDEFGHIJ0123456789abcdef",
                "sk-fg-adm-0123456789abcdefghijABCDEFGHIJ0123456789abcdef",
                "sk-proj-Ab_12-cdefghijklmnop",
                "sk-ant-api03-abcdefghijklmnop",
                "sk-or-v1-0123456789abcdef0123456789abcdef",
                "AIzaSyA0123456789abcdefghijklmnopqrstu",
                "gsk_0123456789abcdefghij",
                "xai-0123456789abcdefghij",
                "hf_0123456789abcdefghij",
                "AKIAIOSFODNN7EXAMPLE",
                "ghp_0123456789abcdefghij0123456789abcdef",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl",
            })
    void takesOutWhateverItsPrefixGivesAway(String key) {
        assertThat(Redaction.apply("asked with " + key + ", refused")).isEqualTo("asked with [redacted], refused");
        assertThat(Redaction.apply("{\"note\":\"" + key + "\"}")).isEqualTo("{\"note\":\"[redacted]\"}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Authorization: Bearer abcdef0123456789    | Authorization: Bearer [redacted]
            authorization: bearer a.b-c_d~e+f/g=      | authorization: bearer [redacted]
            Proxy-Authorization: Basic dXNlcjpwYXNz   | Proxy-Authorization: Basic [redacted]
            x-api-key: 0123456789abcdef               | x-api-key: [redacted]
            api-key=0123456789abcdef                  | api-key=[redacted]
            {"api_key":"0123456789abcdef","n":1}      | {"api_key":"[redacted]","n":1}
            GET /v1/models?key=0123456789abcdef&n=1   | GET /v1/models?key=[redacted]&n=1
            GET /cb?access_token=0123456789abcdef&n=1 | GET /cb?access_token=[redacted]&n=1
            postgresql://fare:s3cr3t@db:5432/gate     | postgresql://fare:[redacted]@db:5432/gate
            """)
    void takesOutWhateverItsPlaceGivesAway(String text, String clean) {
        assertThat(Redaction.apply(text)).isEqualTo(clean);
    }

    @Test
    void leavesOrdinaryTextAsItIs() {
        String text =
                "127.0.0.1 POST /v1/chat/completions 200 in 12 ms, model openai/gpt-4o, 120 tokens, task-1 risk-free";
        assertThat(Redaction.apply(text)).isSameAs(text);
    }

    @Test
    @Timeout(20)
    void costsNoMoreForAnEvilTextThanForALongOne() {
        for (String piece : new String[] {"sk-", "Bearer ", "://a:", "eyJ", "api_key=", "?key", "a.", "AIza-"}) {
            String evil = piece.repeat(20_000 / piece.length());
            long start = System.nanoTime();
            Redaction.apply(evil);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).as(piece).isLessThan(Duration.ofSeconds(2));
        }
    }
}
