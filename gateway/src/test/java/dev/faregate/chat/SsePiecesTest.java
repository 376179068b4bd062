package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SsePiecesTest {
    /// The data of the events of a text that came in pieces of `size` bytes.
    private static List<String> events(String text, int size) {
        List<String> heard = new ArrayList<>();
        StringBuilder data = new StringBuilder();
        SsePieces pieces = new SsePieces(new SsePieces.Sink() {
            @Override
            public void data(byte[] bytes, int from, int to) {
                data.append(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
            }

            @Override
            public void event() {
                heard.add(data.toString());
                data.setLength(0);
            }
        });
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        for (int from = 0; from < bytes.length; from += size) {
            pieces.feed(Unpooled.wrappedBuffer(bytes, from, Math.min(size, bytes.length - from)));
        }
        pieces.end();
        return heard;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100_000})
    void tellsDataHoweverItComes(int size) {
        String large = "x".repeat(40_000);
        for (String end : List.of("\n", "\r", "\r\n")) {
            String text = ": ping" + end + end + "event: a" + end + "data: {\"a\":1}" + end + end + "data:two" + end
                    + "data:  lines" + end + "id: 7" + end + end + "dat: no" + end + "datax: no" + end + end
                    + "data: " + large + end + end + "data: [DONE]";
            assertThat(events(text, size)).containsExactly("{\"a\":1}", "two  lines", large, "[DONE]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100})
    void skipsAByteOrderMark(int size) {
        assertThat(events("\u00ef\u00bb\u00bfdata: a\n\n\u00efdata: b\n\ndata: c\n\n", size))
                .containsExactly("a", "c");
    }
}
