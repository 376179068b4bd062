package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;

/// Plain test runs replay the checked-in seeds; `JAZZER_FUZZ=1` looks for new inputs.
class SseReaderFuzzTest {
    /// The first byte says how long the pieces are, the rest is the stream.
    @FuzzTest(maxDuration = "60s")
    void anySplitGivesTheSameEvents(byte[] input) {
        if (input.length < 2) {
            return;
        }
        int piece = 1 + (input[0] & 0x3F);
        byte[] stream = Arrays.copyOfRange(input, 1, input.length);
        int[] cuts = new int[(stream.length - 1) / piece];
        Arrays.setAll(cuts, i -> (i + 1) * piece);
        SseText.Recorder seen = SseText.feed(new SseReader(1 << 20), stream, cuts);
        assertThat(seen.events).isEqualTo(SseText.interpret(stream));
        assertThat(seen.retainedTexts())
                .isEqualTo(seen.events.stream().map(SseText.Event::data).toList());
    }
}
