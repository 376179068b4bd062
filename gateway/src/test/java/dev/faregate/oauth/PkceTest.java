package dev.faregate.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import dev.faregate.http.BodyFields;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 7636.
class PkceTest {
    /// Appendix B.
    private static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private static Pkce of(String body) {
        Pkce pkce = Pkce.of(BodyFields.of(body.getBytes(StandardCharsets.UTF_8)));
        if (pkce == null) {
            throw new AssertionError("no challenge");
        }
        return pkce;
    }

    @Test
    void knowsTheVectorOfAppendixB() {
        Pkce pkce = of("{\"code_challenge\":\"" + CHALLENGE + "\",\"code_challenge_method\":\"S256\"}");
        assertThat(pkce.isProvenBy(VERIFIER)).isTrue();
        assertThat(pkce.isProvenBy(VERIFIER + "x")).isFalse();
        assertThat(pkce.isProvenBy(CHALLENGE))
                .as("the challenge is no verifier")
                .isFalse();
    }

    @Test
    void takesAChallengeWithoutMethodAsPlain() {
        Pkce pkce = of("{\"code_challenge\":\"" + VERIFIER + "\"}");
        assertThat(pkce.method()).isEqualTo(Pkce.Method.plain);
        assertThat(pkce.isProvenBy(VERIFIER)).isTrue();
        assertThat(pkce.isProvenBy(CHALLENGE)).isFalse();
    }

    @Test
    void needsNoChallenge() {
        assertThat(Pkce.of(BodyFields.of("{}".getBytes(StandardCharsets.UTF_8))))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"code_challenge_method\":\"S256\"}",
                "{\"code_challenge\":\"short\",\"code_challenge_method\":\"S256\"}",
                "{\"code_challenge\":\"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=\",\"code_challenge_method\":\"S256\"}",
                "{\"code_challenge\":\"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\",\"code_challenge_method\":\"s256\"}",
                "{\"code_challenge\":\"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\",\"code_challenge_method\":\"none\"}",
                "{\"code_challenge\":\"too short for a verifier\"}",
                "{\"code_challenge\":7}"
            })
    void refusesWhatIsNoChallenge(String body) {
        assertThatThrownBy(() -> of(body)).isInstanceOf(ApiException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "short",
                "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX\u00e9",
                "dBjftJeZ4CVP mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
            })
    void noOddVerifierProvesAPlainChallenge(String verifier) {
        assertThat(new Pkce(verifier, Pkce.Method.plain).isProvenBy(verifier)).isFalse();
    }
}
