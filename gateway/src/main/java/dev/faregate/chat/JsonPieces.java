package dev.faregate.chat;

import dev.faregate.base.Json;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A strict walk over one JSON object that arrives piece by piece and is too large to be held in one array: it tells
/// where the members of the object stand, counted in bytes from its beginning. Accepts exactly RFC 8259, with bounded
/// nesting; bytes that are not UTF-8 pass. What is malformed is a [MalformedJson], as soon as it is seen.
///
/// [JsonCursor] is for texts that are there as a whole. Used by one thread, for one text.
final class JsonPieces {
    /// Learns of each member of the object, in order.
    interface Members {
        /// Whether the value of a member of that name is to be kept.
        boolean keeps(String name);

        /// A member ended. `value` is its JSON text, if it was to be kept.
        void member(Place place, byte @Nullable [] value);

        /// Whether the members of objects in an array of that name, which is not kept, are told
        /// too.
        default boolean looksInto(String name) {
            return false;
        }

        /// A member of such an object ended.
        default void inner(Place place) {}

        /// Such an object ended, which stands in bytes `[from, to)`.
        default void object(int from, int to) {}
    }

    /// Where a member stands: from the quote before its key to the end of its value, which begins
    /// at `valueFrom`. `objects`: so many objects its value, if that is an array, holds. `first`:
    /// the first byte of the value.
    record Place(String name, int from, int valueFrom, int to, int objects, byte first) {
        boolean absent() {
            return first == 'n';
        }

        /// Whether the value is a text that is not empty.
        boolean isText() {
            return first == '"' && to - valueFrom > 2;
        }
    }

    /// Where passing bytes are looked at; kept by the loop's thread.
    private static final FastThreadLocal<byte[]> WINDOW = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[16 * 1024];
        }
    };

    private enum State {
        ROOT,
        VALUE,
        FIRST_ELEMENT,
        FIRST_KEY,
        NEXT_KEY,
        COLON,
        AFTER_VALUE,
        STRING,
        ESCAPE,
        HEX,
        WORD,
        MINUS,
        ZERO,
        INTEGER,
        POINT,
        FRACTION,
        EXPONENT_MARK,
        EXPONENT_SIGN,
        EXPONENT,
        END
    }

    /// Longest name of a member, and largest value that is kept, in bytes.
    static final int MAX_KEPT = 64 * 1024;

    private static final int HEX_DIGITS = 4;

    private final Members members;
    private State state = State.ROOT;
    private int position;
    private int depth;

    /// Bit `n` is set where the container at depth `n` is an object.
    private long inObject;

    private boolean inKey;
    private int left;
    private String word = "";

    private String name = "";
    private int keyStart;
    private int valueStart;

    /// In an object that is looked into, which begins there.
    private boolean inner;

    private int innerStart;
    private String innerName = "";
    private int innerKeyStart;
    private int innerValueStart;
    private byte innerFirst;
    private int objects;
    private byte first;
    private boolean keeping;
    private byte[] kept = new byte[64];
    private int keptLength;

    JsonPieces(Members members) {
        this.members = members;
    }

    /// Takes the next bytes, the readable ones, in windows; they stay readable.
    void feed(ByteBuf bytes) {
        byte[] window = WINDOW.get();
        int end = bytes.writerIndex();
        for (int at = bytes.readerIndex(); at < end; at += window.length) {
            int length = Math.min(window.length, end - at);
            bytes.getBytes(at, window, 0, length);
            feed(window, 0, length);
        }
    }

    /// Takes the next bytes.
    void feed(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            byte b = bytes[at];
            if (state == State.STRING) {
                int plain = plain(bytes, at, to);
                keep(bytes, at, plain);
                position += plain - at;
                at = plain;
                if (at == to) {
                    return;
                }
                b = bytes[at];
            }
            take(b);
            position++;
        }
    }

    /// Everything came. Throws [MalformedJson] when that is not the whole object.
    void end() {
        if (state != State.END) {
            throw malformed("unexpected end");
        }
    }

    /// The first byte from `at` on that means something in a string.
    private static int plain(byte[] bytes, int at, int to) {
        int next = at;
        while (next < to && bytes[next] != '"' && bytes[next] != '\\' && (bytes[next] < 0 || bytes[next] >= 0x20)) {
            next++;
        }
        return next;
    }

    private void take(byte b) {
        if (isSpace(b) && betweenTokens()) {
            return;
        }
        if (endsNumber(b)) {
            valueEnded(position);
            take(b);
            return;
        }
        if (keeping || (inKey && told())) {
            keep(b);
        }
        switch (state) {
            case ROOT -> {
                if (b != '{') {
                    throw malformed("expected an object");
                }
                open(true);
            }
            case VALUE -> value(b);
            case FIRST_ELEMENT -> {
                if (b == ']') {
                    close(b);
                } else {
                    value(b);
                }
            }
            case FIRST_KEY, NEXT_KEY -> {
                if (b == '}' && state == State.FIRST_KEY) {
                    close(b);
                } else {
                    key(b);
                }
            }
            case COLON -> {
                if (b != ':') {
                    throw malformed("expected a colon");
                }
                state = State.VALUE;
            }
            case AFTER_VALUE -> afterValue(b);
            case STRING, ESCAPE, HEX -> string(b);
            case WORD -> word(b);
            case MINUS, ZERO, INTEGER, POINT, FRACTION, EXPONENT_MARK, EXPONENT_SIGN, EXPONENT -> number(b);
            case END -> throw malformed("something after the end");
        }
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private boolean betweenTokens() {
        return switch (state) {
            case ROOT, VALUE, FIRST_ELEMENT, FIRST_KEY, NEXT_KEY, COLON, AFTER_VALUE, END -> true;
            default -> false;
        };
    }

    // ---- containers -------------------------------------------------------------------------------------------

    private void open(boolean object) {
        if (depth == Json.MAX_DEPTH - 1) {
            throw malformed("nested deeper than " + (Json.MAX_DEPTH - 1) + " levels");
        }
        depth++;
        inObject = object ? inObject | (1L << depth) : inObject & ~(1L << depth);
        if (object && depth == 3 && !isObject(2)) {
            objects++;
            inner = !keeping && members.looksInto(name);
            innerStart = position;
        }
        state = object ? State.FIRST_KEY : State.FIRST_ELEMENT;
    }

    private boolean isObject(int at) {
        return (inObject & (1L << at)) != 0;
    }

    private void close(byte b) {
        if (b != (isObject(depth) ? '}' : ']')) {
            throw malformed("a bracket that closes nothing");
        }
        if (inner && depth == 3) {
            inner = false;
            members.object(innerStart, position + 1);
        }
        depth--;
        if (depth == 0) {
            state = State.END;
        } else {
            valueEnded(position + 1);
        }
    }

    private void afterValue(byte b) {
        if (b == ',') {
            state = isObject(depth) ? State.NEXT_KEY : State.VALUE;
        } else {
            close(b);
        }
    }

    // ---- members ----------------------------------------------------------------------------------------------

    private void key(byte b) {
        if (b != '"') {
            throw malformed("expected a key");
        }
        inKey = true;
        state = State.STRING;
        if (told()) {
            keptLength = 0;
            keep(b);
        }
        if (depth == 1) {
            keyStart = position;
        } else {
            innerKeyStart = position;
        }
    }

    /// Whether members of the object that we are in are told.
    private boolean told() {
        return depth == 1 || (inner && depth == 3);
    }

    private void keyEnded() {
        inKey = false;
        state = State.COLON;
        if (depth == 1) {
            name = new JsonCursor().reset(kept, 0, keptLength).readString();
            objects = 0;
            keptLength = 0;
        } else if (told()) {
            innerName = new JsonCursor().reset(kept, 0, keptLength).readString();
            keptLength = 0;
        }
    }

    /// The value of the current key begins with `b`; at depth 1 it is kept if somebody wants it.
    private void valueBegins(byte b) {
        if (depth == 1) {
            valueStart = position;
            first = b;
            keeping = members.keeps(name);
            if (keeping) {
                keep(b);
            }
        } else if (told()) {
            innerValueStart = position;
            innerFirst = b;
        }
    }

    private void valueEnded(int end) {
        state = State.AFTER_VALUE;
        if (depth == 1) {
            byte[] value = keeping ? Arrays.copyOf(kept, keptLength) : null;
            keeping = false;
            members.member(new Place(name, keyStart, valueStart, end, objects, first), value);
        } else if (told()) {
            members.inner(new Place(innerName, innerKeyStart, innerValueStart, end, 0, innerFirst));
        }
    }

    private void keep(byte b) {
        if (keptLength == kept.length) {
            grow(1);
        }
        kept[keptLength++] = b;
    }

    private void keep(byte[] bytes, int from, int to) {
        if (keeping || (inKey && told())) {
            int length = to - from;
            if (keptLength + length > kept.length) {
                grow(length);
            }
            System.arraycopy(bytes, from, kept, keptLength, length);
            keptLength += length;
        }
    }

    private void grow(int more) {
        if (keptLength + more > MAX_KEPT) {
            throw malformed("a member of more than " + MAX_KEPT + " bytes");
        }
        kept = Arrays.copyOf(kept, Math.min(MAX_KEPT, Math.max(keptLength + more, kept.length * 2)));
    }

    // ---- values -----------------------------------------------------------------------------------------------

    private void value(byte b) {
        valueBegins(b);
        switch (b) {
            case '{' -> open(true);
            case '[' -> open(false);
            case '"' -> state = State.STRING;
            case 't' -> wordBegins("true");
            case 'f' -> wordBegins("false");
            case 'n' -> wordBegins("null");
            case '-' -> state = State.MINUS;
            case '0' -> state = State.ZERO;
            default -> {
                if (!isDigit(b)) {
                    throw malformed("not a JSON value");
                }
                state = State.INTEGER;
            }
        }
    }

    private void string(byte b) {
        if (state == State.HEX) {
            if (Character.digit(b, 16) < 0) {
                throw malformed("a bad \\u escape");
            }
            left--;
            state = left == 0 ? State.STRING : State.HEX;
        } else if (state == State.ESCAPE) {
            if ("\"\\/bfnrtu".indexOf(b) < 0) {
                throw malformed("an unknown escape");
            }
            left = HEX_DIGITS;
            state = b == 'u' ? State.HEX : State.STRING;
        } else if (b == '\\') {
            state = State.ESCAPE;
        } else if (b != '"') {
            throw malformed("a control character in a string");
        } else if (inKey) {
            keyEnded();
        } else {
            valueEnded(position + 1);
        }
    }

    private void wordBegins(String expected) {
        word = expected;
        left = expected.length() - 1;
        state = State.WORD;
    }

    private void word(byte b) {
        if (b != word.charAt(word.length() - left)) {
            throw malformed("an unknown word");
        }
        left--;
        if (left == 0) {
            valueEnded(position + 1);
        }
    }

    /// Whether a number that could end here does, because `b` is no part of it.
    private boolean endsNumber(byte b) {
        return switch (state) {
            case ZERO -> b != '.' && (b | 0x20) != 'e';
            case INTEGER -> !isDigit(b) && b != '.' && (b | 0x20) != 'e';
            case FRACTION -> !isDigit(b) && (b | 0x20) != 'e';
            case EXPONENT -> !isDigit(b);
            default -> false;
        };
    }

    private void number(byte b) {
        boolean digit = isDigit(b);
        switch (state) {
            case MINUS -> state = b == '0' ? State.ZERO : digits(digit, State.INTEGER);
            case POINT, FRACTION -> state = fraction(b, digit);
            case EXPONENT_MARK -> state = b == '+' || b == '-' ? State.EXPONENT_SIGN : digits(digit, State.EXPONENT);
            case EXPONENT_SIGN -> state = digits(digit, State.EXPONENT);
            default -> {
                if (!digit) {
                    state = b == '.' ? State.POINT : State.EXPONENT_MARK;
                }
            }
        }
    }

    private State fraction(byte b, boolean digit) {
        return state == State.FRACTION && (b | 0x20) == 'e' ? State.EXPONENT_MARK : digits(digit, State.FRACTION);
    }

    private State digits(boolean digit, State next) {
        if (!digit) {
            throw malformed("not a JSON value");
        }
        return next;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private MalformedJson malformed(String what) {
        return new MalformedJson(what, position);
    }
}
