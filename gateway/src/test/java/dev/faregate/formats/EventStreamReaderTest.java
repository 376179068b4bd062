package dev.faregate.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.formats.EventStreamReader.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Amazon's event streams, cut anywhere and broken anyhow.
class EventStreamReaderTest {
    private static final int MOST = 1_000;

    private final EventStreamReader reader = new EventStreamReader(MOST);
    private final List<String> heard = new ArrayList<>();

    private State feed(byte[]... parts) {
        State state = State.WELL;
        for (byte[] part : parts) {
            state = reader.feed(Unpooled.wrappedBuffer(part), event -> heard.add(event.toString()));
        }
        return state;
    }

    /// The specification's own example of an empty message, and its checksums.
    @Test
    void readsAPublishedFrame() {
        byte[] empty = HexFormat.of().parseHex("000000100000000005c248eb7d98c8ff");
        assertThat(feed(empty)).isEqualTo(State.WELL);
        assertThat(heard).containsExactly("{\"\":{}}");
        assertThat(reader.isBetweenFrames()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 11, 12, 13, 64, 10_000})
    void readsFramesCutAnywhere(int piece) {
        ByteBuf all = Unpooled.wrappedBuffer(
                Frames.event("messageStart", "{\"role\":\"assistant\"}"),
                Frames.event("contentBlockDelta", "{\"delta\":{\"text\":\"Grüße\"}}"),
                Frames.frame(
                        Frames.headers(":message-type", "exception", ":exception-type", "throttlingException"),
                        "{\"message\":\"Slow down\"}"),
                Frames.frame(
                        Frames.headers(":message-type", "error", ":error-code", "Bad", ":error-message", "Why"), ""));
        while (all.isReadable()) {
            byte[] part = new byte[Math.min(piece, all.readableBytes())];
            all.readBytes(part);
            assertThat(feed(part)).isEqualTo(State.WELL);
        }
        assertThat(heard)
                .containsExactly(
                        "{\"messageStart\":{\"role\":\"assistant\"}}",
                        "{\"contentBlockDelta\":{\"delta\":{\"text\":\"Grüße\"}}}",
                        "{\"throttlingException\":{\"message\":\"Slow down\"}}",
                        "{\"error\":{\"code\":\"Bad\",\"message\":\"Why\"}}");
        assertThat(reader.isBetweenFrames()).isTrue();
    }

    /// One of each kind of header; only texts are kept.
    @Test
    void skipsHeadersOfEveryType() {
        byte[] headers = HexFormat.of()
                .parseHex("016100" + "016201" + "01630211" + "0164031122" + "01650411223344" + "0166051122334455667788"
                        + "0167060002aabb" + "0168081122334455667788" + "01690911223344556677881122334455667788"
                        + HexFormat.of().formatHex(Frames.headers(":event-type", "x")));
        assertThat(feed(Frames.frame(headers, "{}"))).isEqualTo(State.WELL);
        assertThat(heard).containsExactly("{\"x\":{}}");
    }

    @Test
    void findsEveryFlippedBit() {
        byte[] good = Frames.event("messageStop", "{\"stopReason\":\"end_turn\"}");
        for (int i = 0; i < good.length * 8; i++) {
            byte[] bad = good.clone();
            bad[i / 8] ^= (byte) (1 << i % 8);
            EventStreamReader fresh = new EventStreamReader(MOST);
            State state = fresh.feed(Unpooled.wrappedBuffer(bad), event -> heard.add(event.toString()));
            assertThat(state).as("bit " + i).isEqualTo(State.DAMAGED);
        }
        assertThat(heard).isEmpty();
    }

    @Test
    void readsNothingAfterDamage() {
        byte[] noJson = Frames.event("metadata", "{\"usage\":");
        assertThat(feed(noJson, Frames.event("messageStop", "{}"))).isEqualTo(State.DAMAGED);
        assertThat(heard).isEmpty();
        assertThat(reader.isBetweenFrames()).isFalse();
    }

    @Test
    void takesNoMoreThanItsLimits() {
        assertThat(feed(Frames.event("x", "{\"a\":\"" + "b".repeat(MOST) + "\"}")))
                .isEqualTo(State.TOO_LARGE);
        assertThat(new EventStreamReader(1 << 30)
                        .feed(
                                Unpooled.wrappedBuffer(Frames.sealed(
                                        1 << 29, EventStreamReader.MAX_HEADER_BYTES + 1, new byte[0], new byte[0])),
                                event -> heard.add(event.toString())))
                .isEqualTo(State.TOO_LARGE);
        assertThat(heard).isEmpty();
    }

    /// Right checksums over what cannot be.
    @ParameterizedTest
    @ValueSource(strings = {"0161", "01610a00", "01", "05616200", "0161060009aa", "016107"})
    void refusesHeadersThatDoNotFillTheirPlace(String hex) {
        byte[] headers = HexFormat.of().parseHex(hex);
        assertThat(feed(Frames.frame(headers, "{}"))).isEqualTo(State.DAMAGED);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 11, 15, -1})
    void refusesLengthsThatCannotBe(int total) {
        assertThat(feed(Frames.sealed(total, 0, new byte[0], new byte[0])))
                .isEqualTo(total < 0 ? State.TOO_LARGE : State.DAMAGED);
    }
}
