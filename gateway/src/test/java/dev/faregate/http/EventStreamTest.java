package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventStreamTest {
    private static String written(String name, String data) {
        ByteBuf out = Unpooled.buffer();
        byte[] bytes = data.getBytes(StandardCharsets.UTF_8);
        if (name.isEmpty()) {
            EventStream.data(out, bytes);
        } else {
            EventStream.event(out, name, bytes);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a           | data: a_n_n
            ''          | data: _n_n
            a_nb        | data: a_ndata: b_n_n
            a_rb        | data: a_ndata: b_n_n
            a_r_nb      | data: a_ndata: b_n_n
            a_n_nid: 1  | data: a_ndata: _ndata: id: 1_n_n
            a_n         | data: a_ndata: _n_n
            """)
    void aLineBreakNeverStartsAnEvent(String data, String expected) {
        String text = data.replace("_n", "\n").replace("_r", "\r");
        assertThat(written("", text)).isEqualTo(expected.replace("_n", "\n"));
    }

    @Test
    void namesAnEvent() {
        assertThat(written("ping", "{}")).isEqualTo("event: ping\ndata: {}\n\n");
        assertThatThrownBy(() -> written("a\ndata: b", "{}")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void constantsCanBeSentAgainAndAgain() {
        for (int i = 0; i < 3; i++) {
            ByteBuf comment = EventStream.keepAlive();
            assertThat(comment.readCharSequence(comment.readableBytes(), StandardCharsets.US_ASCII))
                    .hasToString(": OPENROUTER PROCESSING\n\n");
            comment.release();
            assertThat(EventStream.done().toString(StandardCharsets.US_ASCII)).isEqualTo("data: [DONE]\n\n");
        }
    }

    @Test
    void whatAReaderGetsIsWhatWasWritten() {
        Random random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            List<String> sent = new ArrayList<>();
            StringBuilder stream = new StringBuilder();
            for (int i = 0; i < 3; i++) {
                StringBuilder data = new StringBuilder();
                for (int j = random.nextInt(12); j > 0; j--) {
                    data.append("\n\r:ad id:".charAt(random.nextInt(8)));
                }
                sent.add(data.toString().replace("\r\n", "\n").replace('\r', '\n'));
                stream.append(written("", data.toString()));
            }
            assertThat(events(stream.toString())).isEqualTo(sent);
        }
    }

    /// A reader after WHATWG HTML section 9.2.6, for streams of `data` only.
    private static List<String> events(String stream) {
        List<String> events = new ArrayList<>();
        StringBuilder data = new StringBuilder();
        for (String line : stream.split("\n", -1)) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    events.add(data.substring(0, data.length() - 1));
                }
                data.setLength(0);
            } else {
                assertThat(line).startsWith("data: ");
                data.append(line.substring(6)).append('\n');
            }
        }
        return events;
    }
}
