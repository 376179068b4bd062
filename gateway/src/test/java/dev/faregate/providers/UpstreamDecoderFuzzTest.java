package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.faregate.base.Authorities;
import dev.faregate.providers.UpstreamRequest.Answer;

/// Plain test runs replay the checked-in seeds; `JAZZER_FUZZ=1` looks for new inputs.
class UpstreamDecoderFuzzTest {
    private static final UpstreamSettings SMALL =
            new UpstreamSettings(UpstreamSettings.Pool.DEFAULTS, 1024, 500, 500, Authorities.USUAL);

    /// Whatever a server sends, in pieces of whatever length (the first byte), the call ends once,
    /// nothing leaks, and the pieces make no difference.
    @FuzzTest(maxDuration = "60s")
    void anyBytesEndTheCallOnceHoweverTheyAreSplit(byte[] input) throws Exception {
        if (input.length > 1) {
            String whole = run(input, input.length);
            assertThat(run(input, 1 + (input[0] & 0x3F))).isEqualTo(whole);
        }
    }

    private static String run(byte[] input, int piece) throws Exception {
        try (EmbeddedUpstream upstream = new EmbeddedUpstream(SMALL).send(Answer.WHOLE, Deadlines.DEFAULTS)) {
            for (int at = 1; at < input.length; at += piece) {
                upstream.receive(input, at, Math.min(input.length, at + piece));
            }
            upstream.hangUp();
            Outcome outcome = upstream.outcome.await();
            assertThat(outcome.ended).isEqualTo(outcome.failure == null);
            return outcome.ended ? outcome.answer() : outcome.failure().kind().toString();
        }
    }
}
