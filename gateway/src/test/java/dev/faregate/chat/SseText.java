package dev.faregate.chat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The standard's own algorithm over a whole text, written for clarity, as the yardstick for [SseReader];
/// and a sink that turns what the reader shows into the same values.
final class SseText {
    /// `data` has one character per byte; `name` and `id` are texts.
    record Event(String name, String data, @Nullable String id, long retry) {}

    private SseText() {}

    /// WHATWG HTML, section 9.2.6 "Interpreting an event stream"; `id` and `retry` are those of the block
    /// itself.
    static List<Event> interpret(byte[] stream) {
        String text = new String(stream, StandardCharsets.ISO_8859_1);
        String body = text.startsWith("\u00EF\u00BB\u00BF") ? text.substring(3) : text;
        String[] lines = body.replace("\r\n", "\n").replace('\r', '\n').split("\n", -1);
        List<Event> events = new ArrayList<>();
        Block block = new Block();
        // What stands behind the last line end is an unfinished line.
        for (int i = 0; i < lines.length - 1; i++) {
            if (lines[i].isEmpty()) {
                block.dispatch(events);
                block = new Block();
            } else {
                block.line(lines[i]);
            }
        }
        return events;
    }

    private static final class Block {
        private final StringBuilder data = new StringBuilder();
        private String name = "";
        private @Nullable String id;
        private long retry = -1;

        void line(String line) {
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "data" -> data.append(value).append('\n');
                case "event" -> name = utf8(value);
                case "id" -> id = value.indexOf('\0') < 0 ? utf8(value) : id;
                case "retry" -> retry = value.matches("[0-9]{1,18}") ? Long.parseLong(value) : -1;
                default -> {}
            }
        }

        void dispatch(List<Event> events) {
            if (!data.isEmpty()) {
                events.add(new Event(name, data.substring(0, data.length() - 1), id, retry));
            }
        }
    }

    /// Remembers events as values, counts comments, and checks that every way to the payload leads to the
    /// same bytes.
    static final class Recorder implements SseReader.Sink {
        final List<Event> events = new ArrayList<>();
        final List<ByteBuf> retained = new ArrayList<>();
        int comments;
        int plain;

        @Override
        public void event(SseEvent event) {
            byte[] data = new byte[event.dataLength()];
            event.buffer().getBytes(event.dataOffset(), data);
            String name = event.name();
            // Bytes that are no UTF-8 do not come back from a text.
            boolean comparable = name.indexOf('\uFFFD') < 0;
            if (!event.dataIs(data) || (comparable && !event.nameIs(name.getBytes(StandardCharsets.UTF_8)))) {
                throw new AssertionError("the comparison does not know its own bytes");
            }
            String payload = new String(data, StandardCharsets.ISO_8859_1);
            events.add(new Event(name, payload, event.id(), event.retryMillis()));
            plain += event.isPlain() ? 1 : 0;
            retained.add(event.retainedData());
        }

        @Override
        public void comment() {
            comments++;
        }

        /// The payloads as they are after the fed buffers are gone.
        List<String> retainedTexts() {
            return retained.stream()
                    .map(b -> b.toString(StandardCharsets.ISO_8859_1))
                    .toList();
        }
    }

    /// Feeds the stream cut at these places, each piece in a buffer that is wiped after use.
    static Recorder feed(SseReader reader, byte[] stream, int... cuts) {
        Recorder recorder = new Recorder();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : stream.length;
            // An offset in front, so that an index into the piece is never an index into the stream.
            ByteBuf piece = Unpooled.buffer(7 + to - from).writeZero(7).skipBytes(7);
            piece.writeBytes(stream, from, to - from);
            reader.feed(piece, recorder);
            piece.release();
            from = to;
        }
        return recorder;
    }

    private static String utf8(String latin1) {
        return new String(latin1.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
