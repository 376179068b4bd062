package dev.faregate.leaks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Signatures against the two samples that GitHub's "Secret scanning partner program" gives, each with its key.
class SignaturesTest {
    private static final String OLDER_KEY = pem(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUqkCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==");
    private static final String OLDER_SIGNATURE =
            "MEQCIAfgjgz6Ou/3DXMYZBervz1TKCHFsvwMcbuJhNZse622AiAG86/cku2XdcmFWNHl2WSJi2fkE8t+auvB24eURaOd2A==";
    private static final byte[] OLDER =
            ("[{\"type\":\"github_oauth_token\",\"token\":\"cb4985f91f740272c0234202299f43808034d7f5\","
                            + "\"url\":\" https://github.com/github/faketestrepo/blob/b0dd59c0b500650cacd4551ca5989a6194001b10/production.env\"}]")
                    .getBytes(StandardCharsets.UTF_8);

    private static final String NEWER_KEY = pem(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gP\nHzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==");
    private static final String NEWER_SIGNATURE =
            "MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY=";
    private static final byte[] NEWER =
            "[{\"token\":\"some_token\",\"type\":\"some_type\",\"url\":\"some_url\",\"source\":\"some_source\"}]"
                    .getBytes(StandardCharsets.UTF_8);

    private static String pem(String base64) {
        return "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n";
    }

    private static PublicKey key(String pem) {
        return Signatures.key(pem).orElseThrow();
    }

    @Test
    void takesThePublishedSamples() {
        assertThat(OLDER).hasSize(191);
        assertThat(Signatures.verifies(key(OLDER_KEY), OLDER, OLDER_SIGNATURE)).isTrue();
        assertThat(Signatures.verifies(key(NEWER_KEY), NEWER, NEWER_SIGNATURE)).isTrue();
    }

    @Test
    void refusesEveryOtherBody() {
        for (int i = 0; i < OLDER.length; i++) {
            byte[] changed = OLDER.clone();
            changed[i] ^= 1;
            assertThat(Signatures.verifies(key(OLDER_KEY), changed, OLDER_SIGNATURE))
                    .as("byte %d", i)
                    .isFalse();
        }
        String again = new String(OLDER, StandardCharsets.UTF_8).replace(":", ": ");
        assertThat(Signatures.verifies(key(OLDER_KEY), again.getBytes(StandardCharsets.UTF_8), OLDER_SIGNATURE))
                .as("the same JSON written anew")
                .isFalse();
    }

    @Test
    void refusesEveryOtherSignatureAndNeverFails() {
        byte[] der = Base64.getDecoder().decode(OLDER_SIGNATURE);
        for (int i = 0; i < der.length; i++) {
            byte[] changed = der.clone();
            changed[i] ^= 1;
            String text = Base64.getEncoder().encodeToString(changed);
            assertThat(Signatures.verifies(key(OLDER_KEY), OLDER, text))
                    .as("byte %d", i)
                    .isFalse();
        }
        assertThat(Signatures.verifies(key(NEWER_KEY), OLDER, OLDER_SIGNATURE))
                .as("another key")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?", "AAAA", "MEQ=", "MEQCIAfg jgz6", "ü"})
    void whatIsNoSignatureIsRefused(String text) {
        assertThat(Signatures.verifies(key(OLDER_KEY), OLDER, text)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "no key",
        "-----BEGIN PUBLIC KEY-----",
        "-----END PUBLIC KEY----------BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----"
    })
    void whatIsNoKeyIsNone(String pem) {
        assertThat(Signatures.key(pem)).isEmpty();
    }
}
