package dev.faregate.recorder;

import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Settlement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A slot as 256 bytes of whole little-endian longs, and back. Writing allocates nothing; a process may die
/// between any two stores, and no store of eight aligned bytes is ever half done, so each part has a check
/// word of its own: what does not check was torn.
///
/// ```text
///   0 generation (2 longs)    16 state
///  24 flags  32 prompt nanos  40 prompt tokens  48 picos per token  56 most tokens
///  64 price version (40 bytes of ASCII, zeros behind)             104 check of 0..15 and 24..103
/// 112 delivered: count and its check in one word
/// 120 source  128 charge  136 real cost  144 usage (7 longs)      200 check of 120..199
/// ```
final class SlotCodec {
    static final int BYTES = 256;
    static final int VERSION_BYTES = 40;

    private static final long FREE = 0;
    private static final long WRITING = 0x3147_4e49_5449_5257L;
    private static final long DISPATCHED = 0x3148_4354_4150_5344L;
    private static final long BILLED = 0x3144_454c_4c49_4231L;

    private static final int STATE = 16;
    private static final int FLAGS = 24;
    private static final int PROMPT_NANOS = 32;
    private static final int PROMPT_TOKENS = 40;
    private static final int PICOS = 48;
    private static final int MOST = 56;
    private static final int VERSION = 64;
    private static final int CHECK = 104;
    private static final int DELIVERED = 112;
    private static final int SOURCE = 120;
    private static final int CHARGE = 128;
    private static final int REAL_COST = 136;
    private static final int USAGE = 144;
    private static final int BILL_CHECK = 200;

    private static final long COUNTABLE = 1;

    /// Bits of the delivered word that check the others.
    private static final int CHECK_BITS = 16;

    private static final long MAX_DELIVERED = (1L << (Long.SIZE - CHECK_BITS - 2)) - 1;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle WORD = LONG.varHandle();

    private SlotCodec() {}

    /// A request that is about to be sent.
    static void dispatch(MemorySegment file, long at, long high, long low, Terms terms) {
        state(file, at, WRITING);
        file.set(LONG, at, high);
        file.set(LONG, at + 8, low);
        file.set(LONG, at + FLAGS, terms.countable() ? COUNTABLE : 0);
        file.set(LONG, at + PROMPT_NANOS, terms.promptNanos());
        file.set(LONG, at + PROMPT_TOKENS, terms.promptTokens());
        file.set(LONG, at + PICOS, terms.picosPerToken());
        file.set(LONG, at + MOST, terms.mostTokens());
        version(file, at + VERSION, terms.priceVersion());
        file.set(LONG, at + CHECK, check(file, at));
        delivered(file, at, low, 0, false);
        state(file, at, DISPATCHED);
    }

    /// Bytes of the answer that arrived: one store.
    static void delivered(MemorySegment file, long at, long low, long bytes, boolean paused) {
        long value = Math.min(bytes, MAX_DELIVERED) << 1 | (paused ? 1 : 0);
        file.set(LONG, at + DELIVERED, value << CHECK_BITS | checkOf(value, low));
    }

    /// What the request is about to be charged. The last word of its life.
    static void bill(
            MemorySegment file,
            long at,
            Settlement.Source source,
            long chargeNanos,
            long realCostNanos,
            TokenUsage usage) {
        file.set(LONG, at + SOURCE, source.ordinal() + 1L);
        file.set(LONG, at + CHARGE, chargeNanos);
        file.set(LONG, at + REAL_COST, realCostNanos);
        file.set(LONG, at + USAGE, usage.prompt());
        file.set(LONG, at + USAGE + 8, usage.completion());
        file.set(LONG, at + USAGE + 16, usage.cached());
        file.set(LONG, at + USAGE + 24, usage.cacheWrite());
        file.set(LONG, at + USAGE + 32, usage.reasoning());
        file.set(LONG, at + USAGE + 40, usage.promptAudio());
        file.set(LONG, at + USAGE + 48, usage.completionAudio());
        file.set(LONG, at + BILL_CHECK, billCheck(file, at));
        state(file, at, BILLED);
    }

    static void free(MemorySegment file, long at) {
        state(file, at, FREE);
    }

    static Slot read(MemorySegment file, long at) {
        long state = file.get(LONG, at + STATE);
        if (state == FREE) {
            return new Slot.Free();
        }
        if ((state != DISPATCHED && state != BILLED) || file.get(LONG, at + CHECK) != check(file, at)) {
            return new Slot.Torn();
        }
        long low = file.get(LONG, at + 8);
        long word = file.get(LONG, at + DELIVERED);
        long value = word >>> CHECK_BITS;
        boolean counted = (word & (1L << CHECK_BITS) - 1) == checkOf(value, low);
        Slot.Bill bill = state == BILLED ? bill(file, at) : null;
        if (state == BILLED && bill == null) {
            return new Slot.Torn();
        }
        return new Slot.Used(
                new UUID(file.get(LONG, at), low),
                new Terms(
                        file.get(LONG, at + PROMPT_NANOS),
                        file.get(LONG, at + PROMPT_TOKENS),
                        file.get(LONG, at + PICOS),
                        file.get(LONG, at + MOST),
                        (file.get(LONG, at + FLAGS) & COUNTABLE) != 0,
                        version(file, at + VERSION)),
                counted ? value >>> 1 : null,
                (value & 1) != 0,
                bill);
    }

    private static Slot.@Nullable Bill bill(MemorySegment file, long at) {
        long source = file.get(LONG, at + SOURCE) - 1;
        Settlement.Source[] sources = Settlement.Source.values();
        if (file.get(LONG, at + BILL_CHECK) != billCheck(file, at) || source < 0 || source >= sources.length) {
            return null;
        }
        return new Slot.Bill(
                sources[(int) source],
                Usd.ofNanos(file.get(LONG, at + CHARGE)),
                Usd.ofNanos(file.get(LONG, at + REAL_COST)),
                new TokenUsage(
                        file.get(LONG, at + USAGE),
                        file.get(LONG, at + USAGE + 8),
                        file.get(LONG, at + USAGE + 16),
                        file.get(LONG, at + USAGE + 24),
                        file.get(LONG, at + USAGE + 32),
                        file.get(LONG, at + USAGE + 40),
                        file.get(LONG, at + USAGE + 48)));
    }

    /// Not before what was stored until now.
    private static void state(MemorySegment file, long at, long state) {
        WORD.setRelease(file, at + STATE, state);
    }

    private static void version(MemorySegment file, long at, String text) {
        for (int i = 0; i < VERSION_BYTES; i += Long.BYTES) {
            long word = 0;
            for (int j = 0; j < Long.BYTES && i + j < text.length(); j++) {
                word |= (text.charAt(i + j) & 0x7fL) << (8 * j);
            }
            file.set(LONG, at + i, word);
        }
    }

    private static String version(MemorySegment file, long at) {
        StringBuilder text = new StringBuilder(VERSION_BYTES);
        for (int i = 0; i < VERSION_BYTES; i++) {
            byte c = file.get(ValueLayout.JAVA_BYTE, at + i);
            if (c != 0) {
                text.append((char) c);
            }
        }
        return text.toString();
    }

    private static long check(MemorySegment file, long at) {
        long sum = mix(mix(1, file.get(LONG, at)), file.get(LONG, at + 8));
        for (int i = FLAGS; i < CHECK; i += Long.BYTES) {
            sum = mix(sum, file.get(LONG, at + i));
        }
        return sum;
    }

    /// Covers the generation too, so that the bill of a former request here never checks.
    private static long billCheck(MemorySegment file, long at) {
        long sum = mix(mix(2, file.get(LONG, at)), file.get(LONG, at + 8));
        for (int i = SOURCE; i < BILL_CHECK; i += Long.BYTES) {
            sum = mix(sum, file.get(LONG, at + i));
        }
        return sum;
    }

    private static long checkOf(long value, long low) {
        return mix(mix(3, low), value) >>> (Long.SIZE - CHECK_BITS);
    }

    private static long mix(long sum, long value) {
        long h = (sum ^ value) * 0x9E37_79B9_7F4A_7C15L;
        return h ^ (h >>> 32);
    }
}
