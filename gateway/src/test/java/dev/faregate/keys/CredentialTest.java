package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            Authorization | Bearer sk-one    | sk-one
            Authorization | bearer sk-one    | sk-one
            Authorization | BEARER   sk-one  | sk-one
            authorization | BeArEr sk-one    | sk-one
            x-api-key     | sk-one           | sk-one
            X-Api-Key     | sk-one           | sk-one
            api-key       | sk-one           | sk-one
            Authorization | Bearer           | absent
            Authorization | ''               | absent
            x-api-key     | ''               | absent
            x-other       | sk-one           | absent
            Authorization | sk-one           | malformed
            Authorization | Basic c2stb25lOg== | malformed
            Authorization | Bearersk-one     | malformed
            Authorization | Bearer sk one    | malformed
            Authorization | Bearer sk-öne    | malformed
            x-api-key     | sk one           | malformed
            """)
    void readsEveryHeaderForm(String name, String value, String expected) {
        assertThat(describe(Credential.of(new DefaultHttpHeaders(false).add(name, value))))
                .isEqualTo(expected);
    }

    @Test
    void takesTheSameKeyInSeveralHeaders() {
        HttpHeaders headers = headers("Authorization", "Bearer sk-one", "x-api-key", "sk-one", "api-key", "sk-one");
        assertThat(describe(Credential.of(headers))).isEqualTo("sk-one");
    }

    @Test
    void refusesTwoDifferentCredentialsInAnyTwoHeaders() {
        String[] names = {"Authorization", "x-api-key", "api-key"};
        for (String one : names) {
            for (String other : names) {
                HttpHeaders headers = headers(one, value(one, "sk-one"), other, value(other, "sk-two"));
                if (one.equals("Authorization") || !one.equals(other)) {
                    assertThat(describe(Credential.of(headers)))
                            .as(one + " and " + other)
                            .isEqualTo("conflicting");
                }
            }
        }
    }

    @Test
    void refusesAnEndlessCredential() {
        assertThat(describe(Credential.of(headers("x-api-key", "a".repeat(KeyText.MAX_LENGTH)))))
                .startsWith("aaa");
        assertThat(describe(Credential.of(headers("x-api-key", "a".repeat(KeyText.MAX_LENGTH + 1)))))
                .isEqualTo("malformed");
    }

    @Test
    void neverShowsItself() {
        assertThat(Credential.of(headers("x-api-key", "sk-secret")).toString()).doesNotContain("secret");
    }

    private static String value(String name, String key) {
        return name.equals("Authorization") ? "Bearer " + key : key;
    }

    private static HttpHeaders headers(String... pairs) {
        HttpHeaders headers = new DefaultHttpHeaders(false);
        for (int i = 0; i < pairs.length; i += 2) {
            headers.add(pairs[i], pairs[i + 1]);
        }
        return headers;
    }

    private static String describe(Credential credential) {
        return switch (credential) {
            case Credential.Absent _ -> "absent";
            case Credential.Present(String text) -> text;
            case Credential.Bad(ApiError error) -> ((ApiError.Unauthenticated) error).reason();
        };
    }
}
