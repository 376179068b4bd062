package dev.faregate.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Settlement;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SlotCodecTest {
    private static final long AT = SlotCodec.BYTES;
    private static final Terms TERMS = new Terms(1_000_000, 300, 10_000_000, 1_000, true, "0123456789abcdef");
    private static final TokenUsage USAGE = new TokenUsage(11, 8, 4, 3, 2, 1, 5);

    private final UUID generation = Ids.nextFast();
    private final MemorySegment file = Arena.ofAuto().allocate(3L * SlotCodec.BYTES, 8);

    private void dispatch(UUID of) {
        SlotCodec.dispatch(file, AT, of.getMostSignificantBits(), of.getLeastSignificantBits(), TERMS);
    }

    private void bill() {
        SlotCodec.bill(file, AT, Settlement.Source.EXACT, 123, 456, USAGE);
    }

    private Slot.Used used() {
        if (SlotCodec.read(file, AT) instanceof Slot.Used used) {
            return used;
        }
        throw new AssertionError(SlotCodec.read(file, AT).toString());
    }

    @Test
    void anEmptyFileIsFree() {
        assertThat(SlotCodec.read(file, AT)).isEqualTo(new Slot.Free());
    }

    @Test
    void readsWhatWasDispatched() {
        dispatch(generation);
        assertThat(used()).isEqualTo(new Slot.Used(generation, TERMS, 0L, false, null));
    }

    @Test
    void readsHowMuchArrived() {
        dispatch(generation);
        for (long bytes : new long[] {0, 1, 6, 65_535, 65_536, 1L << 30, 1L << 45}) {
            for (boolean paused : new boolean[] {false, true}) {
                SlotCodec.delivered(file, AT, generation.getLeastSignificantBits(), bytes, paused);
                assertThat(used().delivered()).isEqualTo(bytes);
                assertThat(used().paused()).isEqualTo(paused);
            }
        }
    }

    @Test
    void readsTheBillToTheLastToken() {
        dispatch(generation);
        bill();
        assertThat(used().bill())
                .isEqualTo(new Slot.Bill(Settlement.Source.EXACT, Usd.ofNanos(123), Usd.ofNanos(456), USAGE));
    }

    @Test
    void aSecondAttemptForgetsWhatTheFirstCounted() {
        dispatch(generation);
        SlotCodec.delivered(file, AT, generation.getLeastSignificantBits(), 500, true);
        dispatch(generation);
        assertThat(used()).isEqualTo(new Slot.Used(generation, TERMS, 0L, false, null));
    }

    @Test
    void theNextRequestSeesNothingOfTheLast() {
        dispatch(generation);
        bill();
        SlotCodec.free(file, AT);
        assertThat(SlotCodec.read(file, AT)).isEqualTo(new Slot.Free());
        UUID next = Ids.nextFast();
        dispatch(next);
        assertThat(used()).isEqualTo(new Slot.Used(next, TERMS, 0L, false, null));
    }

    @Test
    void keepsToItsOwnBytes() {
        dispatch(generation);
        bill();
        for (long i = 0; i < AT; i++) {
            assertThat(file.get(ValueLayout.JAVA_BYTE, i)).isZero();
            assertThat(file.get(ValueLayout.JAVA_BYTE, 2 * AT + i)).isZero();
        }
    }

    /// A process that dies between two stores leaves any mixture of old and new words. None of them may be
    /// read as something that was never said.
    @Test
    void noMixtureOfTwoStatesIsReadAsAThird() {
        UUID other = Ids.nextFast();
        dispatch(other);
        SlotCodec.bill(file, AT, Settlement.Source.VOID, 0, 0, TokenUsage.of(0, 0));
        long[] before = words();
        Slot old = SlotCodec.read(file, AT);
        dispatch(generation);
        Slot dispatched = SlotCodec.read(file, AT);
        bill();
        Slot billed = SlotCodec.read(file, AT);
        long[] after = words();
        SplittableRandom random = new SplittableRandom(7);
        int torn = 0;
        for (int i = 0; i < 200_000; i++) {
            for (int word = 0; word < before.length; word++) {
                set(word, random.nextInt(4) == 0 ? before[word] : after[word]);
            }
            Slot read = SlotCodec.read(file, AT);
            torn += read instanceof Slot.Torn ? 1 : 0;
            if (read instanceof Slot.Used used && used.delivered() == null) {
                read = new Slot.Used(used.generation(), used.terms(), 0L, used.paused(), used.bill());
            }
            assertThat(read).isIn(old, dispatched, billed, new Slot.Torn());
        }
        assertThat(torn).as("the test has met torn slots").isGreaterThan(100_000);
    }

    @Test
    void anyFlippedBitIsNoticedOrMeansNothing() {
        dispatch(generation);
        SlotCodec.delivered(file, AT, generation.getLeastSignificantBits(), 42, false);
        bill();
        Slot good = SlotCodec.read(file, AT);
        for (long bit = 0; bit < 8L * SlotCodec.BYTES; bit++) {
            flip(bit);
            Slot read = SlotCodec.read(file, AT);
            boolean countLost = read instanceof Slot.Used used && used.delivered() == null && used.bill() != null;
            assertThat(read instanceof Slot.Torn || read.equals(good) || countLost)
                    .as("bit %d: %s", bit, read)
                    .isTrue();
            flip(bit);
        }
    }

    private void flip(long bit) {
        long at = AT + bit / 8;
        byte value = file.get(ValueLayout.JAVA_BYTE, at);
        file.set(ValueLayout.JAVA_BYTE, at, (byte) (value ^ (1 << (bit % 8))));
    }

    private long[] words() {
        long[] words = new long[SlotCodec.BYTES / 8];
        for (int i = 0; i < words.length; i++) {
            words[i] = file.get(ValueLayout.JAVA_LONG, AT + 8L * i);
        }
        return words;
    }

    private void set(int word, long value) {
        file.set(ValueLayout.JAVA_LONG, AT + 8L * word, value);
    }
}
