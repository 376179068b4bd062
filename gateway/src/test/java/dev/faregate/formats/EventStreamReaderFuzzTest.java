package dev.faregate.formats;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Plain test runs replay the checked-in seeds; `JAZZER_FUZZ=1` looks for new inputs.
class EventStreamReaderFuzzTest {
    private static final int MOST = 1 << 16;

    /// The first byte says how long the pieces are, the rest is the stream.
    @FuzzTest(maxDuration = "60s")
    void anySplitGivesTheSameEvents(byte[] input) {
        if (input.length < 2) {
            return;
        }
        int piece = 1 + (input[0] & 0x3F);
        byte[] stream = Arrays.copyOfRange(input, 1, input.length);
        assertThat(read(stream, piece)).isEqualTo(read(stream, stream.length));
    }

    private static List<String> read(byte[] stream, int piece) {
        List<String> heard = new ArrayList<>();
        EventStreamReader reader = new EventStreamReader(MOST);
        EventStreamReader.State state = EventStreamReader.State.WELL;
        for (int at = 0; at < stream.length; at += piece) {
            int length = Math.min(piece, stream.length - at);
            state = reader.feed(Unpooled.wrappedBuffer(stream, at, length), event -> heard.add(event.toString()));
        }
        heard.add(state.toString() + reader.isBetweenFrames());
        return heard;
    }
}
