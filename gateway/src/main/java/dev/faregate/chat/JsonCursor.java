package dev.faregate.chat;

import dev.faregate.base.Json;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A strict, allocation-free walk over one JSON text in a byte array: it finds where keys and values
/// stand so that bytes can be spliced instead of rebuilt. It accepts exactly RFC 8259, with bounded
/// nesting, and expects bytes that are valid UTF-8 (see [Utf8]). Everything malformed is a
/// [MalformedJson].
///
/// Used by one thread at a time; may be reused for one text after another.
///
/// ```java
/// cursor.beginObject();
/// while (cursor.nextKey()) {
///     if (cursor.keyIs(MODEL)) { int start = cursor.valueStart(); cursor.skipValue(); int end = cursor.position(); }
///     else cursor.skipValue();
/// }
/// cursor.expectEnd();
/// ```
public final class JsonCursor {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private final int maxDepth;
    private byte[] bytes = new byte[0];
    private int position;
    private int end;
    private int depth;
    private boolean justOpened;
    private int keyStart;
    private int keyEnd;
    private boolean keyEscaped;
    private boolean stringEscaped;

    public JsonCursor() {
        this(Json.MAX_DEPTH);
    }

    /// `maxDepth` levels of nesting are accepted.
    public JsonCursor(int maxDepth) {
        this.maxDepth = maxDepth;
    }

    /// Starts over on `bytes[from, to)`.
    public JsonCursor reset(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.position = from;
        this.end = to;
        this.depth = 0;
        this.justOpened = false;
        return this;
    }

    /// Offset of the next byte to be read; after a value, one past its last byte.
    public int position() {
        return position;
    }

    /// Skips white space and returns the offset of the value that comes next.
    public int valueStart() {
        skipSpace();
        return position;
    }

    /// First byte of the value that comes next: `{ [ " t f n -` or a digit tell its kind.
    public byte peek() {
        skipSpace();
        if (position >= end) {
            throw malformed("unexpected end");
        }
        return bytes[position];
    }

    public boolean atNull() {
        return peek() == 'n';
    }

    public void beginObject() {
        open((byte) '{', "an object");
    }

    public void beginArray() {
        open((byte) '[', "an array");
    }

    private void open(byte bracket, String what) {
        if (peek() != bracket) {
            throw malformed("expected " + what);
        }
        position++;
        deepen();
        justOpened = true;
    }

    private void deepen() {
        if (++depth > maxDepth) {
            throw malformed("nested deeper than " + maxDepth + " levels");
        }
    }

    /// Moves to the next key of the object and past its colon; false when the object ended (and was
    /// left).
    public boolean nextKey() {
        if (!nextItem((byte) '}')) {
            return false;
        }
        if (peek() != '"') {
            throw malformed("expected a key");
        }
        keyStart = position;
        skipString();
        keyEnd = position;
        keyEscaped = stringEscaped;
        if (peek() != ':') {
            throw malformed("expected a colon");
        }
        position++;
        return true;
    }

    /// Moves to the next element of the array; false when the array ended (and was left).
    public boolean nextElement() {
        return nextItem((byte) ']');
    }

    private boolean nextItem(byte close) {
        byte next = peek();
        if (next == close) {
            position++;
            depth--;
            justOpened = false;
            return false;
        }
        if (!justOpened) {
            if (next != ',') {
                throw malformed("expected a comma");
            }
            position++;
            if (peek() == close) {
                throw malformed("a comma before the end");
            }
        }
        justOpened = false;
        return true;
    }

    /// Offset of the current key's opening quote.
    public int keyStart() {
        return keyStart;
    }

    /// One past the current key's closing quote.
    public int keyEnd() {
        return keyEnd;
    }

    /// Whether the current key is the given ASCII text. A key written with escapes is compared decoded.
    public boolean keyIs(byte[] name) {
        if (keyEscaped) {
            return key().equals(new String(name, StandardCharsets.US_ASCII));
        }
        return keyEnd - keyStart - 2 == name.length
                && java.util.Arrays.equals(bytes, keyStart + 1, keyEnd - 1, name, 0, name.length);
    }

    /// The current key, decoded.
    public String key() {
        return decode(keyStart, keyEnd, keyEscaped);
    }

    /// Reads a string value.
    public String readString() {
        int start = valueStart();
        if (peek() != '"') {
            throw malformed("expected a string");
        }
        skipString();
        justOpened = false;
        return decode(start, position, stringEscaped);
    }

    /// Leaves the value that comes next behind, checking all of it.
    public void skipValue() {
        byte first = peek();
        switch (first) {
            case '{' -> {
                beginObject();
                while (nextKey()) {
                    skipValue();
                }
            }
            case '[' -> {
                beginArray();
                while (nextElement()) {
                    skipValue();
                }
            }
            case '"' -> skipString();
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            default -> skipNumber();
        }
        justOpened = false;
    }

    /// Fails unless nothing but white space is left.
    public void expectEnd() {
        skipSpace();
        if (position != end) {
            throw malformed("something after the end");
        }
    }

    private void skipSpace() {
        while (position < end) {
            byte b = bytes[position];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return;
            }
            position++;
        }
    }

    private void skipString() {
        stringEscaped = false;
        int at = position + 1;
        while (at < end) {
            if (end - at >= Long.BYTES && isPlain((long) LONGS.get(bytes, at))) {
                at += Long.BYTES;
                continue;
            }
            byte b = bytes[at];
            if (b == '"') {
                position = at + 1;
                return;
            }
            if (b == '\\') {
                stringEscaped = true;
                at = skipEscape(at + 1);
            } else if (b >= 0 && b < 0x20) {
                position = at;
                throw malformed("a control character in a string");
            } else {
                at++;
            }
        }
        position = end;
        throw malformed("an unfinished string");
    }

    /// True when surely none of eight bytes is a quote, a backslash or below 0x20: subtracting from such a byte
    /// borrows, which shows in its high bit. (A borrow may also mark the byte above; then the slow way decides.)
    private static boolean isPlain(long eight) {
        long quote = eight ^ 0x2222_2222_2222_2222L;
        long backslash = eight ^ 0x5C5C_5C5C_5C5C_5C5CL;
        long special = ((quote - ONES) & ~quote)
                | ((backslash - ONES) & ~backslash)
                | ((eight - 0x2020_2020_2020_2020L) & ~eight);
        return (special & HIGH_BITS) == 0;
    }

    private int skipEscape(int at) {
        if (at >= end) {
            position = end;
            throw malformed("an unfinished string");
        }
        switch (bytes[at]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                return at + 1;
            }
            case 'u' -> {
                for (int i = 1; i <= 4; i++) {
                    if (at + i >= end || Character.digit(bytes[at + i], 16) < 0) {
                        position = Math.min(at + i, end);
                        throw malformed("a bad \\u escape");
                    }
                }
                return at + 5;
            }
            default -> {
                position = at;
                throw malformed("an unknown escape");
            }
        }
    }

    private void literal(String text) {
        int length = text.length();
        if (end - position < length) {
            throw malformed("an unknown word");
        }
        for (int i = 0; i < length; i++) {
            if (bytes[position + i] != text.charAt(i)) {
                throw malformed("an unknown word");
            }
        }
        position += length;
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private void skipNumber() {
        int start = position;
        if (position < end && bytes[position] == '-') {
            position++;
        }
        if (position < end && bytes[position] == '0') {
            position++;
        } else {
            digits();
        }
        if (position < end && bytes[position] == '.') {
            position++;
            digits();
        }
        if (position < end && (bytes[position] | 0x20) == 'e') {
            position++;
            if (position < end && (bytes[position] == '+' || bytes[position] == '-')) {
                position++;
            }
            digits();
        }
        if (position - start > Json.MAX_NUMBER_LENGTH) {
            throw malformed("a number of more than " + Json.MAX_NUMBER_LENGTH + " characters");
        }
    }

    private void digits() {
        int start = position;
        while (position < end && bytes[position] >= '0' && bytes[position] <= '9') {
            position++;
        }
        if (position == start) {
            throw malformed("not a JSON value");
        }
    }

    /// The text of a string token `bytes[from, to)`, quotes included in the range.
    private String decode(int from, int to, boolean escaped) {
        if (!escaped) {
            return new String(bytes, from + 1, to - from - 2, StandardCharsets.UTF_8);
        }
        StringBuilder out = new StringBuilder(to - from);
        int run = from + 1;
        int at = run;
        while (at < to - 1) {
            if (bytes[at] != '\\') {
                at++;
                continue;
            }
            out.append(new String(bytes, run, at - run, StandardCharsets.UTF_8));
            byte code = bytes[at + 1];
            if (code == 'u') {
                out.append((char) Integer.parseInt(new String(bytes, at + 2, 4, StandardCharsets.US_ASCII), 16));
                at += 6;
            } else {
                out.append(unescaped(code));
                at += 2;
            }
            run = at;
        }
        return out.append(new String(bytes, run, to - 1 - run, StandardCharsets.UTF_8))
                .toString();
    }

    private static char unescaped(byte code) {
        return switch (code) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> (char) code;
        };
    }

    private MalformedJson malformed(String what) {
        return new MalformedJson(what, position);
    }
}
