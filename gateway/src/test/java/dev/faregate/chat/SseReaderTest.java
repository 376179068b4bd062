package dev.faregate.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.chat.SseText.Event;
import dev.faregate.chat.SseText.Recorder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseReaderTest {
    private static final int MAX = 1 << 20;

    /// Everything the format knows, once.
    private static final String ALL_FIELDS = """
            : welcome

            data: {"a":1}

            event: content_block_delta
            data: {"type":"text","text":"h\u00e9 \uD83D\uDE80"}
            id: 7

            data: one
            data:two
            data:  three
            data

            retry: 1500
            event: empty

            data

            id: a\0b
            retry: 12x
            data: with : colons: inside
            unknown: field
            :comment inside
            :

            : OPENROUTER PROCESSING
            : OPENROUTER PROCESSING

            event: named
            event: named twice
            retry: 250
            data:

            data: [DONE]

            """;

    private static final List<Event> ALL_EVENTS = List.of(
            new Event("", "{\"a\":1}", null, -1),
            new Event("content_block_delta", latin1("{\"type\":\"text\",\"text\":\"h\u00e9 \uD83D\uDE80\"}"), "7", -1),
            new Event("", "one\ntwo\n three\n", null, -1),
            new Event("", "", null, -1),
            new Event("", "with : colons: inside", null, -1),
            new Event("named twice", "", null, 250),
            new Event("", "[DONE]", null, -1));

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void readsTheSameEventsWithEveryLineEndAndEverySplit(String lineEnd) {
        byte[] stream = ALL_FIELDS.replace("\n", lineEnd).getBytes(UTF_8);
        for (int cut = 0; cut <= stream.length; cut++) {
            Recorder seen = SseText.feed(new SseReader(MAX), stream, cut);
            assertThat(seen.events).as("cut at %d", cut).isEqualTo(ALL_EVENTS);
            assertThat(seen.retainedTexts())
                    .isEqualTo(ALL_EVENTS.stream().map(Event::data).toList());
            assertThat(seen.comments).as("cut at %d", cut).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void readsTheSameEventsByteByByte(String lineEnd) {
        byte[] stream = ("\uFEFF" + ALL_FIELDS.replace("\n", lineEnd)).getBytes(UTF_8);
        int[] everywhere = new int[stream.length - 1];
        Arrays.setAll(everywhere, i -> i + 1);
        assertThat(SseText.feed(new SseReader(MAX), stream, everywhere).events).isEqualTo(ALL_EVENTS);
    }

    @Test
    void agreesWithTheStandardsAlgorithmOnRandomStreamsAndSplits() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] words = {
            "data",
            "data:",
            "data: ",
            "event:",
            "id:",
            "retry: 9",
            ":",
            " ",
            "x",
            "\n",
            "\n",
            "\r",
            "\r\n",
            "\n\n",
            "\0",
            "\uFEFF",
            "{}",
            "dat"
        };
        for (int round = 0; round < 5_000; round++) {
            StringBuilder text = new StringBuilder(random.nextInt(8) == 0 ? "\uFEFF" : "");
            for (int i = random.nextInt(25); i > 0; i--) {
                text.append(words[random.nextInt(words.length)]);
            }
            byte[] stream = text.toString().getBytes(UTF_8);
            int[] cuts = random.ints(random.nextInt(5), 0, stream.length + 1)
                    .sorted()
                    .toArray();
            assertThat(SseText.feed(new SseReader(MAX), stream, cuts).events)
                    .as("seed %d round %d: %s cut at %s", seed, round, Arrays.toString(stream), Arrays.toString(cuts))
                    .isEqualTo(SseText.interpret(stream));
        }
    }

    @Test
    void showsAnEventInsideOneBufferWithoutCopyingIt() {
        ByteBuf in = Unpooled.copiedBuffer("data: {}\n\nevent: a\ndata: 12\n\ndata:3\n\ndata: 4\r\n\r\n", UTF_8);
        int[] offsets = {6, 25, 34, 43};
        int[] seen = {0};
        assertThat(new SseReader(MAX).feed(in, sink(event -> {
                    assertThat(event.buffer()).isSameAs(in);
                    assertThat(event.dataOffset()).isEqualTo(offsets[seen[0]]);
                    assertThat(event.isPlain()).isEqualTo(seen[0] == 0);
                    seen[0]++;
                })))
                .isTrue();
        assertThat(seen[0]).isEqualTo(4);
        assertThat(in.isReadable()).isFalse();
    }

    @Test
    void passesAPlainEventOnAsAShareOfTheBuffer() {
        ByteBuf in = PooledByteBufAllocator.DEFAULT.buffer().writeBytes("data: {\"x\":1}\n\n".getBytes(UTF_8));
        ByteBuf[] kept = new ByteBuf[1];
        new SseReader(MAX).feed(in, sink(event -> kept[0] = event.retainedWire()));
        in.release();
        assertThat(kept[0].toString(UTF_8)).isEqualTo("data: {\"x\":1}\n\n");
        assertThat(kept[0].release()).isTrue();
        assertThat(in.refCnt()).isZero();
    }

    @Test
    void aSplitPlainEventIsStillPlainAndItsBytesSurviveTheNextOne() {
        SseReader reader = new SseReader(MAX);
        ByteBuf[] kept = new ByteBuf[1];
        reader.feed(Unpooled.copiedBuffer("data: fir", UTF_8), sink(_ -> {}));
        reader.feed(Unpooled.copiedBuffer("st\n\nda", UTF_8), sink(event -> {
            assertThat(event.isPlain()).isTrue();
            kept[0] = event.retainedWire();
        }));
        reader.feed(Unpooled.copiedBuffer("ta: 2nd\n\n", UTF_8), sink(_ -> {}));
        assertThat(kept[0].toString(UTF_8)).isEqualTo("data: first\n\n");
    }

    @Test
    void reportsAnEventAtTheCrOfItsBlankLineWithoutWaitingForTheLf() {
        SseReader reader = new SseReader(MAX);
        Recorder seen = new Recorder();
        reader.feed(Unpooled.copiedBuffer("data: a\r\n\r", UTF_8), seen);
        assertThat(seen.events).hasSize(1);
        assertThat(reader.isBetweenEvents()).isTrue();
        reader.feed(Unpooled.copiedBuffer("\ndata: b\r\n\r", UTF_8), seen);
        assertThat(seen.events).hasSize(2);
    }

    @Test
    void knowsWhetherItStandsBetweenEvents() {
        SseReader reader = new SseReader(MAX);
        assertThat(reader.isBetweenEvents()).isTrue();
        String[] pieces = {"da", "ta: 1", "\n", "\n", ": pin", "g\n", "\n", "event: x\n", "\n"};
        boolean[] between = {false, false, false, true, false, true, true, false, true};
        for (int i = 0; i < pieces.length; i++) {
            reader.feed(Unpooled.copiedBuffer(pieces[i], UTF_8), new Recorder());
            assertThat(reader.isBetweenEvents()).as(pieces[i]).isEqualTo(between[i]);
        }
    }

    @Test
    void anEndWithoutBlankLineStillCountsButAnEndInsideALineDoesNot() {
        SseReader reader = new SseReader(MAX);
        Recorder seen = SseText.feed(reader, "data: [DONE]\n".getBytes(UTF_8), 3);
        assertThat(seen.events).isEmpty();
        assertThat(reader.finish(seen)).isTrue();
        assertThat(seen.events).containsExactly(new Event("", "[DONE]", null, -1));

        reader = new SseReader(MAX);
        seen = SseText.feed(reader, "data: {\"cut\":".getBytes(UTF_8));
        assertThat(reader.finish(seen)).isFalse();
        assertThat(seen.events).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 99, 100})
    void refusesAnEventLargerThanAllowedHoweverItArrives(int cut) {
        byte[] fits = ("data: " + "x".repeat(92) + "\n\n").getBytes(UTF_8);
        assertThat(fits).hasSize(100);
        SseReader reader = new SseReader(100);
        assertThat(SseText.feed(reader, fits, cut).events).hasSize(1);

        byte[] tooLong = ("data: " + "x".repeat(93) + "\n\n").getBytes(UTF_8);
        Recorder seen = SseText.feed(reader, tooLong, cut);
        assertThat(seen.events).isEmpty();
        assertThat(reader.feed(Unpooled.copiedBuffer("data: 1\n\n", UTF_8), seen))
                .isFalse();
        assertThat(reader.finish(seen)).isFalse();
        assertThat(seen.events).isEmpty();
    }

    @Test
    void boundsALineThatNeverEndsAndLinesThatNeverMakeAnEvent() {
        for (String piece : List.of(":::::::::::::::", "x:\n")) {
            SseReader reader = new SseReader(1000);
            int fed = 0;
            while (reader.feed(Unpooled.copiedBuffer(piece, UTF_8), new Recorder())) {
                fed += piece.length();
                assertThat(fed).isLessThanOrEqualTo(1000);
            }
        }
    }

    @Test
    void readsALargeEventInManyPiecesInLinearTime() {
        byte[] stream = ("data: " + "a".repeat(8 << 20) + "\r\r").getBytes(UTF_8);
        int[] cuts = new int[stream.length / 4096];
        Arrays.setAll(cuts, i -> (i + 1) * 4096);
        long start = System.nanoTime();
        Recorder seen = SseText.feed(new SseReader(16 << 20), stream, cuts);
        assertThat(seen.events).hasSize(1);
        assertThat(seen.events.getFirst().data()).hasSize(8 << 20);
        // A search that starts over with each piece would take minutes.
        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    }

    @Test
    void readsManyCrOnlyLinesInLinearTime() {
        byte[] stream = "data: x\r\r".repeat(200_000).getBytes(UTF_8);
        long start = System.nanoTime();
        int[] count = {0};
        new SseReader(MAX).feed(Unpooled.wrappedBuffer(stream), sink(_ -> count[0]++));
        assertThat(count[0]).isEqualTo(200_000);
        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    }

    private static SseReader.Sink sink(java.util.function.Consumer<SseEvent> onEvent) {
        return new SseReader.Sink() {
            @Override
            public void event(SseEvent event) {
                onEvent.accept(event);
            }

            @Override
            public void comment() {}
        };
    }

    private static String latin1(String text) {
        return new String(text.getBytes(UTF_8), java.nio.charset.StandardCharsets.ISO_8859_1);
    }
}
