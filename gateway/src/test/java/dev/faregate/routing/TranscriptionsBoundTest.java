package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.RequestReader;
import dev.faregate.chat.TokenUsage;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// A transcript never costs more than is held for it, however short the audio looks.
class TranscriptionsBoundTest {
    private static final Model MODEL = Endpoints.MODEL;
    private static final ModelEndpoint ENDPOINT = MODEL.endpoints().getFirst();

    private static Candidate candidate() {
        byte[] body = "{\"model\":\"acme/one\",\"input_audio\":{\"data\":\"AAAA\",\"format\":\"wav\"}}"
                .getBytes(StandardCharsets.UTF_8);
        ChatRequest request = RequestReader.of(RequestKind.TRANSCRIPTIONS, RequestReader.Limits.DEFAULTS)
                .read(body, 0, body.length);
        return Candidate.of(MODEL, ENDPOINT, request, 0);
    }

    @Test
    void theContextBoundsTheAudioAndTheLongestAnswerTheText() {
        assertThat(candidate().bound().promptTokens()).isEqualTo(ENDPOINT.contextLength());
        assertThat(candidate().bound().completionTokens()).isEqualTo(Candidate.mostCompletion(ENDPOINT));
        assertThat(candidate().bound().audio()).isTrue();
        assertThat(candidate().outputLimit()).isZero();
    }

    @Test
    void whereTokensHaveAPriceSecondsAreNoBill() {
        assertThat(candidate().billedBy(TokenUsage.of(10, 2))).isTrue();
        assertThat(candidate().billedBy(TokenUsage.of(0, 0).withAudioMillis(900)))
                .isFalse();
    }
}
